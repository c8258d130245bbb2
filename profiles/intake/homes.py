"""What the rows of one household say together: the first value stands, a blank says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from profiles.facts import Level
from profiles.intake import choices, listings
from profiles.intake.cells import is_none, text_of
from profiles.intake.choices import NOT_UNDERSTOOD, Read
from profiles.intake.fields import HOUSEHOLD_FIELDS, Field
from profiles.intake.headers import Header
from profiles.intake.numbers import area, number
from profiles.intake.own_facts import reader_of
from profiles.intake.people import Member, Memo, Remarked, name_of_cell
from profiles.intake.warnings import Warnings

MOST_MEMBERS = 500
_MOST_LAND = 300.0
_MOST_CROP = 300.0
_MOST_HEAD = 5_000.0
_MOST_INCOME = 1_000_000.0
_MOST_PEOPLE = 30

# Of one person met before in the file: row, name, identity number, birth.
Met = tuple[int, str, str | None, date | None]


class Home:
    """One household of the file; `values` in the order of HOUSEHOLD_FIELDS, then the county's own facts; None unknown."""

    __slots__ = ("good", "head_row", "noted", "people", "reference", "rejected", "row", "values")

    def __init__(self, reference: str, row: int, width: int = len(HOUSEHOLD_FIELDS)) -> None:
        """Nothing known yet but the reference and the row it was first met in; room for `width` values."""
        self.reference = reference
        self.row = row
        self.values: list[Any] = [None] * width
        self.people: list[Met] = []
        self.good = 0
        self.rejected = 0
        self.head_row = 0
        self.noted: set[int] | None = None

    @property
    def village(self) -> str | None:
        """The code of its village, once a good row said it."""
        return self.values[0]  # type: ignore[no-any-return]

    def same_person(self, member: Member) -> Met | None:
        """The member met before whom this row means again: by identity number, else by name and birth."""
        for met in self.people:
            _, name, id_number, birth = met
            if member.id_number is not None and id_number is not None:
                if member.id_number == id_number:
                    return met
            elif name == member.name and (birth is None or member.birth is None or birth == member.birth):
                return met
        return None


class HomeReader:
    """Reads the columns about the household and lays them on what is known of it."""

    def __init__(self, header: Header, villages: Callable[[str], Remarked], warnings: Warnings,
                 kinds: Mapping[str, str] = MappingProxyType({})) -> None:
        """`villages` gives the code of a village, or None and why not; `kinds` are the county's own words for kinds."""
        self._warnings = warnings
        readers = {
            Field.VILLAGE: villages, Field.GROUP: remarked(choices.group), Field.HEAD: remarked(_head),
            Field.KINDS: remarked(_kinds_with(kinds), _odd_kinds), Field.CROPS: remarked(_crops, _odd_amounts(_MOST_CROP)),
            Field.LIVESTOCK: remarked(_livestock, _odd_amounts(_MOST_HEAD)), Field.LAND: remarked(_land, _odd_above(_MOST_LAND)),
            Field.INCOME: remarked(_income, _odd_above(_MOST_INCOME)), Field.HOUSE_GRADE: remarked(choices.house_grade),
            Field.RELOCATED: remarked(choices.relocated), Field.SIZE: remarked(_size, _odd_above(_MOST_PEOPLE)),
        }
        self.villages = Memo(readers[Field.VILLAGE])
        self.village_at = header.columns[Field.VILLAGE][0]
        memos = {one: self.villages if one is Field.VILLAGE else Memo(readers[one]) for one in HOUSEHOLD_FIELDS}
        usual = [(place, header.headings[one], header.columns[one][0], memos[one])
                 for place, one in enumerate(HOUSEHOLD_FIELDS) if one in header.columns]
        self.own = tuple(one for one in header.own if one.fact.level is Level.HOUSEHOLD)
        own = [(place, one.heading, one.at, Memo(reader_of(one.fact))) for place, one in enumerate(self.own, len(HOUSEHOLD_FIELDS))]
        self._columns = (*usual, *own)
        self.width = len(HOUSEHOLD_FIELDS) + len(own)
        self._latest: Home | None = None
        self._latest_raw: Any = None
        self._raw = itemgetter(*(at for _, _, at, _ in self._columns), -1)

    def lay(self, home: Home, row: int, cells: Sequence[Any]) -> None:
        """Add what a good row says; the first value of a field stands, another one is a warning."""
        raw = self._raw(cells)
        if home is self._latest and raw == self._latest_raw:
            # Most tables repeat the household's cells on each member's row: nothing new is said.
            return
        self._latest, self._latest_raw = home, raw
        values = home.values
        for place, heading, at, memo in self._columns:
            value, remark = memo[cells[at]]
            if value is None:
                if remark is not None:
                    self._note(home, place, row, f"“{heading}”{remark}")
                continue
            known = values[place]
            if known is None:
                values[place] = value
                if remark is not None:
                    self._warnings.add(row, f"“{heading}”{remark}")
            elif known is not value and known != value:
                self._warnings.add(row, f"“{heading}”与同一户（{home.reference}）前面的行不一致，已按先出现的记")

    def _note(self, home: Home, place: int, row: int, words: str) -> None:
        home.noted = home.noted if home.noted is not None else set()
        if place not in home.noted:
            home.noted.add(place)
            self._warnings.add(row, words)


def remarked(read: Callable[[str], Read], judge: Callable[[Any], str | None] | None = None) -> Callable[[str], Remarked]:
    """A reader that says in words, once for each distinct cell, what is odd about it."""

    def reading(text: str) -> Remarked:
        value, understood = read(text)
        if not understood:
            return value, "一栏看不懂，已按未填处理"
        return value, judge(value) if judge is not None and value is not None else None

    return reading


def _odd_kinds(found: listings.Kinds) -> str | None:
    if not found.strange:
        return None
    words = "、".join(found.strange)
    return f"里的“{words}”" + ("不在类别名录里，已按原样保存" if found.whole else "没有说明是哪一类，请改成具体类别")


def _odd_amounts(most: float) -> Callable[[listings.Listing], str | None]:
    def judge(found: listings.Listing) -> str | None:
        if not found.whole:
            return "里有的项目看不懂或没写数量，这一栏没写到的项目按未知处理"
        return "的数量大得少见，请核对" if any(amount > most for _, amount in found.items) else None

    return judge


def _odd_above(most: float) -> Callable[[float], str | None]:
    return lambda value: "的数字少见，请核对" if value > most or value < 0 else None


def _head(text: str) -> Read:
    return name_of_cell(text) or None, True


def _kinds_with(county: Mapping[str, str]) -> Callable[[str], Read]:
    def read(text: str) -> Read:
        if is_none(text):
            return listings.Kinds(()), True
        found = listings.kinds(text, county)
        return found, found is not None

    return read


def _crops(text: str) -> Read:
    found = listings.NOTHING if is_none(text) else listings.crops(text)
    return found, found is not None


def _livestock(text: str) -> Read:
    found = listings.NOTHING if is_none(text) else listings.livestock(text)
    return found, found is not None


def _land(text: str) -> Read:
    value = 0.0 if is_none(text) else area(text)
    return (value, True) if value is not None and value >= 0 else NOT_UNDERSTOOD


def _income(text: str) -> Read:
    value = 0.0 if is_none(text) else number(text)
    return value, value is not None


def _size(text: str) -> Read:
    value = number(text)
    return (int(value), True) if value is not None and value.is_integer() and 0 < value < 1_000 else NOT_UNDERSTOOD


def reference_of(cell: Any) -> str:
    """A household number as one word."""
    return text_of(cell).replace(" ", "")
