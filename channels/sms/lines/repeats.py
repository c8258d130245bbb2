"""Words that carry no id and may be the carrier's second try: known by who wrote what, and by how the first try ended.

A carrier brings again what it was not thanked for in time, on the same connection or the next; thanks that were written just
before a connection ended may be lost. The same words on a connection that lives are said a second time: 1, and again 1.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from kernel.ids import sortable_id

# Two short words may cross; a carrier waits longer for its thanks.
LEAST_WAIT_SECONDS = 1.0
LOST_WITH_THE_LINE_SECONDS = 10.0
STANDS_SECONDS = 600.0
MOST_KEPT = 10_000


class Ending(Protocol):
    """A connection; infinity while it lives."""

    @property
    def ended_at(self) -> float:
        """When it ended, by its loop."""
        ...


@dataclass
class Word:
    """One message as it came last, under the name it got when it first came."""

    name: str
    line: Ending
    came_at: float
    thanked_at: float | None = None

    def may_come_again(self, line: Ending, now: float) -> bool:
        """Whether the same words on a connection, now, are these."""
        if now - self.came_at > STANDS_SECONDS:
            return False
        if self.thanked_at is None:
            return self.line.ended_at <= now or now - self.came_at >= LEAST_WAIT_SECONDS
        return self.line is not line and self.line.ended_at - self.thanked_at <= LOST_WITH_THE_LINE_SECONDS


class Repeats:
    """What came lately over one carrier's lines; in its loop alone."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._words: OrderedDict[tuple[str, ...], Word] = OrderedDict()

    def word(self, facts: tuple[str, ...], line: Ending, now: float) -> Word:
        """The message that came: a former one once more, or a new one."""
        before = self._words.pop(facts, None)
        name = before.name if before is not None and before.may_come_again(line, now) else sortable_id()
        self._words[facts] = Word(name, line, now)
        while len(self._words) > MOST_KEPT:
            self._words.popitem(last=False)
        return self._words[facts]
