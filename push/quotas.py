"""What a channel may carry: so many a day (`Limits.per_day`), to whom it is open (`needs_opening`); the rest goes over the
notice's next channel, or waits.

A corrective or urgent message is left where it is: it follows what it corrects, or goes by every channel at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, not_, select, true, update
from sqlalchemy.orm import Session, aliased

from channels.wechat.openings import may_write
from kernel.database import Moment
from profiles.models import Contact
from push import ranking
from push.audience import with_refusals_in_force
from push.caps import HORIZON, counts_within
from push.models import Delivery, Dispatch
from push.planning import morning_after, start_of
from push.ranking import IDS, Audience
from push.settings import PushSettings
from push.states import DeliveryState


def keep_within(session: Session, dispatch: Dispatch, whom: Audience | None, span: tuple[int, int],
                settings: PushSettings) -> int:
    """Bring each channel's deliveries of the day under its quota; gives the last day on which one waits (0: none does).

    Without `whom` nothing is handed on to a later channel.
    """
    furthest = 0
    for channel, quota in quotas(dispatch).items():
        room = max(0, quota - _used(session, dispatch, channel, 0, span[0]))
        if _planned(session, dispatch, channel, span) <= room:
            continue
        later = tuple(dispatch.channels[dispatch.channels.index(channel) + 1:])
        if later and whom is not None:
            _hand_on(session, dispatch, replace(whom, channels=later), channel, span, room)
        furthest = max(furthest, _let_wait(session, dispatch, channel, span, room, quota, settings))
    return furthest


def pass_on(session: Session, dispatch: Dispatch, span: tuple[int, int], day: int, settings: PushSettings) -> int:
    """Let what caps put off to a day beyond its quota wait for the next, where that is in time; gives that one, 0 when none had to."""
    here, there = (morning_after(dispatch.release_at, one, settings.quiet, dispatch.deadline) for one in (day, day + 1))
    if not day or here is None or there is None:
        return 0
    moved = 0
    for channel, quota in quotas(dispatch).items():
        room = max(0, quota - _used(session, dispatch, channel, day, span[0]))
        over = _over(_waiting(dispatch, channel, span, Delivery.due_at == literal(here, Moment())), room)
        moved += _put_off(session, span, over, there)
    return day + 1 if moved else 0


def leave_the_unopened(session: Session, dispatch: Dispatch, whom: Audience, span: tuple[int, int]) -> None:
    """Let those go over a later channel, where they have one, who have given a channel neither consent nor window.

    Whoever has no other stays: a consent may come before the message leaves, and without one it fails with that reason.
    """
    for place, channel in enumerate(dispatch.channels[:-1]):
        if _consent_for(dispatch, channel) is None:
            continue
        # The address of today's contact: while keys are turned, a delivery's own index is changed later.
        held, moving = aliased(Contact), aliased(Delivery)
        closed = select(moving.id).join(held, held.id == moving.contact_id).where(
            moving.id.between(*span), moving.dispatch_id + 0 == dispatch.id, moving.channel == channel,
            moving.state == DeliveryState.PLANNED, not_(is_open(dispatch, channel, held)))
        _move(session, replace(whom, channels=tuple(dispatch.channels[place + 1:])), span, closed.subquery("closed"))


def is_open(dispatch: Dispatch, channel: str, contact: Any) -> ColumnElement[bool]:
    """Whether a channel may be used to a contact when the dispatch leaves: always, or by a consent or a window."""
    template = _consent_for(dispatch, channel)
    return true() if template is None else may_write(contact.address_index, template, dispatch.release_at)


def _consent_for(dispatch: Dispatch, channel: str) -> str | None:
    template: str | None = dispatch.content.get(channel, {}).get("consent_for")
    return template


def quotas(dispatch: Dispatch) -> Mapping[str, int]:
    """The day's quota of each channel of a dispatch that has one, in the notice's order; as declared when it was planned."""
    declared = {channel: int(dispatch.content.get(channel, {}).get("per_day", 0)) for channel in dispatch.channels}
    return {channel: quota for channel, quota in declared.items() if quota}


def room_today(session: Session, dispatch: Dispatch, channel: str, first: int) -> int | None:
    """How many a channel may carry today beside all that was planned before an id; None where it has no quota."""
    quota = quotas(dispatch).get(channel)
    return None if quota is None else max(0, quota - _used(session, dispatch, channel, 0, first))


def _used(session: Session, dispatch: Dispatch, channel: str, day: int, first: int) -> int:
    """What others, and this dispatch before an id, send over a channel on a day, counted from that of the release."""
    begin, end = (start_of(dispatch.release_at, day + more) for more in (0, 1))
    leaves = func.coalesce(Delivery.due_at, Dispatch.release_at)
    others = (Dispatch.id != dispatch.id, *counts_within(begin, end))
    # Apart, so that a first round, which has nothing before, does not read what it has just written.
    before = (Delivery.dispatch_id == dispatch.id, Delivery.id < first)
    return sum(session.scalar(
        select(func.count()).select_from(Delivery).join(Dispatch, Dispatch.id == Delivery.dispatch_id).where(
            *whose, leaves >= begin, leaves < end, Delivery.channel == channel, Delivery.state != DeliveryState.SKIPPED)) or 0
        for whose in (others, before))


def _today(dispatch: Dispatch, channel: str, span: tuple[int, int]) -> ColumnElement[bool]:
    return _waiting(dispatch, channel, span, Delivery.due_at.is_(None))


def _waiting(dispatch: Dispatch, channel: str, span: tuple[int, int], until: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(Delivery.id.between(*span), Delivery.dispatch_id + 0 == dispatch.id, Delivery.channel == channel,
                Delivery.state == DeliveryState.PLANNED, until)


def _planned(session: Session, dispatch: Dispatch, channel: str, span: tuple[int, int]) -> int:
    return session.scalar(select(func.count()).select_from(Delivery).where(_today(dispatch, channel, span))) or 0


def _over(which: ColumnElement[bool], room: int, most: int = IDS) -> Select[int]:
    """Ids of deliveries beyond the room there is, at most so many."""
    # SQLite takes an OFFSET only behind a LIMIT.
    return select(Delivery.id).where(which).order_by(Delivery.id).offset(room).limit(most)


def _put_off(session: Session, span: tuple[int, int], over: Select[int], at: datetime) -> int:
    moved = session.execute(
        update(Delivery).where(Delivery.id.between(*span), Delivery.id.in_(select(over.subquery().c.id)))
        .values(due_at=at).execution_options(synchronize_session=False, preserve_rowcount=True))
    return int(moved.rowcount)  # type: ignore[attr-defined]


def _hand_on(session: Session, dispatch: Dispatch, whom: Audience, channel: str, span: tuple[int, int], room: int) -> None:
    """Give what is beyond the room to the best contact on a later channel, where there is one."""
    _move(session, whom, span, _over(_today(dispatch, channel, span), room).subquery("over"))


def _move(session: Session, whom: Audience, span: tuple[int, int], over: Subquery) -> None:
    chosen = _other_contacts(session, whom, over)
    session.execute(
        update(Delivery).where(Delivery.id.between(*span), Delivery.id == chosen.c.delivery_id)
        .values(resident_id=chosen.c.resident_id, contact_id=chosen.c.contact_id, channel=chosen.c.channel,
                address_index=chosen.c.address_index)
        .execution_options(synchronize_session=False))


def _other_contacts(session: Session, whom: Audience, over: Subquery) -> Subquery:
    barred = with_refusals_in_force(session, whom)
    moving = aliased(Delivery)
    if whom.to_residents:
        own = aliased(Contact)
        best = select(func.min(ranking.own_rank(whom.channels, own)) % IDS).where(
            own.resident_id == moving.resident_id, ranking.usable(whom, own, barred=barred))
    else:
        best = ranking.best_id(whom, moving.household_id, barred=barred)
    return (
        select(moving.id.label("delivery_id"), Contact.resident_id, Contact.id.label("contact_id"), Contact.channel,
               Contact.address_index)
        .select_from(over).join(moving, moving.id == over.c.id)
        .join(Contact, Contact.id == best.correlate(moving).scalar_subquery())).subquery("chosen")


def _let_wait(session: Session, dispatch: Dispatch, channel: str, span: tuple[int, int], room: int, quota: int,
              settings: PushSettings) -> int:
    """Spread what is still beyond today's room over the next days that are in time; gives the last of them."""
    last = 0
    for day in range(1, HORIZON):
        at: datetime | None = morning_after(dispatch.release_at, day, settings.quiet, dispatch.deadline)
        free = quota - _used(session, dispatch, channel, day, span[0])
        if at is None:
            break
        if free <= 0:
            continue
        if not _put_off(session, span, _over(_today(dispatch, channel, span), room, free), at):
            break
        last = day
    return last
