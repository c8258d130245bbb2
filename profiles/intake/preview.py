"""A look at a table before it is taken in, for the mapping wizard: its headings, what they seem to mean, what is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.workbooks import sheets
from profiles.facts import REGISTER, Catalogue, Fact
from profiles.intake.cells import as_in_sheet, is_empty, text_of
from profiles.intake.fields import MEANINGS, REQUIRED, SILENT, Field
from profiles.intake.guesses import by_look, by_resemblance, masked_example
from profiles.intake.headers import (
    SEARCHED_ROWS,
    Column,
    Header,
    Mapped,
    find_header,
    plain,
    shown,
    some_header,
)
from profiles.intake.sheets import is_workbook, no_header
from profiles.intake.text_tables import read_table, separators

EXAMPLES = 3
_SAMPLED_ROWS = 60
_MOST_GUESSES = 3


@dataclass(frozen=True)
class Heading:
    """One column of the file: its heading, its first values (masked where they look like a person's number).

    `means` is the standard heading it is understood as, None when it is not; `may_mean` are guesses, the likeliest first,
    by resemblance and by the look of the values. A `silent` column (序号, 备注) is never asked about.
    """

    place: int
    heading: str
    examples: tuple[str, ...]
    means: str | None
    may_mean: tuple[str, ...] = ()
    silent: bool = False


@dataclass(frozen=True)
class Standard:
    """A heading that a column may be given, with words that say what belongs in it."""

    heading: str
    words: str
    is_required: bool = False
    may_repeat: bool = False


@dataclass(frozen=True)
class Preview:
    """A table as the wizard shows it: where its heading row is, its columns, what may be chosen, what is still missing."""

    sheet: str
    row: int
    rows: int
    headings: tuple[Heading, ...]
    standards: tuple[Standard, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether it can be taken in as it is understood."""
        return not self.missing

    @property
    def mapping(self) -> dict[str, str]:
        """Every heading and what it is understood as; empty for a column left out: the start of the wizard's choices."""
        return {one.heading: one.means or "" for one in self.headings}


def preview(data: bytes, file_name: str, catalogue: Catalogue = REGISTER,
            mapping: Mapping[str, str] | None = None) -> Preview:
    """Look at a workbook or CSV without taking it in; raises FileRefused when there is nothing like a table in it.

    `mapping` gives choices made already, heading to standard heading, empty for a column to be left out.
    """
    own = catalogue.own
    mapped = Mapped(mapping, own)
    places = _of_workbook(data) if is_workbook(data, file_name) else _of_text(data)
    sheet, rows, height, header = _best(places, mapped)
    below = rows[header.last_row:]
    taken = {field for field in header.columns if not field.may_repeat}
    headings = tuple(_headings(rows[:header.last_row], below, header, mapped, own, taken))
    absent = mapped.absent(header)
    notes = (f"选择里有表上没有的表头：{'、'.join(absent)}",) if absent else ()
    return Preview(sheet, header.last_row, max(0, height - header.last_row), headings, standards(own),
                   tuple(field.value for field in header.missing), notes)


def standards(own: Sequence[Fact]) -> tuple[Standard, ...]:
    """Every heading that a column may be given: the standard table's, then the county's own."""
    usual = [Standard(field.value, MEANINGS[field], field in REQUIRED, field.may_repeat) for field in Field]
    return (*usual, *(Standard(fact.label, _words(fact)) for fact in own))


def _words(fact: Fact) -> str:
    whose = "每个成员的" if fact.level.value == "member" else "这一户的"
    return f"本县信息项：{whose}{fact.label}{f'（{fact.unit}）' if fact.unit else ''}"


_Place = tuple[str, list[list[Any]], int]


def _of_workbook(data: bytes) -> Iterator[_Place]:
    for sheet in sheets(data):
        rows = sheet.rows()
        yield sheet.name, list(itertools.islice(rows.cells, _SAMPLED_ROWS)), rows.height


def _of_text(data: bytes) -> Iterator[_Place]:
    for separator in separators(data):
        yield "", list(itertools.islice(read_table(data, separator), _SAMPLED_ROWS)), data.count(b"\n")


def _best(places: Iterator[_Place], mapped: Mapped) -> tuple[str, list[list[Any]], int, Header]:
    """The sheet (or separator) whose heading row is understood best; the first that has one, when none is complete."""
    best: tuple[str, list[list[Any]], int, Header] | None = None
    for sheet, rows, height in places:
        header = find_header(rows[:SEARCHED_ROWS], mapped)
        if header is not None and not header.missing:
            return sheet, rows, height, header
        header = _higher(header, some_header(rows[:SEARCHED_ROWS], mapped))
        if header is not None and (best is None or len(header.columns) > len(best[3].columns)):
            best = sheet, rows, height, header
    if best is None:
        raise no_header(None, "")
    return best


def _higher(nearest: Header | None, worded: Header | None) -> Header | None:
    """Where little is understood, the row of words above the data, not a row of data that happens to hold two of them."""
    if nearest is None or worded is None:
        return nearest or worded
    return worded if worded.last_row < nearest.last_row and len(nearest.columns) <= 3 else nearest


def _headings(above: Sequence[Sequence[Any]], below: Sequence[Sequence[Any]], header: Header, mapped: Mapped,
              own: Sequence[Fact], taken: set[Field]) -> Iterator[Heading]:
    for place, heading in _named_columns(above, header):
        cells = [row[place] for row in below if place < len(row)]
        values = [cell for cell in cells if not is_empty(text_of(cell))]
        spoken, column = mapped.column(heading)
        means = _standard(column) if _is_read(header, column, place) else None
        silent = column is None and (spoken or plain(heading) in SILENT)
        guesses: tuple[str, ...] = ()
        if means is None and not silent:
            likely = [*by_resemblance(heading, own), *by_look(heading, values)]
            guesses = tuple(dict.fromkeys(name for name in likely if name not in {field.value for field in taken}))
        yield Heading(place, heading, _examples(values), means, guesses[:_MOST_GUESSES], silent)


def _named_columns(above: Sequence[Sequence[Any]], header: Header) -> Iterator[tuple[int, str]]:
    """The places and headings of the heading row; under a merged line the lower of the two."""
    lines = above[-2:] if len(above) > 1 and header.is_pair else above[-1:]
    for place in range(header.width):
        words = [shown(line[place]) for line in reversed(lines) if place < len(line)]
        heading = next((one for one in words if one), "")
        if heading:
            yield place, heading


def _is_read(header: Header, column: Column | None, place: int) -> bool:
    if isinstance(column, Field):
        return place in header.columns.get(column, ())
    return any(one.at == place for one in header.own)


def _standard(column: Column | None) -> str | None:
    if column is None:
        return None
    return column.value if isinstance(column, Field) else column.label


def _examples(values: Sequence[Any]) -> tuple[str, ...]:
    distinct = dict.fromkeys(masked_example(as_in_sheet(value)) for value in values)
    return tuple(itertools.islice(distinct, EXAMPLES))
