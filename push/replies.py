"""What people answered to a push: the bot hears it as ever, and the clerk reads it beside the push.

The link is made when the answer comes: the latest message that reached this very address over the same channel within
three days. The words are sealed like every other talk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, bindparam, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from channels.messages import Incoming, IncomingKind
from kernel.crypto import Keyring, Unreadable
from kernel.database import Base, Database, Moment, table_of
from kernel.inserting import inserting
from knowledge.models import Consultation
from profiles.contacts import normal_phone, purpose_of
from profiles.models import Contact, Household, Resident
from profiles.privacy import masked_phone, masked_words
from push.last_sent import LATELY
from push.models import LONG, Delivery, Dispatch
from push.states import DeliveryState

PURPOSE = "reply"
LONGEST = 500
SAID = frozenset({IncomingKind.TEXT, IncomingKind.VOICE})
ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNKNOWN)


class Reply(Base):
    """One answer to a delivery, in its sender's own words (sealed); the address stays with the contact.

    `key` is a digest of the event's name, so that a repeated callback is kept once. `consultation` is the number of the
    question it became, if it did.
    """

    __tablename__ = "replies"

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    dispatch_id: Mapped[int]
    delivery_id: Mapped[int] = mapped_column(LONG)
    household_id: Mapped[int] = mapped_column(index=True)
    resident_id: Mapped[int | None]
    contact_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    consultation: Mapped[str] = mapped_column(String(12), default="")

    __table_args__ = (Index("ix_replies_dispatch", "dispatch_id", "id"),)


@dataclass(frozen=True)
class Heard:
    """A reply as the clerk reads it: whose number is masked, names and numbers in the words hidden."""

    at: datetime
    channel: str
    number: str
    household: str
    division: str
    text: str
    answered_at: datetime | None
    consultation: str


def keep(database: Database, keyring: Keyring, incoming: Incoming, now: datetime) -> int | None:
    """Put what somebody said beside the push it follows; its number, or None when it follows none or was kept before."""
    with database.reading() as session:
        sent = followed(session, keyring, incoming, now)
    if sent is None:
        return None
    with database.writing() as session:
        return keep_in(session, keyring, sent, incoming, now)


def followed(session: Session, keyring: Keyring, incoming: Incoming, now: datetime) -> Delivery | None:
    """The delivery that somebody's words answer, if they answer one."""
    if incoming.kind not in SAID or not incoming.text.strip():
        return None
    return _followed(session, keyring, incoming, now)


def keep_in(session: Session, keyring: Keyring, sent: Delivery, incoming: Incoming, now: datetime) -> int | None:
    """Put words beside the delivery they answer; None when the vendor told it again."""
    row = {"dispatch_id": sent.dispatch_id, "delivery_id": sent.id, "household_id": sent.household_id,
           "resident_id": sent.resident_id, "contact_id": sent.contact_id, "channel": incoming.channel, "key": _digest(incoming),
           "text": keyring.encrypt(incoming.text.strip()[:LONGEST], PURPOSE), "at": now, "consultation": ""}
    number: int | None = session.scalar(
        inserting(session, Reply).values(row).on_conflict_do_nothing(index_elements=["key"]).returning(Reply.id))
    return number


def answered(database: Database, keyring: Keyring, number: int, incoming: Incoming, now: datetime) -> None:
    """Note that the bot answered a reply, and which consultation it made of it."""
    with database.writing() as session:
        answered_in(session, keyring, number, incoming, now)


def answered_in(session: Session, keyring: Keyring, number: int, incoming: Incoming, now: datetime) -> None:
    """The same within the transaction of the answer."""
    session.execute(update(Reply).where(Reply.id == number).values(
        answered_at=now, consultation=_consultation(session, keyring, incoming, now) or ""))


def of_dispatch(session: Session, keyring: Keyring, dispatch_id: int, offset: int, limit: int) -> list[Heard]:
    """The replies to a dispatch, the latest first."""
    rows = session.execute(
        select(Reply, Contact.address, Household.reference, Household.division)
        .outerjoin(Contact, Contact.id == Reply.contact_id).outerjoin(Household, Household.id == Reply.household_id)
        .where(Reply.dispatch_id == dispatch_id).order_by(Reply.id.desc()).offset(offset).limit(limit))
    return [Heard(reply.at, reply.channel, _masked(keyring, reply.channel, address), reference or "", division or "",
                  _words(keyring, reply.text), reply.answered_at, reply.consultation)
            for reply, address, reference, division in rows]


def counted(session: Session, dispatch_ids: Sequence[int]) -> dict[int, int]:
    """How many replies each of some dispatches has."""
    rows = session.execute(select(Reply.dispatch_id, func.count()).where(Reply.dispatch_id.in_(dispatch_ids))
                           .group_by(Reply.dispatch_id))
    return {int(number): int(count) for number, count in rows}


# Made once: every message that comes in asks it.
_CONTACTS, _RESIDENTS = table_of(Contact).c, table_of(Resident).c
_WHOSE = (
    select(_CONTACTS.id, _RESIDENTS.household_id).join(table_of(Resident), _RESIDENTS.id == _CONTACTS.resident_id)
    .where(_CONTACTS.channel == bindparam("channel"), _CONTACTS.address_index.in_(bindparam("indexes", expanding=True))).limit(100)
)


def _followed(session: Session, keyring: Keyring, incoming: Incoming, now: datetime) -> Delivery | None:
    """The latest delivery to this address that an answer within three days can mean."""
    address = normal_phone(incoming.address) or incoming.address if incoming.channel == "sms" else incoming.address
    indexes = keyring.indexes(address, purpose_of(incoming.channel))
    whose = session.connection().execute(_WHOSE, {"channel": incoming.channel, "indexes": indexes}).all()
    if not whose:
        return None
    # By the household, for which deliveries have an index; only the dispatches of these days.
    return session.scalars(
        select(Delivery).join(Dispatch, Dispatch.id == Delivery.dispatch_id)
        .where(Delivery.household_id.in_({one.household_id for one in whose}), Delivery.contact_id.in_([one.id for one in whose]),
               Delivery.channel == incoming.channel, Delivery.state.in_(ARRIVED), Delivery.settled_at >= now - LATELY,
               Dispatch.release_at >= now - LATELY * 3)
        .order_by(Delivery.settled_at.desc(), Delivery.id.desc()).limit(1)).first()


def _consultation(session: Session, keyring: Keyring, incoming: Incoming, now: datetime) -> str | None:
    indexes = keyring.indexes(incoming.address, purpose_of(incoming.channel))
    return session.scalar(select(Consultation.number).where(
        Consultation.channel == incoming.channel, Consultation.address_index.in_(indexes), Consultation.taken_at == now)
        .order_by(Consultation.number).limit(1))


def _digest(incoming: Incoming) -> str:
    # A WeChat event may be named by the openid: only a digest is kept.
    return hashlib.sha256(f"{incoming.channel}:{incoming.key}".encode()).hexdigest()


def _masked(keyring: Keyring, channel: str, address: bytes | None) -> str:
    if address is None:
        return "（号码已删除）"
    if channel != "sms":
        return "微信用户" if channel == "wechat" else channel
    try:
        return masked_phone(keyring.decrypt(address, purpose_of(channel)))
    except Unreadable:
        return "（密钥缺失，读不出）"


def _words(keyring: Keyring, text: bytes) -> str:
    try:
        return masked_words(keyring.decrypt(text, PURPOSE))
    except Unreadable:
        return "（密钥缺失，读不出）"
