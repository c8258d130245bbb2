"""A condition read for one household: yes, no or unknown, with what decided and what to ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from profiles.facts import ROSTER, Fact
from profiles.targeting import wording
from profiles.targeting.conditions import AllOf, Condition, Derived, Everyone, Leaf, Not, Someone, leaves
from profiles.targeting.households import HouseholdFacts
from profiles.targeting.weighing import GAP, Observed, Weighed, weigh


class Answer(StrEnum):
    """What a condition says of a household."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reason:
    """One part of the condition that decided, whether it holds, and the value it was held against."""

    part: Leaf | Derived | Someone | Everyone
    holds: bool
    observed: Observed = None

    @property
    def words(self) -> str:
        """The reason for staff, as in "玉米 5 亩，不少于 3 亩"."""
        if isinstance(self.part, Leaf):
            return wording.finding(self.part, self.observed, holds=self.holds)
        return wording.clause(self.part if self.holds else Not(self.part))

    @property
    def is_sensitive(self) -> bool:
        """Whether it may not be named to a resident."""
        named = isinstance(self.part, Derived) and self.part.fact.sensitive
        return named or any(leaf.fact.sensitive for leaf in leaves(self.part))


@dataclass(frozen=True)
class Ask:
    """A missing fact whose answer could decide, with the question that asks for it."""

    fact: Fact

    @property
    def question(self) -> str:
        """The question as it is put to the household."""
        return self.fact.question


@dataclass(frozen=True)
class Verdict:
    """The answer, what decided so far, and what to ask: the most decisive first, empty unless unknown."""

    answer: Answer
    because: tuple[Reason, ...] = ()
    ask: tuple[Ask, ...] = ()


def judge(condition: Condition | None, household: HouseholdFacts, today: date) -> Verdict:
    """What `condition` says of `household`; None, the condition for everybody, is yes."""
    if condition is None:
        return Verdict(Answer.YES)
    weighed = weigh(condition, household, None, today)
    because = tuple(dict.fromkeys(_reasons(weighed)))
    if weighed.holds is None:
        return Verdict(Answer.UNKNOWN, because, _asks(weighed))
    return Verdict(Answer.YES if weighed.holds else Answer.NO, because)


def _reasons(weighed: Weighed) -> Iterator[Reason]:
    """The parts that made the answer; of an open question the requirements that are met already."""
    part, holds = weighed.part, weighed.holds
    if isinstance(part, Leaf | Derived | Someone | Everyone):
        if holds is not None:
            yield Reason(part, holds, weighed.observed)
        return
    if holds is None and not isinstance(part, AllOf):
        return
    for inner in weighed.parts:
        if holds is None or isinstance(part, Not) or inner.holds is holds:
            yield from _reasons(inner)


def _asks(weighed: Weighed) -> tuple[Ask, ...]:
    influence: dict[str, float] = {}
    facts: dict[str, Fact] = {}
    for fact, weight in _open_facts(weighed, 1.0):
        facts.setdefault(fact.name, fact)
        influence[fact.name] = influence.get(fact.name, 0.0) + weight
    order = sorted(facts, key=lambda name: -influence[name])
    return tuple(Ask(facts[name]) for name in order)


def _open_facts(weighed: Weighed, weight: float) -> Iterator[tuple[Fact, float]]:
    """Every unknown fact in an undecided branch with the chance that its answer alone decides.

    Each unknown leaf is taken as even odds, so a part's weight is the chance that its open neighbours leave it the word
    (the Banzhaf index of a read-once formula).
    """
    part = weighed.part
    if isinstance(part, Leaf):
        # A dated threshold that is not in force yet is a gap in the rule: the household cannot answer it.
        if weighed.observed is None:
            yield part.fact, weight
        return
    if weighed is GAP:
        yield ROSTER, weight
        return
    is_all = isinstance(part, (AllOf, Everyone))
    open_parts = [inner for inner in weighed.parts if inner.holds is None]
    silent = [_chance(inner) if is_all else 1 - _chance(inner) for inner in open_parts]
    for number, inner in enumerate(open_parts):
        others = 1.0
        for other, chance in enumerate(silent):
            others *= chance if other != number else 1.0
        yield from _open_facts(inner, weight * others)


def _chance(weighed: Weighed) -> float:
    """The chance that a part holds, each unknown leaf at even odds."""
    if weighed.holds is not None:
        return float(weighed.holds)
    part = weighed.part
    if isinstance(part, Leaf) or weighed is GAP:
        return 0.5
    product = 1.0
    if isinstance(part, (AllOf, Everyone)):
        for inner in weighed.parts:
            product *= _chance(inner)
        return product
    if isinstance(part, Not) or (isinstance(part, Derived) and not part.wanted):
        return 1 - _chance(weighed.parts[0])
    for inner in weighed.parts:
        product *= 1 - _chance(inner)
    return 1 - product
