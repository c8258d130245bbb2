"""Households into the register: new ones, changed ones, their kinds, crops and livestock, and who has left."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from kernel.database import Moment
from profiles.intake.merge_dates import IMPORTED
from profiles.intake.merge_history import Chronicle
from profiles.intake.merge_own import mark_homes_by_own
from profiles.intake.staged import CROP, ENTRIES, HOMES, KIND, LIVESTOCK, LOOK_UPS, MEMBERS
from profiles.models import Household, HouseholdCrop, HouseholdKind, HouseholdLivestock, Resident, Standing

_H = cast(Table, Household.__table__)
_R = cast(Table, Resident.__table__)
_C, _S, _E, _M = _H.c, HOMES.c, ENTRIES.c, MEMBERS.c
_PLAIN = ("group_name", "head_name", "size", "land", "income_per_head", "house_grade", "relocated")
_COMPARED = ("division", "group_name", "head_name_index", "size", "land", "income_per_head", "house_grade", "relocated")
_LISTS = (
    (KIND, cast(Table, HouseholdKind.__table__), "kind", None, "kinds_known"),
    (CROP, cast(Table, HouseholdCrop.__table__), "name", "mu", "crops_known"),
    (LIVESTOCK, cast(Table, HouseholdLivestock.__table__), "name", "head", "livestock_known"),
)
"""Sort, table, its column for the name, for the amount, and the flag that says the list is whole."""


def find_homes(session: Session) -> bool:
    """Link each staged household to the register and mark what changed; tells whether any was known before."""
    _link(session)
    session.execute(update(HOMES).where(_S.household_id.is_(None), _S.good > 0).values(is_new=True))
    known = session.scalar(select(_S.row).where(_S.household_id.is_not(None)).limit(1)) is not None
    if known:
        for number, (table, columns) in enumerate(LOOK_UPS):
            session.execute(text(f"CREATE INDEX ix_intake_{number} ON {table} ({columns})"))
        _mark_changed(session)
        mark_homes_by_own(session)
    return known


def write_homes(session: Session, now: datetime, *, known: bool) -> None:
    """Write the changed households and the new ones, so that each staged one has its place in the register."""
    if known:
        _write_changed(session, now)
    _insert_new(session, now)
    _link(session)
    _write_lists(session)


def _link(session: Session) -> None:
    found = select(_C.id).where(_C.reference == _S.reference).scalar_subquery()
    session.execute(update(HOMES).where(_S.household_id.is_(None)).values(household_id=found))


def _mark_changed(session: Session) -> None:
    mine = and_(_S.household_id == _C.id, _S.good > 0)
    said = [and_(_S[name].is_not(None), _S[name].is_distinct_from(_C[name])) for name in _COMPARED]
    flags = [and_(_S[flag].is_not(None), _S[flag].is_distinct_from(_C[flag])) for *_, flag in _LISTS]
    session.execute(update(HOMES).where(mine, or_(*said, *flags, _C.left_at.is_not(None))).values(changed=True))
    session.execute(update(HOMES).where(mine, _S.division != _C.division).values(moved=True))
    for sort, table, name, amount, flag in _LISTS:
        known, here = _S.household_id.is_not(None) & _S[flag].is_not(None), table.c.household_id == _S.household_id
        same = [ENTRIES.c.home == _S.row, ENTRIES.c.sort == sort, ENTRIES.c.name == table.c[name]]
        if amount is not None:
            same.append(_E.amount == table.c[amount])
        gone = exists(select(1).select_from(table).where(here, ~exists(select(1).select_from(ENTRIES).where(*same)
                                                                       .correlate(table, HOMES))).correlate(HOMES))
        fresh = exists(select(1).select_from(ENTRIES).where(
            _E.home == _S.row, _E.sort == sort,
            ~exists(select(1).select_from(table).where(here, *same).correlate(ENTRIES, HOMES))).correlate(HOMES))
        session.execute(update(HOMES).where(known, _S.changed.is_(False), or_(gone, fresh)).values(changed=True))


def _write_changed(session: Session, now: datetime) -> None:
    values: dict[str, Any] = {name: func.coalesce(_S[name], _C[name]) for name in (*_PLAIN, "division")}
    # The cipher text of a name differs each time: only another name may replace it.
    renamed = and_(_S.head_name_index.is_not(None), _S.head_name_index.is_distinct_from(_C.head_name_index))
    values["head_name"] = case((renamed, _S.head_name), else_=_C.head_name)
    values["head_name_index"] = func.coalesce(_S.head_name_index, _C.head_name_index)
    values |= {flag: func.coalesce(_S[flag], _C[flag]) for *_, flag in _LISTS}
    session.execute(update(_H).where(_C.id == _S.household_id, _S.changed.is_(True))
                    .values(**values, left_at=None, updated_at=now))


def _insert_new(session: Session, now: datetime) -> None:
    columns: dict[str, ColumnElement[Any]] = {name: _S[name] for name in ("reference", "division", "head_name_index", *_PLAIN)}
    columns |= {flag: func.coalesce(_S[flag], False) for *_, flag in _LISTS}
    columns |= {"roster_complete": _S.rejected == 0, "roster_gaps": _S.rejected, "source": literal(IMPORTED),
                "stated_at": literal(now, Moment), "updated_at": literal(now, Moment)}
    session.execute(insert(_H).from_select(
        list(columns), select(*columns.values()).where(_S.is_new.is_(True)).order_by(_S.row), include_defaults=False))


def _write_lists(session: Session) -> None:
    written = or_(_S.is_new.is_(True), _S.changed.is_(True))
    for sort, table, name, amount, flag in _LISTS:
        stated = select(_S.household_id).where(_S.changed.is_(True), _S[flag].is_not(None))
        session.execute(delete(table).where(table.c.household_id.in_(stated)))
        columns: dict[str, ColumnElement[Any]] = {"household_id": _S.household_id, name: _E.name}
        if amount is not None:
            columns[amount] = _E.amount
        session.execute(insert(table).from_select(
            list(columns), select(*columns.values()).join_from(ENTRIES, HOMES, _E.home == _S.row)
            .where(_E.sort == sort, written)))


def judge_rosters(session: Session) -> None:
    """Say of each household in the file that was known before whether all its members stand in the register.

    Rows rejected now leave gaps. Earlier gaps close when as many members were added as had been missing, or when the
    file names every member the register has.
    """
    added = (select(func.count()).select_from(MEMBERS).where(_M.home == _S.row, _M.resident_id.is_(None))
             .scalar_subquery())
    unnamed = exists(select(1).select_from(_R).where(
        _R.c.household_id == _S.household_id, _R.c.standing == Standing.PRESENT, ~_named()).correlate(HOMES))
    left = _C.roster_gaps - added
    gaps = case((_S.rejected > 0, case((left > _S.rejected, left), else_=_S.rejected)),
                (or_(left <= 0, ~unnamed), 0), else_=left)
    concerned = and_(_C.id == _S.household_id, _S.is_new.is_(False), or_(_S.rejected > 0, _C.roster_gaps > 0))
    session.execute(update(_H).where(concerned).values(roster_gaps=gaps))
    incomplete = and_(_C.id == _S.household_id, _C.roster_complete.is_distinct_from(_C.roster_gaps == 0))
    session.execute(update(_H).where(incomplete).values(roster_complete=_C.roster_gaps == 0))


def part_from_absent(session: Session, division: str, now: datetime, chronicle: Chronicle) -> tuple[int, int]:
    """The file is the whole register of a division: what it leaves out has left.

    Households get `left_at`; members left out of a household whose rows were all good count as moved away. Gives both
    numbers.
    """
    there = _C.division.startswith(division, autoescape=True)
    # NOT IN is hashed by both databases; NOT EXISTS went through the whole file for each household of a first import.
    named = select(_S.household_id).where(_S.household_id.is_not(None))
    absent = and_(there, _C.left_at.is_(None), _C.id.not_in(named))
    whole = select(_S.household_id).join(_H, _C.id == _S.household_id).where(
        _S.good > 0, _S.rejected == 0, _S.is_new.is_(False), there)
    unnamed = and_(_R.c.household_id.in_(whole), _R.c.standing == Standing.PRESENT, ~_named())
    chronicle.parting(absent, unnamed)
    left = session.execute(update(_H).where(absent).values(left_at=now, updated_at=now))
    gone = session.execute(
        update(_R).where(unnamed)
        .values(standing=Standing.MOVED.value, absent_since=now, updated_at=now))
    return int(cast(Any, left).rowcount), int(cast(Any, gone).rowcount)


def _named() -> ColumnElement[bool]:
    """Whether the file names a resident: found in it, or added by it just now."""
    found = exists(select(1).select_from(MEMBERS).where(_M.resident_id == _R.c.id).correlate(_R))
    home = select(_S.row).where(_S.household_id == _R.c.household_id)
    added = exists(select(1).select_from(MEMBERS).where(_M.home.in_(home), _M.reference == _R.c.reference).correlate(_R))
    return or_(found, added)
