"""What nobody else would notice: leases whose worker died, dispatches that are over, schedules that were slept through.

Every look is read first without a lock; several processes may sweep the same rows at once and change nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from kernel.database import Database
from push import claims, receipts
from push.models import Attempt, Batch, Dispatch
from push.settings import PushSettings
from push.states import AttemptState, BatchState, DispatchState

MOST_RUNG = 32


def sweep(database: Database, now: datetime, settings: PushSettings) -> None:
    """One round of tidying up."""
    with database.reading() as session:
        expired = _expired(session, now)
        leftover = _leftover(session)
        has_waiting = receipts.is_waiting(session, now)
        stale = session.scalar(select(Dispatch.id).where(_stale(now, settings)).limit(1)) is not None
        over = session.scalar(select(Dispatch.id).where(_over()).limit(1)) is not None
    for number in expired:
        with database.writing() as session:
            recover(session, number, now)
    for number in leftover:
        with database.writing() as session:
            _close_stopped(session, number, now)
    if has_waiting or stale or over:
        with database.writing() as session:
            _tidy(session, now, settings)


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


def _tidy(session: Session, now: datetime, settings: PushSettings) -> None:
    receipts.match_waiting(session, now)
    because = f"原定时间已过 {settings.schedule_stale_hours:g} 小时还没有开始（可能停过机）。请确认内容还适用，再点继续。"
    session.execute(update(Dispatch).where(_stale(now, settings))
                    .values(state=DispatchState.PAUSED, held_because=because).execution_options(synchronize_session=False))
    session.execute(update(Dispatch).where(_over()).values(state=DispatchState.FINISHED, finished_at=now)
                    .execution_options(synchronize_session=False))


def _stale(now: datetime, settings: PushSettings) -> ColumnElement[bool]:
    """An outage must not release last week's schedule."""
    return (Dispatch.state == DispatchState.PLANNED) & (
        Dispatch.release_at < now - timedelta(hours=settings.schedule_stale_hours))


def _over() -> ColumnElement[bool]:
    """Nothing is left to send and nobody is left to ask; what only a receipt can tell does not keep a dispatch open."""
    open_batch = exists(select(1).where(Batch.dispatch_id == Dispatch.id, Batch.state != BatchState.DONE))
    to_ask = exists(select(1).where(Attempt.dispatch_id == Dispatch.id, Attempt.state == AttemptState.LOST,
                                    Attempt.ask_at.is_not(None)))
    return (Dispatch.state == DispatchState.RUNNING) & ~open_batch & ~to_ask
