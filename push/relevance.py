"""What portraits may move in a dispatch: the way, the hour of the day, and who goes first where the daily cap defers.

Nothing is dropped, nobody is added, no day is lost but by the cap itself. Statutory notices, emergencies, corrections and
what touches 救助, 残疾, 疾病 or 信访 are neither moved nor moved for. With portraits off nothing is drawn and nothing is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from kernel.database import Moment
from profiles.consent import refused_clause
from profiles.models import Contact, Household
from profiles.portraits.interests import DAYTIME, is_drawn, share_of
from profiles.portraits.models import PlainOrder, PortraitWay
from profiles.portraits.sensitive import is_sensitive
from push.models import Delivery, Dispatch
from push.planning import may_leave_at, start_of
from push.settings import PushSettings
from push.states import DeliveryState, DispatchState

# What leaves within these minutes may be in a worker's hands already.
HANDS_OFF = timedelta(minutes=10)
CLEARLY = 1.2


def may_be_moved(dispatch: Dispatch) -> bool:
    """Whether a portrait may touch a dispatch at all."""
    return not (dispatch.is_exempt or dispatch.corrects is not None or is_sensitive(dispatch.topic, dispatch.title))


def choose_ways(session: Session, dispatch: Dispatch, full: Sequence[Select[*tuple[Any, ...]]], span: tuple[int, int]) -> None:
    """Let planned deliveries go over the channel, among those of the dispatch, on which their resident opens clearly more.

    Only to the resident's own live address that no wish bars and the caps leave room for (`full`: numbers that have their
    fill); who marked an address as preferred keeps it.
    """
    if len(dispatch.channels) < 2 or not may_be_moved(dispatch) or not _has_ways(session):
        return
    chosen = _better_contacts(dispatch, full)
    session.execute(
        update(Delivery).where(Delivery.id == chosen.c.delivery_id, Delivery.id.between(*span), Delivery.dispatch_id == dispatch.id)
        .values(contact_id=chosen.c.contact_id, channel=chosen.c.channel, address_index=chosen.c.address_index)
        .execution_options(synchronize_session=False))


def choose_hours(session: Session, dispatch: Dispatch, settings: PushSettings, span: tuple[int, int]) -> None:
    """Let deliveries planned between two ids wait for the part of the same day in which their resident clearly opens more."""
    if not may_be_moved(dispatch) or not _has_ways(session):
        return
    whens = []
    for hour in DAYTIME:
        at = start_of(dispatch.release_at) + timedelta(hours=hour)
        in_time = dispatch.deadline is None or at <= dispatch.deadline
        is_quiet = may_leave_at(at, settings.quiet, dispatch.deadline, urgent=False) != at
        if at > dispatch.release_at and in_time and not is_quiet:
            whens.append((hour, at))
    if not whens:
        return
    later = case(*((PortraitWay.hour == hour, literal(at, Moment())) for hour, at in whens))
    session.execute(
        update(Delivery).where(
            Delivery.id.between(*span), Delivery.dispatch_id == dispatch.id, Delivery.resident_id == PortraitWay.resident_id,
            Delivery.state == DeliveryState.PLANNED, Delivery.due_at.is_(None),
            PortraitWay.hour.in_([hour for hour, _ in whens]))
        .values(due_at=later).execution_options(synchronize_session=False))


def put_in_order(session: Session, dispatch: Dispatch, now: datetime, span: tuple[int, int]) -> int:
    """Where the cap deferred what was planned between two ids, let it change places with a less relevant one still waiting.

    The two swap their times, so that each day keeps its count and both go; neither goes before its release nor after its
    deadline. Gives how many deliveries changed their time.
    """
    if not may_be_moved(dispatch) or not is_drawn(session):
        return 0
    others = _movable(session, dispatch)
    if not others:
        return 0
    swaps = _swaps(_pairs(dispatch, others, now, span))
    done = session.execute(
        update(Delivery).where(Delivery.id == swaps.c.id, Delivery.state == DeliveryState.PLANNED)
        .values(due_at=swaps.c.due_at).execution_options(synchronize_session=False, preserve_rowcount=True))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _has_ways(session: Session) -> bool:
    return bool(session.scalar(select(exists(select(PortraitWay.resident_id)))))


def _better_contacts(dispatch: Dispatch, full: Sequence[Select[*tuple[Any, ...]]]) -> Subquery:
    """Deliveries of the dispatch whose resident has a better channel: delivery_id and the contact to take instead."""
    kept = aliased(Contact)
    wish = exists(select(1).where(kept.resident_id == Delivery.resident_id, kept.preferred, kept.retired_at.is_(None)))
    usable: list[ColumnElement[bool]] = [Contact.retired_at.is_(None), not_(Contact.shared),
                                         not_(refused_clause(Contact, dispatch.topic))]
    usable.extend(Contact.address_index.not_in(numbers) for numbers in full)
    best = func.row_number().over(partition_by=Delivery.id, order_by=(Contact.verified.desc(), Contact.id))
    found = (
        select(Delivery.id.label("delivery_id"), Contact.id.label("contact_id"), Contact.channel, Contact.address_index,
               best.label("place"))
        .join(PortraitWay, PortraitWay.resident_id == Delivery.resident_id)
        .join(Contact, and_(Contact.resident_id == Delivery.resident_id, Contact.channel == PortraitWay.channel))
        .where(Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.PLANNED, Delivery.due_at.is_(None),
               Delivery.channel != PortraitWay.channel, PortraitWay.channel.in_(dispatch.channels), not_(wish), *usable)
    ).subquery("better")
    return select(found).where(found.c.place == 1).subquery("chosen")


def _movable(session: Session, dispatch: Dispatch) -> list[int]:
    """Other dispatches some of whose deliveries may still wait, and that a portrait may move."""
    rows = session.scalars(select(Dispatch).where(
        Dispatch.id != dispatch.id, Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING)),
        Dispatch.priority <= dispatch.priority))
    return [one.id for one in rows if may_be_moved(one)]


def _pairs(dispatch: Dispatch, others: Sequence[int], now: datetime, span: tuple[int, int]) -> Subquery:
    """Each deferred delivery of the dispatch with the least relevant other one of the number that waits for less long."""
    new, old, home, about = aliased(Delivery), aliased(Delivery), aliased(Household), aliased(Dispatch)
    sooner = func.coalesce(old.due_at, about.release_at)
    topic = literal(dispatch.topic)
    own_share, other_share = share_of(new.resident_id, home.division, topic), share_of(old.resident_id, home.division, about.topic)
    place = func.row_number().over(partition_by=new.id, order_by=(other_share, sooner, old.id))
    found = (
        select(new.id.label("new_id"), new.due_at.label("later"), old.id.label("old_id"), sooner.label("sooner"),
               own_share.label("own_share"), other_share.label("other_share"), place.label("place"))
        .join(old, old.address_index == new.address_index).join(about, about.id == old.dispatch_id)
        .join(home, home.id == new.household_id)
        .where(new.id.between(*span), new.dispatch_id == dispatch.id, new.state == DeliveryState.PLANNED, new.due_at.is_not(None),
               old.dispatch_id.in_(others), old.state == DeliveryState.PLANNED,
               new.resident_id.not_in(select(PlainOrder.resident_id)),
               sooner < new.due_at, sooner > now + HANDS_OFF, sooner >= literal(dispatch.release_at, Moment()),
               or_(about.deadline.is_(None), about.deadline >= new.due_at),
               own_share > CLEARLY * other_share)
    ).subquery("found")
    return select(found).where(found.c.place == 1).subquery("pairs")


def _swaps(pairs: Subquery) -> Subquery:
    """Both sides of each pair with the time of the other; an old one wanted by two goes to the first alone."""
    once = func.row_number().over(partition_by=pairs.c.old_id, order_by=pairs.c.new_id)
    single = select(pairs, once.label("turn")).subquery("single")
    return union_all(
        select(single.c.new_id.label("id"), single.c.sooner.label("due_at")).where(single.c.turn == 1),
        select(single.c.old_id.label("id"), single.c.later.label("due_at")).where(single.c.turn == 1)).subquery("swaps")
