"""The three-valued reading of a condition against one household, part by part.

The logic is Kleene's, exactly, because profiles always have gaps. A leaf is unknown when its fact is. `all` is no when
a part is no, yes when every part is yes, else unknown; `any` is the mirror image; `not` swaps yes and no.
`someone` is an `any` over the members and `everyone` an `all`; a roster that may have gaps adds one unknown member
to either. `everyone` of a complete but empty roster is unknown too: nobody is there of whom it could be said.
Filling a gap therefore never turns yes into no or no into yes. The SQL reading follows the same rules: *surely* are
the yes, *possibly* the yes and the unknown.

Two leaves are never decided by arithmetic alone: an age on a day before the birth satisfies no test, and a dated
threshold is unknown before its first step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from profiles.facts import NONE, ROSTER, Fact, Kind, Level
from profiles.targeting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Derived,
    Leaf,
    Not,
    OneOf,
    Someone,
    Within,
)
from profiles.targeting.households import HouseholdFacts, MemberFacts, OwnFacts

Observed = str | bool | float | frozenset[str] | None


def completed_years(birth: date, day: date) -> int:
    """Age in completed years (周岁) on `day`; who was born on 29 February turns older on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class Weighed(NamedTuple):
    """A part with its truth (None: unknown) and, for groups, its weighed parts; of a quantifier one a member."""

    part: Condition
    holds: bool | None
    parts: tuple[Weighed, ...] = ()
    observed: Observed = None


GAP = Weighed(Derived(ROSTER, True, AllOf(())), None)
"""The member of whom nothing is known, in a roster that may have gaps."""


def weigh(part: Condition, household: HouseholdFacts, member: MemberFacts | None, today: date) -> Weighed:
    """The part and all its parts with their truth; `member` is whom member facts are read of, inside a quantifier."""
    if isinstance(part, Leaf):
        observed = observe(part, household, member, today)
        return Weighed(part, leaf_holds(part, observed, today), (), observed)
    if isinstance(part, (AllOf, AnyOf)):
        parts = tuple(weigh(inner, household, member, today) for inner in part.parts)
        return Weighed(part, _all(parts) if isinstance(part, AllOf) else _any(parts), parts)
    if isinstance(part, (Not, Derived)):
        inner = weigh(part.part if isinstance(part, Not) else part.definition, household, member, today)
        is_swapped = isinstance(part, Not) or not part.wanted
        holds = inner.holds if inner.holds is None or not is_swapped else not inner.holds
        return Weighed(part, holds, (inner,))
    parts = tuple(weigh(part.part, household, person, today) for person in household.members)
    if isinstance(part, Someone):
        parts = parts if household.roster_complete else (*parts, GAP)
        return Weighed(part, _any(parts), parts)
    parts = parts if household.roster_complete and parts else (*parts, GAP)
    return Weighed(part, _all(parts), parts)


def _all(parts: tuple[Weighed, ...]) -> bool | None:
    is_open = False
    for part in parts:
        if part.holds is False:
            return False
        is_open = is_open or part.holds is None
    return None if is_open else True


def _any(parts: tuple[Weighed, ...]) -> bool | None:
    is_open = False
    for part in parts:
        if part.holds:
            return True
        is_open = is_open or part.holds is None
    return None if is_open else False


def leaf_holds(leaf: Leaf, observed: Observed, today: date) -> bool | None:
    """Whether a value satisfies a leaf; None when the value is unknown or its dated threshold not in force yet."""
    if observed is None:
        return None
    test = leaf.test
    if isinstance(test, OneOf):
        if isinstance(observed, frozenset):
            return not leaf.accepted.isdisjoint(observed)
        return observed in leaf.accepted
    if isinstance(test, Within):
        return isinstance(observed, str) and observed.startswith(test.code)
    ends = test.on(today)
    if ends is None:
        return None
    low, high = ends
    number = float(observed) if isinstance(observed, (int, float)) else 0.0
    if leaf.fact.kind is Kind.AGE and number < 0:
        return False
    return (low is None or number >= low) and (high is None or number <= high)


def _size(household: HouseholdFacts) -> Observed:
    if household.size is not None:
        return float(household.size)
    return float(len(household.members)) if household.roster_complete else None


def _skills(member: MemberFacts) -> Observed:
    return member.skills or (None if member.skills is None else frozenset({NONE}))


_OF_HOUSEHOLD: Mapping[str, Callable[[HouseholdFacts], Observed]] = MappingProxyType({
    "division": lambda household: household.division,
    "household.kind": lambda household: household.kinds,
    "household.group": lambda household: household.group,
    "household.size": _size,
    "household.land": lambda household: household.land,
    "household.income_per_head": lambda household: household.income_per_head,
    "household.house_grade": lambda household: household.house_grade,
    "household.relocated": lambda household: household.relocated,
})
_OF_MEMBER: Mapping[str, Callable[[MemberFacts], Observed]] = MappingProxyType({
    "member.gender": lambda member: member.gender,
    "member.relation": lambda member: member.relation,
    "member.disability": lambda member: member.disability,
    "member.study": lambda member: member.study,
    "member.migrant": lambda member: member.migrant,
    "member.skill": _skills,
})


def _own(fact: Fact, kept: OwnFacts) -> Observed:
    """A value of the county's own; one kept under another kind, before the county changed its file, says nothing."""
    value = kept.get(fact.name)
    if fact.kind.is_choice:
        return value if isinstance(value, str) else None
    if value is None or isinstance(value, str):
        return None
    return value != 0 if fact.kind is Kind.BOOLEAN else float(value)


def observe(leaf: Leaf, household: HouseholdFacts, member: MemberFacts | None, today: date) -> Observed:
    """The value a leaf is held against: the register's, else what the household said of itself; None is unknown."""
    registered = _registered(leaf, household, member, today)
    if registered is not None:
        return registered
    said = household.said if leaf.fact.level is Level.HOUSEHOLD else member.said if member is not None else None
    return said.get(leaf.fact.name) if said else None


def _registered(leaf: Leaf, household: HouseholdFacts, member: MemberFacts | None, today: date) -> Observed:
    fact = leaf.fact
    if fact.level is Level.MEMBER:
        if member is None:
            return None
        if fact.is_own:
            return _own(fact, member.own)
        if fact.kind is Kind.AGE:
            return None if member.birth_date is None else completed_years(member.birth_date, leaf.on or today)
        of_member = _OF_MEMBER.get(fact.name)
        return None if of_member is None else of_member(member)
    if fact.is_own:
        return _own(fact, household.own)
    if fact.name.startswith("crop."):
        return None if household.crops is None else household.crops.get(fact.label, 0.0)
    if fact.name.startswith("livestock."):
        return None if household.livestock is None else household.livestock.get(fact.label, 0.0)
    of_household = _OF_HOUSEHOLD.get(fact.name)
    return None if of_household is None else of_household(household)
