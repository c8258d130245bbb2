"""When one channel failed: the same words once more over the next channel of the notice's order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from kernel.clock import in_china
from profiles.models import Contact
from push.audience import best_contacts
from push.layout import write_batches
from push.models import Delivery, Dispatch
from push.states import DeliveryState, DispatchState, Reason

BATCH_SIZE = 2000


def fall_back(session: Session, dispatch_id: int, failed: Sequence[int], now: datetime) -> int:
    """Plan the next channel for failed deliveries of a dispatch, once each; gives how many were planned.

    Nothing is planned where no later channel is left, the dispatch was stopped, or the address already has this message.
    What failed for being too late stays failed.
    """
    # Whoever plans holds the dispatch until the commit: two processes, or two members of a household whose messages fail at
    # the same moment, never plan one number twice. SQLite has one writer at a time anyway.
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True)
    # A correction follows the message it corrects and nobody else.
    if len(dispatch.channels) < 2 or dispatch.corrects is not None or DispatchState(
            dispatch.state) is DispatchState.STOPPED:
        return 0
    planned = 0
    for place, channel in enumerate(dispatch.channels[:-1]):
        planned += _from_channel(session, dispatch, channel, tuple(dispatch.channels[place + 1:]), failed, now)
    if planned:
        session.execute(update(Dispatch).where(Dispatch.id == dispatch_id, Dispatch.state == DispatchState.FINISHED)
                        .values(state=DispatchState.RUNNING, finished_at=None).execution_options(synchronize_session=False))
    return planned


def _from_channel(session: Session, dispatch: Dispatch, channel: str, later: tuple[str, ...], failed: Sequence[int],
                  now: datetime) -> int:
    before, other = aliased(Delivery), aliased(Delivery)
    rows = session.execute(select(Delivery.id, Delivery.household_id, Delivery.resident_id).where(
        Delivery.id.in_(failed), Delivery.dispatch_id == dispatch.id, Delivery.channel == channel,
        Delivery.state == DeliveryState.FAILED, Delivery.reason != Reason.TOO_LATE)).all()
    if not rows:
        return 0
    # A household has one next address, however many of its messages failed together.
    first_of = {row.household_id: row.id for row in sorted(rows, reverse=True)}
    best = best_contacts(list(first_of), later, dispatch.topic, in_china(now).date(),
                         refusals=not dispatch.is_exempt, about_households=dispatch.about_households).subquery("best")
    chosen = (
        select(literal(dispatch.id), Delivery.household_id, Contact.resident_id, Contact.id, Contact.channel,
               Contact.address_index, literal(DeliveryState.PLANNED.value), literal(""), Delivery.id)
        .select_from(Delivery).join(best, best.c.household_id == Delivery.household_id)
        .join(Contact, Contact.id == best.c.contact_id)
        .where(Delivery.id.in_(first_of.values()),
               ~exists(select(1).where(before.replaces == Delivery.id, before.household_id == Delivery.household_id,
                                       before.dispatch_id == dispatch.id)),
               ~exists(select(1).where(other.dispatch_id == dispatch.id, other.household_id == Delivery.household_id,
                                       other.address_index == Contact.address_index)))
    )
    columns = ["dispatch_id", "household_id", "resident_id", "contact_id", "channel", "address_index", "state", "reason",
               "replaces"]
    last_before = session.scalar(select(func.max(Delivery.id)).where(Delivery.dispatch_id == dispatch.id)) or 0
    result = session.execute(insert(Delivery).from_select(columns, chosen), execution_options={"preserve_rowcount": True})
    made = int(result.rowcount)  # type: ignore[attr-defined]
    if made:
        last = session.scalar(select(func.max(Delivery.id)).where(Delivery.dispatch_id == dispatch.id)) or 0
        write_batches(session, dispatch, later, last_before + 1, last, now, BATCH_SIZE)
    return made
