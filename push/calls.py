"""From planned deliveries to calls: who is still there, cut to the vendor's size, written down before they leave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import TypeEngine

from channels.messages import Call, Content, Message, Purpose
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database, Moment
from kernel.ids import sortable_id
from profiles.consent import daytime_clause, refused_clause
from profiles.contacts import purpose_of
from profiles.models import Contact, Household, Refusal, Resident, Standing, WishKind
from push import in_force
from push.among import columns_of_json, columns_of_lists, plan_once, rows_listed
from push.claims import Claim, hold, reopen
from push.models import Attempt, Batch, Delivery, Dispatch
from push.planning import gives_up_at, may_leave_at, start_of, waits_until
from push.settings import PushSettings
from push.states import AttemptState, BatchState, DeliveryState, DispatchState, Reason

# What a cap or a quota put off for longer than tries last has so many of its own.
TRIES_OF_THE_PUT_OFF = 24
# Until the sweep has written down what is too late.
BREATH = timedelta(seconds=1)


@dataclass(frozen=True)
class Prepared:
    """One call, or a sheaf of them, that is written down and may leave; ids `first` to `last` hold its deliveries.

    `tried` names the gateways that refused all of them before.
    """

    call: Call = field(repr=False)
    batch_id: int
    dispatch_id: int
    channel: str
    gateway: str
    first: int
    last: int
    give_up_at: datetime
    tried: str | None = None

    @property
    def size(self) -> int:
        """Messages in it."""
        return len(self.call.messages)

    def singly(self) -> Iterator[Call]:
        """The calls of a sheaf, in their order."""
        whole = self.call
        return (Call(whole.attempt, (message,), whole.started_at, whole.calls) for message in whole.messages)


@dataclass(frozen=True)
class Group:
    """Calls to make now; `is_last` when the batch holds nothing more that is due; `left` were due and found no gateway."""

    calls: tuple[Prepared, ...]
    is_last: bool
    left: int = 0


@dataclass(frozen=True)
class Halt:
    """Nothing may leave this batch now; `until` is when it may again, where that is known."""

    until: datetime | None = None


@dataclass(slots=True)
class Row:
    """A planned delivery whose addressee is still there; one a message, so that it is made quickly rather than frozen."""

    id: int
    alone: bool
    address: str = field(repr=False)
    tried: str | None = None
    tries: int = 0


# Deals rows out in their order: calls with the gateway of each, and how many rows found none for now.
Deal = Callable[[Sequence[Row], Purpose], tuple[Sequence[tuple[str, Sequence[Row]]], int]]


@dataclass(frozen=True)
class Orders:
    """What the worker must know of a dispatch.

    `day_begins` is set while those who want messages by day only have to wait; `has_ways`: a message may replace one that
    failed over another channel.
    """

    id: int
    content: Content = field(repr=False)
    topic: str
    is_exempt: bool
    is_open: bool
    may_leave_at: datetime
    give_up_at: datetime
    about_households: bool
    to_residents: bool
    day_begins: datetime | None
    release_at: datetime
    has_ways: bool = False
    is_past: bool = False
    tries_for: timedelta = timedelta(0)


def orders(session: Session, dispatch_id: int, channel: str, now: datetime, settings: PushSettings) -> Orders:
    """Read a dispatch's orders for a channel."""
    one = session.get_one(Dispatch, dispatch_id)
    urgent = one.purpose == Purpose.EMERGENCY
    return Orders(one.id, content_of(one.content, channel), one.topic, one.is_exempt, DispatchState(one.state).is_open,
                  may_leave_at(now, settings.quiet, one.deadline, urgent=urgent),
                  gives_up_at(one.resumed_at or one.release_at, one.deadline, settings.retry_hours),
                  one.about_households, one.to == "residents",
                  waits_until(now, settings.daytime, one.deadline, urgent=urgent), one.release_at, len(one.channels) > 1,
                  in_force.is_past(one, now), timedelta(hours=settings.retry_hours))


def content_of(stored: Mapping[str, Any], channel: str) -> Content:
    """The approved content of a channel, as it was snapshotted."""
    made = stored[channel]
    return Content(Purpose(made["purpose"]), made["text"], made["variables"], made["link"], made.get("form", ""))


def prepare(database: Database, keyring: Keyring, claim: Claim, worker: str, deal: Deal, *, count: int, now: datetime,
            settings: PushSettings, singly: Collection[str] = ()) -> Group | Halt:
    """Take up to `count` due deliveries of a claim and write down the calls that will carry them; gateways that are named
    in `singly` get sheaves.

    What is read first is read without a lock; one commit then writes attempts and deliveries, and only as they still
    are what was read. A batch that is no longer ours, or whose dispatch is held, halts.
    """
    with database.reading() as session:
        told = orders(session, claim.dispatch_id, claim.channel, now, settings)
        if not told.is_open or told.may_leave_at > now or _is_overtaken(session, claim, now):
            return Halt(told.may_leave_at if told.may_leave_at > now else None)
        if told.is_past:
            return Halt(now + BREATH)
        rows, gone, waiting, last_id = _rows(session, keyring, claim, told, count, now)
    parts, left = deal(rows, told.content.purpose)
    calls = [_prepared(claim, told, gateway, part, now, len(part) if gateway in singly else 1) for gateway, part in parts]
    # What a power cut takes back was never called: a call that nobody remembers would be made a second time.
    with database.writing(durable=True) as session:
        plan_once(session)
        if not _still_ours(session, claim, worker, now, settings):
            claim.is_lost = True
            return Halt()
        if session.connection().scalar(_STATE, {"dispatch": told.id}) not in (DispatchState.RUNNING, DispatchState.PLANNED):
            return Halt()
        _skip(session, gone, now)
        _put_off(session, waiting, told.day_begins)
        if not _write(session, calls, now, told.release_at):
            session.rollback()
            return Group((), is_last=False)
    claim.cursor = last_id
    seen = len(rows) + sum(map(len, gone.values())) + len(waiting)
    return Group(tuple(calls), is_last=seen < count, left=left)


def withdraw(session: Session, calls: Sequence[Prepared], now: datetime) -> None:
    """Take back calls that surely never left: their deliveries are planned as before, and no try of theirs is counted.

    Also where the lease was over and they count as lost, unless somebody has asked about them since: to ask may be to send.
    """
    batches = {one.batch_id for one in calls}
    hold(session, batches)
    unsent = set(session.scalars(
        update(Attempt).where(Attempt.id.in_([one.call.attempt for one in calls]), or_(
            Attempt.state == AttemptState.OPEN, and_(Attempt.state == AttemptState.LOST, Attempt.asked == 0)))
        .values(state=AttemptState.UNSENT, ask_at=None).returning(Attempt.id).execution_options(synchronize_session=False)))
    for one in calls:
        if one.call.attempt in unsent:
            session.execute(update(Delivery).where(
                Delivery.id.between(one.first, one.last), Delivery.attempt_id == one.call.attempt,
                Delivery.state.in_((DeliveryState.SENDING, DeliveryState.UNKNOWN)))
                .values(state=DeliveryState.PLANNED, tries=Delivery.tries - 1).execution_options(synchronize_session=False))
    if unsent:
        reopen(session, batches, now)


# Statements are built once: to build one takes as long as to send forty messages.
_OVERTAKING = (
    select(Batch.id).join(Dispatch, Dispatch.id == Batch.dispatch_id)
    .where(or_(and_(Batch.state == BatchState.DUE, Batch.due_at <= bindparam("moment")),
               and_(Batch.state == BatchState.CLAIMED, Batch.lease_until >= bindparam("moment"))), Batch.channel == bindparam("over"),
           Batch.priority > bindparam("ours"), Dispatch.state.in_((DispatchState.RUNNING, DispatchState.PLANNED))).limit(1)
)
_RENEWING = (
    update(Batch).where(Batch.id == bindparam("batch"), Batch.leased_by == bindparam("worker"), Batch.state == BatchState.CLAIMED)
    .values(lease_until=bindparam("until"))
)
_STATE = select(Dispatch.state).where(Dispatch.id == bindparam("dispatch"))


def _is_overtaken(session: Session, claim: Claim, now: datetime) -> bool:
    """Whether something more urgent waits for the same channel, or is being sent over it by whichever worker."""
    return session.connection().scalar(_OVERTAKING, {"moment": now, "over": claim.channel, "ours": claim.priority}) is not None


def _rows(session: Session, keyring: Keyring, claim: Claim, told: Orders, count: int,
          now: datetime) -> tuple[list[Row], dict[Reason, list[int]], list[int], int]:
    """Due deliveries after the cursor: those to send, those whose addressee is gone by reason, those that wait for the day,
    and the last id seen.

    Everything that may have changed since the planning is read again with the address itself: a death, a move, a refusal or
    a number found to be 代收 holds from the next group on. What is written between this look and the commit that marks the
    calls (some milliseconds) may still let a message leave; what is in a vendor's hands nobody can call back.
    """
    # The empty register is not asked for each row.
    barred = told.topic if not told.is_exempt and _stands(session, WishKind.REFUSED, told.topic) else None
    waits = told.day_begins is not None and _stands(session, WishKind.DAYTIME)
    # By the connection: the session would weigh each row for objects it does not hold.
    found = session.connection().execute(_due(told.to_residents, told.about_households, told.has_ways, barred, waits), {
        "cursor": claim.cursor, "last": claim.last_id, "dispatch": claim.dispatch_id, "over": claim.channel, "moment": now,
        "most": count}).all()
    rows: list[Row] = []
    gone: dict[Reason, list[int]] = {}
    waiting: list[int] = []
    read = keyring.reader(purpose_of(claim.channel))
    for number, alone, tried, tries, address, reason, waits in found:
        if reason:
            gone.setdefault(Reason(reason), []).append(number)
        elif waits:
            waiting.append(number)
        else:
            try:
                rows.append(Row(number, alone, read(address), tried, tries))
            except Unreadable:
                gone.setdefault(Reason.UNREADABLE, []).append(number)
    return rows, gone, waiting, found[-1].id if found else claim.last_id


@lru_cache(maxsize=100)
def _due(to_residents: bool, about_households: bool, has_ways: bool, barred: str | None,
         waits: bool) -> Select[*tuple[Any, ...]]:
    """The question for due deliveries of a range; `barred`: the topic that somebody has refused, `waits`: somebody wants the day."""
    return (
        select(Delivery.id, Delivery.alone, Delivery.tried, Delivery.tries, Contact.address,
               _gone(to_residents, about_households, has_ways, barred), daytime_clause(Contact) if waits else false())
        .outerjoin(Contact, Contact.id == Delivery.contact_id)
        .outerjoin(Resident, Resident.id == Contact.resident_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(Delivery.id > bindparam("cursor"), Delivery.id <= bindparam("last"), Delivery.dispatch_id == bindparam("dispatch"),
               Delivery.channel == bindparam("over"), Delivery.state == DeliveryState.PLANNED,
               or_(Delivery.due_at.is_(None), Delivery.due_at <= bindparam("moment")))
        .order_by(Delivery.id).limit(bindparam("most")))


def _gone(to_residents: bool, about_households: bool, has_ways: bool, barred: str | None) -> ColumnElement[str]:
    """Why an addressee may not be sent to any more, empty when they may."""
    whens: list[tuple[ColumnElement[bool], str]] = [
        (or_(Contact.id.is_(None), Contact.retired_at.is_not(None)), Reason.ADDRESS_RETIRED),
        (or_(Resident.standing != Standing.PRESENT, Household.left_at.is_not(None)), Reason.LEFT)]
    if not to_residents:
        # Who has moved to another household since is told nothing of the old one.
        whens.append((Resident.household_id != Delivery.household_id, Reason.LEFT))
    if about_households:
        whens.append((Contact.shared.is_(True), Reason.COLLECTED))
    if has_ways:
        before = aliased(Delivery)
        # A late receipt: the message it replaces, or another one of theirs, arrived after all.
        is_same = [before.household_id == Delivery.household_id,
                   *([before.resident_id == Delivery.resident_id] if to_residents else [])]
        whens.append((and_(Delivery.replaces.is_not(None), exists(select(1).where(
            before.dispatch_id == Delivery.dispatch_id, before.state == DeliveryState.DELIVERED,
            or_(before.id == Delivery.replaces, and_(*is_same)), before.household_id == Delivery.household_id))),
            Reason.ALREADY_SENT))
    if barred is not None:
        whens.append((refused_clause(Contact, barred), Reason.REFUSED))
    return case(*whens, else_="")


_WISH = select(Refusal.id).where(Refusal.withdrawn_at.is_(None), Refusal.kind == bindparam("kind"),
                                 or_(Refusal.topic == "", Refusal.topic == bindparam("about"))).limit(1)


def _stands(session: Session, kind: WishKind, topic: str = "") -> bool:
    return session.connection().scalar(_WISH, {"kind": kind, "about": topic}) is not None


def _prepared(claim: Claim, told: Orders, gateway: str, rows: Sequence[Row], now: datetime,
              calls: int) -> Prepared:
    messages = tuple(Message(row.id, row.address, told.content) for row in rows)
    return Prepared(Call(sortable_id(), messages, now, calls), claim.batch_id, claim.dispatch_id, claim.channel,
                    gateway, rows[0].id, rows[-1].id, _gives_up_at(told, rows, now), rows[0].tried)


def _gives_up_at(told: Orders, rows: Sequence[Row], now: datetime) -> datetime:
    """When to give up; what a cap or a quota put off until after that is tried as others are, but not for ever."""
    if told.give_up_at > now or max(row.tries for row in rows) >= TRIES_OF_THE_PUT_OFF:
        return told.give_up_at
    return now + told.tries_for


def _still_ours(session: Session, claim: Claim, worker: str, now: datetime, settings: PushSettings) -> bool:
    result = session.connection().execute(_RENEWING, {
        "batch": claim.batch_id, "worker": worker, "until": now + settings.lease_time})
    return bool(result.rowcount)


def _skip(session: Session, gone: Mapping[Reason, Sequence[int]], now: datetime) -> None:
    for reason, numbers in gone.items():
        state = DeliveryState.FAILED if reason is Reason.UNREADABLE else DeliveryState.SKIPPED
        session.execute(update(Delivery).where(Delivery.id.in_(numbers), Delivery.state == DeliveryState.PLANNED)
                        .values(state=state, reason=reason, settled_at=now).execution_options(synchronize_session=False))


def _put_off(session: Session, waiting: Sequence[int], until: datetime | None) -> None:
    if waiting and until is not None:
        session.execute(update(Delivery).where(Delivery.id.in_(waiting), Delivery.state == DeliveryState.PLANNED)
                        .values(due_at=until).execution_options(synchronize_session=False))


_ATTEMPTS = Attempt.__table__
_DELIVERIES = Delivery.__table__
# A group's attempts go to the database as rows of one statement, its messages call by call: a range reads its rows one after
# the other, a list looks for each by itself and takes twice as long.
# A range holds planned and due rows of its own only: what was gone between them is skipped by now.
_OPENED: dict[str, TypeEngine[Any]] = {
    "attempts": String(), "gateways": String(), "lows": BigInteger(), "highs": BigInteger(), "sizes": Integer(), "requests": Integer()}


def _opening(attempt: Any, gateway: Any, low: Any, high: Any, size: Any, requests: Any) -> Insert:
    alike = (bindparam(name, type_=_ATTEMPTS.c[of].type) for name, of in (
        ("batch", "batch_id"), ("dispatch", "dispatch_id"), ("over", "channel"), ("moment", "started_at")))
    return insert(_ATTEMPTS).from_select(  # type: ignore[arg-type]
        ["id", "gateway", "first_id", "last_id", "size", "calls", "batch_id", "dispatch_id", "channel", "started_at", "state", "asked"],
        select(attempt, gateway, low, high, size, requests, *alike, literal(AttemptState.OPEN.value), literal(0)))


def _marking() -> Update:
    """Mark messages as leaving; what leaves on a later day than it was due (after a pause, say) counts for that day."""
    was_due = func.coalesce(_DELIVERIES.c.due_at, bindparam("release", type_=Moment()))
    due_at = case((was_due < bindparam("today", type_=Moment()), bindparam("moment", type_=Moment())), else_=_DELIVERIES.c.due_at)
    return update(_DELIVERIES).where(  # type: ignore[arg-type]
        _DELIVERIES.c.id.between(bindparam("low"), bindparam("high")), _DELIVERIES.c.dispatch_id == bindparam("dispatch"),
        _DELIVERIES.c.channel == bindparam("over"), _DELIVERIES.c.state == DeliveryState.PLANNED.value,
        or_(_DELIVERIES.c.due_at.is_(None), _DELIVERIES.c.due_at <= bindparam("moment"))
    ).values(state=DeliveryState.SENDING.value, attempt_id=bindparam("attempt"), tries=_DELIVERIES.c.tries + 1, due_at=due_at)


_OPEN = tuple(_opening(*made(**_OPENED)) for made in (columns_of_json, columns_of_lists))
_MARK = _marking()


def _write(session: Session, calls: Sequence[Prepared], now: datetime, release_at: datetime) -> bool:
    """Write attempts and mark their deliveries; False when a row was no longer what was read."""
    if not calls:
        return True
    connection = session.connection()
    is_postgresql = connection.dialect.name == "postgresql"
    alike = {"dispatch": calls[0].dispatch_id, "over": calls[0].channel, "moment": now, "today": start_of(now), "release": release_at}
    connection.execute(_OPEN[is_postgresql], {**alike, "batch": calls[0].batch_id, **rows_listed(is_postgresql, tuple(_OPENED), [
        (one.call.attempt, one.gateway, one.first, one.last, one.size, one.call.calls) for one in calls])})
    marked = connection.execute(_MARK, [
        {**alike, "low": one.first, "high": one.last, "attempt": one.call.attempt} for one in calls])
    return bool(marked.rowcount == sum(one.size for one in calls))
