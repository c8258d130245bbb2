"""A person with the right to send allows one dispatch to cost more: what its ceiling kept back goes on, each number once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from kernel import audit
from kernel.audit import Actor
from kernel.database import Database
from push import ceiling, dispatches, joining, layout, quotas
from push.ceiling import Ceiling, is_kept_back
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import REACHED, DeliveryState, DispatchState, Reason
from push.visits import Visit, VisitState

COLUMNS = ["dispatch_id", "household_id", "resident_id", "contact_id", "channel", "address_index", "origin", "added_at", "replaces"]


@dataclass(frozen=True)
class Allowed:
    """What came of it: messages that go on, and how many the new ceiling (in yuan) still keeps back."""

    dispatch: int
    ceiling: float
    planned: int
    kept_back: int


def allow(database: Database, dispatch_id: int, *, yuan: float, reason: str, actor: Actor, now: datetime,
          settings: PushSettings) -> Allowed:
    """Raise the ceiling of a dispatch, on record; Refused where it may not go on any more, or the sum is no higher.

    One that was held at its hour by its ceiling is drawn up anew by the next look of a worker.
    """
    with database.writing() as session:
        dispatch = dispatches.find(session, dispatch_id)
        dispatches.refuse_stranger(dispatch, actor)
        layout.hold_counts(session, dispatch)
        session.refresh(dispatch, with_for_update=True)
        may_allow(session, dispatch, now)
        before, allowed = dispatch.cost_ceiling, Ceiling.raised(dispatch, yuan, reason)
        dispatch.cost_ceiling, dispatch.ceiling_reason = ceiling.fen(allowed.yuan), allowed.reason
        planned = 0
        if dispatch.released_at is None:
            _let_go_at_its_hour(dispatch, now)
        else:
            planned = _let_go_on(session, dispatch, now, settings)
        left = session.scalar(select(func.count()).where(is_kept_back(dispatch.id))) or 0
        audit.record(session, now, actor, "push.allow", f"dispatch:{dispatch.id}", {
            "notice": dispatch.notice_reference, "before": before / 100, "ceiling": dispatch.cost_ceiling / 100,
            "reason": allowed.reason, "planned": planned, "kept_back": left})
        return Allowed(dispatch.id, dispatch.cost_ceiling / 100, planned, left)


def may_allow(session: Session, dispatch: Dispatch, now: datetime) -> None:
    """Refused, with the reason, where nothing of a dispatch may go on however much is allowed, or it has no ceiling."""
    if not ceiling.is_bound(dispatch):
        raise Refused(f"推送任务 {dispatch.id} 没有费用上限，不用放宽。")
    if DispatchState(dispatch.state) is DispatchState.STOPPED:
        raise Refused(f"推送任务 {dispatch.id} 已经停止，不能再发。还要发，请另发给没收到的。")
    dispatches.refuse_lapsed(session, dispatch, now)


def _let_go_at_its_hour(dispatch: Dispatch, now: datetime) -> None:
    if dispatch.state == DispatchState.PAUSED and ceiling.OVER in dispatch.held_because:
        dispatch.state, dispatch.held_because, dispatch.resumed_at = DispatchState.PLANNED, "", now
        dispatch.release_at = max(dispatch.release_at, now)


def _let_go_on(session: Session, dispatch: Dispatch, now: datetime, settings: PushSettings) -> int:
    """Plan anew, as of today, what was kept back, the first first; gives how many. What the ceiling is still too low for stays."""
    layout.hasten(session)
    _leave_the_told(session, dispatch, now)
    ceiling.reckon(session, dispatch, settings)
    before = session.scalar(select(func.max(Delivery.id)).where(Delivery.dispatch_id == dispatch.id)) or 0
    kept = and_(is_kept_back(dispatch.id), Delivery.id <= before)
    session.execute(insert(Delivery).from_select([*COLUMNS, "state", "reason"], select(
        *(getattr(Delivery, name) for name in COLUMNS), literal(DeliveryState.PLANNED.value), literal(""))
        .where(kept).order_by(Delivery.id)))
    session.execute(delete(Delivery).where(kept).execution_options(synchronize_session=False))
    fresh = and_(Delivery.dispatch_id == dispatch.id, Delivery.id > before)
    first, last = session.execute(select(func.min(Delivery.id), func.max(Delivery.id)).where(fresh)).one()
    if first is None:
        return 0
    joining.skip_shared(session, dispatch.id, fresh, before, first, last)
    ceiling.keep_within(session, dispatch, fresh)
    today = layout.as_of(dispatch, now, settings)
    layout.put_off(session, today, (first, last), settings, quotas.keep_within(session, today, None, (first, last), settings))
    layout.leave_now(session, today, (first, last))
    planned = session.scalar(select(func.count()).where(fresh, Delivery.state == DeliveryState.PLANNED)) or 0
    if planned:
        layout.write_batches(session, dispatch, tuple(dispatch.channels), first, last, today.release_at, settings.batch_size)
        joining.reopen(dispatch, now)
    return planned


def _leave_the_told(session: Session, dispatch: Dispatch, now: datetime) -> None:
    """Whoever has heard of it meanwhile, by a message after all or at home, gets nothing more."""
    other = aliased(Delivery)
    whose = and_(other.dispatch_id == dispatch.id, other.household_id == Delivery.household_id, other.state.in_(REACHED))
    if dispatch.to == "residents":
        whose = and_(whose, other.resident_id == Delivery.resident_id)
    seen = and_(Visit.dispatch_id == dispatch.id, Visit.household_id == Delivery.household_id, Visit.state == VisitState.DONE)
    session.execute(update(Delivery).where(is_kept_back(dispatch.id), or_(exists(select(1).where(whose)), exists(select(1).where(seen))))
                    .values(reason=Reason.ALREADY_SENT, settled_at=now).execution_options(synchronize_session=False))
