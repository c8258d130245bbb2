"""What came of taking a file in: the counts, the rows that were refused, and what to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RejectedRow:
    """One fault of one row: the sheet's row number (the header is row 1), the column, the value, why, and the cure."""

    row: int
    column: str
    value: str = field(repr=False)
    reason: str
    cure: str


@dataclass(frozen=True)
class ImportReport:
    """Counts of one import; `read` rows that hold anything, `rejected` rows, `warnings` sentences to check."""

    read: int
    created: int
    updated: int
    rejected: int
    warnings: tuple[str, ...] = ()
    rejections: tuple[RejectedRow, ...] = field(default=(), repr=False)

    def as_json(self) -> dict[str, Any]:
        """The object that a command prints."""
        return {"read": self.read, "created": self.created, "updated": self.updated, "rejected": self.rejected,
                "warnings": list(self.warnings)}
