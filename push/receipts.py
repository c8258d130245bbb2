"""What vendors say became of messages: taken once, matched by our own reference and the number, never a step back.

Receipts come early (before our own answer), twice, in any order, or for nothing of ours. `delivered` beats everything;
`failed` beats all but `delivered`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Update,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.messages import Receipt, ReceiptKind
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.logs import mask
from profiles.contacts import purpose_of
from push.adopting import adopted
from push.fallback import fall_back
from push.models import Attempt, Delivery, ReceiptEntry
from push.settling import retire_contacts_of
from push.states import DeliveryState, Reason

CHUNK = 500
DEADLOCKS = 3
# Suppliers of text messages sign nothing: what matches no delivery is not even kept.
UNSIGNED = frozenset({"sms"})
# An early receipt finds its delivery within seconds; what has not after this will not.
MATCHED_WITHIN = timedelta(hours=1)

log = structlog.get_logger(__name__)

_OPEN = (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)


def take(database: Database, keyring: Keyring, receipts: Sequence[Receipt], now: datetime) -> int:
    """Take receipts in; gives how many were new. Repeated ones and strangers' change nothing."""
    return sum(_take_chunk(database, keyring, receipts[start:start + CHUNK], now) for start in range(0, len(receipts), CHUNK))


def _take_chunk(database: Database, keyring: Keyring, chunk: Sequence[Receipt], now: datetime) -> int:
    # Of whom each speaks is looked up without a lock: workers settle while vendors report.
    with database.reading() as session:
        entries, matched = _looked_up(session, keyring, chunk, now)
    kept = [{**entry, "delivery_id": matched.get(str(entry["key"]))} for entry in entries
            if str(entry["key"]) in matched or entry["channel"] not in UNSIGNED]
    if not kept:
        return 0
    for _ in range(DEADLOCKS):
        try:
            with database.writing() as session:
                return _keep(session, kept, matched, now)
        except OperationalError as error:
            # A settling worker held the same rows in another order; the database ended one of the two.
            log.info("receipts are taken again", kind=type(error.orig).__name__)
    with database.writing() as session:
        return _keep(session, kept, matched, now)


def _looked_up(session: Session, keyring: Keyring, chunk: Sequence[Receipt],
               now: datetime) -> tuple[list[dict[str, object]], dict[str, int]]:
    """Receipts as entries, and the delivery of each that has one; older keys are tried for what today's does not find."""
    entries = [_entry(keyring, one, now) for one in chunk]
    matched = _found(session, entries)
    if len(matched) < len(entries):
        # Under every key: the delivery may have been planned before the keys were turned.
        rest = [{**entry, "indexes": keyring.indexes(one.address, purpose_of(one.channel))} for entry, one in zip(entries, chunk, strict=True)
                if entry["key"] not in matched and one.address is not None]
        rest += [entry for entry in entries if entry["key"] not in matched and not entry["indexes"]]
        matched |= _matched(session, rest)
    return entries, matched


def match_waiting(session: Session, now: datetime) -> int:
    """Match receipts that came before the reference they name was written down; gives how many found their delivery."""
    waiting = session.execute(select(ReceiptEntry.__table__).where(
        ReceiptEntry.delivery_id.is_(None), ReceiptEntry.received_at > now - MATCHED_WITHIN).limit(CHUNK)).mappings().all()
    entries = [dict(one) for one in waiting]
    matched = _matched(session, entries)
    for entry in entries:
        if entry["key"] in matched:
            session.execute(update(ReceiptEntry).where(ReceiptEntry.id == entry["id"])
                            .values(delivery_id=matched[entry["key"]]).execution_options(synchronize_session=False))
    _apply(session, [entry for entry in entries if entry["key"] in matched], matched, now)
    return len(matched)


def is_waiting(session: Session, now: datetime) -> bool:
    """Whether a receipt still looks for its delivery; a look that takes no lock."""
    return session.scalar(select(ReceiptEntry.id).where(
        ReceiptEntry.delivery_id.is_(None), ReceiptEntry.received_at > now - MATCHED_WITHIN).limit(1)) is not None


Entry = Mapping[str, object]
# A column that is in a list given by name.
Among = Callable[[Any, str], ColumnElement[bool]]

_DELIVERIES, _RECEIPTS = Delivery.__table__, ReceiptEntry.__table__
_KEPT = tuple(column.name for column in _RECEIPTS.columns if column.name != "id")


def _listed(column: Any, name: str) -> ColumnElement[bool]:
    return cast(ColumnElement[bool], column.in_(bindparam(name, expanding=True)))


def _as_array(column: Any, name: str) -> ColumnElement[bool]:
    return cast(ColumnElement[bool], column == any_(bindparam(name, type_=ARRAY(column.type))))


_INSERT_ROWS = sqlite_insert(_RECEIPTS).on_conflict_do_nothing(index_elements=["key"]).returning(_RECEIPTS.c.key)  # type: ignore[arg-type]
_INSERT_LISTS = (
    postgres_insert(_RECEIPTS)  # type: ignore[arg-type]
    .from_select(_KEPT, select(*(func.unnest(bindparam(name, type_=ARRAY(_RECEIPTS.c[name].type))) for name in _KEPT)))
    .on_conflict_do_nothing(index_elements=["key"]).returning(_RECEIPTS.c.key)
)


def _entry(keyring: Keyring, receipt: Receipt, now: datetime) -> dict[str, object]:
    index = None if receipt.address is None else keyring.index(receipt.address, purpose_of(receipt.channel))
    return {"channel": receipt.channel, "key": receipt.key[:160], "kind": receipt.kind.value, "attempt_id": receipt.attempt,
            "vendor_reference": receipt.vendor_reference, "address_index": index,
            "indexes": () if index is None else (index,), "code": receipt.code[:60], "words": mask(receipt.words)[:200],
            "recipient_gone": receipt.recipient_gone, "received_at": now, "delivery_id": None,
            "gateway": receipt.gateway, "booked_at": receipt.booked_at, "whole": receipt.whole}


def _keep(session: Session, kept: Sequence[dict[str, object]], matched: Mapping[str, int], now: datetime) -> int:
    fresh = _insert_once(session, list({str(entry["key"]): entry for entry in kept}.values()))
    _apply(session, [entry for entry in kept if entry["key"] in fresh], matched, now)
    return len(fresh)


def _insert_once(session: Session, entries: Sequence[Entry]) -> set[str]:
    """Insert what is not there yet; gives the keys that were new."""
    connection = session.connection()
    # As parameters, never as `.values(rows)`: that statement would be built and compiled anew for every callback.
    if _is_postgresql(session):
        lists = {name: [entry[name] for entry in entries] for name in _KEPT}
        return set(connection.execute(_INSERT_LISTS, lists).scalars())
    return set(connection.execute(_INSERT_ROWS, [{name: entry[name] for name in _KEPT} for entry in entries]).scalars())


def _matched(session: Session, entries: Sequence[Entry]) -> dict[str, int]:
    """The delivery each receipt speaks of, by the receipt's key: by what it names, else by number and moment."""
    matched = _found(session, entries)
    return matched | adopted(session, [entry for entry in entries if str(entry["key"]) not in matched])


_OF_ATTEMPT = (
    select(Attempt.id, Attempt.vendor_reference, Attempt.channel, Attempt.size, Delivery.id.label("delivery"),
           Delivery.address_index)
    .join(Delivery, and_(Delivery.id.between(Attempt.first_id, Attempt.last_id),
                         Delivery.dispatch_id == Attempt.dispatch_id, Delivery.channel == Attempt.channel))
)


def _by_name(among: Among) -> Select[*tuple[Any, ...]]:
    named = or_(among(Attempt.id, "attempts"), among(Attempt.vendor_reference, "names"))
    return _OF_ATTEMPT.where(named, Delivery.address_index.is_not(None))


def _by_number(among: Among) -> Select[*tuple[Any, ...]]:
    named = or_(among(Attempt.id, "attempts"), among(Attempt.vendor_reference, "names"))
    return _OF_ATTEMPT.where(named, among(Delivery.address_index, "numbers"))


def _delivering(among: Among) -> Update:
    return (
        update(_DELIVERIES).where(  # type: ignore[arg-type]
            among(_DELIVERIES.c.id, "numbers"),
            _DELIVERIES.c.state.in_([state.value for state in (*_OPEN, DeliveryState.FAILED)]))
        .values(state=DeliveryState.DELIVERED.value, reason="", vendor_code=bindparam("code"), vendor_words="",
                settled_at=bindparam("moment"))
    )


# On PostgreSQL a list is one parameter: the driver takes a statement with a thousand apart in Python, each time.
_BY_NAME, _BY_NUMBER, _DELIVER = ((make(_listed), make(_as_array)) for make in (_by_name, _by_number, _delivering))


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _found(session: Session, entries: Sequence[Entry]) -> dict[str, int]:
    """The delivery of each receipt that names it: by our attempt and the number, else by the vendor's name."""
    attempts = {str(entry["attempt_id"]) for entry in entries if entry["attempt_id"]}
    names = {str(entry["vendor_reference"]) for entry in entries if entry["vendor_reference"]}
    if not attempts and not names:
        return {}
    named: dict[str, list[Any]] = {"attempts": list(attempts), "names": list(names)}
    # By the connection: the session would weigh each row for objects it does not hold.
    if all(entry["address_index"] is not None for entry in entries):
        numbers = list({index for entry in entries for index in _indexes(entry)})
        found = session.connection().execute(_BY_NUMBER[_is_postgresql(session)], {**named, "numbers": numbers}).all()
    else:
        found = session.connection().execute(_BY_NAME[_is_postgresql(session)], named).all()
    by_place = {(one.channel, one.id, bytes(one.address_index)): one.delivery for one in found if one.address_index}
    by_name = {(one.channel, one.vendor_reference, bytes(one.address_index)): one.delivery for one in found
               if one.vendor_reference and one.address_index}
    # A name without a number is enough only where the call carried one message.
    alone = _alone(found)
    matched: dict[str, int] = {}
    for entry in entries:
        channel, candidates = str(entry["channel"]), _indexes(entry)
        delivery = next((hit for index in candidates for hit in (
            by_place.get((channel, str(entry["attempt_id"]), index)),
            by_name.get((channel, str(entry["vendor_reference"]), index))) if hit is not None), None)
        if delivery is None and not candidates and channel not in UNSIGNED:
            delivery = alone.get((channel, str(entry["attempt_id"] or entry["vendor_reference"])))
        if delivery is not None:
            matched[str(entry["key"])] = delivery
    return matched


def _indexes(entry: Entry) -> tuple[bytes, ...]:
    """Under what the number of a receipt may be found; one read back from its row is under the key it was kept with."""
    given = entry.get("indexes")
    if isinstance(given, tuple):
        return given
    kept = entry["address_index"]
    return (bytes(kept),) if isinstance(kept, bytes | memoryview) else ()


def _alone(found: Sequence[Row[*tuple[object, ...]]]) -> dict[tuple[str, str], int]:
    named: dict[tuple[str, str], int] = {}
    for one in found:
        if one.size == 1:
            named[(one.channel, one.id)] = one.delivery
            if one.vendor_reference:
                named[(one.channel, one.vendor_reference)] = one.delivery
    return named


def _apply(session: Session, entries: Sequence[Entry], matched: Mapping[str, int], now: datetime) -> None:
    """Move the deliveries: those that arrived first, so that a late failure of the same message finds them so."""
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one["kind"] != ReceiptKind.DELIVERED.value):
        if str(entry["key"]) in matched:
            groups.setdefault((str(entry["kind"]), str(entry["code"]), str(entry["words"])), []).append(entry)
    failed: dict[int, list[int]] = {}
    for (kind, code, words), group in groups.items():
        numbers = [matched[str(entry["key"])] for entry in group]
        if kind == ReceiptKind.DELIVERED.value:
            _deliver(session, numbers, code, now)
        else:
            for dispatch_id, number in _fail(session, group, numbers, (code, words), now):
                failed.setdefault(dispatch_id, []).append(number)
    # Last and in one order: whoever plans a fallback holds its dispatch until the commit.
    for dispatch_id, these in sorted(failed.items()):
        fall_back(session, dispatch_id, these, now)


def _deliver(session: Session, numbers: Sequence[int], code: str, now: datetime) -> None:
    session.connection().execute(_DELIVER[_is_postgresql(session)], {"numbers": list(numbers), "code": code, "moment": now})


def _fail(session: Session, group: Sequence[Entry], numbers: Sequence[int], said: tuple[str, str],
          now: datetime) -> list[tuple[int, int]]:
    """Gives dispatch and delivery of those that failed by this."""
    moved: list[tuple[int, int]] = []
    gone = {number for entry, number in zip(group, numbers, strict=True) if entry["recipient_gone"]}
    for reason, these in ((Reason.RECIPIENT_GONE, [one for one in numbers if one in gone]),
                          (Reason.NOT_DELIVERED, [one for one in numbers if one not in gone])):
        if not these:
            continue
        failed = session.execute(
            update(Delivery).where(Delivery.id.in_(these), Delivery.state.in_(_OPEN))
            .values(state=DeliveryState.FAILED, reason=reason, vendor_code=said[0], vendor_words=said[1], settled_at=now)
            .returning(Delivery.id, Delivery.dispatch_id).execution_options(synchronize_session=False)).all()
        if reason is Reason.RECIPIENT_GONE and failed:
            retire_contacts_of(session, [one.id for one in failed], now)
        moved += [(one.dispatch_id, one.id) for one in failed]
    return moved
