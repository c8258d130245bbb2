"""Proving to be who one is: six digits sent to a telephone that stands in the register, and the person they let in.

Whoever asks is told the same whether the number is known or not; an unknown number is counted like a known one.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.crypto import Keyring
from profiles import contacts
from profiles.code_requests import CodeRequest
from profiles.contacts import SMS, WECHAT, purpose_of
from profiles.models import Contact, Household, Resident, Standing
from profiles.privacy import masked_name

LASTS = timedelta(minutes=5)
TRIES = 5
REST = timedelta(minutes=1)
A_DAY = 5
# One browser or openid may try a family's numbers, not a village's.
ASKER_A_DAY = 10
# 代收: a number that stands for more households than this proves nobody.
MOST_HOUSEHOLDS = 3
# Data of children under 14 are sensitive (个人信息保护法 §28, §31): nobody is let in as one.
YOUNGEST = 14
REBOUND = "改绑到另一户"


class Answer(StrEnum):
    """What became of a request or a try."""

    SENT = "sent"
    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    NO_NUMBER = "no_number"
    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"


@dataclass(frozen=True)
class Asked:
    """What a request came to: the answer to be shown, and the letter to post after the commit, if there is one."""

    answer: Answer
    phone: str = field(default="", repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True)
class Candidate:
    """A person one may be: masked name, and the relation where two names look alike."""

    resident_id: int
    name: str


def asker(keyring: Keyring, door: str, address: str) -> bytes:
    """Who asks, by blind index: a browser's token or an openid."""
    return keyring.index(f"{door}:{address}", "asker")


def ask(session: Session, keyring: Keyring, who: bytes, phone: str, door: str, now: datetime,
        adding: int | None = None) -> Asked:
    """Ask for a code to a number; `adding` is a resident already known who adds the number to their own.

    SENT says nothing about whether the number is known. The caller posts `code` to `phone` when there is one.
    """
    number = contacts.normal_phone(phone)
    if number is None:
        return Asked(Answer.NO_NUMBER)
    index = keyring.index(number, purpose_of(SMS))
    _one_at_a_time(session, index)
    held = _too_often(session, keyring.indexes(number, purpose_of(SMS)), who, now, adding)
    if held is not None:
        return Asked(held)
    _end_others(session, who, now)
    known = bool(candidates(session, keyring, number, now.date())) if adding is None else _may_be_added(session, keyring, number)
    code = f"{secrets.randbelow(10 ** 6):06d}" if known else ""
    session.add(CodeRequest(
        asker=who, address_index=index, code=_digest(keyring, who, code) if code else None, door=door, sent_at=now, tries=0,
        resident_id=adding, address=None if adding is None else keyring.encrypt(number, purpose_of(SMS))))
    session.flush()
    return Asked(Answer.SENT, number if code else "", code)


def waiting(session: Session, who: bytes, now: datetime) -> CodeRequest | None:
    """The request of an asker that still waits for its code, or for who one is."""
    return session.scalar(
        select(CodeRequest).where(CodeRequest.asker == who, CodeRequest.ended_at.is_(None), CodeRequest.sent_at > now - LASTS)
        .order_by(CodeRequest.id.desc()).limit(1))


def prove(session: Session, keyring: Keyring, who: bytes, code: str, now: datetime) -> Answer:
    """Try a code: RIGHT, WRONG (with tries left) or OVER (too late, too many tries, never asked)."""
    # One statement counts the try, so that a thousand at once are still five.
    row = session.execute(
        update(CodeRequest).where(CodeRequest.asker == who, CodeRequest.ended_at.is_(None), CodeRequest.proved_at.is_(None),
                                  CodeRequest.sent_at > now - LASTS, CodeRequest.tries < TRIES)
        .values(tries=CodeRequest.tries + 1).returning(CodeRequest.id, CodeRequest.code, CodeRequest.tries)
        .execution_options(synchronize_session=False)).one_or_none()
    if row is None:
        return Answer.OVER
    digits = "".join(sign for sign in code if sign.isdigit())
    # A number nobody may be bound by has no right code; the comparison takes as long all the same.
    if hmac.compare_digest(row.code or bytes(16), _digest(keyring, who, digits)) and row.code is not None:
        session.execute(update(CodeRequest).where(CodeRequest.id == row.id).values(proved_at=now)
                        .execution_options(synchronize_session=False))
        return Answer.RIGHT
    return Answer.WRONG if row.tries < TRIES else Answer.OVER


def hand_over(session: Session, who: bytes, new: bytes) -> None:
    """What an asker proved goes on under another name: whoever planted the first one in a browser knows it no longer."""
    session.execute(update(CodeRequest).where(CodeRequest.asker == who, CodeRequest.ended_at.is_(None))
                    .values(asker=new).execution_options(synchronize_session=False))


def proved(session: Session, who: bytes, now: datetime) -> CodeRequest | None:
    """The request of an asker whose code was right and that was not used yet."""
    found = waiting(session, who, now)
    return found if found is not None and found.proved_at is not None else None


def choices(session: Session, keyring: Keyring, request: CodeRequest, today: date) -> list[Candidate]:
    """Whom the proved number may stand for, in an order that does not change."""
    indexes = (request.address_index,)
    return _named(keyring, _people(session, indexes, today))


def candidates(session: Session, keyring: Keyring, phone: str, today: date) -> list[Candidate]:
    """Whom a number may stand for: nobody when it is 代收, and never a child under 14."""
    return _named(keyring, _people(session, keyring.indexes(phone, purpose_of(SMS)), today))


def use(session: Session, keyring: Keyring, request: CodeRequest, resident_id: int, now: datetime,
        openid: str | None = None) -> Contact | None:
    """Bind the proved number (and an openid, where the code was given in WeChat) to one of its candidates.

    Gives the telephone's contact, verified by now; None when the resident is no candidate (any more). A request is used
    once. An openid that stood for another household leaves it.
    """
    own = next((one for one in _people(session, (request.address_index,), now.date()) if one.id == resident_id), None)
    if not _claimed(session, request, now) or own is None:
        return None
    contact = session.scalars(select(Contact).where(
        Contact.resident_id == resident_id, Contact.channel == SMS, Contact.address_index == request.address_index,
        Contact.retired_at.is_(None))).one()
    contact.verified = True
    if openid is not None:
        _leave_others(session, keyring, own.household_id, openid, now)
        contacts.bind(session, keyring, resident_id, WECHAT, openid, now)
    _tell(session, own, "resident.bound", request.door, now)
    session.flush()
    return contact


def add(session: Session, keyring: Keyring, request: CodeRequest, now: datetime) -> Contact | None:
    """Give the resident who asked for it the new number that was just proved; None when it was used already."""
    if request.resident_id is None or request.address is None or not _claimed(session, request, now):
        return None
    number = keyring.decrypt(request.address, purpose_of(SMS))
    request.address = None
    contact = contacts.bind(session, keyring, request.resident_id, SMS, number, now)
    _tell(session, session.get_one(Resident, request.resident_id), "resident.number_added", request.door, now)
    return contact


def unbind(session: Session, keyring: Keyring, openid: str, now: datetime) -> int:
    """Take an openid from everybody it stands for; gives from how many."""
    return contacts.retire(session, _at(session, keyring, openid), "本人解除绑定", now)


def _one_at_a_time(session: Session, index: bytes) -> None:
    """Let requests for one number come one after the other, so that many at once are still five a day.

    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(index[:8], "big", signed=True))))


def _too_often(session: Session, indexes: tuple[bytes, ...], who: bytes, now: datetime, adding: int | None) -> Answer | None:
    recent = CodeRequest.sent_at > now - timedelta(days=1)
    to_number = session.scalars(select(CodeRequest.sent_at).where(CodeRequest.address_index.in_(indexes), recent)).all()
    by_asker = session.scalar(select(func.count()).select_from(CodeRequest).where(CodeRequest.asker == who, recent)) or 0
    # Codes for new numbers go to telephones nobody knows: a resident who throws cookies away is counted all the same.
    by_resident = 0 if adding is None else session.scalar(
        select(func.count()).select_from(CodeRequest).where(CodeRequest.resident_id == adding, recent)) or 0
    if len(to_number) >= A_DAY or max(by_asker, by_resident) >= ASKER_A_DAY:
        return Answer.TOO_MANY
    return Answer.TOO_SOON if any(sent_at > now - REST for sent_at in to_number) else None


def _claimed(session: Session, request: CodeRequest, now: datetime) -> bool:
    """Whether a proved request was still there to be used; it is used by this very statement."""
    return session.execute(
        update(CodeRequest).where(CodeRequest.id == request.id, CodeRequest.ended_at.is_(None), CodeRequest.proved_at.is_not(None))
        .values(ended_at=now).returning(CodeRequest.id).execution_options(synchronize_session=False)).one_or_none() is not None


def _tell(session: Session, resident: Resident, act: str, door: str, now: datetime) -> None:
    audit.record(session, now, Actor("本人"), act, f"resident:{resident.reference}", {"door": door})


def _may_be_added(session: Session, keyring: Keyring, number: str) -> bool:
    return not contacts.is_shared(session, keyring, SMS, number)


def _end_others(session: Session, who: bytes, now: datetime) -> None:
    session.execute(update(CodeRequest).where(CodeRequest.asker == who, CodeRequest.ended_at.is_(None))
                    .values(ended_at=now).execution_options(synchronize_session=False))


def _people(session: Session, indexes: tuple[bytes, ...], today: date) -> list[Resident]:
    """Those of at least 14 years who are present and whom a live number reaches; nobody when it reaches too many."""
    reached = session.execute(
        select(Resident, Contact.shared).join(Contact, Contact.resident_id == Resident.id)
        .join(Household, Household.id == Resident.household_id)
        .where(Contact.channel == SMS, Contact.address_index.in_(indexes), Contact.retired_at.is_(None),
               Resident.standing == Standing.PRESENT, Household.left_at.is_(None)).order_by(Resident.id)).all()
    people = {one.id: one for one, _ in reached}
    if any(shared for _, shared in reached) or len({one.household_id for one in people.values()}) > MOST_HOUSEHOLDS:
        return []
    return [one for one in people.values() if _is_old_enough(one.birth_date, today)]


def _is_old_enough(born: date | None, today: date) -> bool:
    if born is None:
        return True
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= YOUNGEST


def _named(keyring: Keyring, people: list[Resident]) -> list[Candidate]:
    names = [masked_name(keyring.decrypt(one.name, "name")) for one in people]
    return [Candidate(one.id, name if names.count(name) == 1 else f"{name}（{_apart(one)}）")
            for one, name in zip(people, names, strict=True)]


def _apart(resident: Resident) -> str:
    if resident.is_head:
        return "户主"
    return resident.relation or (f"{resident.birth_date.year} 年生" if resident.birth_date else "家人")


def _leave_others(session: Session, keyring: Keyring, household_id: int, openid: str, now: datetime) -> None:
    """An openid speaks for one household: what it stood for elsewhere ends."""
    others = [number for number in _at(session, keyring, openid)
              if session.scalar(select(Resident.household_id).join(Contact, Contact.resident_id == Resident.id)
                                .where(Contact.id == number)) != household_id]
    contacts.retire(session, others, REBOUND, now)


def _at(session: Session, keyring: Keyring, openid: str) -> list[int]:
    return list(session.scalars(select(Contact.id).where(
        Contact.channel == WECHAT, Contact.address_index.in_(keyring.indexes(openid, purpose_of(WECHAT))),
        Contact.retired_at.is_(None))))


def _digest(keyring: Keyring, who: bytes, code: str) -> bytes:
    return keyring.index(f"{who.hex()}:{code}", "code")
