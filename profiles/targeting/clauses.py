"""A condition read as SQL over the households: policy → households, on SQLite and PostgreSQL alike.

The same three-valued logic as in `weighing`, compiled twice: `surely` takes an unknown leaf as not satisfied, `possibly`
as satisfied. Negation is pushed down to the leaves, so the databases meet only AND and OR over plain comparisons and
(NOT) EXISTS, which they plan as semi-joins. Every clause is true or false, never NULL, and may be negated.
Clauses stand over `Household` itself, not over an alias, and name no other table of the statement around them.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, not_, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from profiles.facts import NONE, ROSTER, Kind, Level
from profiles.models import Household, HouseholdCrop, HouseholdKind, HouseholdLivestock, Resident, Standing
from profiles.targeting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Derived,
    Everyone,
    Leaf,
    Not,
    OneOf,
    Range,
    Someone,
    Within,
)
from profiles.targeting.operands import trimmed_code
from profiles.targeting.weighing import leaf_holds
from profiles.values import OwnHouseholdFact, OwnMemberFact

Clause = ColumnElement[bool]


def surely(
    condition: Condition | None, divisions: Sequence[str], today: date, *, is_stepwise: bool = False
) -> Clause:
    """Households present in one of `divisions` (empty: anywhere) of which the condition certainly holds.

    As a filter the parts are left to the database to join in the order it likes; `is_stepwise` fixes the order, cheap
    parts first, for the use beside another filter that has left only few households.
    """
    return and_(_lives_in(divisions), _compiled(condition, _Reading(today, is_sure=True, is_stepwise=is_stepwise)))


def possibly(condition: Condition | None, divisions: Sequence[str], today: date) -> Clause:
    """The households of `surely` and those whose missing facts could still make the condition hold."""
    return and_(_lives_in(divisions), _compiled(condition, _Reading(today, is_sure=False, is_stepwise=True)))


def would_decide(condition: Condition, fact_name: str, today: date) -> Clause:
    """Whether knowing this fact could settle the condition for a household for which it is still open."""
    settled = [
        _clause(condition, wanted, _Reading(today, is_sure=True, assumed=MappingProxyType({fact_name: assumed})))
        for wanted in (True, False)
        for assumed in (True, False)
    ]
    return or_(*settled)


@dataclass(frozen=True)
class _Reading:
    """How unknown leaves count: as not satisfied when sure, as satisfied when not; an assumed fact as assumed."""

    today: date
    is_sure: bool
    is_stepwise: bool = False
    assumed: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))

    def takes_unknown(self, name: str, wanted: bool) -> bool:
        """Whether an unknown value of the fact lets a leaf be `wanted`."""
        assumed = self.assumed.get(name)
        return (not self.is_sure) if assumed is None else assumed is wanted

    @property
    def opposite(self) -> _Reading:
        """The reading whose denial is this one: what is not possibly so surely is not."""
        return replace(self, is_sure=not self.is_sure)


def _lives_in(divisions: Sequence[str]) -> Clause:
    here = Household.left_at.is_(None)
    if not divisions:
        return here
    return and_(here, or_(*(_within(trimmed_code(code)) for code in divisions)))


def _within(code: str) -> Clause:
    # Between two codes of digits only, so that the index serves whatever the database's collation.
    return Household.division.between(code, code.ljust(12, "9"))


def _compiled(condition: Condition | None, reading: _Reading) -> Clause:
    return true() if condition is None else _clause(condition, True, reading)


def _clause(condition: Condition, wanted: bool, reading: _Reading, person: Any = None) -> Clause:
    """The clause under which `condition` is `wanted`; `person` is the alias of residents inside a quantifier."""
    match condition:
        case Leaf():
            return _leaf(condition, wanted, reading, person)
        case Derived(wanted=value, definition=part):
            return _clause(part, wanted is value, reading, person)
        case Not(part):
            return _clause(part, not wanted, reading, person)
        case AllOf(parts) | AnyOf(parts):
            ordered = sorted(parts, key=_cost)
            clauses = [(_cost(part), _clause(part, wanted, reading, person)) for part in ordered]
            return _both(clauses, reading) if isinstance(condition, AllOf) is wanted else or_(*(part for _, part in clauses))
        case Someone(part):
            return _some_member(part, wanted, reading)
        case Everyone(part):
            return _every_member(part, wanted, reading)


class _Cost(IntEnum):
    """What a database reads for one household: its own row, a short list of it, or its members."""

    ROW = 0
    LIST = 1
    MEMBERS = 2


def _cost(condition: Condition) -> _Cost:
    match condition:
        case Leaf(fact=fact):
            if fact.name == "household.size":
                return _Cost.MEMBERS
            is_listed = fact.is_own or fact.name == "household.kind" or fact.name.startswith(("crop.", "livestock."))
            return _Cost.LIST if is_listed else _Cost.ROW
        case Derived(definition=part) | Not(part=part):
            return _cost(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return max(_cost(part) for part in parts)
        case Someone() | Everyone():
            return _Cost.MEMBERS


def _both(clauses: Sequence[tuple[_Cost, Clause]], reading: _Reading) -> Clause:
    """All of the clauses; stepwise the members are read only of households that pass the lists.

    An "unknown or …" hides the subquery from the planners, who would then probe the members of every household first.
    """
    lists = [clause for cost, clause in clauses if cost is _Cost.LIST]
    members = [clause for cost, clause in clauses if cost is _Cost.MEMBERS]
    if not (reading.is_stepwise and lists and members):
        return and_(*(clause for _, clause in clauses))
    rows = [clause for cost, clause in clauses if cost is _Cost.ROW]
    return and_(*rows, case((and_(*lists), and_(*members)), else_=false()))


def _some_member(part: Condition, wanted: bool, reading: _Reading) -> Clause:
    """A roster with gaps holds one more member of whom nothing is known."""
    takes_gap = reading.takes_unknown(ROSTER.name, wanted)
    if wanted:
        found = _member_exists(part, True, reading)
        return or_(Household.roster_complete.is_(False), found) if takes_gap else found
    nobody = not_(_member_exists(part, True, reading.opposite))
    return nobody if takes_gap else and_(Household.roster_complete.is_(True), nobody)


def _every_member(part: Condition, wanted: bool, reading: _Reading) -> Clause:
    """Nobody who does not satisfy the part; of an empty roster it stays unknown."""
    takes_gap = reading.takes_unknown(ROSTER.name, wanted)
    if wanted:
        nobody = not_(_member_exists(part, False, reading.opposite))
        return nobody if takes_gap else and_(Household.roster_complete.is_(True), _member_exists(None, True, reading), nobody)
    found = _member_exists(part, False, reading)
    if not takes_gap:
        return found
    return or_(Household.roster_complete.is_(False), not_(_member_exists(None, True, reading)), found)


def _member_exists(part: Condition | None, wanted: bool, reading: _Reading) -> Clause:
    person = aliased(Resident)
    wished = () if part is None else (_clause(part, wanted, reading, person),)
    return _present(select(1), person).where(*wished).correlate(Household).exists()


def _present(statement: Select[Any], person: Any) -> Select[Any]:
    return statement.select_from(person).where(
        person.household_id == Household.id, person.standing == Standing.PRESENT
    )


def _leaf(leaf: Leaf, wanted: bool, reading: _Reading, person: Any) -> Clause:
    if leaf.fact.is_own:
        return _own(leaf, wanted, reading, person)
    known, satisfied = _read(leaf, reading.today, person)
    holds = satisfied if wanted else not_(satisfied)
    if known is None:
        return true() if reading.takes_unknown(leaf.fact.name, wanted) else false()
    return or_(not_(known), holds) if reading.takes_unknown(leaf.fact.name, wanted) else and_(known, holds)


def _own(leaf: Leaf, wanted: bool, reading: _Reading, person: Any) -> Clause:
    """A county's own fact: one row at most, none when unknown, so a single look-up answers for known and for unknown.

    A value of another kind, kept before the county changed its file, compares as NULL and is no row either way.
    """
    fact, takes_unknown = leaf.fact, reading.takes_unknown(leaf.fact.name, wanted)
    if isinstance(leaf.test, Range) and leaf.test.on(reading.today) is None:
        return true() if takes_unknown else false()
    if fact.level is Level.MEMBER and person is None:
        return true() if takes_unknown else false()
    table: Any = OwnHouseholdFact if person is None else OwnMemberFact
    satisfied = _own_satisfied(leaf, table, reading.today)
    asked = satisfied if wanted is not takes_unknown else not_(satisfied)
    owner = table.household_id == Household.id if person is None else table.resident_id == person.id
    found = exists().where(owner, table.name == fact.name, asked).correlate(Household if person is None else person)
    return not_(found) if takes_unknown else found


def _own_satisfied(leaf: Leaf, table: Any, today: date) -> Clause:
    if leaf.fact.kind is Kind.BOOLEAN:
        is_true: Clause = table.number != 0
        return is_true if True in leaf.accepted else not_(is_true)
    return _satisfies(leaf, table.word if leaf.fact.kind.is_choice else table.number, today)


def _read(leaf: Leaf, today: date, person: Any) -> tuple[Clause | None, Clause]:
    """Whether the fact is known (None: no table carries it), and whether a known value satisfies the leaf."""
    name = leaf.fact.name
    if isinstance(leaf.test, Range) and leaf.test.on(today) is None:
        return None, false()
    if name.startswith("crop."):
        return Household.crops_known.is_(True), _listed(leaf, today, HouseholdCrop, "mu")
    if name.startswith("livestock."):
        return Household.livestock_known.is_(True), _listed(leaf, today, HouseholdLivestock, "head")
    if name == "household.kind":
        return Household.kinds_known.is_(True), _registered_as(leaf)
    if name == "household.size":
        return or_(Household.size.is_not(None), Household.roster_complete.is_(True)), _satisfies(leaf, _size(), today)
    if name == "member.age":
        return person.birth_date.is_not(None), _aged(leaf, person.birth_date, today)
    if name == "member.skill":
        return person.skills.is_not(None), _skilled(leaf, person.skills)
    column = _MEMBER_COLUMNS.get(name) if leaf.fact.level is Level.MEMBER else _HOUSEHOLD_COLUMNS.get(name)
    if column is None:
        return None, false()
    value = getattr(Household if person is None else person, column)
    return value.is_not(None), _satisfies(leaf, value, today)


_HOUSEHOLD_COLUMNS = MappingProxyType({
    "division": "division",
    "household.group": "group_name",
    "household.land": "land",
    "household.income_per_head": "income_per_head",
    "household.house_grade": "house_grade",
    "household.relocated": "relocated",
})
_MEMBER_COLUMNS = MappingProxyType({
    "member.gender": "gender",
    "member.relation": "relation",
    "member.disability": "disability",
    "member.study": "study",
    "member.migrant": "migrant",
})


def _satisfies(leaf: Leaf, value: Any, today: date) -> Clause:
    """The test of a leaf over one column or expression."""
    test = leaf.test
    if isinstance(test, Within):
        return _within(test.code)
    if isinstance(test, OneOf):
        return _among(value, leaf)
    low, high = test.on(today) or (None, None)
    ends = ([] if low is None else [value >= _bound(leaf, low)]) + ([] if high is None else [value <= _bound(leaf, high)])
    return and_(*ends)


def _bound(leaf: Leaf, number: Any) -> Any:
    return int(number) if leaf.fact.kind is Kind.INTEGER else number


def _among(value: Any, leaf: Leaf) -> Clause:
    accepted = sorted((_bound(leaf, one) for one in leaf.accepted), key=str)
    clause: Clause = value == accepted[0] if len(accepted) == 1 else value.in_(accepted)
    return clause


def _listed(leaf: Leaf, today: date, table: Any, amount: str) -> Clause:
    """A test over a complete list: what it does not name is 0, so a test that 0 passes asks for no row that fails."""
    passes_zero = leaf_holds(leaf, 0.0, today)
    test = _satisfies(leaf, getattr(table, amount), today)
    row = exists().where(
        table.household_id == Household.id, table.name == leaf.fact.label, not_(test) if passes_zero else test
    )
    found = row.correlate(Household)
    return not_(found) if passes_zero else found


def _registered_as(leaf: Leaf) -> Clause:
    row = exists().where(HouseholdKind.household_id == Household.id, _among(HouseholdKind.kind, leaf))
    return row.correlate(Household)


def _size() -> Any:
    person = aliased(Resident)
    counted = _present(select(func.count()), person).correlate(Household).scalar_subquery()
    return func.coalesce(Household.size, counted)


def _aged(leaf: Leaf, birth: Any, today: date) -> Clause:
    """A test of completed years, as bounds of the birth date; who is not born on the day has no age then."""
    day, test = leaf.on or today, leaf.test
    if isinstance(test, Range):
        spans = [test.on(today) or (None, None)]
    else:
        ages = sorted(float(age) for age in leaf.accepted)
        spans = [(age, age) for age in ages]
    return or_(*(and_(birth <= _years_before(day, low or 0), *_younger(birth, day, high)) for low, high in spans))


def _younger(birth: Any, day: date, high: float | None) -> list[Clause]:
    return [] if high is None else [birth > _years_before(day, high + 1)]


def _years_before(day: date, years: float) -> date:
    """The last birth date that makes `years` completed years on `day`; of 29 February in a common year the 28th."""
    year = day.year - int(years)
    is_missing = (day.month, day.day) == (2, 29) and not isleap(year)
    return date(year, 2, 28) if is_missing else day.replace(year=year)


def _skilled(leaf: Leaf, skills: Any) -> Clause:
    item = _JsonItems(skills).table_valued("value").alias()
    found = exists().select_from(item).where(item.c.value.in_(sorted(leaf.accepted)))
    if NONE not in leaf.accepted:
        return found
    return or_(func.json_array_length(skills) == 0, found)


class _JsonItems(FunctionElement[str]):
    """The elements of a JSON array as rows of one column, `value`."""

    name = "json_items"
    inherit_cache = True


@compiles(_JsonItems, "sqlite")
def _json_items_on_sqlite(element: _JsonItems, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_JsonItems, "postgresql")
def _json_items_on_postgresql(element: _JsonItems, compiler: Any, **options: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **options)})"
