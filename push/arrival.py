"""必达: some days before the deadline, whoever has neither received a notice nor opened it is looked for, channel by channel.

The next channel of the notice first, one at a time and each with a day to arrive; where none is left, the village's
home-visit list. An opening is known only of who is bound and where the office has portraits switched on
(`profiles.portraits`); what is not known counts as not opened. Nobody is written to at a number that has had it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from channels.messages import Purpose
from kernel import audit
from kernel.audit import SYSTEM
from kernel.clock import in_china
from kernel.database import Database, Moment
from profiles.consent import refused_clause
from profiles.models import Contact, Household, Resident, Standing
from profiles.portraits.models import PortraitSignal
from push import audience, ceiling, in_force, layout, quotas, releasing, visits
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.planning import YOUNGEST_ADDRESSEE, born_by, start_of
from push.settings import PushSettings
from push.states import DeliveryState, DispatchState, Origin, Reason
from push.visits import Visit, Why

CHUNK, MOST_CHUNKS = 500, 20
EVERY = timedelta(minutes=15)
# A receipt comes within minutes, or when a telephone is switched on again; on the last day nobody can wait for that.
PATIENCE, PATIENCE_ON_THE_LAST_DAY = timedelta(hours=24), timedelta(hours=2)
LEFT_ALONE = (Reason.REFUSED, Reason.ALREADY_SENT)
COLUMNS = ["dispatch_id", "household_id", "resident_id", "contact_id", "channel", "address_index", "state", "reason", "origin",
           "added_at", "replaces"]


@dataclass(frozen=True)
class Sought:
    """What came of one look: messages planned on the next channel, households put on the home-visit list."""

    reminded: int = 0
    visits: int = 0


def due(session: Session, now: datetime) -> list[int]:
    """Dispatches that must have arrived by now or soon; one look, no lock."""
    return list(session.scalars(select(Dispatch.id).where(_is_looked_after(), Dispatch.arrival_at <= now)
                                .order_by(Dispatch.deadline)))


def look(database: Database, dispatch_id: int, now: datetime, settings: PushSettings) -> Sought:
    """Look for those who have it not; a second process at the same moment, or one that died, changes nothing twice."""
    with database.writing() as session:
        dispatch = session.scalar(select(Dispatch).where(Dispatch.id == dispatch_id, _is_looked_after(),
                                                         Dispatch.arrival_at <= now).with_for_update(skip_locked=True))
        if dispatch is None:
            return Sought()
        if dispatch.deadline is None or now > dispatch.deadline:
            dispatch.arrival_at = None
            return Sought()
        dispatch.arrival_at = now + EVERY
        try:
            in_force.view_of(session, dispatch, now)
        except Refused:
            return Sought()
        _spare(session, dispatch, now)
    with database.reading() as session:
        missed = list(session.scalars(_missed(dispatch, now).order_by(None).with_only_columns(Delivery.household_id).distinct()))
    reminded = asked = 0
    for start in range(0, min(len(missed), CHUNK * MOST_CHUNKS), CHUNK):
        with database.writing() as session:
            layout.hold_counts(session, dispatch)
            done = _seek(session, dispatch_id, missed[start:start + CHUNK], now, settings)
        reminded, asked = reminded + done.reminded, asked + done.visits
    if len(missed) > CHUNK * MOST_CHUNKS:
        with database.writing() as session:
            session.execute(update(Dispatch).where(Dispatch.id == dispatch_id).values(arrival_at=now))
    return Sought(reminded, asked)


def _is_looked_after() -> ColumnElement[bool]:
    return and_(Dispatch.state.in_((DispatchState.RUNNING, DispatchState.FINISHED)), Dispatch.arrival_at.is_not(None),
                Dispatch.corrects.is_(None))


def _seek(session: Session, dispatch_id: int, households: Sequence[int], now: datetime, settings: PushSettings) -> Sought:
    """Take the next step for some households: one channel further, or a visit."""
    dispatch = session.scalar(select(Dispatch).where(Dispatch.id == dispatch_id, _is_looked_after()).with_for_update())
    if dispatch is None:
        return Sought()
    own = Delivery.dispatch_id == dispatch.id
    before = session.scalar(select(func.max(Delivery.id)).where(own)) or 0
    today = layout.as_of(dispatch, now, settings)
    _remind(session, today, dispatch, households, before, now)
    fresh = and_(own, Delivery.id > before, Delivery.origin == Origin.REMINDED)
    first, last = session.execute(select(func.min(Delivery.id), func.max(Delivery.id)).where(fresh)).one()
    if first is not None:
        _plan(session, dispatch, today, fresh, (first, last), settings)
    asked = visits.ask_for(session, dispatch.id, _at_home(dispatch, households, now), Why.MUST_ARRIVE, now)
    reminded = session.scalar(select(func.count()).select_from(Delivery).where(
        fresh, Delivery.state == DeliveryState.PLANNED)) or 0
    if reminded or asked:
        audit.record(session, now, SYSTEM, "push.remind", f"dispatch:{dispatch.id}", {
            "notice": dispatch.notice_reference, "reminded": reminded, "visits": asked})
    return Sought(reminded, asked)


def _remind(session: Session, today: Dispatch, dispatch: Dispatch, households: Sequence[int], before: int, now: datetime) -> None:
    """Write a reminder on the first channel that was not tried, is open to them and has room today; else on the first of those.

    What cannot be handed on to a number that has had it is so never planned there in the first place.
    """
    for is_last_try in (True,) if dispatch.purpose == Purpose.EMERGENCY else (False, True):
        for channel in dispatch.channels:
            # Whom this gave something is no longer missed when the next channel is looked at.
            rows = _reminders(dispatch, channel, households, now)
            if not is_last_try:
                rows = rows.where(quotas.is_open(today, channel, Contact)).limit(quotas.room_today(session, today, channel, before + 1))
            session.execute(insert(Delivery).from_select(COLUMNS, rows))


def _plan(session: Session, dispatch: Dispatch, today: Dispatch, fresh: ColumnElement[bool], span: tuple[int, int],
          settings: PushSettings) -> None:
    """Leave each number one of them, within the ceiling, its caps and the channel's quota, and give them their batches."""
    session.execute(update(Delivery).where(fresh, Delivery.id.in_(audience.shared(dispatch.id, *span)))
                    .values(state=DeliveryState.SKIPPED, reason=Reason.SHARED).execution_options(synchronize_session=False))
    ceiling.keep_within(session, dispatch, fresh)
    if dispatch.purpose != Purpose.EMERGENCY:
        waits = quotas.keep_within(session, today, None, span, settings)
        layout.put_off(session, today, span, settings, waits)
    layout.leave_now(session, today, span)
    layout.write_batches(session, dispatch, tuple(dispatch.channels), *span, today.release_at, settings.batch_size)
    if DispatchState(dispatch.state) is DispatchState.FINISHED:
        dispatch.state, dispatch.finished_at, dispatch.resumed_at = DispatchState.RUNNING, None, today.created_at


def _spare(session: Session, dispatch: Dispatch, now: datetime) -> None:
    """A reminder that has not left is not sent to whoever has received the notice since."""
    arrived = aliased(Delivery)
    session.execute(update(Delivery).where(
        Delivery.dispatch_id == dispatch.id, Delivery.origin == Origin.REMINDED, Delivery.state == DeliveryState.PLANNED,
        exists(select(1).where(arrived.dispatch_id == dispatch.id, arrived.state == DeliveryState.DELIVERED,
                               *_same(dispatch, arrived, Delivery))))
        .values(state=DeliveryState.SKIPPED, reason=Reason.ALREADY_SENT, settled_at=now)
        .execution_options(synchronize_session=False))


def _reminders(dispatch: Dispatch, channel: str, households: Sequence[int],
               now: datetime) -> Select[*tuple[Any, ...]]:
    """Rows for those of some households who are missed, were not tried on a channel, and have a number of their own there."""
    missed = _missed(dispatch, now, households).subquery("missed")
    tried, other = aliased(Delivery), aliased(Delivery)
    taken = select(other.address_index).where(other.dispatch_id == dispatch.id, other.state != DeliveryState.SKIPPED,
                                              other.address_index.is_not(None))
    best = _best(dispatch, channel, households, now).subquery("best")
    owner = "resident_id" if dispatch.to == "residents" else "household_id"
    is_theirs = best.c[owner] == missed.c[owner]
    return (
        select(literal(dispatch.id), missed.c.household_id, Contact.resident_id, Contact.id, Contact.channel, Contact.address_index,
               literal(DeliveryState.PLANNED.value), literal(""), literal(Origin.REMINDED.value), literal(now, Moment()),
               missed.c.last_id)
        .select_from(missed).join(best, is_theirs).join(Contact, Contact.id == best.c.contact_id)
        .where(Contact.address_index.not_in(taken),
               ~exists(select(1).where(tried.dispatch_id == dispatch.id, tried.channel == channel,
                                       or_(tried.state != DeliveryState.SKIPPED, tried.reason == Reason.OVER_CEILING),
                                       *_same(dispatch, tried, missed.c))
                       .correlate(missed))))


def _best(dispatch: Dispatch, channel: str, households: Sequence[int], now: datetime) -> Select[*tuple[Any, ...]]:
    """The contact of each household, or resident, on a channel: household_id or resident_id, and contact_id."""
    today = in_china(now).date()
    if dispatch.to != "residents":
        return audience.best_contacts(households, (channel,), dispatch.topic, today, refusals=not dispatch.is_exempt,
                                      about_households=dispatch.about_households)
    rank = case((Contact.preferred, 0), (Contact.verified, 1), else_=2)
    place = func.row_number().over(partition_by=Contact.resident_id, order_by=(rank, Contact.id))
    usable = [Contact.retired_at.is_(None), Contact.channel == channel, *_present(today), Resident.household_id.in_(households)]
    if dispatch.about_households:
        usable.append(Contact.shared.is_(False))
    if not dispatch.is_exempt:
        usable.append(~refused_clause(Contact, dispatch.topic))
    ranked = select(Contact.resident_id, Contact.id.label("contact_id"), place.label("place")).join(
        Resident, Resident.id == Contact.resident_id).where(*usable).subquery("ranked")
    return select(ranked.c.resident_id, ranked.c.contact_id).where(ranked.c.place == 1)


def _present(today: Any) -> tuple[ColumnElement[bool], ...]:
    return (Resident.standing == Standing.PRESENT,
            or_(Resident.birth_date.is_(None), Resident.birth_date <= born_by(today, YOUNGEST_ADDRESSEE)))


def _at_home(dispatch: Dispatch, households: Sequence[int], now: datetime) -> Select[int]:
    """Of some households those still missed where somebody lives who can be told."""
    missed = _missed(dispatch, now, households).order_by(None).with_only_columns(Delivery.household_id)
    somebody = exists(select(1).where(Resident.household_id == Household.id, Resident.standing == Standing.PRESENT))
    return select(Household.id).where(Household.id.in_(missed), Household.left_at.is_(None), somebody)


def _missed(dispatch: Dispatch, now: datetime, households: Sequence[int] | None = None) -> Select[*tuple[Any, ...]]:
    """Who has neither received nor opened it, has nothing on its way, refused nothing and waits for no visit.

    household_id, resident_id where each resident gets one, last_id: their last delivery.
    """
    is_last_day = dispatch.deadline is not None and now >= start_of(dispatch.deadline)
    since = now - (PATIENCE_ON_THE_LAST_DAY if is_last_day else PATIENCE)
    is_under_way = _is_under_way(dispatch, Delivery, since)
    visited = select(Visit.household_id).where(Visit.dispatch_id == dispatch.id)
    key = [Delivery.household_id, *([Delivery.resident_id] if dispatch.to == "residents" else [])]
    query = (
        select(*key, func.max(Delivery.id).label("last_id")).outerjoin(Contact, Contact.id == Delivery.contact_id)
        .where(Delivery.dispatch_id == dispatch.id, Delivery.household_id.not_in(visited), ~_has_opened(dispatch))
        .group_by(*key).order_by(*key)
        .having(_none(Delivery.state == DeliveryState.DELIVERED), _none(is_under_way),
                _none(and_(Delivery.state == DeliveryState.SKIPPED, Delivery.reason.in_(LEFT_ALONE))),
                _none(_came_by_a_shared_number(dispatch, since)))
    )
    return query if households is None else query.where(Delivery.household_id.in_(households))


def _is_under_way(dispatch: Dispatch, delivery: Any, since: datetime) -> ColumnElement[bool]:
    """Whether a message leaves by itself, or may still arrive; not what an emergency keeps back until somebody has mended its channel.

    What any other push keeps back would come beside the reminder over the next channel, once it is mended.
    """
    waits = and_(delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)),
                 or_(delivery.settled_at.is_(None), delivery.settled_at > since))
    wait_for_a_person = releasing.kept_back(dispatch) if dispatch.purpose == Purpose.EMERGENCY else ()
    leaves = and_(delivery.state == DeliveryState.PLANNED, delivery.channel.not_in(wait_for_a_person))
    return or_(leaves, delivery.state == DeliveryState.SENDING, waits)


def _came_by_a_shared_number(dispatch: Dispatch, since: datetime) -> ColumnElement[bool]:
    """Whether the message that goes to the same telephone for another household came, or is on its way; 代收 does not count."""
    first = aliased(Delivery)
    theirs = select(first.address_index).where(
        first.dispatch_id == dispatch.id, first.address_index.is_not(None),
        or_(first.state == DeliveryState.DELIVERED, _is_under_way(dispatch, first, since)))
    return and_(Delivery.state == DeliveryState.SKIPPED, Delivery.reason == Reason.SHARED, Contact.shared.is_(False),
                Delivery.address_index.in_(theirs))


def _has_opened(dispatch: Dispatch) -> ColumnElement[bool]:
    opened = PortraitSignal.notice_id == dispatch.notice_id
    if dispatch.to == "residents":
        return func.coalesce(Delivery.resident_id, 0).in_(select(PortraitSignal.resident_id).where(opened))
    return Delivery.household_id.in_(
        select(Resident.household_id).join(PortraitSignal, PortraitSignal.resident_id == Resident.id).where(opened))


def _none(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0) == 0


def _same(dispatch: Dispatch, one: Any, other: Any) -> tuple[ColumnElement[bool], ...]:
    """Two rows of the same household, or of the same resident where each gets one."""
    is_same: ColumnElement[bool] = one.household_id == other.household_id
    return (is_same, one.resident_id == other.resident_id) if dispatch.to == "residents" else (is_same,)
