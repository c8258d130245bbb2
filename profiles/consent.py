"""The one opt-out register over all channels, scoped by channel and topic.

Whether a topic is exempt (statutory, own money, emergency) is decided by the caller; here stands only what was refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from profiles.models import Refusal

EVERY = ""
"""As a channel or a topic in the register: all of them."""


def refuse(session: Session, address_index: bytes, channel: str, topic: str, door: str, now: datetime,
           resident_id: int | None = None) -> bool:
    """Write down that an address wants no more of a topic over a channel (empty = all).

    `door` says how it was said (`sms`, `wechat`, `web` …). True when this is news, False when it already stood.
    """
    if session.scalar(_standing(address_index, channel, topic).limit(1)) is not None:
        return False
    session.add(Refusal(address_index=address_index, resident_id=resident_id, channel=channel, topic=topic, door=door,
                        at=now))
    session.flush()
    return True


def withdraw_refusal(session: Session, address_index: bytes, now: datetime, channel: str = EVERY, topic: str = EVERY,
                     resident_id: int | None = None) -> int:
    """Let messages through again: ends the refusals within the channel and topic given (empty = whatever they are).

    Gives how many ended; the lines stay in the register with the day of their end.
    """
    wanted = Refusal.address_index == address_index
    if resident_id is not None:
        wanted = or_(wanted, Refusal.resident_id == resident_id)
    scope = [Refusal.withdrawn_at.is_(None), wanted]
    if channel:
        scope.append(Refusal.channel.in_((EVERY, channel)))
    if topic:
        scope.append(Refusal.topic.in_((EVERY, topic)))
    query = update(Refusal).where(*scope).values(withdrawn_at=now).returning(Refusal.id)
    return len(session.execute(query.execution_options(synchronize_session="fetch")).all())


def is_refused(session: Session, address_index: bytes, channel: str, topic: str, resident_id: int | None = None) -> bool:
    """Whether the register bars a topic over a channel to this address, or to the resident behind it."""
    matches = Refusal.address_index == address_index
    if resident_id is not None:
        matches = or_(matches, Refusal.resident_id == resident_id)
    query = select(Refusal.id).where(Refusal.withdrawn_at.is_(None), matches, Refusal.channel.in_((EVERY, channel)),
                                     Refusal.topic.in_((EVERY, topic))).limit(1)
    return session.scalar(query) is not None


def refused_clause(contact_columns: Any, topic: str) -> ColumnElement[bool]:
    """The same question as SQL beside a row of contacts, for planning a dispatch at one stroke.

    `contact_columns` is Contact, an alias of it, or any `.c` with channel, address_index and resident_id.
    """
    # Two EXISTS instead of one with OR: each then walks its own index.
    barred = and_(Refusal.withdrawn_at.is_(None), or_(Refusal.channel == EVERY, Refusal.channel == contact_columns.channel),
                  Refusal.topic.in_((EVERY, topic)))
    return or_(
        exists(select(1).select_from(Refusal).where(barred, Refusal.address_index == contact_columns.address_index)
               .correlate_except(Refusal)),
        exists(select(1).select_from(Refusal).where(barred, Refusal.resident_id == contact_columns.resident_id)
               .correlate_except(Refusal)),
    )


def _standing(address_index: bytes, channel: str, topic: str) -> Any:
    return select(Refusal.id).where(Refusal.withdrawn_at.is_(None), Refusal.address_index == address_index,
                                    Refusal.channel == channel, Refusal.topic == topic)
