"""Answers on their way back: claimed by a conditional update, sent outside any transaction, settled once.

The row is the truth. What was being sent when its worker died is unknown, and what is unknown is never sent again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.contract import UNKNOWN_HORIZON
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database
from kernel.logs import mask
from knowledge.case_models import Letter, LetterState
from knowledge.models import Consultation

# A talk on the web is known by its own random name alone, which opens the answer in that browser and reaches nobody.
ADDRESS_PURPOSES = {"wechat": "openid", "sms": "phone", "telegram": "chat", "phone": "phone", "web": "web"}
# A resident who asked here is reached over the same door; who called, by a text message or by calling back.
CARRIED = frozenset({"wechat", "sms", "telegram", "phone"})
LONGEST_WHY = 200
MOST_TRIES = 5
NO_ADDRESS = "没有留下联系方式"
TO_BE_CALLED = "对方要回电"
WEB = "是在网页上问的，没有联系方式"
DIED = "发送时进程中断，不知道发出没有"


@dataclass(frozen=True)
class Claimed:
    """A letter whose turn it is; `address` is where the question came from, None when it is no longer held."""

    id: int
    number: str
    channel: str
    asked_by: str
    address: str | None = field(repr=False)
    answer: str = field(repr=False)
    tries: int = 0


@dataclass(frozen=True)
class Told:
    """How a letter stands, for the clerk; `by` is who called back."""

    state: LetterState
    channel: str
    at: datetime | None
    why: str
    by: str = ""

    @property
    def needs_a_call(self) -> bool:
        """Whether the asker may not know the answer."""
        return self.state in (LetterState.UNKNOWN, LetterState.KEPT, LetterState.TO_CALL) and self.channel != "web"


def post(session: Session, case: Consultation, now: datetime) -> None:
    """Put an answer in the box, in the transaction that keeps it; who called is told by text message unless they want a call."""
    why = WEB if case.channel == "web" else "" if case.channel in CARRIED and case.address is not None else NO_ADDRESS
    if case.by_call and not why:
        session.add(Letter(consultation_id=case.id, state=LetterState.TO_CALL, channel="phone", settled_at=now, why=TO_BE_CALLED))
        return
    state = LetterState.KEPT if why else LetterState.WAITING
    channel = "sms" if case.channel == "phone" and not why else case.channel
    session.add(Letter(consultation_id=case.id, state=state, channel=channel, due_at=None if why else now,
                       settled_at=now if why else None, why=why))


def claim(database: Database, keyring: Keyring, now: datetime) -> Claimed | None:
    """Take the letter that has waited longest; None when none is due. What a dead worker left is set down as unknown."""
    with database.reading() as session:
        due = session.scalar(select(Letter.id).where(Letter.due_at <= now).order_by(Letter.due_at).limit(1))
    if due is None:
        return None
    with database.writing() as session:
        session.execute(update(Letter).where(Letter.state == LetterState.SENDING, Letter.due_at <= now).values(
            state=LetterState.UNKNOWN, due_at=None, settled_at=now, why=DIED))
        letter = session.scalars(select(Letter).where(Letter.state == LetterState.WAITING, Letter.due_at <= now)
                                 .order_by(Letter.due_at).limit(1).with_for_update(skip_locked=True)).first()
        if letter is None:
            return None
        letter.state, letter.started_at, letter.tries = LetterState.SENDING, now, letter.tries + 1
        letter.due_at = now + UNKNOWN_HORIZON
        case = session.get_one(Consultation, letter.consultation_id)
        return Claimed(letter.id, case.number, letter.channel, case.channel, _address(keyring, case), case.answer, letter.tries)


def settle(database: Database, claimed: Claimed, state: LetterState, why: str, now: datetime, reference: str | None = None) -> None:
    """Write down how a letter ended; one that was set down as unknown meanwhile is put right by what is known now, one whose
    receipt came first stays as that told.

    `reference` is what its receipt is known by (`knowledge.letter_fates.reference_of`).
    """
    _write(database, claimed, {"state": state, "why": mask(why)[:LONGEST_WHY], "due_at": None, "settled_at": now,
                               "reference": reference})


def name(database: Database, claimed: Claimed, known_by: str | None) -> None:
    """Write down by what its receipt will know a letter, before it leaves (`knowledge.letter_fates.reference_of`)."""
    _write(database, claimed, {"name": known_by, "reference": None})


def put_back(database: Database, claimed: Claimed, channel: str, why: str, at: datetime) -> None:
    """Let a letter that surely did not leave wait for a moment, over the same channel or another."""
    _write(database, claimed, {"state": LetterState.WAITING, "channel": channel, "why": mask(why)[:LONGEST_WHY], "due_at": at,
                               "tries": claimed.tries if channel == claimed.channel else 0})


def seen(session: Session, case: Consultation, now: datetime) -> None:
    """The asker spoke of the answer: what waited to be read, or to be told by telephone, is known."""
    session.execute(update(Letter).where(
        Letter.consultation_id == case.id, Letter.state.in_((LetterState.KEPT, LetterState.TO_CALL, LetterState.UNKNOWN)))
        .values(state=LetterState.READ, settled_at=now).execution_options(synchronize_session=False))


def told(session: Session, number: str) -> list[Told]:
    """How the answers of one consultation fared, the latest first."""
    rows = session.scalars(select(Letter).join(Consultation, Consultation.id == Letter.consultation_id)
                           .where(Consultation.number == number).order_by(Letter.id.desc()))
    return [_told(row) for row in rows]


def latest(session: Session, case_ids: Iterable[int]) -> dict[int, Told]:
    """How the last answer of each of some consultations fared, by the consultation's id."""
    rows = session.scalars(select(Letter).where(Letter.consultation_id.in_(list(case_ids))).order_by(Letter.id))
    return {row.consultation_id: _told(row) for row in rows}


def wait_before(tries: int) -> timedelta:
    """How long a letter rests after a try that failed for the channel's sake: one minute, then four, nine …"""
    return timedelta(minutes=tries * tries)


def _told(row: Letter) -> Told:
    return Told(LetterState(row.state), row.channel, row.settled_at or row.started_at, row.why, row.by)


def _address(keyring: Keyring, case: Consultation) -> str | None:
    if case.address is None or case.channel not in ADDRESS_PURPOSES:
        return None
    try:
        return keyring.decrypt(case.address, ADDRESS_PURPOSES[case.channel])
    except Unreadable:
        return None  # its key is gone: the letter says that nobody can be reached


def _write(database: Database, claimed: Claimed, values: dict[str, object]) -> None:
    with database.writing() as session:
        # What its receipt has told meanwhile stands.
        session.execute(update(Letter).where(Letter.id == claimed.id, Letter.state.in_((LetterState.SENDING, LetterState.UNKNOWN)))
                        .values(values).execution_options(synchronize_session=False))
