"""What nobody else would notice: leases whose worker died, dispatches that are over, schedules that were slept through.

Every look is read first without a lock; several processes may sweep the same rows at once and change nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.database import Database
from profiles.facts import REGISTER, Catalogue
from push import arrival, claims, in_force, joining, months, receipts, releasing
from push.failures import Refused
from push.models import Attempt, Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.states import AttemptState, BatchState, DeliveryState, DispatchState, Reason

MOST_RUNG = 32


def sweep(database: Database, now: datetime, settings: PushSettings, catalogue: Catalogue = REGISTER, *,
          thoroughly: bool = True) -> None:
    """One round of tidying up; `catalogue` reads the conditions of what is released or joined by now.

    Only when `thoroughly` it looks for late joiners and for whoever has it not: that takes as long as all the rest.
    """
    months.keep_ahead(database, now)
    _watch_over_notices(database, now, settings, catalogue)
    if thoroughly:
        _look_after(database, now, settings, catalogue)
    with database.reading() as session:
        expired = _expired(session, now)
        leftover = _leftover(session)
        has_waiting = receipts.is_waiting(session, now)
        over = session.scalar(select(Dispatch.id).where(_over()).limit(1)) is not None
    for number in expired:
        with database.writing() as session:
            recover(session, number, now)
    for number in leftover:
        with database.writing() as session:
            _close_stopped(session, number, now)
    if has_waiting or over:
        with database.writing() as session:
            _tidy(session, now)


def _watch_over_notices(database: Database, now: datetime, settings: PushSettings, catalogue: Catalogue) -> None:
    """Hold what must not leave any more, and let go what has its hour."""
    with database.reading() as session:
        lapsed = in_force.lapsed(session, in_china(now).date())
        late = _late(session, now)
        stale = session.scalars(select(Dispatch.id).where(releasing.stale(now, settings))).all()
        due = releasing.due(session, now, settings)
    for number in lapsed:
        with database.writing() as session:
            _hold_lapsed(session, number, now)
    for number in late:
        with database.writing() as session:
            _close_late(session, number, now)
    because = f"原定时间已过 {settings.schedule_stale_hours:g} 小时还没有开始（可能停过机）。请确认内容还适用，再点继续。"
    for number in stale:
        with database.writing() as session:
            releasing.hold(session, number, because, now)
    for number in due:
        releasing.release(database, number, now, settings, catalogue)


def _look_after(database: Database, now: datetime, settings: PushSettings, catalogue: Catalogue) -> None:
    """Look after whoever came late or has it not."""
    with database.reading() as session:
        to_join = joining.due(session, now, settings)
        to_look_after = arrival.due(session, now)
    # One a round: a look over a whole county takes a second, and others wait behind it.
    for number in to_join[:1]:
        joining.look(database, number, now, settings, catalogue)
    for number in to_look_after[:1]:
        arrival.look(database, number, now, settings)


def _hold_lapsed(session: Session, dispatch_id: int, now: datetime) -> None:
    dispatch = session.scalar(select(Dispatch).where(Dispatch.id == dispatch_id).with_for_update(skip_locked=True))
    if dispatch is None:
        return
    try:
        in_force.view_of(session, dispatch, now)
    except Refused as refusal:
        releasing.hold(session, dispatch_id, refusal.words, now)


def _late(session: Session, now: datetime) -> Sequence[int]:
    """Open batches of dispatches whose deadline went by: what they still plan would come too late."""
    return session.scalars(
        select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id)
        .where(Batch.state != BatchState.DONE, Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING)),
               Dispatch.deadline < now, Dispatch.deadline >= Dispatch.created_at).limit(MOST_RUNG)).all()


def _close_late(session: Session, batch_id: int, now: datetime) -> None:
    """Write down as not sent what a batch still plans; a worker that has it finds nothing more and gives it back."""
    batch = session.execute(select(Batch.dispatch_id, Batch.channel, Batch.first_id, Batch.last_id, Batch.state).where(
        Batch.id == batch_id, Batch.state != BatchState.DONE).with_for_update(skip_locked=True)).one_or_none()
    if batch is None:
        return
    session.execute(
        update(Delivery).where(Delivery.dispatch_id == batch.dispatch_id, Delivery.channel == batch.channel,
                               Delivery.id.between(batch.first_id, batch.last_id), Delivery.state == DeliveryState.PLANNED)
        .values(state=DeliveryState.SKIPPED, reason=Reason.TOO_LATE, settled_at=now)
        .execution_options(synchronize_session=False))
    if batch.state == BatchState.DUE:
        claims.close(session, batch_id, now)
    session.execute(update(Dispatch).where(Dispatch.id == batch.dispatch_id, Dispatch.state == DispatchState.PLANNED)
                    .values(state=DispatchState.RUNNING).execution_options(synchronize_session=False))


def due_batches(database: Database, now: datetime) -> list[int]:
    """Batches whose bell may have been lost, the most urgent first."""
    with database.reading() as session:
        return list(session.scalars(
            select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id)
            .where(Batch.state == BatchState.DUE, Batch.due_at <= now,
                   Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING)))
            .order_by(Batch.priority.desc(), Batch.due_at, Batch.id).limit(MOST_RUNG)))


def recover(session: Session, batch_id: int, now: datetime) -> None:
    """Take a batch from a worker that let its lease run out: what it had in the air is unknown, the rest is planned."""
    owned = session.scalar(select(Batch.id).where(
        Batch.id == batch_id, Batch.state == BatchState.CLAIMED, Batch.lease_until < now).with_for_update(skip_locked=True))
    if owned is not None:
        claims.lose_open(session, (batch_id,), now)
        claims.close(session, batch_id, now)


def _expired(session: Session, now: datetime) -> Sequence[int]:
    return session.scalars(select(Batch.id).where(
        Batch.state == BatchState.CLAIMED, Batch.lease_until < now).limit(MOST_RUNG)).all()


def _leftover(session: Session) -> Sequence[int]:
    """Open batches of stopped dispatches: what they still plan is to be written down as not sent."""
    return session.scalars(
        select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id)
        .where(Batch.state == BatchState.DUE, Dispatch.state == DispatchState.STOPPED).limit(MOST_RUNG)).all()


def _close_stopped(session: Session, batch_id: int, now: datetime) -> None:
    owned = session.scalar(select(Batch.id).where(Batch.id == batch_id, Batch.state == BatchState.DUE)
                           .with_for_update(skip_locked=True))
    if owned is not None:
        claims.close(session, batch_id, now)


def _tidy(session: Session, now: datetime) -> None:
    receipts.match_waiting(session, now)
    session.execute(update(Dispatch).where(_over()).values(state=DispatchState.FINISHED, finished_at=now)
                    .execution_options(synchronize_session=False))


def _over() -> ColumnElement[bool]:
    """Nothing is left to send and nobody is left to ask; what only a receipt can tell does not keep a dispatch open."""
    open_batch = exists(select(1).where(Batch.dispatch_id == Dispatch.id, Batch.state != BatchState.DONE))
    to_ask = exists(select(1).where(Attempt.dispatch_id == Dispatch.id, Attempt.state == AttemptState.LOST,
                                    Attempt.ask_at.is_not(None)))
    return (Dispatch.state == DispatchState.RUNNING) & ~open_batch & ~to_ask
