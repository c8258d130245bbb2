"""What a cadre asks at the door of a household whose data are incomplete: the facts its notice could not be decided without."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from notices.models import Revision
from profiles.facts import REGISTER, Catalogue
from profiles.failures import ConditionRefused
from profiles.present_places import presently
from profiles.register import facts_of
from profiles.targeting.conditions import Condition
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import judge
from push.models import Dispatch
from push.rounds import Home
from push.visits import VisitState, Why

MOST_QUESTIONS = 3


def questions_at(session: Session, homes: Iterable[Home], today: date, catalogue: Catalogue = REGISTER) -> dict[tuple[int, int], str]:
    """By dispatch and household the questions in one line; nothing where none may be written down, or no more is missing.

    A list lies about on a table: what touches hardship, illness or money is not asked from paper.
    """
    conditions: dict[int, Condition | None] = {}
    found = {}
    for home in homes:
        for errand in home.errands:
            if errand.why is not Why.POSSIBLY or errand.state is VisitState.DONE:
                continue
            if errand.dispatch not in conditions:
                conditions[errand.dispatch] = _condition(session, errand.dispatch, catalogue)
            condition = conditions[errand.dispatch]
            if condition is not None:
                found[errand.dispatch, home.household_id] = _questions(session, condition, home.household_id, today)
    return {key: words for key, words in found.items() if words}


def _questions(session: Session, condition: Condition, household_id: int, today: date) -> str:
    asked = [one.question.removeprefix("请问") for one in judge(condition, facts_of(session, household_id), today).ask
             if not one.fact.sensitive]
    return "".join(list(dict.fromkeys(asked))[:MOST_QUESTIONS])


def _condition(session: Session, dispatch_id: int, catalogue: Catalogue) -> Condition | None:
    """The condition of the very words that were sent; None when everybody is meant, or it cannot be read any more."""
    content = session.scalar(
        select(Revision.content).join(Dispatch, Dispatch.notice_id == Revision.notice_id)
        .where(Dispatch.id == dispatch_id, Revision.digest == Dispatch.digest).order_by(Revision.number.desc()).limit(1))
    written = (content or {}).get("condition")
    if not written:
        return None
    try:
        return presently(session, parse(written, catalogue))
    except ConditionRefused:
        # A fact of the county's own that was taken out since: the visit is made all the same.
        return None
