"""What an import says of itself: counts, what a clerk should look at, and the rows that were not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel import reports
from kernel.reports import RejectedRow

__all__ = ["ImportReport", "RejectedRow"]


@dataclass(frozen=True)
class ImportReport(reports.ImportReport):
    """What came of one file.

    `read`, `created`, `updated`, `rejected` count rows; of a household file that means members: `updated` are those
    already known whose own details, contacts or household changed. `households` and `residents` are the distinct ones
    among the file's good rows. `changes` is the difference a household file makes. `rejections` and `to_mend`
    (the rejected rows whole, headings first) may hold personal data: for the office's own files and screen, never for a log.
    """

    households: int | None = None
    residents: int | None = None
    errors_file: str | None = None
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
