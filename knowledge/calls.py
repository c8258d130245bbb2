"""Calls to the hotline: typed in while they last, answered from the entries at once or handed to people, and called back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.crypto import Keyring, Unreadable
from knowledge.case_models import Act, Letter, LetterState
from knowledge.consultations import (
    Caller,
    Case,
    ConsultationRefused,
    Progress,
    concerns,
    found,
    of_addresses,
    stepped,
    take,
)
from knowledge.letters import ADDRESS_PURPOSES
from knowledge.models import Consultation, ConsultationState

CHANNEL = "phone"
NOT_REACHED = "没打通"


@dataclass(frozen=True)
class Call:
    """What was typed in: the caller's number as it is kept (empty when it was not given), their village, what they asked."""

    phone: str = field(repr=False)
    division: str
    text: str = field(repr=False)
    by_call: bool = False


@dataclass(frozen=True)
class Used:
    """The entry that was read to the caller."""

    entry_id: str
    answer: str
    office: str


@dataclass(frozen=True)
class CallBack:
    """An answer that waits for somebody to call the asker."""

    number: str
    division: str
    office: str
    since: datetime | None
    why: str
    tries: int


def hand_over(session: Session, keyring: Keyring, call: Call, actor: Actor, now: datetime) -> Progress:
    """Take a call in as a consultation: it gets a number, a deadline, and a secret that is told to the caller."""
    taken = take(session, keyring, CHANNEL, call.phone, call.division, call.text, now,
                 Caller(actor.name, call.by_call and bool(call.phone)))
    record(session, now, actor, "登记来电", f"consultation:{taken.number}")
    return taken


def answered_at_once(session: Session, keyring: Keyring, call: Call, used: Used, actor: Actor, now: datetime) -> str:
    """Keep a call that was answered from an entry while it lasted: closed at once, counted for that entry; its number."""
    number = take(session, keyring, CHANNEL, call.phone, call.division, call.text, now, Caller(actor.name)).number
    case = found(session, number)
    if case is None:
        raise ConsultationRefused(f"没有编号为 {number} 的留言。请核对编号。")
    case.state, case.entry_id, case.answer, case.office = ConsultationState.CLOSED, used.entry_id, used.answer, used.office
    case.answered_by, case.answered_at, case.closed_at = actor.name, now, now
    stepped(session, case, Act.ANSWERED, actor, now, "电话里当场答复")
    record(session, now, actor, "电话答复", f"consultation:{number}")
    return number


def open_ones(session: Session, keyring: Keyring, phone: str, today: date) -> list[Case]:
    """What the same number asked before, by telephone or text message, and still waits for."""
    indexes = keyring.indexes(phone, ADDRESS_PURPOSES[CHANNEL])
    return [case for case in of_addresses(session, keyring, indexes, today, 20) if case.is_open] if phone else []


def phone_of(session: Session, keyring: Keyring, number: str) -> str:
    """The telephone a consultation came from, empty when none is held: its page shows it masked."""
    case = found(session, number)
    if case is None or case.address is None or ADDRESS_PURPOSES.get(case.channel) != ADDRESS_PURPOSES[CHANNEL]:
        return ""
    try:
        return keyring.decrypt(case.address, ADDRESS_PURPOSES[CHANNEL])
    except Unreadable:
        return ""  # its key is gone: nobody can be called


def to_call(session: Session, jurisdiction: str, limit: int = 200) -> list[CallBack]:
    """Who waits to be called back in an area (待回电), the longest waiting first."""
    rows = session.execute(
        select(Consultation, Letter).join(Letter, Letter.consultation_id == Consultation.id)
        .where(Letter.state == LetterState.TO_CALL, concerns(jurisdiction)).order_by(Letter.settled_at, Letter.id).limit(limit)).all()
    return [CallBack(case.number, case.division, case.office, letter.settled_at, letter.why, letter.tries) for case, letter in rows]


def count_to_call(session: Session, jurisdiction: str) -> int:
    """How many wait to be called back."""
    return session.scalar(select(func.count()).select_from(Letter).join(Consultation, Consultation.id == Letter.consultation_id)
                          .where(Letter.state == LetterState.TO_CALL, concerns(jurisdiction))) or 0


def called(session: Session, number: str, *, is_reached: bool, actor: Actor, now: datetime) -> None:
    """Tick a call: the asker knows the answer now, or could not be reached and stays on the list."""
    case = found(session, number)
    letter = session.scalars(select(Letter).where(Letter.consultation_id == case.id, Letter.state == LetterState.TO_CALL)
                             .order_by(Letter.id.desc()).limit(1)).first() if case is not None else None
    if case is None or letter is None:
        raise ConsultationRefused(f"留言 {number} 不用回电，或者已经回过了。")
    letter.tries += 1
    if is_reached:
        letter.state, letter.settled_at, letter.by = LetterState.CALLED, now, actor.name
    stepped(session, case, Act.CALLED, actor, now, "" if is_reached else NOT_REACHED)
    record(session, now, actor, "回电" if is_reached else "回电没打通", f"consultation:{case.number}")
