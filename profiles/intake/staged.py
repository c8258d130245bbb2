"""The temporary tables a household file waits in, and its rows put into their shape: encrypted before they leave memory."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    false,
    func,
)

from kernel.crypto import Keyring
from kernel.ids import sortable_id
from profiles.intake.fields import HOUSEHOLD_FIELDS
from profiles.intake.homes import Home
from profiles.intake.listings import Kinds, Listing
from profiles.intake.people import Member
from profiles.intake.staging import Stage

_ROWS_AT_ONCE = 5_000
_IDS_AT_ONCE = 1_000
_RANDOM_HEX = 14
_NAMES_REMEMBERED = 50_000
_TOGETHER = MetaData()
KIND, CROP, LIVESTOCK = 0, 1, 2
LATER_ROWS = 100
"""A telephone of a person's later row has at least this place; the first row's are 0, 1, 2 …"""

HOMES = Table(
    "intake_homes", _TOGETHER,
    Column("row", Integer, primary_key=True), Column("reference", String(40)), Column("division", String(12)),
    Column("group_name", String(40)), Column("head_name", LargeBinary), Column("head_name_index", LargeBinary),
    Column("size", Integer), Column("land", Float), Column("income_per_head", Float), Column("house_grade", String(10)),
    Column("relocated", Boolean), Column("kinds_known", Boolean), Column("crops_known", Boolean),
    Column("livestock_known", Boolean), Column("good", Integer), Column("rejected", Integer),
    Column("household_id", Integer), Column("is_new", Boolean, server_default=false()),
    Column("changed", Boolean, server_default=false()), Column("moved", Boolean, server_default=false()),
    prefixes=["TEMPORARY"],
)
"""A household by the row it was first met in; `…_known` is None where the file says nothing; without a good row only
`rejected` counts."""

ENTRIES = Table(
    "intake_entries", _TOGETHER,
    Column("home", Integer), Column("sort", Integer), Column("name", String(40)), Column("amount", Float),
    prefixes=["TEMPORARY"],
)
"""One kind, crop or sort of livestock of a household."""

MEMBERS = Table(
    "intake_members", _TOGETHER,
    Column("row", Integer, primary_key=True), Column("home", Integer), Column("reference", String(26)),
    Column("name", LargeBinary), Column("name_index", LargeBinary), Column("id_number", LargeBinary),
    Column("id_index", LargeBinary), Column("relation", String(20)), Column("birth_date", Date), Column("gender", String(2)),
    Column("disability", String(20)), Column("study", String(20)), Column("migrant", Boolean), Column("skills", Text),
    Column("standing", String(10)), Column("is_head", Boolean), Column("phones", Integer), Column("resident_id", Integer),
    Column("changed", Boolean, server_default=false()), Column("joined", Boolean, server_default=false()),
    prefixes=["TEMPORARY"],
)
"""A person; `phones` is how many numbers the file names, None where it says nothing of them; `resident_id` is who it was
found to be, None for somebody new; it and what follows are filled in while merging."""

PHONES = Table(
    "intake_phones", _TOGETHER,
    Column("row", Integer), Column("place", Integer), Column("channel", String(12)),
    Column("address", LargeBinary), Column("address_index", LargeBinary), prefixes=["TEMPORARY"],
)
"""One number of one person, by the person's row."""

OWN_OF_HOMES = Table(
    "intake_own_of_homes", _TOGETHER,
    Column("owner", Integer), Column("name", String(60)), Column("number", Float), Column("word", String(60)),
    prefixes=["TEMPORARY"],
)
"""One of the county's own facts of a household, by the row of its home."""

OWN_OF_MEMBERS = Table(
    "intake_own_of_members", _TOGETHER,
    Column("owner", Integer), Column("name", String(60)), Column("number", Float), Column("word", String(60)),
    Column("said_at", Integer), prefixes=["TEMPORARY"],
)
"""The same of a person; `said_at` is the row that says it: the first one stands."""

TABLES = (HOMES, ENTRIES, MEMBERS, PHONES, OWN_OF_HOMES, OWN_OF_MEMBERS)

LOOK_UPS = (
    ("intake_entries", "home, sort, name"), ("intake_members", "home"), ("intake_members", "resident_id"), ("intake_members", "id_index"), ("intake_phones", '"row"'),
    ("intake_homes", "household_id"), ("intake_own_of_homes", "owner, name"), ("intake_own_of_members", "owner, name"),
)
"""Tables and columns to index when the file meets households that are known already; a first import needs none."""

_LATER_KNOWN = ("id_number", "id_index", "relation", "birth_date", "gender", "disability", "study", "migrant", "skills",
                "standing", "is_head", "phones")
_SUPPLEMENT = (
    MEMBERS.update().where(MEMBERS.c.row == bindparam("met"))
    .values({name: func.coalesce(MEMBERS.c[name], bindparam(f"later_{name}")) for name in _LATER_KNOWN})
)
_PERSON = [column.name for column in MEMBERS.columns]


class Seal:
    """Turns what was read into rows of the temporary tables, a few thousand at a time."""

    def __init__(self, stage: Stage, keyring: Keyring) -> None:
        """Start with nothing waiting."""
        self._stage = stage
        self._keyring = keyring
        self._members: list[tuple[Any, ...]] = []
        self._phones: list[tuple[Any, ...]] = []
        self._own: list[tuple[Any, ...]] = []
        self._supplements: list[dict[str, Any]] = []
        self._names: dict[str, tuple[bytes, bytes]] = {}
        self._references: list[str] = []
        self._numbers: set[bytes] = set()
        self.has_doubles = False

    def add(self, home: Home, member: Member) -> None:
        """A person met for the first time."""
        self._members.append(self._person(home, member))
        for place, phone in enumerate(member.phones or ()):
            self._add_phone(member.row, place, *phone)
        if member.own:
            self._add_own(member.row, member)
        if len(self._members) >= _ROWS_AT_ONCE:
            self._flush()

    def supplement(self, home: Home, member: Member, met_row: int) -> None:
        """Another row of a person met before: it may tell what the first left open, and further telephones."""
        person = dict(zip(_PERSON, self._person(home, member), strict=False))
        if person["birth_date"] is not None:
            person["birth_date"] = member.birth
        self._supplements.append({"met": met_row, **{f"later_{name}": person[name] for name in _LATER_KNOWN}})
        for place, phone in enumerate(member.phones or ()):
            self._add_phone(met_row, member.row * LATER_ROWS + place, *phone)
        self._add_own(met_row, member)

    def finish(self, homes: Iterable[Home], own: Sequence[str] = ()) -> None:
        """Everything that still waits, and the households now that all their rows were read; `own` names their own facts."""
        self._flush()
        if self._supplements:
            self._stage.execute(_SUPPLEMENT, self._supplements)
        rows: list[tuple[Any, ...]] = []
        entries: list[tuple[Any, ...]] = []
        facts: list[tuple[Any, ...]] = []
        for home in homes:
            rows.append(self._home(home))
            entries.extend(_entries(home))
            if len(rows) >= _ROWS_AT_ONCE:
                self._stage.load(HOMES, rows)
                self._stage.load(ENTRIES, entries)
                rows, entries = [], []
            if own:
                facts.extend((home.row, name, value.number, value.word) for name, value in zip(
                    own, home.values[len(HOUSEHOLD_FIELDS):], strict=True) if value is not None)
        self._stage.load(HOMES, rows)
        self._stage.load(ENTRIES, entries)
        self._stage.load(OWN_OF_HOMES, facts)

    def _flush(self) -> None:
        self._stage.load(MEMBERS, self._members)
        self._stage.load(PHONES, self._phones)
        self._stage.load(OWN_OF_MEMBERS, self._own)
        self._members, self._phones, self._own = [], [], []

    def _add_own(self, row: int, member: Member) -> None:
        self._own.extend((row, name, value.number, value.word, member.row) for name, value in member.own)

    def _add_phone(self, row: int, place: int, channel: str, number: str) -> None:
        keyring = self._keyring
        self._phones.append((row, place, channel, keyring.encrypt(number, "phone"), keyring.index(number, "phone")))

    def _name(self, name: str) -> tuple[bytes, bytes]:
        """A name sealed, and its blind index.

        A name that a file repeats is sealed once: that two are equal is told by their indexes anyway.
        """
        known = self._names.get(name)
        if known is None:
            if len(self._names) >= _NAMES_REMEMBERED:
                self._names.clear()
            known = self._names[name] = self._keyring.encrypt(name, "name"), self._keyring.index(name, "name")
        return known

    def _another_reference(self) -> str:
        """A sortable id as `kernel.ids` makes them, a thousand at a time: one call of the random source for all."""
        moment, chance = sortable_id()[:-_RANDOM_HEX], secrets.token_hex(_RANDOM_HEX // 2 * _IDS_AT_ONCE)
        self._references = [moment + chance[start:start + _RANDOM_HEX] for start in range(0, len(chance), _RANDOM_HEX)]
        return self._references.pop()

    def _person(self, home: Home, one: Member) -> tuple[Any, ...]:
        keyring, number = self._keyring, one.id_number
        name, name_index = self._name(one.name)
        id_index = self._keyring.index(number, "id_number") if number else None
        if id_index is not None:
            self.has_doubles = self.has_doubles or id_index in self._numbers
            self._numbers.add(id_index)
        return (
            one.row, home.row, self._references.pop() if self._references else self._another_reference(), name, name_index,
            keyring.encrypt(number, "id_number") if number else None, id_index,
            one.relation, one.birth.isoformat() if one.birth else None, one.gender, one.disability, one.study, one.migrant,
            None if one.skills is None else _as_json(one.skills), one.standing, one.is_head,
            None if one.phones is None else len(one.phones),
        )

    def _home(self, home: Home) -> tuple[Any, ...]:
        village, group, head, kinds, crops, livestock, land, income, grade, relocated, size = home.values[:len(HOUSEHOLD_FIELDS)]
        head = head or next((name for row, name, _, _ in home.people if row == home.head_row), None)
        return (
            home.row, home.reference, village, group, *(self._name(head) if head else (None, None)), size, land, income, grade, relocated, _whole(kinds), _whole(crops),
            _whole(livestock), home.good, home.rejected,
        )


@lru_cache(4_096)
def _as_json(words: tuple[str, ...]) -> str:
    return json.dumps(words)


def _whole(listing: Kinds | Listing | None) -> bool | None:
    return None if listing is None else listing.whole


def _entries(home: Home) -> Iterable[tuple[Any, ...]]:
    _, _, _, kinds, crops, livestock, *_ = home.values
    found = [] if kinds is None else [(home.row, KIND, name, 1.0) for name in kinds.names]
    for sort, listing in ((CROP, crops), (LIVESTOCK, livestock)):
        if listing is not None:
            found.extend((home.row, sort, name, amount) for name, amount in listing.items)
    return found
