"""补发: while a notice is open, whoever newly meets its condition or newly has a contact gets it too, and nobody gets it twice.

What has to be looked at is read without a lock; then a few households at a time are written by INSERT … SELECT, under
the dispatch's lock and only as they still are. Whoever dies between two groups is followed by whoever looks next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from channels.messages import Purpose
from kernel import audit
from kernel.audit import SYSTEM, Actor
from kernel.database import Database, Moment
from profiles.facts import REGISTER, Catalogue
from profiles.models import ImportRun
from push import audience, ceiling, in_force, layout
from push.audience import Audience
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import DeliveryState, DispatchState, Origin, Reason

# How many households are written in one go: as many as SQLite's one writer may keep others waiting for, well under a second.
CHUNK, CHUNK_OF_A_SERVER = 500, 5000
# What may end by itself: somebody got a telephone, took a refusal back, came home.
ENDABLE = (Reason.NO_CONTACT, Reason.ADDRESS_RETIRED, Reason.COLLECTED, Reason.REFUSED, Reason.SHARED, Reason.LEFT)
COLUMNS = ["dispatch_id", "household_id", "resident_id", "contact_id", "channel", "address_index", "state", "reason",
           "origin", "added_at", "replaces"]


@dataclass(frozen=True)
class Joined:
    """What came of one look: messages planned for late joiners, and by reason those of them who get none."""

    dispatch: int
    joined: int
    skipped: Mapping[str, int]


def due(session: Session, now: datetime, settings: PushSettings) -> list[int]:
    """Dispatches whose late joiners are to be looked for: their time has come, or a table was taken in; one look, no lock."""
    if not settings.join_every:
        return []
    is_due = Dispatch.join_at <= now
    imported = session.scalar(select(func.max(ImportRun.at)).where(ImportRun.at <= now))
    if imported is not None:
        is_due = or_(is_due, Dispatch.join_at < imported + settings.join_interval)
    return list(session.scalars(select(Dispatch.id).where(_may_be_joined(), is_due).order_by(Dispatch.join_at)))


def look(database: Database, dispatch_id: int, now: datetime, settings: PushSettings, catalogue: Catalogue) -> Joined | None:
    """Let late joiners in when it is time; None where another process does it, or nothing more can be joined for now."""
    with database.writing() as session:
        dispatch = session.scalar(select(Dispatch).where(Dispatch.id == dispatch_id, _may_be_joined())
                                  .with_for_update(skip_locked=True))
        if dispatch is None or dispatch_id not in due(session, now, settings):
            return None
        dispatch.join_at = now + settings.join_interval
        try:
            if not in_force.is_open(dispatch, in_force.view_of(session, dispatch, now), now):
                dispatch.join_at = None
                return None
        except Refused:
            return None
    try:
        return join(database, dispatch_id, SYSTEM, now, settings, catalogue)
    except Refused as refusal:
        with database.writing() as session:
            audit.record(session, now, SYSTEM, "push.join", f"dispatch:{dispatch_id}", {"refused": refusal.words})
        return None


def join(database: Database, dispatch_id: int, actor: Actor, now: datetime, settings: PushSettings,
         catalogue: Catalogue = REGISTER) -> Joined:
    """Send a dispatch to whoever newly qualifies or newly can be reached; Refused with the reason where that is over."""
    with database.reading() as session:
        dispatch, whom = _joinable(session, dispatch_id, now, catalogue)
        found = audience.paths(session, whom)
        households = list(session.scalars(
            select(found.c.household_id).where(_is_wanted(dispatch, found, None)).distinct().order_by(found.c.household_id)))
    joined, skipped = 0, dict[str, int]()
    size = CHUNK if database.is_sqlite else CHUNK_OF_A_SERVER
    for start in range(0, len(households), size):
        with database.writing() as session:
            layout.hasten(session)
            layout.hold_counts(session, dispatch)
            counts = _join_some(session, dispatch_id, households[start:start + size], actor, now, settings, catalogue)
        joined += counts.pop("", 0)
        skipped = {reason: skipped.get(reason, 0) + counts.get(reason, 0) for reason in {*skipped, *counts}}
    return Joined(dispatch_id, joined, dict(sorted(skipped.items())))


def _may_be_joined() -> ColumnElement[bool]:
    return and_(Dispatch.state.in_((DispatchState.RUNNING, DispatchState.FINISHED)), Dispatch.join_at.is_not(None),
                Dispatch.corrects.is_(None))


def _joinable(session: Session, dispatch_id: int, now: datetime, catalogue: Catalogue, *, lock: bool = False,
              ) -> tuple[Dispatch, Audience]:
    chosen = select(Dispatch).where(Dispatch.id == dispatch_id)
    dispatch = session.scalar(chosen.with_for_update() if lock else chosen)
    if dispatch is None:
        raise Refused(f"没有编号为 {dispatch_id} 的推送任务。请在“定向推送”里核对编号。")
    if dispatch.corrects is not None:
        raise Refused(f"推送任务 {dispatch_id} 是更正，只发给收到过原信息的人，不补发。")
    if DispatchState(dispatch.state) not in (DispatchState.RUNNING, DispatchState.FINISHED):
        raise Refused(f"推送任务 {dispatch_id} 现在是“{DispatchState(dispatch.state).words}”，不能补发。发送中和已完成的才能补发。")
    view = in_force.view_of(session, dispatch, now)
    if not in_force.is_open(dispatch, view, now):
        raise Refused(f"信息 {view.reference} 已经过了办理期，推送任务 {dispatch_id} 不再补发。要再通知，请改截止日期后重新送审、另发。")
    return dispatch, in_force.audience_today(dispatch, view, now, catalogue)


def _join_some(session: Session, dispatch_id: int, households: Sequence[int], actor: Actor, now: datetime,
               settings: PushSettings, catalogue: Catalogue) -> dict[str, int]:
    """Let some households in; how many by reason, the empty reason being those who get it."""
    dispatch, whom = _joinable(session, dispatch_id, now, catalogue, lock=True)
    own = Delivery.dispatch_id == dispatch.id
    before = session.scalar(select(func.max(Delivery.id)).where(own)) or 0
    for rows in _rows(session, dispatch, whom, households, before, now):
        session.execute(insert(Delivery).from_select(COLUMNS, rows))
    fresh = and_(own, Delivery.id > before, Delivery.origin == Origin.JOINED)
    first, last = session.execute(select(func.min(Delivery.id), func.max(Delivery.id)).where(fresh)).one()
    if first is None:
        return {}
    today = layout.as_of(dispatch, now, settings)
    _plan(session, dispatch, today, whom, fresh, before, (first, last), settings)
    news = _without_rows(session, dispatch, fresh, before)
    _take_over(session, dispatch, fresh, before)
    counts = {str(reason): int(count) for reason, count in session.execute(
        select(Delivery.reason, func.count()).where(fresh).group_by(Delivery.reason))}
    dispatch.surely_households += news
    dispatch.possibly_households = max(dispatch.possibly_households, dispatch.surely_households)
    if counts.get(""):
        layout.write_batches(session, dispatch, tuple(dispatch.channels), first, last, today.release_at, settings.batch_size)
        reopen(dispatch, now)
    audit.record(session, now, actor, "push.join", f"dispatch:{dispatch.id}", {
        "notice": dispatch.notice_reference, "joined": counts.get("", 0),
        "skipped": {reason: count for reason, count in counts.items() if reason}})
    return counts


def _rows(session: Session, dispatch: Dispatch, whom: Audience, households: Sequence[int], before: int,
          now: datetime) -> list[Select[*tuple[Any, ...]]]:
    """What is written for them: the best path of each; in an emergency one on every channel, and a skip for who has none."""
    if dispatch.purpose != Purpose.EMERGENCY:
        return [_paths(session, dispatch, whom, households, before, now)]
    ways = [(replace(whom, channels=(channel,)), DeliveryState.PLANNED) for channel in whom.channels]
    return [_paths(session, dispatch, towards, households, before, now, state)
            for towards, state in (*ways, (whom, DeliveryState.SKIPPED))]


def _paths(session: Session, dispatch: Dispatch, whom: Audience, households: Sequence[int], before: int, now: datetime,
           state: DeliveryState | None = None) -> Select[*tuple[Any, ...]]:
    found, failed = audience.paths(session, whom), aliased(Delivery)
    replaced = select(func.max(failed.id)).where(failed.dispatch_id == dispatch.id, _same(dispatch, failed, found),
                                                 failed.state == DeliveryState.FAILED).correlate(found).scalar_subquery()
    rows = select(literal(dispatch.id), found.c.household_id, found.c.resident_id, found.c.contact_id, found.c.channel,
                  found.c.address_index, found.c.state, found.c.reason, literal(Origin.JOINED.value),
                  literal(now, Moment()), replaced).where(found.c.household_id.in_(households), _is_wanted(dispatch, found, before))
    return rows if state is None else rows.where(found.c.state == state)


def _same(dispatch: Dispatch, delivery: Any, found: Any) -> ColumnElement[bool]:
    """Whether a delivery is to the same household, or resident where each gets one."""
    is_same: ColumnElement[bool] = delivery.household_id == found.c.household_id
    return and_(is_same, delivery.resident_id == found.c.resident_id) if dispatch.to == "residents" else is_same


def _is_wanted(dispatch: Dispatch, found: Subquery, before: int | None) -> ColumnElement[bool]:
    """New to the dispatch; or known to it only by what has ended, and now with a number that it has not been sent to.

    `before`: the last id that counts as known; those of an emergency join on one channel after the other.
    """
    of, other = aliased(Delivery), aliased(Delivery)
    known, taking = ((one.dispatch_id == dispatch.id) if before is None else and_(one.dispatch_id == dispatch.id, one.id <= before)
                     for one in (of, other))
    theirs = and_(known, _same(dispatch, of, found))
    has_ended = or_(and_(of.state == DeliveryState.SKIPPED, of.reason.in_(ENDABLE)),
                    and_(of.state == DeliveryState.FAILED, of.reason == Reason.RECIPIENT_GONE))
    taken = select(other.address_index).where(taking, other.state != DeliveryState.SKIPPED,
                                              other.address_index.is_not(None))
    is_new = ~exists(select(1).where(theirs).correlate(found))
    is_left_over = ~exists(select(1).where(theirs, not_(has_ended)).correlate(found))
    return or_(is_new, and_(is_left_over, found.c.state == DeliveryState.PLANNED, found.c.address_index.not_in(taken)))


def _plan(session: Session, dispatch: Dispatch, today: Dispatch, whom: Audience, fresh: ColumnElement[bool], before: int,
          span: tuple[int, int], settings: PushSettings) -> None:
    """By the rules of the first round, as of today: the way, each number once, within the ceiling, the day and the hour."""
    is_urgent = dispatch.purpose == Purpose.EMERGENCY
    waits = 0 if is_urgent else layout.choose_ways(session, today, whom, span, settings)
    skip_shared(session, dispatch.id, fresh, before, *span)
    ceiling.keep_within(session, dispatch, fresh)
    if not is_urgent:
        layout.choose_times(session, today, span, settings, waits)
    layout.leave_now(session, today, span)


def skip_shared(session: Session, dispatch_id: int, fresh: ColumnElement[bool], before: int, first: int, last: int) -> None:
    """A number gets it once, whoever it stands for."""
    planned = and_(fresh, Delivery.state == DeliveryState.PLANNED)
    # The few numbers as values: PostgreSQL, which takes the fresh rows for one, would walk the dispatch for each of them.
    numbers = list(session.scalars(select(Delivery.address_index).where(planned)))
    taken = list(session.scalars(select(Delivery.address_index).where(
        Delivery.dispatch_id == dispatch_id, Delivery.id <= before, Delivery.state != DeliveryState.SKIPPED,
        Delivery.address_index.in_(numbers))))
    for doubles in (Delivery.address_index.in_(taken), Delivery.id.in_(audience.shared(dispatch_id, first, last))):
        session.execute(update(Delivery).where(planned, doubles).values(state=DeliveryState.SKIPPED, reason=Reason.SHARED)
                        .execution_options(synchronize_session=False))


def _without_rows(session: Session, dispatch: Dispatch, fresh: ColumnElement[bool], before: int) -> int:
    """How many households (or residents) among the fresh ones the dispatch knew nothing of."""
    old = aliased(Delivery)
    known = exists(select(1).where(old.dispatch_id == dispatch.id, old.id <= before, old.household_id == Delivery.household_id,
                                   _own_or_all(dispatch, old, Delivery)))
    whose = Delivery.resident_id if dispatch.to == "residents" else Delivery.household_id
    return session.scalar(select(func.count(whose.distinct())).where(fresh, ~known)) or 0


def _take_over(session: Session, dispatch: Dispatch, fresh: ColumnElement[bool], before: int) -> None:
    """What was not sent for a reason that ended gives way to what is sent now; the trail keeps how many."""
    late = aliased(Delivery)
    now_sent = exists(select(1).where(late.dispatch_id == dispatch.id, late.id > before, late.origin == Origin.JOINED,
                                      late.household_id == Delivery.household_id, _own_or_all(dispatch, late, Delivery)))
    session.execute(delete(Delivery).where(
        Delivery.dispatch_id == dispatch.id, Delivery.id <= before, Delivery.state == DeliveryState.SKIPPED,
        Delivery.household_id.in_(select(Delivery.household_id).where(fresh)), now_sent)
        .execution_options(synchronize_session=False))


def _own_or_all(dispatch: Dispatch, one: Any, other: Any) -> ColumnElement[bool]:
    own: ColumnElement[bool] = one.resident_id == other.resident_id
    return own if dispatch.to == "residents" else literal(True)


def reopen(dispatch: Dispatch, now: datetime) -> None:
    """Let what was over run again, for what was planned of it late."""
    if DispatchState(dispatch.state) is DispatchState.FINISHED:
        # Tries are counted from now on, for what was released long ago.
        dispatch.state, dispatch.finished_at, dispatch.resumed_at = DispatchState.RUNNING, None, now
