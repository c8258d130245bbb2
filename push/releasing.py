"""Letting a dispatch go at its hour: to whom it concerns by then, and only if it still may.

A dispatch that waits has deliveries, so that its sender sees whom it would reach, but no batches: no worker can take
it. At its hour it is drawn up anew in the transaction that gives it its batches; whoever dies before has changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from channels.messages import Purpose
from kernel import audit
from kernel.audit import SYSTEM
from kernel.clock import in_china
from kernel.database import Database, Moment
from kernel.days import day
from notices import reading
from profiles.facts import Catalogue
from push import in_force, layout, noticeboards, undecided, visits
from push.ceiling import ALLOW_IT, Ceiling, is_bound, reckon
from push.failures import Refused
from push.layout import Written
from push.models import Batch, Delivery, Dispatch
from push.planning import may_leave_at, start_of
from push.settings import PushSettings
from push.states import BatchState, DeliveryState, DispatchState, Possibly, Reason
from push.trace import channel_words

LONGEST_REASON = 200
KEPT_BACK = timedelta(minutes=1)
# So begins why a channel is kept back whose messages would not go out as they were approved.
MISFIT = "发出去会和签发的不一样："


def begin(session: Session, dispatch: Dispatch, now: datetime, settings: PushSettings) -> int:
    """Let a dispatch that was just drawn up go, or wait for its hour; gives how many households a correction sends somebody to."""
    if dispatch.release_at > now:
        _drop_batches(session, dispatch.id)
        return 0
    dispatch.released_at = now
    dispatch.join_at = None if dispatch.corrects is not None else now + settings.join_interval
    if dispatch.must_arrive and dispatch.deadline is not None and dispatch.corrects is None:
        dispatch.arrival_at = start_of(dispatch.deadline, -dispatch.must_arrive)
    return 0 if dispatch.corrects is None else visits.ask_anew(session, dispatch.corrects, dispatch.id, now)


def moments(now: datetime, settings: PushSettings) -> dict[str, datetime]:
    """What `DUE` and `STALE` are asked with."""
    return {"moment": now, "fresh": now - timedelta(hours=settings.schedule_stale_hours)}


def _waits() -> ColumnElement[bool]:
    return and_(Dispatch.state == DispatchState.PLANNED, Dispatch.released_at.is_(None))


# Dispatches that an outage slept through: it must not release last week's schedule.
STALE = select(Dispatch.id).where(Dispatch.state == DispatchState.PLANNED, Dispatch.release_at < bindparam("fresh", type_=Moment()))
# Dispatches whose hour has come.
DUE = (
    select(Dispatch.id).where(_waits(), Dispatch.release_at <= bindparam("moment", type_=Moment()),
                              Dispatch.release_at >= bindparam("fresh", type_=Moment()))
    .order_by(Dispatch.priority.desc(), Dispatch.release_at)
)


def release(database: Database, dispatch_id: int, now: datetime, settings: PushSettings, catalogue: Catalogue) -> None:
    """Draw a dispatch up anew and give it its batches; or hold it, end it or let it wait on, each with its reason."""
    with database.writing() as session:
        dispatch = session.scalar(select(Dispatch).where(Dispatch.id == dispatch_id, _waits(), Dispatch.release_at <= now)
                                  .with_for_update(skip_locked=True))
        if dispatch is None:
            return
        if in_force.is_past(dispatch, now):
            give_up(session, dispatch, now)
            return
        urgent = dispatch.purpose == Purpose.EMERGENCY
        dispatch.release_at = may_leave_at(now, settings.quiet, dispatch.deadline, urgent=urgent)
        if dispatch.release_at > now:
            return
        try:
            # What is written for a dispatch that is then refused is taken back with it.
            with session.begin_nested():
                written = _drawn_up(session, dispatch, now, settings, catalogue)
        except Refused as refusal:
            hold(session, dispatch_id, str(refusal), now)
            return
        begin(session, dispatch, now, settings)
        if not written.planned:
            dispatch.state, dispatch.finished_at = DispatchState.FINISHED, now
        audit.record(session, now, SYSTEM, "push.release", f"dispatch:{dispatch.id}", {
            "notice": dispatch.notice_reference, "planned": written.planned, "skipped": dict(written.skipped)})


def hold(session: Session, dispatch_id: int, because: str, now: datetime) -> None:
    """Pause an open dispatch until a person has looked."""
    held = session.execute(
        update(Dispatch).where(Dispatch.id == dispatch_id, Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING)))
        .values(state=DispatchState.PAUSED, held_because=because[:LONGEST_REASON])
        .execution_options(synchronize_session=False))
    if held.rowcount:  # type: ignore[attr-defined]
        audit.record(session, now, SYSTEM, "push.hold", f"dispatch:{dispatch_id}", {"because": because[:LONGEST_REASON]})


def keep_back(session: Session, batch_id: int, because: str, now: datetime) -> bool:
    """Let one channel wait a minute while the others go on, again and again until it can; a person is told.

    False for what has no other channel to go by meanwhile: that is held as a whole.
    """
    batch = session.get_one(Batch, batch_id)
    dispatch = session.get_one(Dispatch, batch.dispatch_id)
    if len(dispatch.channels) < 2:
        return False
    again, own = now + KEPT_BACK, (Delivery.dispatch_id == dispatch.id, Delivery.id.between(batch.first_id, batch.last_id))
    session.execute(update(Delivery).where(*own, Delivery.channel == batch.channel, Delivery.state == DeliveryState.PLANNED)
                    .values(due_at=again).execution_options(synchronize_session=False))
    if _tell(session, dispatch.id, batch.channel, " ".join(because.split())):
        audit.record(session, now, SYSTEM, "push.keep_back", f"dispatch:{dispatch.id}", {
            "because": f"{_kept_back(batch.channel)}{because}"[:LONGEST_REASON]})
    # One that another worker is taking just now finds the same by itself; whoever gives this one back keeps to its hour.
    others = select(Batch.id).where(Batch.dispatch_id == dispatch.id, Batch.channel == batch.channel,
                                    or_(Batch.id == batch.id, Batch.state == BatchState.DUE)).with_for_update(skip_locked=True)
    session.execute(update(Batch).where(Batch.id.in_(others)).values(due_at=again).execution_options(synchronize_session=False))
    return True


def let_fit(dispatch: Dispatch, channel: str) -> None:
    """Say no more that a channel is kept back for a misfit: what it would send is what was approved again."""
    if dispatch.state == DispatchState.RUNNING and _told(dispatch).get(channel, "").startswith(MISFIT):
        _say_no_more(dispatch, channel)


def kept_back(dispatch: Dispatch) -> tuple[str, ...]:
    """The channels that wait until they are mended, the one that began first."""
    return tuple(_told(dispatch))


def let_go_on(session: Session, dispatch_id: int, channel: str) -> None:
    """Say no more that a channel is kept back: the platform takes its messages again."""
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True)
    if dispatch.state == DispatchState.RUNNING and channel in kept_back(dispatch):
        _say_no_more(dispatch, channel)


def _tell(session: Session, dispatch_id: int, channel: str, because: str) -> bool:
    """Write down why a channel is kept back, each on a line of its own; False where it stands there, or something graver does."""
    dispatch = session.get_one(Dispatch, dispatch_id)
    if channel in kept_back(dispatch):
        return False
    session.refresh(dispatch, with_for_update=True)
    told = _told(dispatch)
    if channel in told or (dispatch.held_because and not told):
        return False
    dispatch.held_because = _telling({**told, channel: because})
    return True


def _say_no_more(dispatch: Dispatch, channel: str) -> None:
    dispatch.held_because = _telling({other: because for other, because in _told(dispatch).items() if other != channel})


def _told(dispatch: Dispatch) -> dict[str, str]:
    """Why each channel is kept back, as it is written down."""
    heads = [(one, head) for one in dispatch.channels for head in (_kept_back(one), _kept_back_too(one))]
    return {one: line.removeprefix(head) for line in dispatch.held_because.splitlines() for one, head in heads if line.startswith(head)}


def _telling(told: Mapping[str, str]) -> str:
    """Every channel is named with its reason; where they do not fit together, the longest ones are cut."""
    lines = [(_kept_back_too if place else _kept_back)(one) for place, one in enumerate(told)]
    room = LONGEST_REASON - len("\n".join(lines))
    for done, (place, because) in enumerate(sorted(enumerate(told.values()), key=lambda one: len(one[1]))):
        lines[place] += because[:room // (len(lines) - done)]
        room -= min(len(because), room // (len(lines) - done))
    return "\n".join(lines)


def _kept_back(channel: str) -> str:
    return f"{channel_words(channel)}先停住了，其余通道照发；改好后它自己接着发。"


def _kept_back_too(channel: str) -> str:
    return f"{channel_words(channel)}也先停住了。"


def cancel(session: Session, dispatch: Dispatch, reason: Reason, now: datetime) -> None:
    """End a dispatch of which nothing has left; all it would have sent is written down as not sent."""
    _drop_batches(session, dispatch.id)
    session.execute(update(Delivery).where(Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.PLANNED)
                    .values(state=DeliveryState.SKIPPED, reason=reason, settled_at=now)
                    .execution_options(synchronize_session=False))
    dispatch.finished_at = now


def give_up(session: Session, dispatch: Dispatch, now: datetime) -> None:
    """Cancel what would come too late: the deadline went by while it waited."""
    cancel(session, dispatch, Reason.TOO_LATE, now)
    dispatch.state = DispatchState.STOPPED
    dispatch.held_because = f"办理截止日期{day(dispatch.deadline, in_china(now).date())}已过，没有放行。还要告知，请改截止日期后重新送审、另发。"
    audit.record(session, now, SYSTEM, "push.cancel", f"dispatch:{dispatch.id}", {"because": Reason.TOO_LATE.value})


def _drawn_up(session: Session, dispatch: Dispatch, now: datetime, settings: PushSettings, catalogue: Catalogue) -> Written:
    """The deliveries of today in place of those of the day it was ordered; visits and sheets are asked for with them."""
    view = in_force.sendable_view(session, dispatch, now)
    _drop_batches(session, dispatch.id)
    session.execute(delete(Delivery).where(Delivery.dispatch_id == dispatch.id).execution_options(synchronize_session=False))
    if dispatch.corrects is not None:
        return layout.write_corrections(session, dispatch, dispatch.corrects, tuple(dispatch.channels), settings)
    earlier = tuple(session.scalars(select(Dispatch.id).where(
        Dispatch.notice_id == dispatch.notice_id, Dispatch.id < dispatch.id,
        Dispatch.digest.in_(reading.same_writing(session, dispatch.notice_id, dispatch.digest)))))
    whom = in_force.audience_today(dispatch, view, now, catalogue, earlier)
    written = layout.write_audience(session, dispatch, whom, settings) if dispatch.channels else Written(0, 0, {})
    cost = reckon(session, dispatch, settings)
    if is_bound(dispatch):
        Ceiling(dispatch.cost_ceiling / 100).refuse(cost, ALLOW_IT)
    counts = undecided.counted(session, whom.condition, view.divisions, whom.today)
    dispatch.surely_households, dispatch.possibly_households = counts.surely, counts.possibly
    undecided.carry_out(session, dispatch.id, view, whom.condition,
                        undecided.Decision(Possibly(dispatch.possibly), dispatch.possibly_reason), now, whom.today)
    noticeboards.post_notice(session, view, now, dispatch.id)
    return written


def _drop_batches(session: Session, dispatch_id: int) -> None:
    session.execute(delete(Batch).where(Batch.dispatch_id == dispatch_id).execution_options(synchronize_session=False))
