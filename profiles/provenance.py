"""Where each value comes from and of when, and which values are older than their fact may be.

An outdated value goes on deciding: an office that did not bring a new table must not push people out silently. It is
shown as outdated and counted, so that somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from kernel.clock import CHINA, in_china
from profiles.facts import Fact, Level
from profiles.models import Household, Resident, Standing
from profiles.targeting.clauses import surely
from profiles.targeting.conditions import Condition, facts_named
from profiles.values import FactDate, OwnHouseholdFact, OwnMemberFact

IMPORTED, OFFICE = "import", "office"
LISTS = ("crop.", "livestock.")


@dataclass(frozen=True)
class Stated:
    """The source of a value and when it was last stated; None when nobody wrote it down."""

    source: str
    at: datetime | None

    @property
    def words(self) -> str:
        """As in 农户信息表 2026-11-23导入."""
        day = "" if self.at is None else f"{in_china(self.at):%Y-%m-%d}"
        if self.source == IMPORTED:
            return f"农户信息表 {day}导入".replace("  ", " ")
        return f"{day} 工作人员登记".strip() if self.source == OFFICE else f"{self.source} {day}".strip()


class Provenance:
    """All dates and sources of one household and its members."""

    def __init__(self, home: Stated, members: Mapping[int, Stated], exceptions: Mapping[tuple[int, str], Stated]) -> None:
        """`exceptions` are the values that are not as old as their row, by resident (0: the household) and fact."""
        self._home = home
        self._members = members
        self._exceptions = exceptions

    def of(self, fact: Fact, resident_id: int = 0) -> Stated:
        """Where a value comes from and of when."""
        return self._exceptions.get((resident_id, key_of(fact))) or self._members.get(resident_id, self._home)


def provenance(session: Session, household: Household) -> Provenance:
    """The dates and sources of a household."""
    members = session.execute(select(Resident.id, Resident.source, Resident.stated_at, Resident.updated_at).where(
        Resident.household_id == household.id))
    dates = session.scalars(select(FactDate).where(FactDate.household_id == household.id))
    return Provenance(
        Stated(household.source, household.stated_at or household.updated_at),
        {number: Stated(source, stated or updated) for number, source, stated, updated in members},
        {(one.resident_id, one.fact): Stated(one.source, one.at) for one in dates})


def key_of(fact: Fact) -> str:
    """Under what the date of a fact is kept: a list of crops or livestock has one as a whole."""
    return next((prefix for prefix in LISTS if fact.name.startswith(prefix)), fact.name)


def outdated_words(fact: Fact, stated: Stated, today: date) -> str:
    """已超过一年，请核实 for a value older than its fact may be; empty for the others."""
    if fact.max_age_days is None or stated.at is None or stated.at >= _cutoff(fact.max_age_days, today):
        return ""
    usual = {183: "半年", 366: "一年", 1096: "三年"}
    return f"已超过{usual.get(fact.max_age_days, f' {fact.max_age_days} 天')}，请核实"


def count_outdated(session: Session, condition: Condition | None, divisions: Sequence[str], today: date) -> int:
    """How many of the households that surely qualify have an outdated value among the facts the condition names."""
    clauses = [clause for fact in facts_named(condition) if fact.max_age_days is not None for clause in _old(fact, today)]
    if not clauses:
        return 0
    chosen = select(func.count()).select_from(Household).where(surely(condition, divisions, today), or_(*clauses))
    return session.scalar(chosen) or 0


def _cutoff(days: int, today: date) -> datetime:
    return datetime.combine(today - timedelta(days=days), time.min, CHINA)


def _old(fact: Fact, today: date) -> Iterator[ColumnElement[bool]]:
    cutoff = _cutoff(fact.max_age_days or 0, today)
    if fact.level is Level.HOUSEHOLD:
        date_of = _date_of(fact, Household.id, 0).correlate(Household).scalar_subquery()
        at = func.coalesce(date_of, Household.stated_at, Household.updated_at)
        yield and_(_known_of_household(fact), at < cutoff)
        return
    person: Any = aliased(Resident)
    date_of = _date_of(fact, person.household_id, person.id).correlate(person).scalar_subquery()
    at = func.coalesce(date_of, person.stated_at, person.updated_at)
    yield exists().where(person.household_id == Household.id, person.standing == Standing.PRESENT,
                         _known_of_member(fact, person), at < cutoff).correlate(Household)


def _date_of(fact: Fact, household_id: Any, resident_id: Any) -> Any:
    return select(FactDate.at).where(FactDate.household_id == household_id, FactDate.resident_id == resident_id,
                                     FactDate.fact == key_of(fact))


_FLAGS = {"household.kind": "kinds_known", "crop.": "crops_known", "livestock.": "livestock_known"}


def _known_of_household(fact: Fact) -> ColumnElement[bool]:
    if fact.is_own:
        return exists().where(OwnHouseholdFact.household_id == Household.id, OwnHouseholdFact.name == fact.name).correlate(Household)
    flag = _FLAGS.get(key_of(fact))
    if flag is not None:
        known: ColumnElement[bool] = getattr(Household, flag).is_(True)
        return known
    column = getattr(Household, fact.name.partition(".")[2], None)
    return Household.id.is_not(None) if column is None else column.is_not(None)


def _known_of_member(fact: Fact, person: Any) -> ColumnElement[bool]:
    if fact.is_own:
        return exists().where(OwnMemberFact.resident_id == person.id, OwnMemberFact.name == fact.name).correlate(person)
    column = {"member.age": "birth_date", "member.skill": "skills"}.get(fact.name, fact.name.partition(".")[2])
    known: ColumnElement[bool] = getattr(person, column).is_not(None)
    return known
