"""The office's word on what a resident said: taken into the register with the office as its source, or left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.crypto import Keyring
from profiles.answers import Said, Value, opened
from profiles.facts import NONE, Catalogue, Fact, Kind
from profiles.failures import AnswerRefused
from profiles.models import Household, HouseholdCrop, HouseholdKind, HouseholdLivestock, Resident
from profiles.values import AnswerState, FactDate, OwnHouseholdFact, OwnMemberFact, ResidentAnswer

OFFICE = "office"
TAKEN, LEFT = "采纳群众自报", "不采纳群众自报"
_HOUSEHOLD: Mapping[str, str] = MappingProxyType({
    "household.group": "group_name", "household.size": "size", "household.land": "land",
    "household.income_per_head": "income_per_head", "household.house_grade": "house_grade", "household.relocated": "relocated",
})
_MEMBER: Mapping[str, str] = MappingProxyType({
    "member.gender": "gender", "member.disability": "disability", "member.study": "study", "member.migrant": "migrant",
})
_LISTS: Mapping[str, tuple[Any, str, str]] = MappingProxyType({
    "crop.": (HouseholdCrop, "mu", "crops_known"), "livestock.": (HouseholdLivestock, "head", "livestock_known"),
})


def settle(
    session: Session, keyring: Keyring, answer_id: int, *, take: bool, actor: Actor, now: datetime, catalogue: Catalogue
) -> Said:
    """Take an answer into the register, or leave it; both are written down. Raises AnswerRefused.

    What is taken counts from then on for pushing too, with the office as its source and today as its date.
    """
    row = session.scalar(select(ResidentAnswer).where(ResidentAnswer.id == answer_id).with_for_update())
    household = None if row is None else session.get(Household, row.household_id)
    if row is None or household is None or not actor.may_act_in(household.division):
        raise AnswerRefused("没有找到这条自报的信息，或不在您的管理范围内。请回到这一户的页面再看。")
    if row.state != AnswerState.SAID:
        raise AnswerRefused("这条自报的信息已经处理过了。请刷新页面。")
    said = opened(row, keyring)
    if take:
        fact = catalogue.fact(said.fact)
        if fact is None:
            raise AnswerRefused(f"信息项“{said.fact}”现在的清单里没有了，不能采纳。请点“不采纳”。")
        _write(session, household, said, fact, now)
    row.state = AnswerState.TAKEN if take else AnswerState.LEFT
    row.settled_by, row.settled_at = actor.name, now
    record(session, now, actor, TAKEN if take else LEFT, f"household:{household.reference}", {"fact": said.fact})
    return said


def _write(session: Session, household: Household, said: Said, fact: Fact, now: datetime) -> None:
    resident = None if said.about is None else session.get(Resident, said.about)
    if said.about is not None and (resident is None or resident.household_id != household.id):
        raise AnswerRefused("说的那位家人已不在这一户，不能采纳。请点“不采纳”。")
    dated = fact.name
    if fact.is_own:
        _write_own(session, household, resident, fact, said.value)
    elif resident is not None:
        _write_member(resident, fact, said.value)
        resident.updated_at = now
    elif fact.name.startswith(tuple(_LISTS)):
        dated = fact.name.partition(".")[0] + "."
        _write_listed(session, household, dated, fact, said.value)
    else:
        _write_household(session, household, fact, said.value)
    household.updated_at = now
    session.merge(FactDate(household_id=household.id, resident_id=said.about or 0, fact=dated, source=OFFICE, at=now))


def _write_own(session: Session, household: Household, resident: Resident | None, fact: Fact, value: Value) -> None:
    kept: dict[str, Any] = {"name": fact.name, "word": value, "number": None} if isinstance(value, str) else {
        "name": fact.name, "word": None, "number": float(value)}
    session.merge(OwnHouseholdFact(household_id=household.id, **kept) if resident is None
                  else OwnMemberFact(resident_id=resident.id, **kept))


def _write_member(resident: Resident, fact: Fact, value: Value) -> None:
    if fact.name == "member.skill":
        resident.skills = [] if value == NONE else [str(value)]
    elif fact.name in _MEMBER:
        setattr(resident, _MEMBER[fact.name], value)
    else:
        raise _cannot(fact)


def _write_household(session: Session, household: Household, fact: Fact, value: Value) -> None:
    if fact.name == "household.kind":
        session.execute(delete(HouseholdKind).where(HouseholdKind.household_id == household.id))
        session.add_all(HouseholdKind(household_id=household.id, kind=kind) for kind in fact.stored(str(value)))
        household.kinds_known = True
    elif fact.name in _HOUSEHOLD:
        is_whole = fact.kind is Kind.INTEGER and not isinstance(value, str)
        setattr(household, _HOUSEHOLD[fact.name], int(value) if is_whole else value)
    else:
        raise _cannot(fact)


def _write_listed(session: Session, household: Household, prefix: str, fact: Fact, value: Value) -> None:
    """A list is complete: taking the first answer makes it known, with nothing else in it (the desk says so)."""
    table, amount, known = _LISTS[prefix]
    session.execute(delete(table).where(table.household_id == household.id, table.name == fact.label))
    if not isinstance(value, str) and value > 0:
        session.add(table(household_id=household.id, name=fact.label, **{amount: float(value)}))
    setattr(household, known, True)


def _cannot(fact: Fact) -> AnswerRefused:
    return AnswerRefused(f"“{fact.label}”不能直接采纳。请在农户表里改好后导入。")
