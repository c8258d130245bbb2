"""Conditions and audiences written under an old code, read so that they reach the same people under today's."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from profiles.facts import Kind
from profiles.history import Codes
from profiles.targeting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Derived,
    Everyone,
    Leaf,
    Not,
    OneOf,
    Someone,
    Within,
)


def presently(session: Session, condition: Condition | None) -> Condition | None:
    """The condition with every place also looked for under the codes it has become; itself when no code ever changed.

    For counting, planning and judging; what was approved is shown and kept as it was written.
    """
    if condition is None:
        return None
    codes = Codes.read(session)
    return renamed(condition, codes) if codes else condition


def renamed(condition: Condition, codes: Codes) -> Condition:
    """The same without a database: `codes` know what each has become."""
    match condition:
        case Leaf():
            return _leaf(condition, codes)
        case Derived(definition=part):
            return replace(condition, definition=renamed(part, codes))
        case Not(part=part) | Someone(part=part) | Everyone(part=part):
            return replace(condition, part=renamed(part, codes))
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return replace(condition, parts=tuple(renamed(part, codes) for part in parts))


def _leaf(leaf: Leaf, codes: Codes) -> Condition:
    if leaf.fact.kind is not Kind.DIVISION:
        return leaf
    if isinstance(leaf.test, Within):
        reached = codes.reached(leaf.test.code)
        return leaf if len(reached) == 1 else AnyOf(tuple(replace(leaf, test=Within(code)) for code in reached))
    if isinstance(leaf.test, OneOf):
        values = tuple(dict.fromkeys(code for value in leaf.test.values for code in codes.reached(str(value))))
        return leaf if values == leaf.test.values else replace(leaf, test=OneOf(values))
    return leaf
