"""What residents ask of the office about their own data: to correct it, to erase it, to have a copy. An office settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import LargeBinary, String, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import Actor, record
from kernel.crypto import Keyring
from kernel.database import Base, Moment
from kernel.ids import readable_number

PURPOSE = "data_request"
LONGEST = 500


class RequestKind(StrEnum):
    """更正, 删除."""

    CORRECT = "correct"
    ERASE = "erase"

    @property
    def words(self) -> str:
        """The office's word."""
        return {RequestKind.CORRECT: "更正", RequestKind.ERASE: "删除"}[self]


class RequestState(StrEnum):
    """待办理, 已办理, 未采纳."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"

    @property
    def words(self) -> str:
        """The office's word."""
        return {RequestState.OPEN: "待办理", RequestState.DONE: "已办理", RequestState.DECLINED: "未采纳"}[self]


class DataRequest(Base):
    """One request; `text` and `answer` are sealed. It stays when the resident's record goes: it is the proof of the act."""

    __tablename__ = "data_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[RequestKind] = mapped_column(String(10))
    state: Mapped[RequestState] = mapped_column(String(10), default=RequestState.OPEN, index=True)
    resident_id: Mapped[int] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(String(60))
    division: Mapped[str] = mapped_column(String(12))
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date]
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_by: Mapped[str | None] = mapped_column(String(80))


class RequestRefused(Exception):
    """A request cannot be taken or settled as asked; the text says why and what to do."""


@dataclass(frozen=True)
class Asked:
    """A request as a page shows it."""

    number: str
    kind: RequestKind
    state: RequestState
    resident_id: int
    subject: str
    division: str
    text: str
    answer: str
    at: datetime
    due_on: date
    settled_by: str

    @property
    def is_open(self) -> bool:
        """Whether the office still has to act."""
        return self.state is RequestState.OPEN


def ask(session: Session, keyring: Keyring, kind: RequestKind, resident_id: int, subject: str, division: str, text: str,
        now: datetime, days: int) -> Asked:
    """Take a request; the office settles it within `days`. A second of the same kind before that is the first."""
    there = session.scalar(select(DataRequest).where(
        DataRequest.resident_id == resident_id, DataRequest.kind == kind, DataRequest.state == RequestState.OPEN))
    if there is not None:
        return _seen(keyring, there)
    words = text.strip()
    if kind is RequestKind.CORRECT and not words:
        raise RequestRefused("请写明哪一项不对、应该是什么。")
    if len(words) > LONGEST:
        raise RequestRefused(f"写了 {len(words)} 字，最多 {LONGEST} 字。请说得短一些。")
    one = DataRequest(number="", kind=kind, state=RequestState.OPEN, resident_id=resident_id, subject=subject,
                      division=division, text=keyring.encrypt(words, PURPOSE) if words else None, at=now,
                      due_on=now.date() + timedelta(days=days))
    while True:
        one.number = readable_number(6)
        try:
            with session.begin_nested():
                session.add(one)
            break
        except IntegrityError:
            continue  # the number was taken: draw another
    record(session, now, Actor("本人"), "申请" + kind.words + "个人信息", f"data_request:{one.number}")
    return _seen(keyring, one)


def of_resident(session: Session, keyring: Keyring, resident_id: int) -> list[Asked]:
    """What one resident asked, the latest first."""
    rows = session.scalars(select(DataRequest).where(DataRequest.resident_id == resident_id).order_by(DataRequest.id.desc()))
    return [_seen(keyring, one) for one in rows]


def waiting(session: Session, keyring: Keyring, jurisdiction: str, limit: int = 100) -> list[Asked]:
    """What an office has to settle in its area, the most pressing first."""
    rows = session.scalars(select(DataRequest).where(
        DataRequest.state == RequestState.OPEN, DataRequest.division.startswith(jurisdiction, autoescape=True))
        .order_by(DataRequest.due_on, DataRequest.id).limit(limit))
    return [_seen(keyring, one) for one in rows]


def settled(session: Session, keyring: Keyring, jurisdiction: str, limit: int = 20) -> list[Asked]:
    """What was settled lately."""
    rows = session.scalars(select(DataRequest).where(
        DataRequest.state != RequestState.OPEN, DataRequest.division.startswith(jurisdiction, autoescape=True))
        .order_by(DataRequest.settled_at.desc()).limit(limit))
    return [_seen(keyring, one) for one in rows]


def count_waiting(session: Session, jurisdiction: str) -> int:
    """How many wait in an area."""
    return session.scalar(select(func.count()).where(
        DataRequest.state == RequestState.OPEN, DataRequest.division.startswith(jurisdiction, autoescape=True))) or 0


def request_numbered(session: Session, keyring: Keyring, number: str) -> Asked | None:
    """One request by its number."""
    one = session.scalar(select(DataRequest).where(DataRequest.number == number.strip().upper()))
    return None if one is None else _seen(keyring, one)


def settle(session: Session, keyring: Keyring, number: str, state: RequestState, answer: str, actor: Actor, now: datetime
           ) -> None:
    """Say what became of a request; refused when it is settled already or nothing is said."""
    one = session.scalar(select(DataRequest).where(DataRequest.number == number.strip().upper()))
    if one is None or one.state != RequestState.OPEN:
        raise RequestRefused(f"没有待办理的申请 {number}。请核对编号，或看看是不是已经办过了。")
    if not answer.strip():
        raise RequestRefused("请写明办理结果；没有采纳的，写明理由和依据。")
    one.state, one.answer = state, keyring.encrypt(answer.strip()[:LONGEST], PURPOSE)
    one.settled_at, one.settled_by = now, actor.name
    record(session, now, actor, "办理个人信息申请", f"data_request:{one.number}", {"结果": state.words})


def _seen(keyring: Keyring, one: DataRequest) -> Asked:
    def read(sealed: bytes | None) -> str:
        return keyring.decrypt(sealed, PURPOSE) if sealed is not None else ""

    return Asked(one.number, RequestKind(one.kind), RequestState(one.state), one.resident_id, one.subject, one.division,
                 read(one.text), read(one.answer), one.at, one.due_on, one.settled_by or "")
