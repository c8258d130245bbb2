"""Finding the heading row of a sheet, whatever stands above it and however its cells are decorated."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from profiles.facts import Fact
from profiles.intake.failures import FileRefused
from profiles.intake.fields import REQUIRED, SILENT, SYNONYMS, Field, field_named

SEARCHED_ROWS = 40
_BRACKETED = re.compile(r"[(\[{<【〔《「][^()\[\]{}<>【】〔〕《》「」]*[)\]}>】〕》」]")
_DECORATION = re.compile(r"[\s()\[\]{}<>【】〔〕《》「」*:：,，;；.。、_\-—/\\|'\"“”‘’?？!！#]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060\ufeff\x00-\x08\x0b-\x1f\x7f]")
_LEADING_NUMBER = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十]{1,2})[.、)）:：\s]\s*")
_UNIT = re.compile(r"[/,，:：]?\s*(?:单位)?[:：]?(?:亩|元|元/年|元/人|元/人年|头|只|箱|头只|头只箱|万元|人)$")
_YEAR = re.compile(r"^(?:20\d\d|上|本|今|去)年度?")
_EITHER = re.compile(r"[/、或]")
_TRAILING_NUMBER = re.compile(r"[\d一二三]$")
LEFT_OUT = ("", "忽略", "不读")

Column = Field | Fact
"""What a column may hold: a field of the standard table, or a fact of the county's own."""


@dataclass(frozen=True)
class OwnColumn:
    """A column that holds a fact of the county's own: its place (from 0) and the office's heading."""

    fact: Fact
    at: int
    heading: str


@dataclass(frozen=True)
class Header:
    """Where the heading row ends and what its columns hold.

    `last_row` is its number in the sheet; `columns` the place (from 0) of each field, several for telephones;
    `headings` the office's own words for each field; `own` the county's own facts; `unread` the headings nobody understood.
    """

    last_row: int
    columns: Mapping[Field, tuple[int, ...]]
    headings: Mapping[Field, str]
    unread: tuple[str, ...]
    width: int
    own: tuple[OwnColumn, ...] = ()
    texts: frozenset[str] = frozenset()
    is_pair: bool = False

    @property
    def missing(self) -> tuple[Field, ...]:
        """The required columns it lacks."""
        return tuple(field for field in REQUIRED if field not in self.columns)

    def words_for_unread(self) -> str | None:
        """One sentence on the columns that were left out, with the nearest heading that would be understood."""
        if not self.unread:
            return None
        named = []
        for heading in self.unread[:20]:
            near = difflib.get_close_matches(plain(heading), SYNONYMS, n=1, cutoff=0.75)
            named.append(f"“{heading}”" + (f"（是不是“{SYNONYMS[near[0]]}”？）" if near else ""))
        return f"这些列没有读入：{'、'.join(named)}。如需读入，请改成标准列名，或用对照文件（--mapping）指明"


class Mapped:
    """An office's own words for columns: heading to what the column holds, or to nothing for one to be left out."""

    def __init__(self, mapping: Mapping[str, str] | None = None, own: Sequence[Fact] = ()) -> None:
        """Refuse a mapping that names an unknown column; `own` are the county's own facts."""
        self._own = {plain(word): fact for fact in own for word in fact.headings}
        self._columns: dict[str, Column | None] = {}
        self._written: dict[str, str] = {}
        for heading, name in (mapping or {}).items():
            column = column_named(name, own) if isinstance(name, str) else None
            if column is None and name not in (None, *LEFT_OUT):
                known = "、".join([*(field.value for field in Field), *(fact.label for fact in own)])
                raise FileRefused(f"对照文件里“{heading}”对应的“{name}”不是可用的列名。可用的有：{known}")
            self._columns[plain(heading)] = column
            self._written[plain(heading)] = heading

    def column(self, heading: str) -> tuple[bool, Column | None]:
        """Whether this heading is spoken for, and what it means."""
        text = plain(heading)
        if text in self._columns:
            return True, self._columns[text]
        column = meaning(heading) or self._own_fact(heading)
        return column is not None, column

    def absent(self, header: Header) -> tuple[str, ...]:
        """The headings that the mapping names and this table does not have."""
        return tuple(heading for text, heading in self._written.items() if text not in header.texts)

    def _own_fact(self, heading: str) -> Fact | None:
        if not self._own:
            return None
        return next((self._own[word] for form in _forms(heading) if (word := plain(form)) in self._own), None)


def column_named(name: str, own: Sequence[Fact] = ()) -> Column | None:
    """What a mapping file or a wizard names: a standard heading, its English name, an own fact's name, label or heading."""
    text = name.strip()
    if not text:
        return None
    return field_named(text) or next((fact for fact in own if text in (fact.name, fact.label, *fact.headings)), None)


def shown(cell: Any) -> str:
    """A heading as the office wrote it, on one line."""
    return " ".join(_INVISIBLE.sub("", str(cell)).split()) if isinstance(cell, str) else ("" if cell is None else str(cell))


def plain(heading: str) -> str:
    """A heading without blanks, brackets (their content stays), line breaks and marks, in half-width lower case."""
    return _DECORATION.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", heading))).lower()


def meaning(heading: str) -> Field | None:
    """The field a heading means: as it stands, then without brackets, leading numbers, units, a year, a trailing number."""
    forms = _forms(heading)
    for candidate in forms:
        field = SYNONYMS.get(plain(candidate))
        if field is not None:
            return field
    repeated = SYNONYMS.get(_TRAILING_NUMBER.sub("", plain(forms[2])))
    return repeated if repeated is not None and repeated.may_repeat else None


def _forms(heading: str) -> list[str]:
    """A heading as it stands, without brackets, without its number, unit and year, and each of two joined by 或."""
    whole = unicodedata.normalize("NFKC", _INVISIBLE.sub("", heading)).strip()
    bare = _BRACKETED.sub("", whole).strip()
    numberless = _LEADING_NUMBER.sub("", bare.lstrip("*＊ "))
    return [whole, bare, numberless, _UNIT.sub("", numberless), _YEAR.sub("", numberless), *_EITHER.split(numberless)]


def find_header(rows: Sequence[Sequence[Any]], mapped: Mapped) -> Header | None:
    """The first heading row (or pair of rows under merged headings) with the required columns.

    When there is none, the row that comes nearest, provided that it has at least two headings; its `missing` says
    what it lacks. `rows` are the first of the sheet, row 1 first.
    """
    nearest: Header | None = None
    for at, cells in enumerate(rows):
        single = _read(cells, at + 1, mapped)
        if not single.missing:
            return _with_second_line(rows, at, single, mapped)
        pair = _read(_joined(cells, rows[at + 1]), at + 2, mapped) if at + 1 < len(rows) else single
        if not pair.missing and len(_read(rows[at + 1], 0, mapped).columns) > 0 and _is_text(rows[at + 1]):
            return replace(pair, is_pair=True)
        if len(single.columns) >= 2 and (nearest is None or len(single.columns) > len(nearest.columns)):
            nearest = single
    return nearest


def _with_second_line(rows: Sequence[Sequence[Any]], at: int, header: Header, mapped: Mapped) -> Header:
    """Take in a line of sub-headings under a heading row whose key columns are merged downwards."""
    if at + 1 >= len(rows):
        return header
    below = rows[at + 1]
    keys = [place for field in REQUIRED for place in header.columns[field]]
    if any(place < len(below) and shown(below[place]) for place in keys) or not any(shown(cell) for cell in below):
        return header
    second = _read(_joined(rows[at], below), at + 2, mapped)
    return replace(second, is_pair=True) if _is_text(below) and set(second.columns) > set(header.columns) else header


def some_header(rows: Sequence[Sequence[Any]], mapped: Mapped) -> Header | None:
    """The first row that looks like a heading row though few headings are understood: full of words, all different."""
    widest = max((sum(1 for cell in cells if shown(cell)) for cells in rows), default=0)
    for at, cells in enumerate(rows):
        words = [shown(cell) for cell in cells if shown(cell)]
        if 2 < len(words) >= widest // 2 and len(set(words)) == len(words) and all(map(_is_word, words)):
            return _read(cells, at + 1, mapped)
    return None


def _is_word(text: str) -> bool:
    return sum(map(str.isdigit, text)) * 2 <= len(text) <= 40


def _read(cells: Sequence[Any], row: int, mapped: Mapped) -> Header:
    columns: dict[Field, tuple[int, ...]] = {}
    headings: dict[Field, str] = {}
    own: dict[str, OwnColumn] = {}
    unread: list[str] = []
    texts = set()
    for place, cell in enumerate(cells):
        heading = shown(cell)
        if not heading:
            continue
        texts.add(plain(heading))
        understood, column = mapped.column(heading)
        if isinstance(column, Fact) and column.name not in own:
            own[column.name] = OwnColumn(column, place, heading)
        elif isinstance(column, Field) and (column not in columns or column.may_repeat):
            columns[column] = (*columns.get(column, ()), place)
            headings.setdefault(column, heading)
        elif (not understood and plain(heading) not in SILENT) or column is not None:
            unread.append(heading)
    return Header(row, columns, headings, tuple(unread), len(cells), tuple(own.values()), frozenset(texts))


def _joined(upper: Sequence[Any], lower: Sequence[Any]) -> list[Any]:
    width = max(len(upper), len(lower))
    above, below = [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]
    return [under if shown(under) else over for over, under in zip(above, below, strict=True)]


def _is_text(cells: Sequence[Any]) -> bool:
    return all(isinstance(cell, str) and not any(letter.isdigit() for letter in cell) for cell in cells if shown(cell))
