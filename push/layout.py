"""Writing a dispatch down: deliveries by one INSERT … SELECT, then their batches; never row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session, aliased

from kernel.database import Moment
from profiles.models import Contact
from push import audience, relevance
from push.audience import Audience
from push.models import Batch, BatchState, Delivery, Dispatch
from push.planning import may_leave_at, slices, start_of
from push.settings import PushSettings
from push.states import REACHED, DeliveryState, Reason

# A number that is full for a whole week gets the rest on the eighth day.
CAP_DAYS = 7
MORNING = timedelta(hours=9)
NOW = cast(null(), Moment())


@dataclass(frozen=True)
class Written:
    """What was written: households (or residents) of the audience, deliveries to send, and the others by reason."""

    audience: int
    planned: int
    skipped: Mapping[str, int]


def hasten(session: Session) -> None:
    """Let PostgreSQL sort and hash in memory for the length of this transaction; compiling the query costs more than it saves."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL work_mem = '256MB'"))
        session.execute(text("SET LOCAL jit = off"))


def write_audience(session: Session, dispatch: Dispatch, whom: Audience, settings: PushSettings) -> Written:
    """Write the deliveries and batches of a new dispatch to an audience."""
    hasten(session)
    found = audience.paths(session, whom, is_single=False)
    due_at = _deferred(dispatch, found.c.address_index, settings)
    rows = select(literal(dispatch.id), found.c.household_id, found.c.resident_id, found.c.contact_id, found.c.channel,
                  found.c.address_index, found.c.state, found.c.reason, due_at)
    reached = _insert(session, rows)
    if reached:
        reached -= _drop_lesser(session, dispatch.id, reached, whom)
        relevance.choose_ways(session, dispatch, _full(dispatch.release_at, 0, settings.daily_cap) if settings.daily_cap else None)
        _skip_shared(session, dispatch.id)
        if settings.daily_cap:
            relevance.put_in_order(session, dispatch, dispatch.created_at)
        relevance.choose_hours(session, dispatch, settings)
    return _written(session, dispatch, reached, settings)


def write_corrections(session: Session, dispatch: Dispatch, corrected: int, channels: tuple[str, ...],
                      settings: PushSettings) -> Written:
    """Write deliveries to those, and only those, whom another dispatch reached, at the same address and channel."""
    hasten(session)
    rows = select(literal(dispatch.id), Delivery.household_id, Delivery.resident_id, Delivery.contact_id, Delivery.channel,
                  Delivery.address_index, literal(DeliveryState.PLANNED.value), literal(""), NOW).where(
        Delivery.dispatch_id == corrected, Delivery.state.in_(REACHED), Delivery.channel.in_(channels))
    return _written(session, dispatch, _insert(session, rows), settings)


def write_batches(session: Session, dispatch: Dispatch, channels: tuple[str, ...], first: int, last: int,
                  due_at: datetime, size: int) -> None:
    """Cut a range of a dispatch's deliveries into batches, a row each for every channel."""
    session.execute(insert(Batch), [
        {"dispatch_id": dispatch.id, "channel": channel, "state": BatchState.DUE, "priority": dispatch.priority,
         "due_at": due_at, "size": high - low + 1, "first_id": low, "last_id": high}
        for channel in channels for low, high in slices(first, last, size)
    ])


def _drop_lesser(session: Session, dispatch_id: int, rows: int, whom: Audience) -> int:
    """Leave each household one delivery; gives how many were too many."""
    first, last = _ends(session, dispatch_id)
    if whom.to_residents or rows == audience.households_between(session, first, last):
        return 0
    dropped = session.execute(
        delete(Delivery).where(Delivery.id.in_(audience.lesser(dispatch_id, first, last, whom.channels)))
        .execution_options(synchronize_session=False, preserve_rowcount=True))
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def _skip_shared(session: Session, dispatch_id: int) -> None:
    first, last = _ends(session, dispatch_id)
    if audience.has_doubles(session, dispatch_id, first, last):
        session.execute(update(Delivery).where(Delivery.id.between(first, last),
                                               Delivery.id.in_(audience.shared(dispatch_id, first, last)))
                        .values(state=DeliveryState.SKIPPED, reason=Reason.SHARED)
                        .execution_options(synchronize_session=False))


def _insert(session: Session, rows: Select[*tuple[Any, ...]]) -> int:
    columns = ["dispatch_id", "household_id", "resident_id", "contact_id", "channel", "address_index", "state", "reason",
               "due_at"]
    result = session.execute(insert(Delivery).from_select(columns, rows), execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]


def _written(session: Session, dispatch: Dispatch, rows: int, settings: PushSettings) -> Written:
    own = Delivery.dispatch_id == dispatch.id
    skipped = {str(reason): int(count) for reason, count in session.execute(
        select(Delivery.reason, func.count()).where(own, Delivery.reason != "").group_by(Delivery.reason))}
    planned = rows - sum(skipped.values())
    if planned:
        first, last = _ends(session, dispatch.id)
        write_batches(session, dispatch, tuple(dispatch.channels), first, last, dispatch.release_at, settings.batch_size)
    return Written(rows, planned, dict(sorted(skipped.items())))


def _ends(session: Session, dispatch_id: int) -> tuple[int, int]:
    """The first and the last id of a dispatch's deliveries."""
    own = Delivery.dispatch_id == dispatch_id
    # One at a time: only then does SQLite look at the ends of the index alone.
    first, last = (session.scalar(select(end(Delivery.id)).where(own)) for end in (func.min, func.max))
    return int(first or 0), int(last or 0)


def _deferred(dispatch: Dispatch, address_index: ColumnElement[Any], settings: PushSettings) -> ColumnElement[Any]:
    """When a message may go to a number that has had its fill: the first day with room, but in time for the deadline."""
    if not settings.daily_cap or dispatch.is_exempt:
        return NOW
    release, whens = dispatch.release_at, []
    for day in range(CAP_DAYS):
        later = may_leave_at(start_of(release, day) + MORNING, settings.quiet, dispatch.deadline, urgent=False)
        is_of_use = day == 0 or dispatch.deadline is None or dispatch.deadline < release or later <= dispatch.deadline
        has_room = address_index.not_in(_full(release, day, settings.daily_cap))
        whens.append((has_room, NOW if day == 0 or not is_of_use else literal(later, Moment())))
        if not is_of_use:
            return case(*whens, else_=NOW)
    last = start_of(release, CAP_DAYS) + MORNING
    return case(*whens, else_=literal(last, Moment()))


def _full(release: datetime, day: int, cap: int) -> Select[*tuple[Any, ...]]:
    """Numbers that already have their fill of a day: what is due or was sent on it."""
    leaves = func.coalesce(Delivery.due_at, Dispatch.release_at)
    counted = and_(Delivery.state.in_((DeliveryState.PLANNED, *REACHED)), Dispatch.is_exempt.is_(False),
                   Dispatch.release_at >= start_of(release, -CAP_DAYS),
                   leaves >= start_of(release, day), leaves < start_of(release, day + 1))
    # By the contact's index: while keys are turned, a delivery's own copy of it is changed later than the contact's.
    held = aliased(Contact)
    number = func.coalesce(held.address_index, Delivery.address_index)
    return (select(number).select_from(Delivery).join(Dispatch, Dispatch.id == Delivery.dispatch_id)
            .outerjoin(held, held.id == Delivery.contact_id)
            .where(counted, number.is_not(None)).group_by(number).having(func.count() >= cap))
