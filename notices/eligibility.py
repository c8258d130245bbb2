"""政策 for one household: what it may apply for by what is registered, and which question is still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notices.hardships import ELIGIBILITY
from notices.models import Revision
from notices.reading import open_over
from notices.writing import Kind
from profiles.facts import REGISTER, Catalogue
from profiles.failures import ConditionRefused
from profiles.targeting import parsing
from profiles.targeting.households import HouseholdFacts
from profiles.targeting.verdicts import Answer, Verdict, judge

OFFERING = (Kind.POLICY, Kind.NOTICE, Kind.PROJECT, Kind.GUIDE)
"""Kinds that may offer something; all but a policy only when they name who it is for."""
FOR_EVERYBODY = "面向当地全部农户"
KEPT_BACK = "符合登记的其他条件"
"""Stands for the reasons that name something sensitive, where a resident reads."""


@dataclass(frozen=True)
class Policy:
    """One notice a household may make use of; `told` is what a resident may read of the reasons, `ask` the questions."""

    reference: str
    title: str
    because: tuple[str, ...]
    told: tuple[str, ...]
    ask: tuple[str, ...]
    facts: tuple[str, ...]
    what_to_bring: str
    where: str
    deadline: date | None
    office: str
    phone: str
    words: str


@dataclass(frozen=True)
class Eligibility:
    """What a household may apply for, and what cannot be said yet; those that are due soonest stand first."""

    yes: tuple[Policy, ...]
    unknown: tuple[Policy, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that a command prints."""
        return {
            "yes": [{"reference": one.reference, "title": one.title, "because": list(one.because),
                     "what_to_bring": one.what_to_bring, "where": one.where,
                     "deadline": one.deadline.isoformat() if one.deadline else None} for one in self.yes],
            "unknown": [{"reference": one.reference, "title": one.title, "ask": list(one.ask)} for one in self.unknown],
        }


def policies_for(
    session: Session, household: HouseholdFacts, today: date, catalogue: Catalogue = REGISTER
) -> Eligibility:
    """Every published, open offer for a household's division, judged by its condition; what is closed is left out."""
    found: dict[Answer, list[Policy]] = {Answer.YES: [], Answer.NO: [], Answer.UNKNOWN: []}
    # Only the writings are read, not the renderings: a province has hundreds of offers and a resident waits.
    offers = session.execute(select(Revision.content, Revision.deadline).where(
        open_over(household.division or "", today), Revision.kind.in_(OFFERING)))
    for content, deadline in offers:
        verdict = _verdict(content, household, today, catalogue)
        if verdict is not None and verdict.answer is not Answer.NO:
            found[verdict.answer].append(_policy(content, deadline, verdict))
    return Eligibility(*(tuple(sorted(found[answer], key=_by_deadline)) for answer in (Answer.YES, Answer.UNKNOWN)))


def _verdict(
    content: Mapping[str, Any], household: HouseholdFacts, today: date, catalogue: Catalogue
) -> Verdict | None:
    """What a notice's condition says; None when it offers nothing to anybody in particular."""
    if content["condition"] is None and content["kind"] != Kind.POLICY:
        return None
    try:
        return judge(parsing.parse(content["condition"], catalogue), household, today)
    except ConditionRefused:
        # The catalogue has changed since the notice was written; nobody can be told anything by this condition.
        return None


def _policy(content: Mapping[str, Any], deadline: date | None, verdict: Verdict) -> Policy:
    reasons = tuple(dict.fromkeys(reason.words for reason in verdict.because)) or (FOR_EVERYBODY,)
    plain = tuple(dict.fromkeys(reason.words for reason in verdict.because if not reason.is_sensitive))
    told = plain if not any(reason.is_sensitive for reason in verdict.because) else (*plain, KEPT_BACK)
    return Policy(
        reference=content["reference"], title=content["title"], because=reasons, told=told or (FOR_EVERYBODY,),
        ask=tuple(dict.fromkeys(ask.question for ask in verdict.ask)),
        facts=tuple(dict.fromkeys(ask.fact.name for ask in verdict.ask)), what_to_bring=content["what_to_bring"],
        where=content["where"], deadline=deadline, office=content["office"], phone=content["phone"],
        words=ELIGIBILITY.format(office=content["office"]),
    )


def _by_deadline(policy: Policy) -> tuple[date, str]:
    return policy.deadline or date.max, policy.reference
