"""A condition made ready for many households: the truth that `weighing` finds, without its parts and reasons.

Each part becomes a function once, so that judging walks no tree, and stops at the first part that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from profiles.facts import ROSTER, Kind, Level
from profiles.targeting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Dated,
    Derived,
    Everyone,
    Leaf,
    Not,
    OneOf,
    Range,
    Someone,
)
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.weighing import Observed, leaf_holds, observe

Assumed = Mapping[str, bool]
Part = Callable[[HouseholdFacts, MemberFacts | None, date, Assumed], bool | None]
NOTHING: Assumed = MappingProxyType({})

_COLUMNS: Mapping[str, Callable[[HouseholdFacts], Observed]] = MappingProxyType({
    "household.kind": lambda household: household.kinds,
    "household.land": lambda household: household.land,
    "household.income_per_head": lambda household: household.income_per_head,
    "household.house_grade": lambda household: household.house_grade,
    "household.relocated": lambda household: household.relocated,
})


class Quick:
    """One condition, ready to be asked; missing facts named in `assumed` count as true or false (the roster too)."""

    def __init__(self, condition: Condition) -> None:
        """Make every part ready."""
        self._whole = _ready(condition)

    def holds(self, household: HouseholdFacts, today: date, assumed: Assumed = NOTHING) -> bool | None:
        """Whether the condition holds; None is unknown."""
        return self._whole(household, None, today, assumed)

    def settling(self, fact_name: str, household: HouseholdFacts, today: date) -> int:
        """How many of the two ways a missing fact may turn out make an open answer yes or no: 0, 1 or 2."""
        return sum(self.holds(household, today, {fact_name: assumed}) is not None for assumed in (True, False))


def _ready(part: Condition) -> Part:
    match part:
        case Leaf():
            return _leaf(part)
        case AllOf(parts) | AnyOf(parts):
            return _group([_ready(inner) for inner in parts], is_all=isinstance(part, AllOf))
        case Not(inner):
            return _denied(_ready(inner))
        case Derived(wanted=wanted, definition=definition):
            return _ready(definition) if wanted else _denied(_ready(definition))
        case Someone(inner) | Everyone(inner):
            return _members(_ready(inner), is_all=isinstance(part, Everyone))


def _denied(inner: Part) -> Part:
    def denied(household: HouseholdFacts, member: MemberFacts | None, today: date, assumed: Assumed) -> bool | None:
        holds = inner(household, member, today, assumed)
        return None if holds is None else not holds

    return denied


def _group(parts: list[Part], *, is_all: bool) -> Part:
    def group(household: HouseholdFacts, member: MemberFacts | None, today: date, assumed: Assumed) -> bool | None:
        is_open = False
        for part in parts:
            holds = part(household, member, today, assumed)
            if holds is None:
                is_open = True
            elif holds is not is_all:
                return holds
        return None if is_open else is_all

    return group


def _members(part: Part, *, is_all: bool) -> Part:
    def members(household: HouseholdFacts, _: MemberFacts | None, today: date, assumed: Assumed) -> bool | None:
        is_open = False
        for person in household.members:
            holds = part(household, person, today, assumed)
            if holds is None:
                is_open = True
            elif holds is not is_all:
                return holds
        if not household.roster_complete or (is_all and not household.members):
            gap = assumed.get(ROSTER.name)
            if gap is not None and gap is not is_all:
                return gap
            is_open = is_open or gap is None
        return None if is_open else is_all

    return members


def _leaf(leaf: Leaf) -> Part:
    name, read, passes = leaf.fact.name, _reader(leaf), _test(leaf)

    def holds(household: HouseholdFacts, member: MemberFacts | None, today: date, assumed: Assumed) -> bool | None:
        observed = read(household, member, today)
        return assumed.get(name) if observed is None else passes(observed, today)

    return holds


def _reader(leaf: Leaf) -> Callable[[HouseholdFacts, MemberFacts | None, date], Observed]:
    fact = leaf.fact
    column = None if fact.is_own or fact.level is Level.MEMBER else _COLUMNS.get(fact.name)
    if column is not None:
        chosen, name = column, fact.name

        def read(household: HouseholdFacts, _member: MemberFacts | None, _today: date) -> Observed:
            value = chosen(household)
            return household.said.get(name) if value is None and household.said else value

        return read
    return lambda household, member, today: observe(leaf, household, member, today)


def _test(leaf: Leaf) -> Callable[[Observed, date], bool | None]:
    """The commonest tests without a detour; the rest as they are written down once, in `leaf_holds`."""
    test, accepted = leaf.test, leaf.accepted
    if isinstance(test, OneOf):
        return lambda observed, _: (
            not accepted.isdisjoint(observed) if isinstance(observed, frozenset) else observed in accepted)
    is_plain = isinstance(test, Range) and not isinstance(test.low, Dated) and not isinstance(test.high, Dated)
    if not is_plain or leaf.fact.kind is Kind.AGE or not isinstance(test, Range):
        return lambda observed, today: leaf_holds(leaf, observed, today)
    low, high = test.on(date.min) or (None, None)
    least, most = float("-inf") if low is None else low, float("inf") if high is None else high
    return lambda observed, _: isinstance(observed, (int, float)) and least <= observed <= most
