"""What an import says of itself: counts, what a clerk should look at, and the rows that were not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RejectedRow:
    """One fault of one row: its number in the sheet, the column's own heading, the value as it stands, and the cure."""

    row: int
    column: str
    value: str = field(repr=False)
    reason: str
    cure: str


@dataclass(frozen=True)
class ImportReport:
    """What came of one file.

    `read`, `created`, `updated`, `rejected` count rows; of a household file that means members: `updated` are those
    already known whose own details, contacts or household changed. `households` and `residents` are the distinct ones
    among the file's good rows. `changes` is the difference a household file makes. `rejections` and `to_mend`
    (the rejected rows whole, headings first) may hold personal data: for the office's own files and screen, never for a log.
    """

    read: int
    created: int
    updated: int
    rejected: int
    households: int | None = None
    residents: int | None = None
    warnings: tuple[str, ...] = ()
    errors_file: str | None = None
    rejections: tuple[RejectedRow, ...] = field(default=(), repr=False)
    changes: Mapping[str, Any] | None = None
    to_mend: tuple[tuple[str, ...], ...] = field(default=(), repr=False)

    @property
    def is_of_households(self) -> bool:
        """Whether this is the report of a household file."""
        return self.households is not None

    def as_json(self) -> dict[str, Any]:
        """The one JSON object that the commands print; values of rejected household rows are not in it."""
        told: dict[str, Any] = {
            "read": self.read, "created": self.created, "updated": self.updated, "rejected": self.rejected,
        }
        if self.is_of_households:
            told |= {"households": self.households, "residents": self.residents,
                     "warnings": list(self.warnings), "errors_file": self.errors_file}
        else:
            if self.warnings:
                told["warnings"] = list(self.warnings)
            if self.rejections:
                told["rejections"] = [f"第 {one.row} 行“{one.column}”：{one.reason}。{one.cure}" for one in self.rejections]
        if self.changes is not None:
            told["changes"] = dict(self.changes)
        return told
