"""When and from where each value comes: what a file states is of today, what it leaves empty keeps its older date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from profiles.facts import REGISTER
from profiles.intake.staged import HOMES, MEMBERS, OWN_OF_HOMES, OWN_OF_MEMBERS
from profiles.intake.warnings import Warnings
from profiles.models import Household, Resident
from profiles.values import FactDate, OwnHouseholdFact, OwnMemberFact

IMPORTED, OFFICE = "import", "office"
CROPS, LIVESTOCK = "crop.", "livestock."
"""Under these a list as a whole keeps its date."""

_H, _R = cast(Table, Household.__table__), cast(Table, Resident.__table__)
_D = cast(Table, FactDate.__table__)


@dataclass(frozen=True)
class _Dated:
    """A fact, whether the file states it, whether the register knows it, and whether the two differ."""

    name: str
    stated: ColumnElement[bool]
    known: ColumnElement[bool]
    differs: ColumnElement[bool]


def _plain(name: str, staged: Table, kept: Table, column: str) -> _Dated:
    return _Dated(name, staged.c[column].is_not(None), kept.c[column].is_not(None),
                  staged.c[column].is_distinct_from(kept.c[column]))


def _listed(name: str, flag: str) -> _Dated:
    return _Dated(name, HOMES.c[flag].is_not(None), _H.c[flag].is_(True), HOMES.c.changed.is_(True))


_OF_HOMES = (
    *(_plain(f"household.{fact}", HOMES, _H, column) for fact, column in (
        ("group", "group_name"), ("size", "size"), ("land", "land"), ("income_per_head", "income_per_head"),
        ("house_grade", "house_grade"), ("relocated", "relocated"))),
    _listed("household.kind", "kinds_known"), _listed(CROPS, "crops_known"), _listed(LIVESTOCK, "livestock_known"),
)
_OF_MEMBERS = (
    *(_plain(f"member.{fact}", MEMBERS, _R, column) for fact, column in (
        ("age", "birth_date"), ("gender", "gender"), ("relation", "relation"), ("disability", "disability"),
        ("study", "study"), ("migrant", "migrant"))),
    _Dated("member.skill", MEMBERS.c.skills.is_not(None), _R.c.skills.is_not(None), MEMBERS.c.changed.is_(True)),
)
_HOME = and_(HOMES.c.household_id == _H.c.id, HOMES.c.is_new.is_(False), HOMES.c.good > 0)
_MEMBER = MEMBERS.c.resident_id == _R.c.id
_MINE_AT_HOME = and_(_D.c.household_id == _H.c.id, _D.c.resident_id == 0)
_MINE_AS_MEMBER = and_(_D.c.household_id == _R.c.household_id, _D.c.resident_id == _R.c.id)


def keep_dates(session: Session, now: datetime, warnings: Warnings) -> None:
    """For everybody found again: keep the date and source of what is left empty, then let the rest be of today.

    Comes after changes are marked and before they are written.
    """
    _warn_of_office(session, warnings)
    session.execute(insert(_D).from_select([column.name for column in _D.c], union_all(*_left_empty())))
    session.execute(delete(_D).where(_D.c.resident_id == 0, _stated_again(HOMES, HOMES.c.household_id == _D.c.household_id, _OF_HOMES,
                                                                         OWN_OF_HOMES)))
    session.execute(delete(_D).where(_D.c.resident_id != 0, _stated_again(MEMBERS, MEMBERS.c.resident_id == _D.c.resident_id, _OF_MEMBERS,
                                                                          OWN_OF_MEMBERS)))
    session.execute(update(_H).where(_HOME).values(stated_at=now, source=IMPORTED))
    session.execute(update(_R).where(_MEMBER).values(stated_at=now, source=IMPORTED))


def _left_empty() -> Iterator[Select[Any]]:
    """Values known before, not stated now, that have no date of their own yet."""
    for kept, staged, found, mine, facts in ((_H, HOMES, _HOME, _MINE_AT_HOME, _OF_HOMES),
                                             (_R, MEMBERS, _MEMBER, _MINE_AS_MEMBER, _OF_MEMBERS)):
        for fact in facts:
            dated = exists(select(1).select_from(_D).where(mine, _D.c.fact == fact.name).correlate(kept))
            yield _date(kept, literal(fact.name)).join_from(staged, kept, found).where(fact.known, ~fact.stated, ~dated)
    for kept, staged, found, mine, own, said in (
            (_H, HOMES, _HOME, _MINE_AT_HOME, cast(Table, OwnHouseholdFact.__table__), OWN_OF_HOMES),
            (_R, MEMBERS, _MEMBER, _MINE_AS_MEMBER, cast(Table, OwnMemberFact.__table__), OWN_OF_MEMBERS)):
        dated = exists(select(1).select_from(_D).where(mine, _D.c.fact == own.c.name).correlate(kept, own))
        stated = exists(select(1).select_from(said).where(said.c.owner == staged.c.row, said.c.name == own.c.name)
                        .correlate(staged, own))
        owner = own.c[next(iter(own.c)).name]
        yield _date(kept, own.c.name).select_from(staged.join(kept, found).join(own, owner == kept.c.id)).where(~stated, ~dated)


def _date(kept: Table, name: ColumnElement[Any]) -> Select[Any]:
    household, resident = (kept.c.id, literal(0)) if kept is _H else (kept.c.household_id, kept.c.id)
    return select(household, resident, name, kept.c.source, func.coalesce(kept.c.stated_at, kept.c.updated_at))


def _stated_again(staged: Table, mine: ColumnElement[bool], facts: Sequence[_Dated], said: Table) -> ColumnElement[bool]:
    own = exists(select(1).select_from(said).where(said.c.owner == staged.c.row, said.c.name == _D.c.fact).correlate(staged, _D))
    named = [and_(_D.c.fact == fact.name, fact.stated) for fact in facts]
    return exists(select(1).select_from(staged).where(mine, or_(own, *named)).correlate(_D))


def _warn_of_office(session: Session, warnings: Warnings) -> None:
    """What an office had set itself and the file states otherwise: the file stands, and the clerk is told where."""
    if session.scalar(select(_D.c.fact).where(_D.c.source == OFFICE).limit(1)) is None:
        return
    queries = []
    for kept, staged, found, mine, facts in ((_H, HOMES, _HOME, _MINE_AT_HOME, _OF_HOMES),
                                             (_R, MEMBERS, _MEMBER, _MINE_AS_MEMBER, _OF_MEMBERS)):
        otherwise = or_(*(and_(_D.c.fact == fact.name, fact.stated, fact.differs) for fact in facts))
        queries.append(select(staged.c.row, _D.c.fact).select_from(staged.join(kept, found).join(_D, mine))
                       .where(_D.c.source == OFFICE, otherwise))
    for row, fact in session.execute(union_all(*queries).order_by("row")):
        warnings.add(row, f"“{_label(fact)}”工作人员更正过，表里写的不一样，已按表里的记，请核对")


def _label(name: str) -> str:
    known = REGISTER.fact(name)
    return known.label if known is not None else {CROPS: "作物", LIVESTOCK: "牲畜"}.get(name, name)
