"""From planned deliveries to calls: who is still there, cut to the vendor's size, written down before they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, false, insert, or_, select, update
from sqlalchemy.orm import Session

from channels.messages import Call, Content, Message, Purpose
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database
from kernel.ids import sortable_id
from profiles.consent import refused_clause
from profiles.contacts import purpose_of
from profiles.models import Contact, Household, Refusal, Resident, Standing
from push.claims import Claim
from push.models import Attempt, Batch, Delivery, Dispatch
from push.planning import into_calls, may_leave_at
from push.settings import PushSettings
from push.states import AttemptState, BatchState, DeliveryState, DispatchState, Reason


@dataclass(frozen=True)
class Prepared:
    """One call that is written down and may leave; ids `first` to `last` hold its deliveries."""

    call: Call = field(repr=False)
    batch_id: int
    dispatch_id: int
    channel: str
    first: int
    last: int
    give_up_at: datetime

    @property
    def size(self) -> int:
        """Messages in it."""
        return len(self.call.messages)


@dataclass(frozen=True)
class Group:
    """Calls to make now; `is_last` when the batch holds nothing more that is due."""

    calls: tuple[Prepared, ...]
    is_last: bool


@dataclass(frozen=True)
class Halt:
    """Nothing may leave this batch now; `until` is when it may again, where that is known."""

    until: datetime | None = None


@dataclass(frozen=True)
class Row:
    """A planned delivery whose addressee is still there."""

    id: int
    alone: bool
    address: str = field(repr=False)


@dataclass(frozen=True)
class Orders:
    """What the worker must know of a dispatch."""

    id: int
    content: Content = field(repr=False)
    topic: str
    is_exempt: bool
    is_open: bool
    may_leave_at: datetime
    give_up_at: datetime


def orders(session: Session, dispatch_id: int, channel: str, now: datetime, settings: PushSettings) -> Orders:
    """Read a dispatch's orders for a channel."""
    from push.planning import gives_up_at

    one = session.get_one(Dispatch, dispatch_id)
    urgent = one.purpose == Purpose.EMERGENCY
    return Orders(one.id, content_of(one.content, channel), one.topic, one.is_exempt, DispatchState(one.state).is_open,
                  may_leave_at(now, settings.quiet, one.deadline, urgent=urgent),
                  gives_up_at(one.resumed_at or one.release_at, one.deadline, settings.retry_hours))


def content_of(stored: Mapping[str, Any], channel: str) -> Content:
    """The approved content of a channel, as it was snapshotted."""
    made = stored[channel]
    return Content(Purpose(made["purpose"]), made["text"], made["variables"], made["link"])


def prepare(database: Database, keyring: Keyring, claim: Claim, worker: str, gateway: str, *, bulk: int, count: int,
            now: datetime, settings: PushSettings) -> Group | Halt:
    """Take up to `count` due deliveries of a claim and write down the calls that will carry them.

    What is read first is read without a lock; one commit then writes attempts and deliveries, and only as they still
    are what was read. A batch that is no longer ours, or whose dispatch is held, halts.
    """
    with database.reading() as session:
        told = orders(session, claim.dispatch_id, claim.channel, now, settings)
        if not told.is_open or told.may_leave_at > now or _is_overtaken(session, claim, now):
            return Halt(told.may_leave_at if told.may_leave_at > now else None)
        rows, gone, last_id = _rows(session, keyring, claim, told, count, now)
    calls = [_prepared(claim, told, part, now) for part in into_calls(rows, bulk)]
    with database.writing() as session:
        if not _still_ours(session, claim, worker, now, settings):
            claim.is_lost = True
            return Halt()
        if session.scalar(select(Dispatch.state).where(Dispatch.id == told.id)) not in (
                DispatchState.RUNNING, DispatchState.PLANNED):
            return Halt()
        _skip(session, gone, now)
        if not _write(session, calls, gateway, now):
            session.rollback()
            return Group((), is_last=False)
    claim.cursor = last_id
    return Group(tuple(calls), is_last=len(rows) + len(gone) < count)


def withdraw(session: Session, calls: Sequence[Prepared]) -> None:
    """Take back calls that surely never left: their deliveries are planned as before."""
    for one in calls:
        session.execute(update(Delivery).where(
            Delivery.id.between(one.first, one.last), Delivery.attempt_id == one.call.attempt,
            Delivery.state == DeliveryState.SENDING).values(state=DeliveryState.PLANNED)
            .execution_options(synchronize_session=False))
    session.execute(update(Attempt).where(Attempt.id.in_([one.call.attempt for one in calls]),
                                          Attempt.state == AttemptState.OPEN)
                    .values(state=AttemptState.UNSENT).execution_options(synchronize_session=False))


def _is_overtaken(session: Session, claim: Claim, now: datetime) -> bool:
    """Whether something more urgent waits for the same channel."""
    return session.scalar(
        select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id).where(
            Batch.state == BatchState.DUE, Batch.due_at <= now, Batch.channel == claim.channel,
            Batch.priority > claim.priority,
            Dispatch.state.in_((DispatchState.RUNNING, DispatchState.PLANNED))).limit(1)) is not None


def _rows(session: Session, keyring: Keyring, claim: Claim, told: Orders, count: int,
          now: datetime) -> tuple[list[Row], dict[Reason, list[int]], int]:
    """Due deliveries after the cursor: those to send, those whose addressee is gone by reason, and the last id seen."""
    found = session.execute(
        select(Delivery.id, Delivery.alone, Contact.address, Contact.retired_at, Resident.standing, Household.left_at,
               _refusing(session, told))
        .outerjoin(Contact, Contact.id == Delivery.contact_id)
        .outerjoin(Resident, Resident.id == Contact.resident_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(Delivery.id > claim.cursor, Delivery.id <= claim.last_id, Delivery.dispatch_id == claim.dispatch_id,
               Delivery.channel == claim.channel, Delivery.state == DeliveryState.PLANNED,
               or_(Delivery.due_at.is_(None), Delivery.due_at <= now))
        .order_by(Delivery.id).limit(count)).all()
    rows: list[Row] = []
    gone: dict[Reason, list[int]] = {}
    purpose = purpose_of(claim.channel)
    for number, alone, address, retired_at, standing, left_at, refuses in found:
        reason = _gone(address, retired_at, standing, left_at, refuses)
        if reason is None:
            try:
                rows.append(Row(number, alone, keyring.decrypt(address, purpose)))
                continue
            except Unreadable:
                reason = Reason.UNREADABLE
        gone.setdefault(reason, []).append(number)
    return rows, gone, found[-1].id if found else claim.last_id


def _refusing(session: Session, told: Orders) -> Any:
    """Whether the addressee has refused since the planning; the empty register is not asked for each row."""
    in_force = not told.is_exempt and session.scalar(
        select(Refusal.id).where(Refusal.withdrawn_at.is_(None), Refusal.topic.in_(("", told.topic))).limit(1)) is not None
    return refused_clause(Contact, told.topic) if in_force else false()


def _gone(address: bytes | None, retired_at: datetime | None, standing: str | None, left_at: datetime | None,
          refuses: bool) -> Reason | None:
    if address is None or retired_at is not None:
        return Reason.ADDRESS_RETIRED
    if standing != Standing.PRESENT or left_at is not None:
        return Reason.LEFT
    return Reason.REFUSED if refuses else None


def _prepared(claim: Claim, told: Orders, rows: Sequence[Row], now: datetime) -> Prepared:
    messages = tuple(Message(row.id, row.address, told.content) for row in rows)
    return Prepared(Call(sortable_id(), messages, now), claim.batch_id, claim.dispatch_id, claim.channel,
                    rows[0].id, rows[-1].id, told.give_up_at)


def _still_ours(session: Session, claim: Claim, worker: str, now: datetime, settings: PushSettings) -> bool:
    result = session.execute(
        update(Batch).where(Batch.id == claim.batch_id, Batch.leased_by == worker, Batch.state == BatchState.CLAIMED)
        .values(lease_until=now + settings.lease_time).execution_options(synchronize_session=False))
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _skip(session: Session, gone: Mapping[Reason, Sequence[int]], now: datetime) -> None:
    for reason, numbers in gone.items():
        state = DeliveryState.FAILED if reason is Reason.UNREADABLE else DeliveryState.SKIPPED
        session.execute(update(Delivery).where(Delivery.id.in_(numbers), Delivery.state == DeliveryState.PLANNED)
                        .values(state=state, reason=reason, settled_at=now).execution_options(synchronize_session=False))


_ATTEMPTS = Attempt.__table__
_DELIVERIES = Delivery.__table__
# A call's range holds planned and due rows of its own only: what was gone between them is skipped by now.
_SENDING = (
    update(_DELIVERIES).where(  # type: ignore[arg-type]
        _DELIVERIES.c.id.between(bindparam("low"), bindparam("high")), _DELIVERIES.c.dispatch_id == bindparam("dispatch"),
        _DELIVERIES.c.channel == bindparam("over"), _DELIVERIES.c.state == DeliveryState.PLANNED.value,
        or_(_DELIVERIES.c.due_at.is_(None), _DELIVERIES.c.due_at <= bindparam("moment")))
    .values(state=DeliveryState.SENDING.value, attempt_id=bindparam("attempt"), tries=_DELIVERIES.c.tries + 1)
)


def _write(session: Session, calls: Sequence[Prepared], gateway: str, now: datetime) -> bool:
    """Write attempts and mark their deliveries; False when a row was no longer what was read."""
    if not calls:
        return True
    connection = session.connection()
    connection.execute(insert(_ATTEMPTS), [  # type: ignore[arg-type]
        {"id": one.call.attempt, "batch_id": one.batch_id, "dispatch_id": one.dispatch_id, "channel": one.channel,
         "gateway": gateway, "state": AttemptState.OPEN.value, "first_id": one.first, "last_id": one.last,
         "size": one.size, "started_at": one.call.started_at, "asked": 0} for one in calls])
    marked = connection.execute(_SENDING, [
        {"low": one.first, "high": one.last, "dispatch": one.dispatch_id, "over": one.channel, "moment": now,
         "attempt": one.call.attempt} for one in calls])
    return bool(marked.rowcount == sum(one.size for one in calls))
