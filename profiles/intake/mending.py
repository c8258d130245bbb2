"""The rows that were not taken, whole and under headings that are understood, so that the office mends them and sends them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from profiles.intake.cells import as_in_sheet, is_empty
from profiles.intake.fields import TO_MEND, Field
from profiles.intake.headers import Header, Mapped, OwnColumn
from profiles.reports import RejectedRow

MOST_ROWS = 5_000
BETWEEN = "、"
"""Between several cells of one field, such as two telephones."""


class Mending:
    """Keeps rejected rows as they stand; the last column says what is to be mended and is passed over when they come again."""

    def __init__(self, header: Header) -> None:
        """`header` tells which columns were understood; the others are left out."""
        self._fields = tuple(header.columns.items())
        self._own = tuple(one.at for one in header.own)
        self._rows: list[tuple[str, ...]] = []
        self._head = (*(_heading(field, header.headings[field]) for field in header.columns), *map(_own_heading, header.own), TO_MEND)

    @property
    def table(self) -> tuple[tuple[str, ...], ...]:
        """The heading row and the rows; nothing when no row was rejected."""
        return (self._head, *self._rows) if self._rows else ()

    def keep(self, cells: Sequence[Any], reference: str, faults: Iterable[RejectedRow]) -> None:
        """One row; a household number that stood only in a row above is written out, for the row is alone now."""
        if len(self._rows) >= MOST_ROWS:
            return
        told = [_joined(cells, places) for _, places in self._fields]
        for at, (field, _) in enumerate(self._fields):
            if field is Field.HOUSEHOLD and is_empty(told[at]):
                told[at] = reference
        words = "；".join(f"{one.column}：{one.reason}，{one.cure.split('；')[0]}" for one in faults)
        self._rows.append((*told, *(as_in_sheet(cells[at]) for at in self._own), words))


def _joined(cells: Sequence[Any], places: Sequence[int]) -> str:
    return BETWEEN.join(text for place in places if (text := as_in_sheet(cells[place])))


def _heading(field: Field, written: str) -> str:
    """The office's own word, which may name a unit, where it is understood without being asked about."""
    return written if Mapped().column(written)[1] is field else field.value


def _own_heading(column: OwnColumn) -> str:
    fact = column.fact
    return column.heading if Mapped(own=(fact,)).column(column.heading)[1] == fact else fact.headings[0]
