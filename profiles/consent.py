"""The one opt-out register over all channels, scoped by channel and topic: what an address or a person refused, and what is
wanted in spite of a wider refusal.

The narrowest word decides: 只要养老的 is a refusal of everything and a wish for one topic. Whether a topic is exempt
(statutory, own money, emergency) is decided by the caller; here stands only what was said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from profiles.models import Refusal, WishKind

EVERY = ""
"""As a channel or a topic in the register: all of them."""
PERSON = b""
"""As an address in the register: said by a person for all their addresses."""


def refuse(session: Session, address_index: bytes, channel: str, topic: str, door: str, now: datetime,
           resident_id: int | None = None, *, reason: str = "", taken_by: str | None = None) -> bool:
    """Write down that an address wants no more of a topic over a channel (empty = all).

    `door` says how it was said (`sms`, `wechat`, `web`, `hotline` …), `taken_by` which account took it down. What was
    wanted within that scope ends. True when this is news, False when it already stood.
    """
    _end(session, WishKind.WANTED, _said_by((address_index,), resident_id), channel, topic, now)
    return _write(session, WishKind.REFUSED, address_index, channel, topic, door, now, resident_id, reason, taken_by)


def want(session: Session, address_index: bytes, channel: str, topic: str, door: str, now: datetime,
         resident_id: int | None = None, *, reason: str = "", taken_by: str | None = None) -> bool:
    """Write down that a topic is wanted (over a channel, empty = all), whatever else is refused.

    Refusals of that topic within the scope end; where a wider one stands, the wish stands beside it. True when this
    changed anything.
    """
    voice = _said_by((address_index,), resident_id)
    ended = _end(session, WishKind.REFUSED, voice, channel, topic, now)
    wider = any(one.kind == WishKind.REFUSED for one in _lines(session, voice, channel, topic))
    if not wider:
        return ended > 0
    return _write(session, WishKind.WANTED, address_index, channel, topic, door, now, resident_id, reason, taken_by) or ended > 0


def only(session: Session, address_index: bytes, topics: Iterable[str], door: str, now: datetime,
         resident_id: int | None = None, *, reason: str = "", taken_by: str | None = None) -> None:
    """Write down that nothing but these topics is wanted, over any channel."""
    withdraw_refusal(session, address_index, now, resident_id=resident_id)
    refuse(session, address_index, EVERY, EVERY, door, now, resident_id, reason=reason, taken_by=taken_by)
    for topic in topics:
        want(session, address_index, EVERY, topic, door, now, resident_id, reason=reason, taken_by=taken_by)


def withdraw_refusal(session: Session, address_index: bytes, now: datetime, channel: str = EVERY, topic: str = EVERY,
                     resident_id: int | None = None, addresses: Sequence[bytes] = ()) -> int:
    """Let messages through again: ends the refusals within the channel and topic given (empty = whatever they are).

    `addresses` are further addresses of the same person. Gives how many ended; the lines stay in the register with the
    day of their end, and wishes for single topics end with what they were an exception to.
    """
    voice = _said_by((address_index, *addresses), resident_id)
    scope = [Refusal.withdrawn_at.is_(None), voice]
    if channel:
        scope.append(Refusal.channel.in_((EVERY, channel)))
    if topic:
        scope.append(Refusal.topic.in_((EVERY, topic)))
    ended = _ended(session, [Refusal.kind == WishKind.REFUSED, *scope], now)
    if not topic and not channel:
        _ended(session, [Refusal.kind == WishKind.WANTED, *scope], now)
    return ended


def only_by_day(session: Session, address_index: bytes, door: str, now: datetime, resident_id: int | None = None, *,
                reason: str = "", taken_by: str | None = None) -> bool:
    """Write down that messages are to wait for the day; they are put off, never dropped."""
    return _write(session, WishKind.DAYTIME, address_index, EVERY, EVERY, door, now, resident_id, reason, taken_by)


def at_any_hour(session: Session, address_index: bytes, now: datetime, resident_id: int | None = None) -> bool:
    """End the wish for the daytime."""
    return _end(session, WishKind.DAYTIME, _said_by((address_index,), resident_id), EVERY, EVERY, now) > 0


def standing(session: Session, addresses: Collection[bytes], resident_id: int | None = None) -> list[Refusal]:
    """Every line in force for some addresses or the person behind them, the oldest first."""
    return list(session.scalars(select(Refusal).where(
        Refusal.withdrawn_at.is_(None), _said_by(tuple(addresses), resident_id)).order_by(Refusal.id)))


def bars(lines: Iterable[Refusal], channel: str, topic: str) -> bool:
    """Whether lines in force bar a topic over a channel: the narrowest decides, and of equals the refusal."""
    reaching = [one for one in lines if one.channel in (EVERY, channel) and one.topic in (EVERY, topic)]
    refused = max((_narrow(one) for one in reaching if one.kind == WishKind.REFUSED), default=-1)
    wanted = max((_narrow(one) for one in reaching if one.kind == WishKind.WANTED), default=-1)
    return refused >= 0 and refused >= wanted


def is_refused(session: Session, address_index: bytes, channel: str, topic: str, resident_id: int | None = None) -> bool:
    """Whether the register bars a topic over a channel to this address, or to the resident behind it."""
    return bars(standing(session, (address_index,), resident_id), channel, topic)


def refused_clause(contact_columns: Any, topic: str) -> ColumnElement[bool]:
    """The same question as SQL beside a row of contacts, for planning a dispatch at one stroke.

    `contact_columns` is Contact, an alias of it, or any `.c` with channel, address_index and resident_id.
    """
    wish = aliased(Refusal)
    # An exception is looked for only beside a refusal that was found, so the OR costs nobody else anything.
    excepted = exists(select(1).select_from(wish).where(
        wish.kind == WishKind.WANTED, _reaches(wish, contact_columns, topic), _narrowness(wish) > _narrowness(Refusal),
        or_(wish.address_index == contact_columns.address_index, wish.resident_id == contact_columns.resident_id),
    ).correlate_except(wish))
    barred = and_(Refusal.kind == WishKind.REFUSED, _reaches(Refusal, contact_columns, topic), ~excepted)
    return _beside(contact_columns, barred)


def daytime_clause(contact_columns: Any) -> ColumnElement[bool]:
    """As SQL beside a row of contacts: whether its messages are to wait for the day."""
    return _beside(contact_columns, and_(Refusal.kind == WishKind.DAYTIME, Refusal.withdrawn_at.is_(None)))


def _beside(contact_columns: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A line that holds for the address or the person of a contact."""
    # Two EXISTS instead of one with OR: each then walks its own index.
    return or_(
        exists(select(1).select_from(Refusal).where(condition, Refusal.address_index == contact_columns.address_index)
               .correlate_except(Refusal)),
        exists(select(1).select_from(Refusal).where(condition, Refusal.resident_id == contact_columns.resident_id)
               .correlate_except(Refusal)),
    )


def _reaches(line: Any, contact_columns: Any, topic: str) -> ColumnElement[bool]:
    return and_(line.withdrawn_at.is_(None), or_(line.channel == EVERY, line.channel == contact_columns.channel),
                line.topic.in_((EVERY, topic)))


def _narrow(line: Refusal) -> int:
    """How narrow a line is: a topic goes before a channel."""
    return 2 * (line.topic != EVERY) + (line.channel != EVERY)


def _narrowness(line: Any) -> ColumnElement[int]:
    return case((line.topic != EVERY, 2), else_=0) + case((line.channel != EVERY, 1), else_=0)


def _said_by(addresses: Sequence[bytes], resident_id: int | None) -> ColumnElement[bool]:
    said = Refusal.address_index.in_([one for one in addresses if one != PERSON])
    return said if resident_id is None else or_(said, Refusal.resident_id == resident_id)


def _lines(session: Session, voice: ColumnElement[bool], channel: str, topic: str) -> list[Refusal]:
    """Lines of a voice that reach a topic over a channel (empty: over any)."""
    scope = [Refusal.withdrawn_at.is_(None), voice, Refusal.topic.in_((EVERY, topic))]
    if channel:
        scope.append(Refusal.channel.in_((EVERY, channel)))
    return list(session.scalars(select(Refusal).where(*scope)))


def _write(session: Session, kind: WishKind, address_index: bytes, channel: str, topic: str, door: str, now: datetime,
           resident_id: int | None, reason: str, taken_by: str | None) -> bool:
    stands = select(Refusal.id).where(Refusal.withdrawn_at.is_(None), Refusal.kind == kind, Refusal.channel == channel,
                                      Refusal.topic == topic, _said_by((address_index,), resident_id))
    if session.scalar(stands.limit(1)) is not None:
        return False
    session.add(Refusal(address_index=address_index, resident_id=resident_id, kind=kind, channel=channel, topic=topic,
                        door=door, reason=reason[:200], taken_by=taken_by, at=now))
    session.flush()
    return True


def _end(session: Session, kind: WishKind, voice: ColumnElement[bool], channel: str, topic: str, now: datetime) -> int:
    """End the lines of a kind at or within a scope."""
    scope = [Refusal.withdrawn_at.is_(None), Refusal.kind == kind, voice]
    if channel:
        scope.append(Refusal.channel == channel)
    if topic:
        scope.append(Refusal.topic == topic)
    return _ended(session, scope, now)


def _ended(session: Session, scope: Sequence[ColumnElement[bool]], now: datetime) -> int:
    query = update(Refusal).where(*scope).values(withdrawn_at=now).returning(Refusal.id)
    return len(session.execute(query.execution_options(synchronize_session="fetch")).all())
