"""Writing a dispatch down: deliveries by one INSERT … SELECT, then their batches; never row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from channels.messages import Purpose
from kernel.database import Moment
from notices import reading
from push import audience, caps, months, quotas, relevance
from push.audience import Audience
from push.models import Batch, BatchState, Delivery, Dispatch
from push.planning import may_leave_at, slices, start_of
from push.settings import PushSettings
from push.states import REACHED, DeliveryState, Reason

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
    """Write the deliveries and batches of a new dispatch to an audience; an emergency goes by every channel at once."""
    hasten(session)
    months.turn_to(session, dispatch.created_at)
    if dispatch.purpose == Purpose.EMERGENCY:
        return _written(session, dispatch, _write_everywhere(session, dispatch, whom), settings)
    reached, alone = _write_paths(session, dispatch, whom, 0)
    if reached:
        span = _ends(session, dispatch.id)
        waits = choose_ways(session, dispatch, whom, span, settings)
        # With one channel nothing was moved to another number since they were counted.
        if len(dispatch.channels) > 1 or not alone:
            _skip_shared(session, dispatch.id, span)
        choose_times(session, dispatch, span, settings, waits)
    return _written(session, dispatch, reached, settings)


def choose_ways(session: Session, dispatch: Dispatch, whom: Audience, span: tuple[int, int], settings: PushSettings) -> int:
    """Let what was planned between two ids go the way that is open and has room; gives the last day on which some waits.

    Whoever plans more of a dispatch later does so as of that hour (`as_of`).
    """
    hold_counts(session, dispatch)
    relevance.choose_ways(session, dispatch, caps.full_at_release(dispatch, settings), span)
    quotas.leave_the_unopened(session, dispatch, whom, span)
    return quotas.keep_within(session, dispatch, whom, span, settings)


def choose_times(session: Session, dispatch: Dispatch, span: tuple[int, int], settings: PushSettings, waits: int) -> None:
    """Put off what is too much for a number, and let the rest of the day go at the hour it is read."""
    put_off(session, dispatch, span, settings, waits)
    if settings.daily_cap:
        relevance.put_in_order(session, dispatch, dispatch.created_at, span)
    relevance.choose_hours(session, dispatch, settings, span)


def put_off(session: Session, dispatch: Dispatch, span: tuple[int, int], settings: PushSettings, furthest: int) -> None:
    """Let each planned delivery to a number that has had its fill wait for the first morning with room, also in the quota of its
    channel; `furthest` is the last day on which some already wait.
    """
    if dispatch.is_exempt or not (settings.daily_cap or settings.weekly_cap):
        return
    caps.one_at_a_time(session)
    by_week, day = bool(quotas.quotas(dispatch)), 0
    while day <= min(furthest, caps.HORIZON - 1):
        furthest = max(furthest, caps.put_off(session, dispatch, span, day, settings, by_week=by_week),
                       quotas.pass_on(session, dispatch, span, day, settings))
        day += 1


def hold_counts(session: Session, dispatch: Dispatch) -> None:
    """Where quotas or caps are counted for a dispatch, let nobody else count until this transaction ends.

    Whoever plans late does so before it locks the dispatch: who stops that one waits for nobody else's plan.
    """
    if dispatch.purpose != Purpose.EMERGENCY and (not dispatch.is_exempt or quotas.quotas(dispatch)):
        caps.one_at_a_time(session)


def as_of(dispatch: Dispatch, now: datetime, settings: PushSettings) -> Dispatch:
    """The dispatch as if it were released now, or after the quiet hours, for what is planned of it late; no row of its own."""
    urgent = dispatch.purpose == Purpose.EMERGENCY
    return Dispatch(
        id=dispatch.id, title=dispatch.title, topic=dispatch.topic, purpose=dispatch.purpose, is_exempt=dispatch.is_exempt,
        content=dispatch.content, channels=dispatch.channels, priority=dispatch.priority, corrects=dispatch.corrects,
        created_at=now, release_at=may_leave_at(now, settings.quiet, dispatch.deadline, urgent=urgent), deadline=dispatch.deadline)


def leave_now(session: Session, dispatch: Dispatch, span: tuple[int, int]) -> None:
    """What was planned late and waits for nothing counts for the day it leaves, not for that of the first release."""
    session.execute(update(Delivery).where(Delivery.id.between(*span), Delivery.dispatch_id + 0 == dispatch.id,
                                           Delivery.state == DeliveryState.PLANNED, Delivery.due_at.is_(None))
                    .values(due_at=dispatch.release_at).execution_options(synchronize_session=False))


def plan_for_today(session: Session, dispatch: Dispatch, now: datetime, settings: PushSettings) -> None:
    """Let what was to leave on a day that is over keep to the caps and quotas of the day on which it leaves after all."""
    if dispatch.purpose == Purpose.EMERGENCY or not (settings.daily_cap or settings.weekly_cap or quotas.quotas(dispatch)):
        return
    late = and_(Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.PLANNED,
                func.coalesce(Delivery.due_at, dispatch.release_at) < start_of(now))
    first, last = session.execute(select(func.min(Delivery.id), func.max(Delivery.id)).where(late)).one()
    if first is None:
        return
    today = as_of(dispatch, now, settings)
    session.execute(update(Delivery).where(late).values(due_at=None).execution_options(synchronize_session=False))
    put_off(session, today, (first, last), settings, quotas.keep_within(session, today, None, (first, last), settings))
    leave_now(session, today, (first, last))


def write_corrections(session: Session, dispatch: Dispatch, corrected: int, channels: tuple[str, ...],
                      settings: PushSettings) -> Written:
    """Write deliveries to those, and only those, whom another dispatch reached, at the same address and channel.

    Whom these very words reached before (a correction stopped on the way, or one of another dispatch) gets them once.
    """
    hasten(session)
    months.turn_to(session, dispatch.created_at)
    same = select(Dispatch.id).where(
        Dispatch.notice_id == dispatch.notice_id, Dispatch.id != dispatch.id,
        Dispatch.digest.in_(reading.same_writing(session, dispatch.notice_id, dispatch.digest)))
    have = select(Delivery.address_index).where(Delivery.dispatch_id.in_(same), Delivery.state.in_(REACHED),
                                                Delivery.address_index.is_not(None))
    rows = select(literal(dispatch.id), Delivery.household_id, Delivery.resident_id, Delivery.contact_id, Delivery.channel,
                  Delivery.address_index, literal(DeliveryState.PLANNED.value), literal(""), NOW).where(
        Delivery.dispatch_id == corrected, Delivery.state.in_(REACHED), Delivery.channel.in_(channels),
        or_(Delivery.address_index.is_(None), Delivery.address_index.not_in(have)))
    return _written(session, dispatch, _insert(session, rows), settings)


def write_batches(session: Session, dispatch: Dispatch, channels: tuple[str, ...], first: int, last: int,
                  due_at: datetime, size: int) -> None:
    """Cut a range of a dispatch's deliveries into batches, a row each for every channel."""
    session.execute(insert(Batch), [
        {"dispatch_id": dispatch.id, "channel": channel, "state": BatchState.DUE, "priority": dispatch.priority,
         "due_at": due_at, "size": high - low + 1, "first_id": low, "last_id": high}
        for channel in channels for start, end in _runs(session, dispatch.id, first, last)
        for low, high in slices(start, end, size)
    ])


def _write_paths(session: Session, dispatch: Dispatch, whom: Audience, after: int,
                 state: DeliveryState | None = None) -> tuple[int, bool]:
    """Write the best delivery of each household (or resident), all or those of one state; `after`: the last id before.

    Gives how many were written, and whether it is known that no number stands twice.
    """
    found = audience.paths(session, whom, is_single=False)
    rows = select(literal(dispatch.id), found.c.household_id, found.c.resident_id, found.c.contact_id, found.c.channel,
                  found.c.address_index, found.c.state, found.c.reason, NOW)
    made = _insert(session, rows if state is None else rows.where(found.c.state == state.value))
    if not made or whom.to_residents:
        return made, False
    first, last = after + 1, _ends(session, dispatch.id)[1]
    counted = audience.tally(session, dispatch.id, first, last)
    if made == counted.households:
        return made, not counted.has_doubles
    dropped = session.execute(
        delete(Delivery).where(Delivery.id.between(first, last),
                               Delivery.id.in_(audience.lesser(dispatch.id, first, last, whom.channels)))
        .execution_options(synchronize_session=False, preserve_rowcount=True))
    return made - int(dropped.rowcount), False  # type: ignore[attr-defined]


def _write_everywhere(session: Session, dispatch: Dispatch, whom: Audience) -> int:
    """A delivery for every channel on which a household (or resident) can be reached; a skip only for who has none."""
    for channel in whom.channels:
        _write_paths(session, dispatch, replace(whom, channels=(channel,)), _ends(session, dispatch.id)[1], DeliveryState.PLANNED)
    _write_paths(session, dispatch, whom, _ends(session, dispatch.id)[1], DeliveryState.SKIPPED)
    span = _ends(session, dispatch.id)
    _skip_shared(session, dispatch.id, span)
    whose = Delivery.resident_id if whom.to_residents else Delivery.household_id
    return session.scalar(select(func.count(whose.distinct())).where(
        Delivery.id.between(*span), Delivery.dispatch_id + 0 == dispatch.id)) or 0


def _skip_shared(session: Session, dispatch_id: int, span: tuple[int, int]) -> None:
    if audience.has_doubles(session, dispatch_id, *span):
        session.execute(update(Delivery).where(Delivery.id.between(*span), Delivery.id.in_(audience.shared(dispatch_id, *span)))
                        .values(state=DeliveryState.SKIPPED, reason=Reason.SHARED)
                        .execution_options(synchronize_session=False))


def _insert(session: Session, rows: Select[*tuple[Any, ...]]) -> int:
    columns = ["dispatch_id", "household_id", "resident_id", "contact_id", "channel", "address_index", "state", "reason",
               "due_at"]
    result = session.execute(insert(Delivery).from_select(columns, rows), execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]


def _written(session: Session, dispatch: Dispatch, reached: int, settings: PushSettings) -> Written:
    own = Delivery.dispatch_id == dispatch.id
    skipped = {str(reason): int(count) for reason, count in session.execute(
        select(Delivery.reason, func.count()).where(own, Delivery.reason != "").group_by(Delivery.reason))}
    rows = reached
    if dispatch.purpose == Purpose.EMERGENCY:
        rows = session.scalar(select(func.count()).select_from(Delivery).where(own)) or 0
    planned = rows - sum(skipped.values())
    if planned:
        first, last = _ends(session, dispatch.id)
        write_batches(session, dispatch, tuple(dispatch.channels), first, last, dispatch.release_at, settings.batch_size)
    return Written(reached, planned, dict(sorted(skipped.items())))


def _runs(session: Session, dispatch_id: int, first: int, last: int) -> list[tuple[int, int]]:
    """The ids between two, without the gap where the numbers went on in another month's block."""
    if first // months.BLOCK == last // months.BLOCK:
        return [(first, last)]
    own = and_(Delivery.dispatch_id == dispatch_id, Delivery.id.between(first, last))
    month = Delivery.id // months.BLOCK
    return [(low, high) for low, high in session.execute(
        select(func.min(Delivery.id), func.max(Delivery.id)).where(own).group_by(month).order_by(month))]


def _ends(session: Session, dispatch_id: int) -> tuple[int, int]:
    """The first and the last id of a dispatch's deliveries."""
    own = Delivery.dispatch_id == dispatch_id
    # One at a time: only then does SQLite look at the ends of the index alone.
    first, last = (session.scalar(select(end(Delivery.id)).where(own)) for end in (func.min, func.max))
    return int(first or 0), int(last or 0)
