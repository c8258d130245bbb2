"""What this room may refuse, with the place, the reason and the cure in words an editor can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a writing: `path` leads to the field, as in `condition.all[1].in`."""

    path: str
    reason: str
    cure: str
    value: str = ""

    @property
    def words(self) -> str:
        """One sentence: place, reason, cure."""
        return f"{self.path}：{self.reason}。{self.cure}。"


class Refused(Exception):
    """An act on a notice that cannot be done; `words` says what, where and what to do."""

    def __init__(self, words: str) -> None:
        """`words` is the Chinese sentence a person reads."""
        super().__init__(words)
        self.words = words


class DraftRefused(Refused):
    """A writing that is not a notice; `faults` names every fault, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """At least one fault."""
        super().__init__("\n".join(fault.words for fault in faults))
        self.faults = tuple(faults)
