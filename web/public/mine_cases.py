"""What one asked and what was answered: there for whoever could not be reached with it, to be rated and, once, done again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from kernel.clock import today
from knowledge import consultations, rating
from knowledge.case_models import Rating
from knowledge.consultations import ConsultationRefused
from knowledge.models import ConsultationState
from profiles.models import Resident
from profiles.sessions import Me
from profiles.subjects import subject
from web.house import house
from web.public.mine_session import Reply, bound

WORDS = {ConsultationState.TAKEN: "已受理", ConsultationState.PASSED_ON: "已转办", ConsultationState.ANSWERED: "已答复",
         ConsultationState.CLOSED: "已办结"}
THANKS = "谢谢，记下了。"
NOT_YOURS = "您名下没有这个编号的留言。请回上面看您问过的。"


def context(session: Session, me: Me) -> Mapping[str, Any]:
    """The consultations from addresses that are this resident's alone, the latest first."""
    found = consultations.of_addresses(session, house().keyring, _indexes(session, me), today(house().clock))
    return {"cases": found, "words": WORDS, "ratings": tuple(Rating)}


@bound
def say(me: Me) -> Reply:
    """Keep what a resident thinks of the answer to their own question, or have it done again."""
    number = request.form.get("number", "")
    try:
        with house().database.writing() as session:
            own = consultations.found(session, number)
            if own is None or own.address_index not in _indexes(session, me):
                raise ConsultationRefused(NOT_YOURS)
            done = said(session, number)
    except ConsultationRefused as refused:
        return Reply((refused.words,))
    return Reply(done=done)


def said(session: Session, number: str) -> str:
    """Do what the posted form says of an answer, for an asker who is known to be one; raises ConsultationRefused."""
    now = house().clock.now()
    if request.form.get("act") == "reopen":
        due = rating.reopen(session, house().keyring, number, request.form.get("reason", ""), now)
        return f"已请原来的单位重新办，{due.month}月{due.day}日前答复您。"
    chosen = request.form.get("rating", "")
    if chosen not in set(Rating):
        raise ConsultationRefused("没有选。请点“满意”“基本满意”或“不满意”。")
    # Who is not content reads on the page that it can be done again: nothing is done yet.
    return "" if rating.rate(session, number, Rating(chosen), now) else THANKS


def _indexes(session: Session, me: Me) -> tuple[bytes, ...]:
    return tuple(subject(session, house().keyring, session.get_one(Resident, me.resident_id)).indexes)
