"""What nobody else would notice: leases whose worker died, dispatches that are over, schedules that were slept through.

One question, without a lock, tells five times a second whether there is anything of all this; several processes may sweep the
same rows at once and change nothing twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.database import Database, Moment
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

    Only when `thoroughly` it looks for months to be made, for late joiners and for whoever has it not: that takes as long as all the rest.
    """
    if thoroughly:
        months.keep_ahead(database, now)
    signs = _signs(database, now, settings)
    if signs.of_a_notice or thoroughly:
        _watch_over_notices(database, now, settings, catalogue)
        if thoroughly:
            _look_after(database, now, settings, catalogue)
        signs = _signs(database, now, settings)
    if signs.of_a_batch:
        _recover_batches(database, now)
    if signs.of_an_end:
        with database.writing() as session:
            _tidy(session, now)


def _signs(database: Database, now: datetime, settings: PushSettings) -> Row[*tuple[Any, ...]]:
    with database.looking() as session:
        return session.connection().execute(_SIGNS, _asked(now, settings)).one()


def _asked(now: datetime, settings: PushSettings) -> dict[str, object]:
    return {**releasing.moments(now, settings), "today": in_china(now).date(), "since": now - receipts.MATCHED_WITHIN}


def _recover_batches(database: Database, now: datetime) -> None:
    """Take batches from workers that are gone, and close those of dispatches that were stopped."""
    with database.reading() as session:
        expired = session.scalars(_EXPIRED.limit(MOST_RUNG), {"moment": now}).all()
        leftover = session.scalars(_LEFTOVER.limit(MOST_RUNG)).all()
    for number in expired:
        with database.writing() as session:
            recover(session, number, now)
    for number in leftover:
        with database.writing() as session:
            _close_stopped(session, number, now)


def _watch_over_notices(database: Database, now: datetime, settings: PushSettings, catalogue: Catalogue) -> None:
    """Hold what must not leave any more, and let go what has its hour."""
    with database.reading() as session:
        asked = _asked(now, settings)
        lapsed, late, stale, due = (
            session.scalars(look, asked).all() for look in (in_force.LAPSED, _LATE.limit(MOST_RUNG), releasing.STALE, releasing.DUE))
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
    with database.looking() as session:
        return list(session.connection().scalars(_DUE, {"moment": now}))


def recover(session: Session, batch_id: int, now: datetime) -> None:
    """Take a batch from a worker that let its lease run out: what it had in the air is unknown, the rest is planned."""
    owned = session.scalar(select(Batch.id).where(
        Batch.id == batch_id, Batch.state == BatchState.CLAIMED, Batch.lease_until < now).with_for_update(skip_locked=True))
    if owned is not None:
        claims.lose_open(session, (batch_id,), now)
        claims.close(session, batch_id, now)


def _close_stopped(session: Session, batch_id: int, now: datetime) -> None:
    owned = session.scalar(select(Batch.id).where(Batch.id == batch_id, Batch.state == BatchState.DUE)
                           .with_for_update(skip_locked=True))
    if owned is not None:
        claims.close(session, batch_id, now)


def _tidy(session: Session, now: datetime) -> None:
    receipts.match_waiting(session, now)
    # Where one channel had been kept back, nothing of it waits any more.
    session.execute(update(Dispatch).where(_over()).values(state=DispatchState.FINISHED, finished_at=now, held_because="")
                    .execution_options(synchronize_session=False))
    # On PostgreSQL something may have been planned while it was being closed, unseen by either.
    session.execute(update(Dispatch).where(Dispatch.state == DispatchState.FINISHED, _has_open_batch())
                    .values(state=DispatchState.RUNNING, finished_at=None).execution_options(synchronize_session=False))


# Statements are built once: to build one takes longer than its answer. States stand in them as they are and not as parameters:
# one plan holds for every look, and knows the indexes that hold open batches and lost calls alone.
def _is(column: Any, state: BatchState | AttemptState) -> ColumnElement[bool]:
    return cast(ColumnElement[bool], column == literal_column(f"'{state.value}'"))


def _has_open_batch() -> ColumnElement[bool]:
    return exists(select(1).where(Batch.dispatch_id == Dispatch.id, ~_is(Batch.state, BatchState.DONE)))


def _over() -> ColumnElement[bool]:
    """Nothing is left to send and nobody is left to ask; what only a receipt can tell does not keep a dispatch open."""
    to_ask = exists(select(1).where(Attempt.dispatch_id == Dispatch.id, _is(Attempt.state, AttemptState.LOST),
                                    Attempt.ask_at.is_not(None)))
    return (Dispatch.state == DispatchState.RUNNING) & ~_has_open_batch() & ~to_ask


_OPEN = Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING))
_BATCHES = select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id)
_DUE = (
    _BATCHES.where(_is(Batch.state, BatchState.DUE), Batch.due_at <= bindparam("moment"), _OPEN)
    .order_by(Batch.priority.desc(), Batch.due_at, Batch.id).limit(MOST_RUNG)
)
# Open batches of dispatches whose deadline went by: what they still plan would come too late.
_LATE = _BATCHES.where(~_is(Batch.state, BatchState.DONE), _OPEN, Dispatch.deadline < bindparam("moment", type_=Moment()),
                       Dispatch.deadline >= Dispatch.created_at)
_EXPIRED = select(Batch.id).where(_is(Batch.state, BatchState.CLAIMED), Batch.lease_until < bindparam("moment", type_=Moment()))
# Open batches of stopped dispatches: what they still plan is to be written down as not sent.
_LEFTOVER = _BATCHES.where(_is(Batch.state, BatchState.DUE), Dispatch.state == DispatchState.STOPPED)
# Closed, and yet with something to send.
_STRANDED = _BATCHES.where(~_is(Batch.state, BatchState.DONE), Dispatch.state == DispatchState.FINISHED)
_SIGNS = select(*(or_(*(look.exists() for look in looks)).label(name) for name, looks in (
    ("of_a_notice", (in_force.LAPSED, _LATE, releasing.STALE, releasing.DUE)),
    ("of_a_batch", (_EXPIRED, _LEFTOVER)),
    ("of_an_end", (receipts.WAITING, select(Dispatch.id).where(_over()), _STRANDED)))))
