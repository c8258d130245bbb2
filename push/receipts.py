"""What vendors say became of messages: taken once, matched by our own reference and the number, never a step back.

Receipts come early (before our own answer), twice, in any order, or for nothing of ours. `delivered` beats everything;
`failed` beats all but `delivered`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, cast

import structlog
from sqlalchemy import (
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.messages import Receipt, ReceiptKind
from kernel.crypto import Keyring
from kernel.database import Database, Moment
from kernel.logs import mask
from profiles.contacts import purpose_of
from push import delivered
from push.adopting import adopted
from push.among import Among, WrittenList, as_array, as_json, listed
from push.delivered import Arrivals
from push.fallback import fall_back
from push.models import Attempt, Delivery, ReceiptEntry
from push.settling import retire_contacts_of
from push.states import DeliveryState, Reason
from push.together import Together

CHUNK = 500
DEADLOCKS = 3
# So much of a receipt's own name is kept in front of its number's.
KEY = 127
# Suppliers of text messages sign nothing: what matches no delivery is not even kept.
UNSIGNED = frozenset({"sms"})
# An early receipt finds its delivery within seconds; what has not after this will not.
MATCHED_WITHIN = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Intake:
    """Takes receipts in for a process whose threads are brought them at once: what says that messages arrived is written together."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """Nothing is remembered here that is not in the rows."""
        self._database, self._keyring = database, keyring
        self._arriving = Together(self._arrive)

    def take(self, receipts: Sequence[Receipt], now: datetime) -> int:
        """Take receipts in; gives how many were surely new, none where others in their group were not. Repeated ones and
        strangers' change nothing.
        """
        return sum(_take_chunk(self._database, self._keyring, receipts[start:start + CHUNK], now, self._arriving)
                   for start in range(0, len(receipts), CHUNK))

    def _arrive(self, brought: Sequence[tuple[Arrivals, datetime]]) -> list[int]:
        """How many arrived by this, of each; where some of a group did not, nobody's are counted, and each looks after its own."""
        together: Arrivals = {}
        for arrived, _ in brought:
            for saying, numbers in arrived.items():
                together[saying] = together.get(saying, set()) | numbers
        moved = _written(self._database, lambda session: delivered.arrive(session, together, brought[-1][1]))
        if len(brought) == 1:
            return [moved]
        is_all = moved == _counted(together)
        return [_counted(arrived) if is_all else 0 for arrived, _ in brought]


def take(database: Database, keyring: Keyring, receipts: Sequence[Receipt], now: datetime) -> int:
    """Take receipts in where nobody else brings any; see `Intake`."""
    return Intake(database, keyring).take(receipts, now)


def _counted(arrived: Arrivals) -> int:
    return sum(map(len, arrived.values()))


def _take_chunk(database: Database, keyring: Keyring, chunk: Sequence[Receipt], now: datetime,
                arriving: Together[tuple[Arrivals, datetime], int]) -> int:
    arrived, others = delivered.gather(keyring, chunk)
    moved = arriving.bring((arrived, now)) if arrived else 0
    if moved < _counted(arrived) and not _are_told(database, arrived):
        others = chunk  # some are found another way; to look at all again changes nothing
    return moved + (_take_others(database, keyring, others, now) if others else 0)


def _are_told(database: Database, arrived: delivered.Arrivals) -> bool:
    with database.reading() as session:
        return delivered.are_told(session, arrived)


def _take_others(database: Database, keyring: Keyring, others: Sequence[Receipt], now: datetime) -> int:
    """What does not simply say that a message of a call of ours arrived."""
    # Of whom each speaks is looked up without a lock: workers settle while vendors report.
    with database.reading() as session:
        entries, matched = _looked_up(session, keyring, others, now)
    for entry in entries:
        entry["delivery_id"] = matched.get(str(entry["key"]))
    kept = [entry for entry in entries if entry["delivery_id"] is not None or entry["channel"] not in UNSIGNED]
    return _written(database, lambda session: _keep(session, kept, matched, now)) if kept else 0


def _written(database: Database, write: Callable[[Session], int]) -> int:
    for _ in range(DEADLOCKS):
        try:
            with database.writing() as session:
                return write(session)
        except OperationalError as error:
            # A settling worker held the same rows in another order; the database ended one of the two.
            log.info("receipts are taken again", kind=type(error.orig).__name__)
    with database.writing() as session:
        return write(session)


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
        more, by_moment = _matched(session, rest)
        matched |= more
        for entry in entries:
            entry["by_moment"] = entry["key"] in by_moment
    return entries, matched


def match_waiting(session: Session, now: datetime) -> int:
    """Match receipts that came before the reference they name was written down; gives how many found their delivery."""
    waiting = session.execute(select(ReceiptEntry.__table__).where(
        ReceiptEntry.delivery_id.is_(None), ReceiptEntry.received_at > now - MATCHED_WITHIN).limit(CHUNK)).mappings().all()
    entries = [dict(one) for one in waiting]
    matched, _ = _matched(session, entries)
    for entry in entries:
        if entry["key"] in matched:
            session.execute(update(ReceiptEntry).where(ReceiptEntry.id == entry["id"])
                            .values(delivery_id=matched[entry["key"]]).execution_options(synchronize_session=False))
    _apply(session, [entry for entry in entries if entry["key"] in matched], matched, now)
    return len(matched)


# Receipts that still look for their delivery.
WAITING = select(ReceiptEntry.id).where(ReceiptEntry.delivery_id.is_(None), ReceiptEntry.received_at > bindparam("since", type_=Moment()))

Entry = Mapping[str, object]

_RECEIPTS = ReceiptEntry.__table__
_KEPT = tuple(column.name for column in _RECEIPTS.columns if column.name != "id")
_TIMED = (*(name for name in _KEPT if name != "received_at"), "received_at")
_TIMELESS = itemgetter(*_TIMED[:-1])
_INSERT_ROWS = f"INSERT INTO receipts ({', '.join(_TIMED)}) VALUES ({', '.join('?' * len(_TIMED))}) ON CONFLICT (key) DO NOTHING"
# What differs from one receipt of a group to the next; the rest is said once.
_APART = ("key", "attempt_id", "vendor_reference", "address_index", "delivery_id")
_LISTED = func.unnest(*(bindparam(f"{name}s", type_=WrittenList(_RECEIPTS.c[name].type)) for name in _APART)).table_valued(
    *_APART).render_derived()
_INSERT_LISTS = (
    postgres_insert(_RECEIPTS)  # type: ignore[arg-type]
    .from_select(_KEPT, select(*(_LISTED.c[name] if name in _APART else bindparam(name, type_=_RECEIPTS.c[name].type)
                                 for name in _KEPT)))
    .on_conflict_do_nothing(index_elements=["key"]).returning(_RECEIPTS.c.key)
)
_SAME = tuple(name for name in _KEPT if name not in _APART)
_TOGETHER = itemgetter(*_SAME)
_SAYING = itemgetter("kind", "code", "words")
_LAST = select(func.max(_RECEIPTS.c.id))


def _entry(keyring: Keyring, receipt: Receipt, now: datetime) -> dict[str, object]:
    index = None if receipt.address is None else keyring.index(receipt.address, purpose_of(receipt.channel))
    key = receipt.key[:KEY] if index is None else f"{receipt.key[:KEY]}:{hashlib.sha256(index).hexdigest()[:32]}"
    return {"channel": receipt.channel, "key": key, "kind": receipt.kind.value, "attempt_id": receipt.attempt,
            "vendor_reference": receipt.vendor_reference, "address_index": index,
            "indexes": () if index is None else (index,), "code": receipt.code[:60], "words": mask(receipt.words)[:200],
            "recipient_gone": receipt.recipient_gone, "received_at": now, "delivery_id": None,
            "gateway": receipt.gateway, "booked_at": receipt.booked_at, "whole": receipt.whole}


def _keep(session: Session, kept: Sequence[dict[str, object]], matched: Mapping[str, int], now: datetime) -> int:
    # What arrived stands in its delivery; a row is kept of what says more, or still looks for its delivery, and of what names none:
    # brought again it would be taken for the next message to the same number.
    told = {str(entry["key"]): entry for entry in kept
            if entry["kind"] != ReceiptKind.DELIVERED.value or entry["delivery_id"] is None or entry.get("by_moment")}
    fresh = _insert_once(session, list(told.values())) if told else set[str]()
    applied = [entry for entry in kept if entry["key"] in fresh or entry["key"] not in told]
    return sum(not told[key].get("by_moment") for key in fresh) + _apply(session, applied, matched, now)


def _insert_once(session: Session, entries: Sequence[Entry]) -> set[str]:
    """Insert what is not there yet; gives the keys that were new."""
    return _insert_groups(session, entries) if _is_postgresql(session) else _insert_rows(session, entries)


def _insert_rows(session: Session, entries: Sequence[Entry]) -> set[str]:
    # As they are to the driver, without a RETURNING to be read: the one writer knows its rows by their numbers.
    connection = session.connection()
    last = session.scalar(_LAST) or 0
    moment = cast(Callable[[object], object], Moment().dialect_impl(connection.dialect).bind_processor(connection.dialect))
    written = {at: moment(at) for at in {one["received_at"] for one in entries}}
    result = connection.exec_driver_sql(_INSERT_ROWS, [(*_TIMELESS(one), written[one["received_at"]]) for one in entries])
    if result.rowcount == len(entries):
        return {str(one["key"]) for one in entries}
    return set(session.scalars(select(ReceiptEntry.key).where(ReceiptEntry.id > last)))


def _insert_groups(session: Session, entries: Sequence[Entry]) -> set[str]:
    # As lists, never as `.values(rows)`: that statement would be built and compiled anew for every callback.
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_TOGETHER(entry), []).append(entry)
    return {key for same, group in groups.items() for key in session.connection().execute(
        _INSERT_LISTS, {**dict(zip(_SAME, same, strict=True)), **{f"{name}s": [one[name] for one in group] for name in _APART}}).scalars().all()}


def _matched(session: Session, entries: Sequence[Entry]) -> tuple[dict[str, int], set[str]]:
    """The delivery each receipt speaks of, by the receipt's key: by what it names, else by number and moment, and which those are."""
    matched = _found(session, entries)
    more, by_moment = adopted(session, [entry for entry in entries if str(entry["key"]) not in matched])
    return matched | more, by_moment


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


# On PostgreSQL a list is one parameter: the driver takes a statement with a thousand apart in Python, each time.
_BY_NAME, _BY_NUMBER = ((make(as_json), make(as_array)) for make in (_by_name, _by_number))


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _found(session: Session, entries: Sequence[Entry]) -> dict[str, int]:
    """The delivery of each receipt that names it: by our attempt and the number, else by the vendor's name."""
    attempts = {str(entry["attempt_id"]) for entry in entries if entry["attempt_id"]}
    names = {str(entry["vendor_reference"]) for entry in entries if entry["vendor_reference"]}
    if not attempts and not names:
        return {}
    named: dict[str, object] = {"attempts": listed(_is_postgresql(session), list(attempts)), "names": listed(_is_postgresql(session), list(names))}
    # By the connection: the session would weigh each row for objects it does not hold.
    if all(entry["address_index"] is not None for entry in entries):
        numbers = listed(_is_postgresql(session), list({index for entry in entries for index in _indexes(entry)}))
        found = session.connection().execute(_BY_NUMBER[_is_postgresql(session)], {**named, "numbers": numbers}).all()
    else:
        found = session.connection().execute(_BY_NAME[_is_postgresql(session)], named).all()
    places = {(channel, attempt, index): delivery for attempt, _, channel, _, delivery, index in found}
    theirs = {(channel, name, index): delivery for _, name, channel, _, delivery, index in found if name}
    # A name without a number is enough only where the call carried one message.
    alone = _alone(found)
    matched: dict[str, int] = {}
    for entry in entries:
        channel, candidates, delivery = entry["channel"], _indexes(entry), None
        for index in candidates:
            delivery = places.get((channel, entry["attempt_id"], index)) or theirs.get((channel, entry["vendor_reference"], index))
            if delivery is not None:
                break
        if delivery is None and not candidates and channel not in UNSIGNED:
            delivery = alone.get((str(channel), str(entry["attempt_id"] or entry["vendor_reference"])))
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


def _apply(session: Session, entries: Sequence[Entry], matched: Mapping[str, int], now: datetime) -> int:
    """Move the deliveries: those that arrived first, so that a late failure of the same message finds them so.

    Gives how many arrived by this.
    """
    arrived = 0
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        if entry["key"] in matched:
            groups.setdefault(_SAYING(entry), []).append(entry)
    failed: dict[int, list[int]] = {}
    for (kind, code, words), group in sorted(groups.items(), key=lambda one: one[0][0] != ReceiptKind.DELIVERED.value):
        numbers = [matched[str(entry["key"])] for entry in group]
        if kind == ReceiptKind.DELIVERED.value:
            arrived += delivered.deliver(session, numbers, (code, words), now)
        else:
            for dispatch_id, number in _fail(session, group, numbers, (code, words), now):
                failed.setdefault(dispatch_id, []).append(number)
    # Last and in one order: whoever plans a fallback holds its dispatch until the commit.
    for dispatch_id, these in sorted(failed.items()):
        fall_back(session, dispatch_id, these, now)
    return arrived


def _fail(session: Session, group: Sequence[Entry], numbers: Sequence[int], said: tuple[str, str],
          now: datetime) -> list[tuple[int, int]]:
    """Gives dispatch and delivery of those that failed by this."""
    moved: list[tuple[int, int]] = []
    group, numbers = _of_now(session, group, numbers)
    gone = {number for entry, number in zip(group, numbers, strict=True) if entry["recipient_gone"]}
    for reason, these in ((Reason.RECIPIENT_GONE, [one for one in numbers if one in gone]),
                          (Reason.NOT_DELIVERED, [one for one in numbers if one not in gone])):
        if not these:
            continue
        failed = session.execute(
            update(Delivery).where(Delivery.id.in_(these), Delivery.state.in_(delivered.OPEN))
            .values(state=DeliveryState.FAILED, reason=reason, vendor_code=said[0], vendor_words=said[1], settled_at=now)
            .returning(Delivery.id, Delivery.dispatch_id).execution_options(synchronize_session=False)).all()
        if reason is Reason.RECIPIENT_GONE and failed:
            retire_contacts_of(session, [one.id for one in failed], now)
        moved += [(one.dispatch_id, one.id) for one in failed]
    return moved


def _of_now(session: Session, group: Sequence[Entry], numbers: Sequence[int]) -> tuple[list[Entry], list[int]]:
    """Without the failures of earlier attempts: their message is on its way again, and its own receipt tells its end."""
    rows = session.execute(select(Delivery.id, Delivery.attempt_id).where(Delivery.id.in_(numbers)))
    current = {number: attempt for number, attempt in rows}  # noqa: C416 - rows are no pairs to the type checker
    kept = [(entry, number) for entry, number in zip(group, numbers, strict=True)
            if not entry["attempt_id"] or current.get(number) in (None, entry["attempt_id"])]
    return [entry for entry, _ in kept], [number for _, number in kept]
