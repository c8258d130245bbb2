"""政策 for one household: what it may apply for by what is registered, and which question is still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from notices.hardships import ELIGIBILITY
from notices.offers import Offer, Offers
from profiles.facts import Fact
from profiles.targeting.households import HouseholdFacts
from profiles.targeting.quick import Look
from profiles.targeting.verdicts import Verdict, judge

FOR_EVERYBODY = "面向当地全部农户"
KEPT_BACK = "符合登记的其他条件"
"""Stands for the reasons that name something sensitive, where a resident reads."""


@dataclass(frozen=True)
class Policy:
    """One notice a household may make use of, or may when more is known; reasons are put into words when they are read."""

    offer: Offer
    household: HouseholdFacts = field(repr=False)
    today: date

    @cached_property
    def verdict(self) -> Verdict:
        """What its condition says of the household."""
        return judge(self.offer.condition, self.household, self.today)

    @cached_property
    def because(self) -> tuple[str, ...]:
        """The reasons, for staff."""
        return tuple(dict.fromkeys(reason.words for reason in self.verdict.because)) or (FOR_EVERYBODY,)

    @cached_property
    def told(self) -> tuple[str, ...]:
        """What a resident may read of the reasons."""
        plain = tuple(dict.fromkeys(reason.words for reason in self.verdict.because if not reason.is_sensitive))
        is_kept_back = any(reason.is_sensitive for reason in self.verdict.because)
        return ((*plain, KEPT_BACK) if is_kept_back else plain) or (FOR_EVERYBODY,)

    @property
    def ask(self) -> tuple[str, ...]:
        """The questions that are open, the most decisive first."""
        return tuple(dict.fromkeys(ask.question for ask in self.verdict.ask))

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that are asked for."""
        return tuple(dict.fromkeys(ask.fact.name for ask in self.verdict.ask))

    @property
    def words(self) -> str:
        """The office's reserve: by what is registered, never a promise."""
        return ELIGIBILITY.format(office=self.offer.office)

    @property
    def reference(self) -> str:
        """The notice."""
        return self.offer.reference

    @property
    def title(self) -> str:
        """Its title."""
        return self.offer.title

    @property
    def what_to_bring(self) -> str:
        """What one has to have along."""
        return self.offer.what_to_bring

    @property
    def where(self) -> str:
        """Where it is done."""
        return self.offer.where

    @property
    def deadline(self) -> date | None:
        """The last day."""
        return self.offer.deadline


@dataclass(frozen=True)
class Question:
    """A missing fact, and how many open policies its answer alone could settle."""

    fact: Fact
    policies: int

    @property
    def words(self) -> str:
        """The question as it is put to the household."""
        return self.fact.question


@dataclass(frozen=True)
class Eligibility:
    """What a household may apply for, and what cannot be said yet; those that are due soonest stand first.

    `questions` are the missing facts, the one whose answer would decide most first.
    """

    yes: tuple[Policy, ...]
    unknown: tuple[Policy, ...]
    questions: tuple[Question, ...] = ()

    @property
    def question(self) -> Question | None:
        """The one question that would decide most; None when nothing is open."""
        return self.questions[0] if self.questions else None

    def as_json(self) -> dict[str, Any]:
        """The object that a command prints."""
        return {
            "yes": [{"reference": one.reference, "title": one.title, "because": list(one.because),
                     "what_to_bring": one.what_to_bring, "where": one.where,
                     "deadline": one.deadline.isoformat() if one.deadline else None} for one in self.yes],
            "unknown": [{"reference": one.reference, "title": one.title, "ask": list(one.ask)} for one in self.unknown],
            "question": None if self.question is None else {
                "fact": self.question.fact.name, "question": self.question.words, "policies": self.question.policies},
        }


def policies_for(session: Session, household: HouseholdFacts, today: date, offers: Offers | None = None) -> Eligibility:
    """Every published, open offer for a household's division, judged by its condition; what is closed is left out.

    `offers` keeps the conditions from one household to the next; without it they are read for this one alone.
    """
    yes: list[Policy] = []
    unknown: list[Policy] = []
    look = Look(household, today)
    settled = _Settled()
    for offer in (Offers() if offers is None else offers).open_for(session, household.division or "", today):
        # The quick reading decides; reasons are found only for what will be shown.
        holds = offer.quick.holds(look) if offer.quick is not None else True
        if holds:
            yes.append(Policy(offer, household, today))
        elif holds is None:
            unknown.append(Policy(offer, household, today))
            settled.count(offer, look)
    yes.sort(key=_by_deadline)
    unknown.sort(key=_by_deadline)
    return Eligibility(tuple(yes), tuple(unknown), settled.questions(unknown))


class _Settled:
    """The missing facts by how many policies each could settle alone; among equals by how many of its answers do."""

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}
        self._policies: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()

    def count(self, offer: Offer, look: Look) -> None:
        """Take up one open offer, just after it was asked."""
        missing = look.missing.copy()
        for fact in offer.facts:
            settling = offer.quick.settling(fact.name, look) if offer.quick is not None and fact.name in missing else 0
            if settling:
                self._facts[fact.name] = fact
                self._policies[fact.name] += 1
                self._answers[fact.name] += settling

    def questions(self, unknown: Sequence[Policy]) -> tuple[Question, ...]:
        """The questions in their order."""
        if not self._facts and unknown:
            # No fact settles anything alone; the first policy's most decisive one is a beginning.
            return tuple(Question(ask.fact, 0) for ask in unknown[0].verdict.ask[:1])
        order = sorted(self._facts, key=lambda name: (-self._policies[name], -self._answers[name]))
        return tuple(Question(self._facts[name], self._policies[name]) for name in order)


def _by_deadline(policy: Policy) -> tuple[date, str]:
    return policy.deadline or date.max, policy.reference
