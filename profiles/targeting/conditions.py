"""The frozen tree of a condition (推送范围), and its way back to JSON.

Operators become three tests: `is` and `in` a `OneOf`, `at_least`, `at_most` and `between` a `Range`, `within` a `Within`.
Words stay as they were written, so that what was approved can be shown again; aliases are resolved by the fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from profiles.facts import ROSTER, Fact

Scalar = str | bool | float


@dataclass(frozen=True)
class Step:
    """One value of a dated threshold: in force from `since` until the next step; `clause` is where it is written."""

    since: date
    value: float
    clause: str = ""


@dataclass(frozen=True)
class Dated:
    """A threshold that changes by date, such as a poverty line of each year; steps ascend by date."""

    steps: tuple[Step, ...]

    def step_on(self, day: date) -> Step | None:
        """The step in force on `day`; None before the first."""
        return next((step for step in reversed(self.steps) if step.since <= day), None)


Bound = float | Dated


def bound_on(bound: Bound, day: date) -> float | None:
    """The number a bound means on `day`; None while no step of a dated bound is in force."""
    if isinstance(bound, Dated):
        step = bound.step_on(day)
        return None if step is None else step.value
    return bound


@dataclass(frozen=True)
class OneOf:
    """`is` and `in`: the value is one of these; of a fact with several values one is enough."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Range:
    """`at_least`, `at_most` and `between`: both ends inclusive, None is open."""

    low: Bound | None = None
    high: Bound | None = None

    def on(self, day: date) -> tuple[float | None, float | None] | None:
        """Both ends in numbers on `day`; None while a dated end is not in force yet."""
        low = None if self.low is None else bound_on(self.low, day)
        high = None if self.high is None else bound_on(self.high, day)
        missing = (self.low is not None and low is None) or (self.high is not None and high is None)
        return None if missing else (low, high)


@dataclass(frozen=True)
class Within:
    """`within`: the division lies in the one with this code (2, 4, 6, 9 or 12 digits, without filling zeros)."""

    code: str


Test = OneOf | Range | Within


@dataclass(frozen=True)
class Leaf:
    """One fact under one test; `on` is the day an age is counted at, today when None."""

    fact: Fact
    test: Test
    on: date | None = None

    @cached_property
    def accepted(self) -> frozenset[Scalar]:
        """The stored values that satisfy a `OneOf`, aliases resolved."""
        if not isinstance(self.test, OneOf):
            return frozenset()
        if not self.fact.kind.is_choice:
            return frozenset(self.test.values)
        return frozenset(stored for word in self.test.values for stored in self.fact.stored(str(word)))


@dataclass(frozen=True)
class Derived:
    """A derived fact wanted true or false, with the condition it stands for."""

    fact: Fact
    wanted: bool
    definition: Condition


@dataclass(frozen=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True)
class Someone:
    """At least one living, present member satisfies the part."""

    part: Condition


@dataclass(frozen=True)
class Everyone:
    """Every living, present member satisfies the part."""

    part: Condition


Condition = Leaf | Derived | AllOf | AnyOf | Not | Someone | Everyone


def leaves(condition: Condition | None) -> Iterator[Leaf]:
    """Every leaf in reading order, those inside derived facts included."""
    match condition:
        case Leaf():
            yield condition
        case Derived(definition=part) | Not(part=part) | Someone(part=part) | Everyone(part=part):
            yield from leaves(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from leaves(part)


def facts_named(condition: Condition | None) -> tuple[Fact, ...]:
    """The stored facts a condition rests on, each once, in reading order; a derived one counts as what it is made of."""
    return tuple({leaf.fact.name: leaf.fact for leaf in leaves(condition)}.values())


def rests_on_members(condition: Condition) -> bool:
    """Whether some part asks for a member, so that a gap in the roster may keep it open."""
    match condition:
        case Someone() | Everyone():
            return True
        case Derived(definition=part) | Not(part=part):
            return rests_on_members(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return any(rests_on_members(part) for part in parts)
        case Leaf():
            return False


def open_facts(condition: Condition | None) -> tuple[Fact, ...]:
    """Every fact that may keep a condition open: those it rests on, and the roster where it asks for members."""
    if condition is None:
        return ()
    return (*facts_named(condition), *((ROSTER,) if rests_on_members(condition) else ()))


def to_json(condition: Condition | None) -> Any:
    """The decoded JSON that parses to this condition again; None (everybody) stays None."""
    match condition:
        case None:
            return None
        case Leaf():
            on = {} if condition.on is None else {"on": condition.on.isoformat()}
            return {"fact": condition.fact.name, **_test_json(condition.test), **on}
        case Derived():
            return {"fact": condition.fact.name, "is": condition.wanted}
        case AllOf(parts):
            return {"all": [to_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}
        case Someone(part):
            return {"someone": to_json(part)}
        case Everyone(part):
            return {"everyone": to_json(part)}


def _test_json(test: Test) -> dict[str, Any]:
    match test:
        case OneOf(values) if len(values) == 1:
            return {"is": _scalar_json(values[0])}
        case OneOf(values):
            return {"in": [_scalar_json(value) for value in values]}
        case Within(code):
            return {"within": code}
        case Range(low=None, high=high):
            return {"at_most": _bound_json(high)}
        case Range(low=low, high=None):
            return {"at_least": _bound_json(low)}
        case Range(low, high):
            return {"between": [_bound_json(low), _bound_json(high)]}


def _scalar_json(value: Scalar) -> str | bool | float | int:
    is_whole = isinstance(value, float) and value.is_integer()
    return int(value) if is_whole else value


def _bound_json(bound: Bound | None) -> Any:
    if isinstance(bound, Dated):
        return [
            {"since": step.since.isoformat(), "value": _scalar_json(step.value)}
            | ({"clause": step.clause} if step.clause else {})
            for step in bound.steps
        ]
    return None if bound is None else _scalar_json(bound)
