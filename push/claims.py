"""Who works on which batch: a claim by one conditional update, a lease that is renewed, and the way back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from kernel.database import Moment
from push.models import Attempt, Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.states import AttemptState, BatchState, DeliveryState, DispatchState, Reason


@dataclass
class Claim:
    """A batch that is ours until the lease ends; `cursor` is the last id that was looked at.

    `is_kept_back`: its channel waited for somebody to mend it; `is_barred`: the platform has said that it is set up wrongly.
    """

    batch_id: int
    dispatch_id: int
    channel: str
    first_id: int
    last_id: int
    priority: int
    cursor: int
    is_lost: bool = False
    is_kept_back: bool = False
    is_barred: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more may leave under it."""
        return self.is_lost or self.is_barred


_MAY_RUN = (DispatchState.RUNNING, DispatchState.PLANNED)
# Statements are built once: to build one takes as long as to send forty messages.
_DUE = (
    select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id)
    .where(Batch.state == BatchState.DUE, Batch.channel.in_(bindparam("channels", expanding=True)), Batch.due_at <= bindparam("moment"),
           Dispatch.state.in_(_MAY_RUN)).limit(1)
)
# What is more urgent on a channel than anything else somebody is at work on it: until it is through, nothing lesser begins or goes on.
_AT_WORK, _ITS = aliased(Batch), aliased(Dispatch)
_MOST_URGENT = func.coalesce(
    select(func.max(_AT_WORK.priority)).join(_ITS, _ITS.id == _AT_WORK.dispatch_id)
    .where(_AT_WORK.state == BatchState.CLAIMED, _AT_WORK.channel == bindparam("over"), _AT_WORK.lease_until >= bindparam("moment"),
           _ITS.state.in_(_MAY_RUN)).scalar_subquery(), -1)
_NEXT = (
    update(Batch).where(Batch.state == BatchState.DUE, Batch.id == (
        select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id)
        .where(Batch.state == BatchState.DUE, Batch.channel == bindparam("over"), Batch.due_at <= bindparam("moment"), Batch.priority >= _MOST_URGENT,
               or_(Dispatch.state == DispatchState.RUNNING,
                   and_(Dispatch.state == DispatchState.PLANNED, Dispatch.release_at >= bindparam("fresh"))))
        .order_by(Batch.priority.desc(), Batch.due_at, Batch.id).limit(1)
        .with_for_update(skip_locked=True, of=Batch).scalar_subquery()))
    .values(state=BatchState.CLAIMED, leased_by=bindparam("worker"), lease_until=bindparam("until"))
    .returning(Batch.id, Batch.dispatch_id, Batch.channel, Batch.first_id, Batch.last_id, Batch.priority)
)
_RUNS = (
    update(Dispatch).where(Dispatch.id == bindparam("dispatch"), Dispatch.state == DispatchState.PLANNED)
    .values(state=DispatchState.RUNNING)
)


_OWNED = (
    select(Batch.id).where(Batch.id == bindparam("batch"), Batch.leased_by == bindparam("worker"), Batch.state == BatchState.CLAIMED)
    .with_for_update()
)
_OPENED = select(Attempt.id, Attempt.first_id, Attempt.last_id).where(
    Attempt.batch_id.in_(bindparam("batches", expanding=True)), Attempt.state == AttemptState.OPEN
).order_by(Attempt.first_id)
# Of a batch that nobody works on: what it is, and what of it is still planned.
_CLOSING = (
    select(Batch.dispatch_id, Batch.channel, Batch.first_id, Batch.last_id, Batch.due_at, Dispatch.state)
    .join(Dispatch, Dispatch.id == Batch.dispatch_id).where(Batch.id == bindparam("batch"))
)
_PLANNED = and_(Delivery.dispatch_id == bindparam("dispatch"), Delivery.channel == bindparam("over"),
                Delivery.id.between(bindparam("low"), bindparam("high")), Delivery.state == DeliveryState.PLANNED)
_LEFT = select(func.count(), func.count(Delivery.due_at), func.min(Delivery.due_at)).where(_PLANNED)
_CLOSED = (
    update(Batch).where(Batch.id == bindparam("batch"))
    .values(leased_by=None, lease_until=None, state=bindparam("to"), due_at=func.coalesce(bindparam("again", type_=Moment()), Batch.due_at))
)


def claim_next(session: Session, channel: str, worker: str, now: datetime, settings: PushSettings) -> Claim | None:
    """Claim the most urgent due batch of a channel for a worker; None when nothing is due."""
    connection = session.connection()
    row = connection.execute(_NEXT, {"over": channel, "moment": now, "worker": worker, "until": now + settings.lease_time,
                                     "fresh": now - timedelta(hours=settings.schedule_stale_hours)}).one_or_none()
    if row is None:
        return None
    connection.execute(_RUNS, {"dispatch": row.dispatch_id})
    return Claim(row.id, row.dispatch_id, row.channel, row.first_id, row.last_id, row.priority, row.first_id - 1)


def is_due(session: Session, channels: Collection[str], now: datetime) -> bool:
    """Whether a batch waits for one of these channels; a look that takes no lock."""
    return session.connection().scalar(_DUE, {"channels": list(channels), "moment": now}) is not None


def renew(session: Session, worker: str, batch_ids: Collection[int], now: datetime, settings: PushSettings) -> set[int]:
    """Lengthen the lease of a worker's batches; gives those that are still its own."""
    return set(session.scalars(
        update(Batch).where(Batch.id.in_(batch_ids), Batch.leased_by == worker, Batch.state == BatchState.CLAIMED)
        .values(lease_until=now + settings.lease_time).returning(Batch.id)
        .execution_options(synchronize_session=False)))


def give_back(session: Session, claim: Claim, worker: str, now: datetime, not_before: datetime | None = None) -> None:
    """End a claim whose calls are all settled: the batch is done, or due again when its next message is.

    An open request of it that the worker does not know of was written down by a commit whose answer got lost; nobody
    may say that it never left, so it counts as lost.
    """
    owned = session.connection().scalar(_OWNED, {"batch": claim.batch_id, "worker": worker})
    if owned is None:
        take_up(session, claim.batch_id, now)
        return
    lose_open(session, (claim.batch_id,), now)
    close(session, claim.batch_id, now, not_before)


def take_up(session: Session, batch_id: int, now: datetime) -> None:
    """Let a batch run again that was closed before an answer came which plans some of it anew: it came later than the lease."""
    closed = session.execute(select(Batch.dispatch_id, Batch.channel, Batch.first_id, Batch.last_id).where(
        Batch.id == batch_id, Batch.state == BatchState.DONE).with_for_update()).one_or_none()
    if closed is None or session.scalar(select(Delivery.id).where(
            Delivery.dispatch_id == closed.dispatch_id, Delivery.channel == closed.channel,
            Delivery.id.between(closed.first_id, closed.last_id), Delivery.state == DeliveryState.PLANNED).limit(1)) is None:
        return
    close(session, batch_id, now)
    _go_on(session, (batch_id,))


def close(session: Session, batch_id: int, now: datetime, not_before: datetime | None = None) -> None:
    """Set a batch nobody works on to done, or to due when some of it is still planned."""
    connection = session.connection()
    batch = connection.execute(_CLOSING, {"batch": batch_id}).one()
    theirs = {"dispatch": batch.dispatch_id, "over": batch.channel, "low": batch.first_id, "high": batch.last_id}
    left, timed, earliest = 0, 0, None
    if batch.state == DispatchState.STOPPED:
        connection.execute(update(Delivery).where(_PLANNED).values(
            state=DeliveryState.SKIPPED, reason=Reason.STOPPED, settled_at=bindparam("moment")), {**theirs, "moment": now})
    else:
        left, timed, earliest = connection.execute(_LEFT, theirs).one()
    due_at = earliest if earliest is not None and timed == left else now
    again = max(due_at, not_before or due_at, batch.due_at) if left else None
    connection.execute(_CLOSED, {"batch": batch_id, "to": BatchState.DUE if left else BatchState.DONE, "again": again})


def lose_open(session: Session, batch_ids: Collection[int], now: datetime) -> int:
    """Count every open request of these batches as lost, its deliveries as unknown: ask before anything else."""
    opened = session.connection().execute(_OPENED, {"batches": list(batch_ids)}).all()
    if not opened:
        return 0
    for number, first, last in opened:
        session.execute(update(Delivery).where(
            Delivery.id.between(first, last), Delivery.attempt_id == number, Delivery.state == DeliveryState.SENDING)
            .values(state=DeliveryState.UNKNOWN, settled_at=now).execution_options(synchronize_session=False))
    session.execute(update(Attempt).where(Attempt.batch_id.in_(batch_ids), Attempt.state == AttemptState.OPEN)
                    .values(state=AttemptState.LOST, ask_at=now).execution_options(synchronize_session=False))
    return len(opened)


def hold(session: Session, batch_ids: Collection[int]) -> None:
    """Let nobody else take or close these batches until the commit; before their deliveries, as everybody else does it."""
    session.execute(select(Batch.id).where(Batch.id.in_(batch_ids)).order_by(Batch.id).with_for_update()).all()


def reopen(session: Session, batch_ids: Collection[int], now: datetime) -> None:
    """Let batches run again in which something is planned anew; one that is claimed sees it by itself."""
    session.execute(update(Batch).where(Batch.id.in_(batch_ids), Batch.state != BatchState.CLAIMED)
                    .values(state=BatchState.DUE, due_at=now).execution_options(synchronize_session=False))
    _go_on(session, batch_ids)


def _go_on(session: Session, batch_ids: Collection[int]) -> None:
    """A dispatch that was over has something to send again."""
    theirs = select(Batch.dispatch_id).where(Batch.id.in_(batch_ids))
    session.execute(update(Dispatch).where(Dispatch.id.in_(theirs), Dispatch.state == DispatchState.FINISHED)
                    .values(state=DispatchState.RUNNING, finished_at=None).execution_options(synchronize_session=False))
