"""How much a number gets: a daily and a weekly cap; what is above them is put off, never dropped, never past its deadline.

Statutory notices, emergencies and corrections are exempt, and do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from kernel.clock import in_china
from kernel.database import Moment
from profiles.models import Contact
from push.models import Delivery, Dispatch
from push.planning import morning_after, start_of
from push.settings import PushSettings
from push.states import REACHED, DeliveryState

# Nothing is put off for longer: what finds no room in four weeks goes on the last of their days.
HORIZON = 28
WEEK = 7
# Any fixed number; `push.months` has another.
_LOCK = 640425_0017


def put_off(session: Session, dispatch: Dispatch, span: tuple[int, int], day: int, settings: PushSettings, *,
            by_week: bool) -> int:
    """Give what waits for a day (counted from that of the release), but to a number that has had its fill, the first morning of
    the next week or day, if that is in time; gives the last day something was put off to, 0 for none.

    `span` are the first and the last id of the dispatch; `by_week`: somebody may have come into the middle of a week.
    """
    put_off_to = 0
    to_monday = WEEK - in_china(start_of(dispatch.release_at, day)).weekday()
    # Otherwise only the first day looked at of a week needs the weekly count: nobody comes back into it.
    if settings.weekly_cap and (by_week or day == 0 or to_monday == WEEK):
        full = _full(dispatch, day + to_monday - WEEK, WEEK, settings.weekly_cap)
        if _move(session, dispatch, span, day, day + to_monday, full, settings):
            put_off_to = day + to_monday
    if settings.daily_cap and _move(session, dispatch, span, day, day + 1, full_on(dispatch, day, settings), settings):
        put_off_to = max(put_off_to, day + 1)
    return put_off_to


def one_at_a_time(session: Session) -> None:
    """Hold whoever counts what numbers and channels get until this transaction ends: neither of two would see the other's.

    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def full_on(dispatch: Dispatch, day: int, settings: PushSettings) -> Select[*tuple[Any, ...]]:
    """Numbers that have their fill of a day, counted from that of the release, by other dispatches."""
    return _full(dispatch, day, 1, settings.daily_cap)


def full_at_release(dispatch: Dispatch, settings: PushSettings) -> Sequence[Select[*tuple[Any, ...]]]:
    """Numbers that can take no more on the day of the release: by the daily, by the weekly cap."""
    weekday = in_china(dispatch.release_at).weekday()
    week = [_full(dispatch, -weekday, WEEK, settings.weekly_cap)] if settings.weekly_cap else []
    return [*([full_on(dispatch, 0, settings)] if settings.daily_cap else []), *week]


def _move(session: Session, dispatch: Dispatch, span: tuple[int, int], day: int, until: int,
          full: Select[*tuple[Any, ...]], settings: PushSettings) -> int:
    """Let the deliveries of a day to full numbers wait for another day; in time for nothing, they go at once."""
    here, there = (morning_after(dispatch.release_at, to, settings.quiet, dispatch.deadline) for to in (day, until))
    if day and here is None:
        return 0
    waits = Delivery.due_at == literal(here, Moment()) if day else Delivery.due_at.is_(None)
    moved = session.execute(
        update(Delivery).where(Delivery.id.between(*span), Delivery.dispatch_id + 0 == dispatch.id, waits,
                               Delivery.state == DeliveryState.PLANNED, Delivery.address_index.in_(full))
        .values(due_at=there).execution_options(synchronize_session=False, preserve_rowcount=True))
    return 0 if there is None else int(moved.rowcount)  # type: ignore[attr-defined]


def _full(dispatch: Dispatch, day: int, days: int, cap: int) -> Select[*tuple[Any, ...]]:
    """Numbers to which other dispatches have sent, or will send, so much within some days."""
    release = dispatch.release_at
    begin, end = start_of(release, day), start_of(release, day + days)
    leaves = func.coalesce(Delivery.due_at, Dispatch.release_at)
    counted = and_(Dispatch.id != dispatch.id, leaves >= begin, leaves < end, *counts_within(begin, end),
                   Delivery.state.in_((DeliveryState.PLANNED, *REACHED)), Dispatch.is_exempt.is_(False))
    # By the contact's index: while keys are turned, a delivery's own copy of it is changed later than the contact's.
    held = aliased(Contact)
    number = func.coalesce(held.address_index, Delivery.address_index)
    return (select(number).select_from(Delivery).join(Dispatch, Dispatch.id == Delivery.dispatch_id)
            .outerjoin(held, held.id == Delivery.contact_id)
            .where(counted, number.is_not(None)).group_by(number).having(func.count() >= cap))


def counts_within(begin: Any, end: Any) -> tuple[ColumnElement[bool], ...]:
    """Dispatches of which anything can leave between two moments; spares the reading of all others."""
    return (Dispatch.release_at < end, planned_since(begin - timedelta(days=HORIZON + 1)),
            or_(Dispatch.finished_at.is_(None), Dispatch.finished_at >= begin))


def planned_since(moment: Any) -> ColumnElement[bool]:
    """Dispatches released since a moment, or taken up again since then: for who joined late, for a reminder."""
    return or_(Dispatch.release_at >= moment, Dispatch.resumed_at >= moment)
