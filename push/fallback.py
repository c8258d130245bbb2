"""When one channel failed: the same words once more over the next channel of the notice's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from kernel.clock import in_china
from profiles.models import Contact, Resident
from push import in_force
from push.audience import best_contacts, own_contacts
from push.ceiling import take
from push.layout import write_batches
from push.models import Delivery, Dispatch
from push.states import DeliveryState, DispatchState, Reason

BATCH_SIZE = 2000


@dataclass(frozen=True)
class Next:
    """A failed delivery and the contact to try instead; `index` names its number."""

    failed: int
    household: int
    resident: int
    contact: int
    channel: str
    index: bytes


def fall_back(session: Session, dispatch_id: int, failed: Sequence[int], now: datetime) -> int:
    """Plan the next channel for failed deliveries of a dispatch, once each; gives how many were planned.

    What would go over the ceiling of its cost is written down as kept back, until somebody allows more.
    Nothing is planned where no later channel is left, the dispatch was stopped, corrected, too late or its notice is not in
    force any more, or where the number already has this message. What failed for being too late stays failed.
    """
    # Whoever plans holds the dispatch until the commit: two processes, or two members of a household whose messages fail at
    # the same moment, never plan one number twice. SQLite has one writer at a time anyway.
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True)
    # A correction follows the message it corrects and nobody else.
    if len(dispatch.channels) < 2 or dispatch.corrects is not None or DispatchState(
            dispatch.state) is DispatchState.STOPPED or not in_force.may_go_on(session, dispatch, now):
        return 0
    planned = sum(_from_channel(session, dispatch, channel, tuple(dispatch.channels[place + 1:]), failed, now)
                  for place, channel in enumerate(dispatch.channels[:-1]))
    if planned:
        # Tries are counted from now on, for what was over long ago.
        session.execute(update(Dispatch).where(Dispatch.id == dispatch_id, Dispatch.state == DispatchState.FINISHED)
                        .values(state=DispatchState.RUNNING, finished_at=None, resumed_at=now)
                        .execution_options(synchronize_session=False))
    return planned


def _from_channel(session: Session, dispatch: Dispatch, channel: str, later: tuple[str, ...], failed: Sequence[int],
                  now: datetime) -> int:
    rows = session.execute(select(Delivery.id, Delivery.household_id, Delivery.resident_id).where(
        Delivery.id.in_(failed), Delivery.dispatch_id == dispatch.id, Delivery.channel == channel,
        Delivery.state == DeliveryState.FAILED, Delivery.reason != Reason.TOO_LATE).order_by(Delivery.id)).all()
    replaced = set(session.scalars(select(Delivery.replaces).where(
        Delivery.dispatch_id == dispatch.id, Delivery.household_id.in_({row.household_id for row in rows}),
        Delivery.replaces.in_([row.id for row in rows])))) if rows else set()
    rows = [row for row in rows if row.id not in replaced]
    if not rows:
        return 0
    wanted: list[Next] = []
    rest = [(row.id, row.household_id) for row in rows]
    if dispatch.to == "residents":
        # Each has a message of their own: first their own next address, and the household's for who has none.
        wanted = _own(session, dispatch, later, [row.id for row in rows], now)
        served = {one.failed for one in wanted}
        rest = [(number, household) for number, household in rest if number not in served]
    wanted += _households(session, dispatch, later, rest, now)
    return _plan(session, dispatch, later, wanted, now)


def _own(session: Session, dispatch: Dispatch, later: tuple[str, ...], failed: Sequence[int], now: datetime) -> list[Next]:
    best = own_contacts(select(Delivery.resident_id).where(Delivery.id.in_(failed)), later, dispatch.topic,
                        in_china(now).date(), refusals=not dispatch.is_exempt,
                        about_households=dispatch.about_households).subquery("best")
    return [Next(*row) for row in session.execute(
        select(Delivery.id, Delivery.household_id, Contact.resident_id, Contact.id, Contact.channel, Contact.address_index)
        .join(best, best.c.resident_id == Delivery.resident_id).join(Contact, Contact.id == best.c.contact_id)
        .where(Delivery.id.in_(failed)).order_by(Delivery.id))]


def _households(session: Session, dispatch: Dispatch, later: tuple[str, ...], failed: Iterable[tuple[int, int]],
                now: datetime) -> list[Next]:
    # A household has one next address, however many of its messages failed together.
    first_of: dict[int, int] = {}
    for number, household in failed:
        first_of.setdefault(household, number)
    if not first_of:
        return []
    best = best_contacts(list(first_of), later, dispatch.topic, in_china(now).date(),
                         refusals=not dispatch.is_exempt, about_households=dispatch.about_households).subquery("best")
    return [Next(first_of[household], household, *row) for household, *row in session.execute(
        select(best.c.household_id, Contact.resident_id, Contact.id, Contact.channel, Contact.address_index)
        .join(Contact, Contact.id == best.c.contact_id).order_by(best.c.household_id))]


def _plan(session: Session, dispatch: Dispatch, later: tuple[str, ...], wanted: Sequence[Next], now: datetime) -> int:
    """Write those down whose number has nothing of this dispatch yet; who shares one with another household is told so."""
    own, others = _taken(session, dispatch.id, {one.index for one in wanted}, {one.household for one in wanted})
    fresh, values = set[bytes](), []
    for one in wanted:
        if (one.household, one.index) in own:
            continue
        is_shared = one.index in others or one.index in fresh
        fresh.add(one.index)
        own.add((one.household, one.index))
        kept = Reason.SHARED if is_shared else "" if take(dispatch, one.channel, 1) else Reason.OVER_CEILING
        state, reason = DeliveryState.SKIPPED if kept else DeliveryState.PLANNED, str(kept)
        values.append({"dispatch_id": dispatch.id, "household_id": one.household, "resident_id": one.resident,
                       "contact_id": one.contact, "channel": one.channel, "address_index": one.index, "state": state.value,
                       "reason": reason, "replaces": one.failed, "settled_at": now if reason else None})
    made = sum(1 for one in values if not one["reason"])
    before = session.scalar(select(func.max(Delivery.id)).where(Delivery.dispatch_id == dispatch.id)) or 0
    if values:
        session.connection().execute(insert(Delivery.__table__), values)  # type: ignore[arg-type]
    if made:
        last = session.scalar(select(func.max(Delivery.id)).where(Delivery.dispatch_id == dispatch.id)) or 0
        write_batches(session, dispatch, later, before + 1, last, now, BATCH_SIZE)
    return made


def _taken(session: Session, dispatch_id: int, indexes: set[bytes],
           households: set[int]) -> tuple[set[tuple[int, bytes]], set[bytes]]:
    """Numbers that some households have a row for, whatever became of it; and those something was planned or sent to.

    Looked for by way of whose the numbers are: no index of the deliveries names a number.
    """
    if not indexes:
        return set(), set()
    holders = set(session.scalars(select(Resident.household_id).join(Contact, Contact.resident_id == Resident.id)
                                  .where(Contact.address_index.in_(indexes))))
    rows = session.execute(
        select(Delivery.household_id, Contact.address_index, Delivery.state).join(Contact, Contact.id == Delivery.contact_id)
        .where(Delivery.dispatch_id == dispatch_id, Delivery.household_id.in_(holders | households),
               Contact.address_index.in_(indexes))).all()
    own = {(row.household_id, bytes(row.address_index)) for row in rows if row.household_id in households}
    return own, {bytes(row.address_index) for row in rows if row.state != DeliveryState.SKIPPED}
