"""How far an import has come, for a bar on a screen or a line in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

READING, MERGING = "读取", "写入"


@dataclass(frozen=True)
class Progress:
    """`done` of `total` rows (读取) or steps (写入); the total of a text file is an estimate by its lines."""

    stage: str
    done: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1, never beyond."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


Telling = Callable[[Progress], None]
"""What is called now and then with the progress; it runs inside the import, so it must be quick."""


class Steps:
    """Counts the steps of the last part, each told when it begins."""

    def __init__(self, telling: Telling | None, total: int) -> None:
        """`total` steps are to come."""
        self._telling = telling
        self._total = total
        self._done = 0

    def next(self) -> None:
        """One step begins."""
        if self._telling is not None:
            self._telling(Progress(MERGING, min(self._done, self._total), self._total))
        self._done += 1

    def end(self) -> None:
        """All steps are done."""
        if self._telling is not None:
            self._telling(Progress(MERGING, self._total, self._total))
