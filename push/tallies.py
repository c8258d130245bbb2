"""The counts each dispatch keeps of itself, so that lists and monitors never count every delivery again.

The clock renews them: often while a dispatch runs, more and more seldom once it is over, and never again when its last
receipt can have come. A count that took long is repeated the later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, String, delete, func, insert, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.clock import Clock
from kernel.database import Base, Database, Moment
from push.models import Attempt, Delivery, Dispatch
from push.states import DeliveryState, DispatchState

LOOK_SECONDS = 5.0
OFTEN = timedelta(seconds=15)
# A twentieth of a process's time for counting, a twentieth of its age for what is over.
SHARE = 20
# Vendors report within three days; after this no figure moves any more.
SETTLED_AFTER = timedelta(days=14)
MOST = 20
DELIVERY, CALL = "delivery", "call"
PAID = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
CLOCK = "clock"

log = structlog.get_logger(__name__)


class DispatchCount(Base):
    """How many deliveries (or calls to vendors) of a dispatch stand where, by channel and gateway; `parts` of one message.

    A delivery that was never handed to anybody has no gateway.
    """

    __tablename__ = "dispatch_counts"

    dispatch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(10), primary_key=True)
    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
    parts: Mapped[int] = mapped_column(default=0)


class DispatchMark(Base):
    """When a dispatch was counted and how long that took; `first_call_seconds` is from its release to its first call."""

    __tablename__ = "dispatch_marks"

    dispatch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_call_at: Mapped[datetime | None] = mapped_column(Moment)
    first_call_seconds: Mapped[float | None]
    counted_at: Mapped[datetime] = mapped_column(Moment)
    seconds: Mapped[float] = mapped_column(default=0.0)
    is_settled: Mapped[bool] = mapped_column(default=False)


class Pulse(Base):
    """When a process that works in the background last did its round."""

    __tablename__ = "pulses"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


def count(database: Database, dispatch_id: int, now: datetime) -> None:
    """Count one dispatch anew and keep what was found."""
    started = time.monotonic()
    with database.reading() as session:
        dispatch = session.get_one(Dispatch, dispatch_id)
        rows = [*_deliveries(session, dispatch), *_calls(session, dispatch_id)]
        first = session.scalar(select(func.min(Attempt.started_at)).where(Attempt.dispatch_id == dispatch_id))
    begun = max(dispatch.release_at, dispatch.created_at)
    mark = DispatchMark(dispatch_id=dispatch_id, first_call_at=first, counted_at=now, seconds=time.monotonic() - started,
                        first_call_seconds=None if first is None else max(0.0, (first - begun).total_seconds()),
                        is_settled=dispatch.finished_at is not None and now - dispatch.finished_at > SETTLED_AFTER)
    with database.writing() as session:
        session.merge(mark)
        session.execute(delete(DispatchCount).where(DispatchCount.dispatch_id == dispatch_id))
        if rows:
            session.execute(insert(DispatchCount), rows)


def due(session: Session, now: datetime, limit: int = MOST) -> list[int]:
    """Dispatches whose counts should be renewed by now, those that were never counted first."""
    rows = session.execute(
        select(Dispatch.id, Dispatch.finished_at, DispatchMark.counted_at, DispatchMark.seconds)
        .outerjoin(DispatchMark, DispatchMark.dispatch_id == Dispatch.id).where(_is_open_to_change())
        .order_by(DispatchMark.counted_at.is_not(None), DispatchMark.counted_at))
    found = []
    for number, finished_at, counted_at, seconds in rows:
        if counted_at is None or now - counted_at >= _rest(now, finished_at, seconds):
            found.append(number)
        if len(found) == limit:
            break
    return found


def _is_open_to_change() -> ColumnElement[bool]:
    return or_(DispatchMark.is_settled.is_(None), DispatchMark.is_settled.is_(False))


def _rest(now: datetime, finished_at: datetime | None, seconds: float) -> timedelta:
    """How long a count stays good enough."""
    since_end = timedelta() if finished_at is None else now - finished_at
    return max(OFTEN, timedelta(seconds=SHARE * seconds), since_end / SHARE)


def kept(session: Session, dispatches: Iterable[Dispatch]) -> dict[int, dict[str, int]]:
    """Deliveries by state of those dispatches whose kept counts may be told: over, and counted since."""
    over = {one.id: one.finished_at for one in dispatches if DispatchState(one.state).is_over and one.finished_at}
    marks = session.execute(select(DispatchMark.dispatch_id, DispatchMark.counted_at, DispatchMark.is_settled)
                            .where(DispatchMark.dispatch_id.in_(over)))
    # The first hour's receipts come fast: until then it is looked at anew.
    good = [number for number, counted_at, is_settled in marks
            if is_settled or counted_at - over[number] > timedelta(hours=1)]
    found: dict[int, dict[str, int]] = {number: {} for number in good}
    for number, state, total in session.execute(
            select(DispatchCount.dispatch_id, DispatchCount.state, func.sum(DispatchCount.count))
            .where(DispatchCount.dispatch_id.in_(good), DispatchCount.what == DELIVERY)
            .group_by(DispatchCount.dispatch_id, DispatchCount.state)):
        found[number][state] = int(total)
    return found


def parts_paid(session: Session, dispatch_ids: Iterable[int]) -> dict[int, int]:
    """Parts of text messages that are paid, of dispatches whose kept counts may be told; nothing for the others."""
    rows = session.execute(
        select(DispatchCount.dispatch_id, func.sum(DispatchCount.count * DispatchCount.parts))
        .where(DispatchCount.dispatch_id.in_(list(dispatch_ids)), DispatchCount.what == DELIVERY, DispatchCount.state.in_(PAID))
        .group_by(DispatchCount.dispatch_id))
    return {int(number): int(parts) for number, parts in rows}


def by_gateway(session: Session, dispatch_id: int) -> list[tuple[str, str, str, str, int]]:
    """Deliveries of a dispatch now: channel, gateway (empty: never handed over), state, reason, how many."""
    # Calls first: a call is many deliveries.
    stands = (Delivery.attempt_id, Delivery.channel, Delivery.state, Delivery.reason)
    one = (select(*stands, func.count().label("number")).where(Delivery.dispatch_id == dispatch_id).group_by(*stands)
           .subquery("one"))
    gateway = func.coalesce(Attempt.gateway, "")
    rows = session.execute(
        select(one.c.channel, gateway, one.c.state, one.c.reason, func.sum(one.c.number))
        .outerjoin(Attempt, Attempt.id == one.c.attempt_id).group_by(one.c.channel, gateway, one.c.state, one.c.reason))
    return [(channel, name, str(state), str(reason), int(number)) for channel, name, state, reason, number in rows]


def _deliveries(session: Session, dispatch: Dispatch) -> list[dict[str, object]]:
    return [{"dispatch_id": dispatch.id, "what": DELIVERY, "channel": channel, "gateway": gateway, "state": state,
             "reason": reason, "count": number, "parts": int((dispatch.content.get(channel) or {}).get("parts", 0))}
            for channel, gateway, state, reason, number in by_gateway(session, dispatch.id)]


def _calls(session: Session, dispatch_id: int) -> list[dict[str, object]]:
    rows = session.execute(
        select(Attempt.channel, Attempt.gateway, Attempt.state, func.sum(Attempt.calls)).where(Attempt.dispatch_id == dispatch_id)
        .group_by(Attempt.channel, Attempt.gateway, Attempt.state))
    return [{"dispatch_id": dispatch_id, "what": CALL, "channel": channel, "gateway": gateway, "state": str(state),
             "reason": "", "count": int(number), "parts": 0} for channel, gateway, state, number in rows]


class Counter:
    """Counts what is due every few seconds, and says that it did."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Of one database."""
        self._database = database
        self._clock = clock

    def look(self, is_stopped: threading.Event | None = None) -> int:
        """One round; gives how many dispatches were counted."""
        now = self._clock.now()
        with self._database.reading() as session:
            numbers = due(session, now)
        done = 0
        for number in numbers:
            if is_stopped is not None and is_stopped.is_set():
                break
            count(self._database, number, self._clock.now())
            done += 1
        with self._database.writing() as session:
            session.merge(Pulse(name=CLOCK, at=self._clock.now()))
        return done

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            try:
                self.look(stop)
            except SQLAlchemyError as error:
                log.warning("dispatches could not be counted, trying again", kind=type(error).__name__)
            stop.wait(LOOK_SECONDS)
