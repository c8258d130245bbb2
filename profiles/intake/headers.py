"""Finding the heading row of a sheet, whatever stands above it and however its cells are decorated."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Header:
    """Where the heading row ends and what its columns hold.

    `last_row` is its number in the sheet; `columns` the place (from 0) of each field, several for telephones;
    `headings` the office's own words for each field; `unread` the headings nobody understood.
    """

    last_row: int
    columns: Mapping[Field, tuple[int, ...]]
    headings: Mapping[Field, str]
    unread: tuple[str, ...]
    width: int

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
    """An office's own words for columns: heading to field, or to nothing for a column to be left out."""

    def __init__(self, mapping: Mapping[str, str] | None) -> None:
        """Refuse a mapping that names an unknown field."""
        self._fields: dict[str, Field | None] = {}
        for heading, name in (mapping or {}).items():
            field = field_named(name) if isinstance(name, str) and name.strip() else None
            if field is None and name not in (None, "", "忽略", "不读"):
                known = "、".join(field.value for field in Field)
                raise FileRefused(f"对照文件里“{heading}”对应的“{name}”不是可用的列名。可用的有：{known}")
            self._fields[plain(heading)] = field

    def field(self, heading: str) -> tuple[bool, Field | None]:
        """Whether this heading is spoken for, and the field it means."""
        text = plain(heading)
        if text in self._fields:
            return True, self._fields[text]
        field = meaning(heading)
        return field is not None, field


def shown(cell: Any) -> str:
    """A heading as the office wrote it, on one line."""
    return " ".join(_INVISIBLE.sub("", str(cell)).split()) if isinstance(cell, str) else ("" if cell is None else str(cell))


def plain(heading: str) -> str:
    """A heading without blanks, brackets (their content stays), line breaks and marks, in half-width lower case."""
    return _DECORATION.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", heading))).lower()


def meaning(heading: str) -> Field | None:
    """The field a heading means: as it stands, then without brackets, leading numbers, units, a year, a trailing number."""
    whole = unicodedata.normalize("NFKC", _INVISIBLE.sub("", heading)).strip()
    bare = _BRACKETED.sub("", whole).strip()
    numberless = _LEADING_NUMBER.sub("", bare.lstrip("*＊ "))
    dateless = _YEAR.sub("", numberless)
    for candidate in (whole, bare, numberless, _UNIT.sub("", numberless), dateless, *_EITHER.split(numberless)):
        field = SYNONYMS.get(plain(candidate))
        if field is not None:
            return field
    repeated = SYNONYMS.get(_TRAILING_NUMBER.sub("", plain(numberless)))
    return repeated if repeated is not None and repeated.may_repeat else None


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
            return pair
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
    return second if _is_text(below) and set(second.columns) > set(header.columns) else header


def _read(cells: Sequence[Any], row: int, mapped: Mapped) -> Header:
    columns: dict[Field, tuple[int, ...]] = {}
    headings: dict[Field, str] = {}
    unread: list[str] = []
    for place, cell in enumerate(cells):
        heading = shown(cell)
        if not heading:
            continue
        understood, field = mapped.field(heading)
        if field is not None and (field not in columns or field.may_repeat):
            columns[field] = (*columns.get(field, ()), place)
            headings.setdefault(field, heading)
        elif (not understood and plain(heading) not in SILENT) or field is not None:
            unread.append(heading)
    return Header(row, columns, headings, tuple(unread), len(cells))


def _joined(upper: Sequence[Any], lower: Sequence[Any]) -> list[Any]:
    width = max(len(upper), len(lower))
    above, below = [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]
    return [under if shown(under) else over for over, under in zip(above, below, strict=True)]


def _is_text(cells: Sequence[Any]) -> bool:
    return all(isinstance(cell, str) and not any(letter.isdigit() for letter in cell) for cell in cells if shown(cell))
