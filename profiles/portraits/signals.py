"""Remembering what residents do with notices, within the law: off by default, nothing sensitive, 180 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from profiles.portraits.models import (
    Deed,
    PlainOrder,
    PortraitInterest,
    PortraitSignal,
    PortraitVillageInterest,
    PortraitWay,
)
from profiles.portraits.population import is_in_a_large_group
from profiles.portraits.sensitive import is_sensitive
from profiles.portraits.settings import PortraitSettings

RETENTION = timedelta(days=180)
ONCE_IN = timedelta(hours=1)


class Kept(StrEnum):
    """What became of a signal: remembered, or why not."""

    REMEMBERED = "remembered"
    OFF = "off"
    SENSITIVE = "sensitive"
    PLAIN_ORDER = "plain_order"
    SMALL_GROUP = "small_group"
    AGAIN = "again"


@dataclass(frozen=True)
class Signal:
    """A deed with a notice; `words` (title, kind) are only looked at for what is sensitive and never stored."""

    resident_id: int
    notice_id: int
    topic: str
    deed: Deed
    channel: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Held:
    """What is remembered of one resident; `topics` with how many deeds each."""

    deeds: int
    since: datetime | None
    topics: tuple[tuple[str, int], ...]


def remember(session: Session, settings: PortraitSettings, signal: Signal, now: datetime) -> Kept:
    """Remember a deed, or say why it is not.

    Portraits are off, the notice is sensitive, the resident wants none, is a child, or one of fewer than 20; or the very
    same was done within the hour.
    """
    if not settings.is_on:
        return Kept.OFF
    if is_sensitive(signal.topic, *signal.words):
        return Kept.SENSITIVE
    if wants_plain_order(session, signal.resident_id):
        return Kept.PLAIN_ORDER
    if not is_in_a_large_group(session, signal.resident_id, in_china(now).date()):
        return Kept.SMALL_GROUP
    if _just_done(session, signal, now):
        return Kept.AGAIN
    session.add(PortraitSignal(resident_id=signal.resident_id, notice_id=signal.notice_id, topic=signal.topic,
                               kind=signal.deed.value, channel=signal.channel, hour=in_china(now).hour, at=now))
    return Kept.REMEMBERED


def forget_old(session: Session, now: datetime) -> int:
    """Delete what is older than 180 days, whether portraits are on or not; how many."""
    return _count(session, now - RETENTION)


def keep_to_the_law(session: Session, settings: PortraitSettings, now: datetime) -> int:
    """What the clock does each day: forget what is older than 180 days, and everything while portraits are off; how many."""
    if settings.is_on:
        return forget_old(session, now)
    for drawn in (PortraitInterest, PortraitVillageInterest, PortraitWay):
        session.execute(delete(drawn))
    done = session.execute(delete(PortraitSignal))
    return done.rowcount if isinstance(done, CursorResult) else 0


def forget_resident(session: Session, resident_id: int) -> None:
    """Delete all that was remembered of a resident and all that was drawn from it."""
    for kept in (PortraitSignal, PortraitInterest, PortraitWay):
        session.execute(delete(kept).where(kept.resident_id == resident_id))


def held_of(session: Session, resident_id: int) -> Held:
    """What is remembered of a resident: how many deeds, since when, about which topics, the most frequent first."""
    own = PortraitSignal.resident_id == resident_id
    rows = session.execute(select(PortraitSignal.topic, func.count(), func.min(PortraitSignal.at)).where(own)
                           .group_by(PortraitSignal.topic).order_by(func.count().desc(), PortraitSignal.topic)).all()
    return Held(sum(count for _, count, _ in rows), min((since for _, _, since in rows), default=None),
                tuple((topic, count) for topic, count, _ in rows))


def choose_plain_order(session: Session, resident_id: int, now: datetime) -> None:
    """The resident wants the order that is not personalised (PIPL §24): forget and remember nothing more."""
    forget_resident(session, resident_id)
    if not wants_plain_order(session, resident_id):
        session.add(PlainOrder(resident_id=resident_id, at=now))
        session.flush()


def choose_personal_order(session: Session, resident_id: int) -> None:
    """The resident takes the choice back."""
    session.execute(delete(PlainOrder).where(PlainOrder.resident_id == resident_id))


def wants_plain_order(session: Session, resident_id: int) -> bool:
    """Whether the resident chose the plain order."""
    return session.get(PlainOrder, resident_id) is not None


def _just_done(session: Session, signal: Signal, now: datetime) -> bool:
    return session.scalar(select(PortraitSignal.id).where(
        PortraitSignal.resident_id == signal.resident_id, PortraitSignal.notice_id == signal.notice_id,
        PortraitSignal.kind == signal.deed.value, PortraitSignal.at > now - ONCE_IN, PortraitSignal.at <= now).limit(1)) is not None


def _count(session: Session, before: datetime) -> int:
    done = session.execute(delete(PortraitSignal).where(PortraitSignal.at < before))
    return done.rowcount if isinstance(done, CursorResult) else 0
