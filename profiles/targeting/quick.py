"""Conditions made ready to be asked of one household by the hundred: the truth that `weighing` finds, without its reasons.

Each part becomes a function once, and equal parts of different conditions become the same one; what a part found of a
household is remembered for the next condition, and judging stops at the first part that decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from profiles.facts import ROSTER, Level
from profiles.targeting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Derived,
    Everyone,
    Leaf,
    Not,
    Someone,
)
from profiles.targeting.households import HouseholdFacts
from profiles.targeting.weighing import leaf_holds, observe


class _Gap(Enum):
    """What is remembered where a value is not known; `None` is a rule that is not in force yet."""

    UNKNOWN = "unknown"


@dataclass(slots=True)
class Look:
    """One household on one day, while conditions are asked of it.

    `missing` collects the facts that kept the last condition open; `assumed` is the one that counts as `as_if`.
    """

    household: HouseholdFacts
    today: date
    missing: set[str] = field(default_factory=set)
    assumed: str = ""
    as_if: bool = False
    leaves: dict[object, list[bool | _Gap | None]] = field(default_factory=dict, repr=False)
    wholes: dict[object, tuple[bool | None, frozenset[str]]] = field(default_factory=dict, repr=False)


Part = Callable[[Look, int], bool | None]
"""Asked of a household (the number is 0) or of its member of that number."""
Parts = dict[Condition, Part]


class Quick:
    """One condition, ready to be asked."""

    def __init__(self, condition: Condition, known: Parts | None = None) -> None:
        """Make every part ready; `known` are the parts of other conditions, and takes up those of this one."""
        self._whole = _ready(condition, {} if known is None else known)

    def holds(self, look: Look) -> bool | None:
        """Whether the condition holds; None is unknown, and `look.missing` then says for want of what."""
        look.missing.clear()
        return self._whole(look, 0)

    def settling(self, fact_name: str, look: Look) -> int:
        """How many of the two ways a missing fact may turn out make an open answer yes or no: 0, 1 or 2."""
        look.assumed = fact_name
        settled = 0
        for as_if in (True, False):
            look.as_if = as_if
            settled += self._whole(look, 0) is not None
        look.assumed = ""
        return settled


def _ready(part: Condition, known: Parts) -> Part:
    made = known.get(part)
    if made is None:
        made = known[part] = _made(part, known)
    return made


def _made(part: Condition, known: Parts) -> Part:
    match part:
        case Leaf():
            return _of_members(part) if part.fact.level is Level.MEMBER else _of_household(part)
        case AllOf(parts) | AnyOf(parts):
            return _group([_ready(inner, known) for inner in parts], is_all=isinstance(part, AllOf))
        case Not(inner):
            return _denied(_ready(inner, known))
        case Derived(wanted=wanted, definition=definition):
            return _ready(definition, known) if wanted else _denied(_ready(definition, known))
        case Someone(inner) | Everyone(inner):
            return _remembered(_people(_ready(inner, known), is_all=isinstance(part, Everyone)))


def _denied(inner: Part) -> Part:
    def denied(look: Look, member: int) -> bool | None:
        holds = inner(look, member)
        return None if holds is None else not holds

    return denied


def _group(parts: list[Part], *, is_all: bool) -> Part:
    def group(look: Look, member: int) -> bool | None:
        is_open = False
        for part in parts:
            holds = part(look, member)
            if holds is None:
                is_open = True
            elif holds is not is_all:
                return holds
        return None if is_open else is_all

    return group


def _people(part: Part, *, is_all: bool) -> Part:
    def people(look: Look, _: int) -> bool | None:
        is_open = False
        members = look.household.members
        for place in range(len(members)):
            holds = part(look, place)
            if holds is None:
                is_open = True
            elif holds is not is_all:
                return holds
        if not look.household.roster_complete or (is_all and not members):
            gap = _assumed(look, ROSTER.name)
            if gap is not None and gap is not is_all:
                return gap
            is_open = is_open or gap is None
        return None if is_open else is_all

    return people


def _remembered(whole: Part) -> Part:
    """What was found of all members, found again unless it hangs on what is assumed."""
    mark = object()

    def remembered(look: Look, member: int) -> bool | None:
        found = look.wholes.get(mark)
        if found is None:
            before, look.missing = look.missing, set()
            assumed, look.assumed = look.assumed, ""
            found = look.wholes[mark] = whole(look, member), frozenset(look.missing)
            look.missing, look.assumed = before, assumed
        look.missing |= found[1]
        return whole(look, member) if look.assumed in found[1] else found[0]

    return remembered


def _of_household(leaf: Leaf) -> Part:
    mark, name = object(), leaf.fact.name

    def holds(look: Look, _: int) -> bool | None:
        found = look.leaves.get(mark)
        if found is None:
            observed = observe(leaf, look.household, None, look.today)
            found = look.leaves[mark] = [_Gap.UNKNOWN if observed is None else leaf_holds(leaf, observed, look.today)]
        return _assumed(look, name) if isinstance(found[0], _Gap) else found[0]

    return holds


def _of_members(leaf: Leaf) -> Part:
    mark, name = object(), leaf.fact.name

    def holds(look: Look, member: int) -> bool | None:
        found = look.leaves.get(mark)
        if found is None:
            values = [observe(leaf, look.household, one, look.today) for one in look.household.members]
            found = look.leaves[mark] = [
                _Gap.UNKNOWN if observed is None else leaf_holds(leaf, observed, look.today) for observed in values]
        one = found[member]
        return _assumed(look, name) if isinstance(one, _Gap) else one

    return holds


def _assumed(look: Look, name: str) -> bool | None:
    look.missing.add(name)
    return look.as_if if name == look.assumed else None
