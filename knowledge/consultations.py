"""Consultations (留言): what a person must answer, its number, its deadline, its answer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.clock import in_china
from kernel.crypto import Keyring
from kernel.ids import readable_number
from kernel.working_days import after_working_days
from knowledge import letters
from knowledge.case_models import Act, Rating, Step
from knowledge.letters import ADDRESS_PURPOSES
from knowledge.models import Consultation, ConsultationState

# 12345 work orders are answered within five working days unless the county sets another period.
ANSWER_WITHIN = 5
PURPOSE = "consultation"
# Whoever writes from here may read their answer there; nothing of an answer goes abroad (个人信息保护法 §36).
READ_AGAIN = frozenset({"web", "wechat", "sms"})
# Who called may ask by text message from the same telephone what became of it.
SPOKEN = {"sms": "phone"}
# Whoever asked here comes back from somewhere else: beside the number, which can be guessed, they get a secret.
BY_SECRET = frozenset({"web", "phone"})
SECRET_DIGITS = 6
LONGEST = 2000
OPEN = (ConsultationState.TAKEN, ConsultationState.PASSED_ON)


class ConsultationRefused(Exception):
    """A consultation cannot be handled as asked; `words` says why and what to do."""

    def __init__(self, words: str) -> None:
        """Keep the sentence a person reads."""
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Case:
    """A consultation as the desk sees it; `text` is what was asked."""

    number: str
    state: ConsultationState
    channel: str
    division: str
    text: str
    office: str
    answer: str
    taken_at: datetime
    due_on: date
    is_overdue: bool
    handler: str = ""
    extended_from: date | None = None
    rating: Rating | None = None
    rating_reason: str = ""
    first_answer: str = ""
    reopened_at: datetime | None = None
    taken_by: str = ""
    by_call: bool = False
    entry_id: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state in OPEN

    @property
    def may_rate(self) -> bool:
        """Whether the asker has not said yet what they think of the answer."""
        return self.state is ConsultationState.ANSWERED and self.rating is None

    @property
    def may_reopen(self) -> bool:
        """Whether the asker was not content and it was not done again before."""
        return self.state is ConsultationState.ANSWERED and self.rating is Rating.BAD and self.reopened_at is None


@dataclass(frozen=True)
class Progress:
    """What anybody who knows the number may see: nothing of what was asked or by whom.

    `secret` is there once, when the question is taken from somebody who leaves no address to be known by again.
    """

    number: str
    state: ConsultationState
    due_on: date
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Caller:
    """A question that a member of the staff typed in for whoever called; `by_call`: they want to be called back."""

    taken_by: str
    by_call: bool = False


def take(session: Session, keyring: Keyring, channel: str, address: str, division: str, text: str, now: datetime,
         caller: Caller | None = None) -> Progress:
    """Take a question in; returns its number, the day it is answered by, and what opens the answer beside the number."""
    purpose = ADDRESS_PURPOSES.get(channel)
    secret = "".join(secrets.choice("0123456789") for _ in range(SECRET_DIGITS)) if channel in BY_SECRET else ""
    case = Consultation(
        number="", state=ConsultationState.TAKEN, channel=channel, division=division,
        address=keyring.encrypt(address, purpose) if purpose and address else None,
        address_index=keyring.index(address, purpose) if purpose and address else None,
        text=keyring.encrypt(text[:LONGEST], PURPOSE), taken_at=now, secret=keyring.encrypt(secret, PURPOSE) if secret else None,
        taken_by=caller.taken_by if caller else "", by_call=caller.by_call if caller else False,
        due_on=after_working_days(in_china(now).date(), ANSWER_WITHIN))
    while True:
        case.number = _drawn()
        try:
            with session.begin_nested():
                session.add(case)
            break
        except IntegrityError:
            continue  # the number was taken: draw another
    return Progress(case.number, case.state, case.due_on, secret)


def place(session: Session, number: str, division: str) -> None:
    """Say which village a question is about that came without one."""
    session.execute(update(Consultation).where(Consultation.number == number, Consultation.division == "", Consultation.state.in_(OPEN))
                    .values(division=division).execution_options(synchronize_session=False))


def _drawn() -> str:
    """A number with letters and digits in it: one of letters alone would be read as a word, one of digits as a code."""
    while True:
        drawn = readable_number(6)
        if not drawn.isalpha() and not drawn.isdigit():
            return drawn


def progress(session: Session, number: str) -> Progress | None:
    """Where a consultation stands, by its number."""
    case = found(session, number)
    return None if case is None else Progress(case.number, case.state, case.due_on)


def answer_for(session: Session, keyring: Keyring, number: str, channel: str, address: str) -> str:
    """The answer, for who asked from this very address or talk; empty while there is none, and for everybody else.

    Whoever comes from elsewhere needs the secret beside the number (`knowledge.tracking`).
    """
    case = found(session, number)
    return case.answer if case is not None and is_own(case, keyring, channel, address) else ""


def is_own(case: Consultation, keyring: Keyring, channel: str, address: str) -> bool:
    """Whether a consultation was asked from an address over a channel on which its answer may be read again."""
    purpose = ADDRESS_PURPOSES.get(channel)
    return (channel in READ_AGAIN and purpose is not None and bool(address) and case.channel in (channel, SPOKEN.get(channel))
            and case.address_index in keyring.indexes(address, purpose))


def of_addresses(session: Session, keyring: Keyring, indexes: Sequence[bytes], today: date, limit: int = 10) -> list[Case]:
    """What was asked from some addresses, the latest first."""
    cases = session.scalars(select(Consultation).where(Consultation.address_index.in_(indexes))
                            .order_by(Consultation.id.desc()).limit(limit))
    return [_seen(case, keyring, today) for case in cases]


def waiting(session: Session, keyring: Keyring, jurisdiction: str, today: date, limit: int = 100) -> list[Case]:
    """What waits for an answer in an area, the longest overdue first."""
    cases = session.scalars(
        select(Consultation).where(Consultation.state.in_(OPEN), concerns(jurisdiction))
        .order_by(Consultation.due_on, Consultation.id).limit(limit))
    return [_seen(case, keyring, today) for case in cases]


def concerns(jurisdiction: str) -> ColumnElement[bool]:
    """In SQL: whether a consultation came from an area, was passed on to it, or came from nowhere that is known."""
    return (Consultation.division.startswith(jurisdiction, autoescape=True) | (Consultation.division == "")
            | Consultation.handler.startswith(jurisdiction or "-", autoescape=True))


def counted(session: Session, today: date) -> tuple[int, int]:
    """How many wait, and how many of those are overdue."""
    open_ones = Consultation.state.in_([ConsultationState.TAKEN, ConsultationState.PASSED_ON])
    waits = session.scalar(select(func.count()).where(open_ones)) or 0
    late = session.scalar(select(func.count()).where(open_ones, Consultation.due_on < today)) or 0
    return waits, late


def case_of(session: Session, keyring: Keyring, number: str, today: date) -> Case | None:
    """One consultation for the desk."""
    case = found(session, number)
    return None if case is None else _seen(case, keyring, today)


def answer(session: Session, number: str, words: str, actor: Actor, now: datetime) -> Consultation:
    """Answer a consultation; refuses an unknown or already answered one and an empty answer."""
    case = open_case(session, number)
    if not words.strip():
        raise ConsultationRefused("答复不能为空。请写明怎么办、找谁、电话多少。")
    case.answer, case.answered_by, case.answered_at = words.strip(), actor.name, now
    case.state = ConsultationState.ANSWERED
    stepped(session, case, Act.ANSWERED, actor, now)
    letters.post(session, case, now)
    record(session, now, actor, "答复留言", f"consultation:{case.number}")
    return case


def open_case(session: Session, number: str) -> Consultation:
    """The consultation of a number, to be worked on; refuses one that is unknown or answered already."""
    case = found(session, number)
    if case is None:
        raise ConsultationRefused(f"没有编号为 {number} 的留言。请核对编号。")
    if case.state not in OPEN:
        raise ConsultationRefused(f"留言 {case.number} 已经答复过了。")
    return case


def stepped(session: Session, case: Consultation, act: Act, actor: Actor, now: datetime, words: str = "") -> None:
    """Keep a step of its way."""
    session.add(Step(consultation_id=case.id, at=now, act=act, by=actor.name, office=case.office, words=words))


def found(session: Session, number: str) -> Consultation | None:
    """The consultation of a number, however it was typed."""
    return session.scalar(select(Consultation).where(Consultation.number == number.strip().upper()))


def _seen(case: Consultation, keyring: Keyring, today: date) -> Case:
    is_open = case.state in OPEN
    return Case(case.number, ConsultationState(case.state), case.channel, case.division, keyring.decrypt(case.text, PURPOSE), case.office,
                case.answer, case.taken_at, case.due_on, is_open and case.due_on < today, case.handler, case.extended_from,
                Rating(case.rating) if case.rating else None,
                keyring.decrypt(case.rating_reason, PURPOSE) if case.rating_reason else "", case.first_answer, case.reopened_at,
                case.taken_by, case.by_call, case.entry_id)
