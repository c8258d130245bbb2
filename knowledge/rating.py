"""What the asker thinks of an answer (满意度评价): asked once, and whoever is not content may have it done again, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import SYSTEM, Actor, record
from kernel.clock import in_china
from kernel.crypto import Keyring
from kernel.working_days import after_working_days
from knowledge import letters
from knowledge.case_models import Act, Rating
from knowledge.consultations import ANSWER_WITHIN, PURPOSE, SPOKEN, ConsultationRefused, stepped
from knowledge.letters import ADDRESS_PURPOSES
from knowledge.models import Consultation, ConsultationState

# Later a 满意 in a talk speaks of something else.
ASKED_ABOUT = timedelta(days=7)
LONGEST_REASON = 300
ASKER = Actor("留言人")


def to_rate(session: Session, keyring: Keyring, channel: str, address: str, now: datetime) -> str | None:
    """The number of the answer that whoever speaks from an address may be asked about: their latest, lately answered, unrated."""
    purpose = ADDRESS_PURPOSES.get(channel)
    if purpose is None or not address:
        return None
    case = session.scalars(
        select(Consultation).where(Consultation.channel.in_((channel, SPOKEN.get(channel, channel))), Consultation.address_index.in_(keyring.indexes(address, purpose)),
                                   Consultation.answered_at > now - ASKED_ABOUT)
        .order_by(Consultation.answered_at.desc()).limit(1)).first()
    return case.number if case is not None and may_rate(case) else None


def may_rate(case: Consultation) -> bool:
    """Whether its answer was given and nobody has said yet what they think of it."""
    return case.state == ConsultationState.ANSWERED and case.rating is None and case.entry_id is None


def may_reopen(case: Consultation) -> bool:
    """Whether the asker was not content and it was not done again before."""
    return case.state == ConsultationState.ANSWERED and case.rating == Rating.BAD and case.reopened_at is None


def rate(session: Session, number: str, rating: Rating, now: datetime) -> bool:
    """Keep what the asker thinks; says whether it may be done again (see `reopen`). Content askers close the matter.

    Refuses an unknown number, one without an answer and one rated before. Who calls this has made sure that the asker speaks.
    """
    case = _answered(session, number)
    if case.rating is not None:
        raise ConsultationRefused(f"留言 {case.number} 已经评价过了，谢谢。")
    case.rating, case.rated_at = rating, now
    letters.seen(session, case, now)
    stepped(session, case, Act.RATED, ASKER, now, rating.words)
    if rating is not Rating.BAD:
        _close(session, case, ASKER, now)
    record(session, now, ASKER, "评价留言", f"consultation:{case.number}")
    return may_reopen(case)


def explain(session: Session, keyring: Keyring, number: str, reason: str, now: datetime) -> None:
    """Keep why the asker is not content; refuses an empty reason and an answer that nobody complained of."""
    _explained(_answered(session, number), keyring, reason)
    record(session, now, ASKER, "说明不满意的原因", f"consultation:{number.strip().upper()}")


def reopen(session: Session, keyring: Keyring, number: str, reason: str, now: datetime) -> date:
    """Have it done again, once: it goes back to the desk that answered, with a deadline of its own; returns that day."""
    case = _answered(session, number)
    if case.rating != Rating.BAD:
        raise ConsultationRefused("评价“不满意”的才重办。")
    if case.reopened_at is not None:
        raise ConsultationRefused(f"留言 {case.number} 已经重办过一次。还不满意请拨 12345。")
    _explained(case, keyring, reason)
    case.first_answer, case.answer, case.answered_by, case.answered_at = case.answer, "", None, None
    case.state = ConsultationState.PASSED_ON if case.office else ConsultationState.TAKEN
    case.reopened_at, case.rating, case.rated_at, case.extended_from, case.escalated_at = now, None, None, None, None
    case.due_on = after_working_days(in_china(now).date(), ANSWER_WITHIN)
    stepped(session, case, Act.REOPENED, ASKER, now)
    record(session, now, ASKER, "要求重办留言", f"consultation:{case.number}")
    return case.due_on


def close_old(session: Session, now: datetime, days: int) -> int:
    """Close what was answered so many working days ago and nobody said anything about; gives how many."""
    # Twice as many days and a fortnight hold any number of working days, the long holidays included.
    last = in_china(now).date()
    while after_working_days(last, days) > in_china(now).date():
        last -= timedelta(days=1)
    old = _answered_until(session, last)
    for case in old:
        _close(session, case, SYSTEM, now)
    return len(old)


def _answered_until(session: Session, last: date) -> Sequence[Consultation]:
    found = session.scalars(select(Consultation).where(Consultation.state == ConsultationState.ANSWERED)
                            .order_by(Consultation.answered_at).limit(500)).all()
    return [case for case in found if case.answered_at is not None and in_china(case.answered_at).date() <= last]


def _answered(session: Session, number: str) -> Consultation:
    case = session.scalar(select(Consultation).where(Consultation.number == number.strip().upper()))
    if case is None:
        raise ConsultationRefused(f"没有编号为 {number} 的留言。请核对编号。")
    if case.state not in (ConsultationState.ANSWERED, ConsultationState.CLOSED) or case.entry_id is not None:
        raise ConsultationRefused(f"留言 {case.number} 还没有答复，答复后再评价。")
    return case


def _explained(case: Consultation, keyring: Keyring, reason: str) -> None:
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not words:
        raise ConsultationRefused("请写一句哪里没答好。")
    if case.rating != Rating.BAD:
        raise ConsultationRefused(f"留言 {case.number} 没有评价“不满意”。")
    case.rating_reason = keyring.encrypt(words, PURPOSE)


def _close(session: Session, case: Consultation, actor: Actor, now: datetime) -> None:
    case.state, case.closed_at = ConsultationState.CLOSED, now
    stepped(session, case, Act.CLOSED, actor, now)
