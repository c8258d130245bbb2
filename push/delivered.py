"""Writing down that messages arrived: in their deliveries alone, for a row that says so already is the proof that it was told.

Nine receipts of ten say it of a call of ours and a number; they cost one statement a call, without a look beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from channels.messages import Receipt, ReceiptKind
from kernel.crypto import Keyring
from kernel.logs import mask
from profiles.contacts import purpose_of
from push.among import Among, as_array, as_json, listed
from push.models import Attempt, Delivery
from push.states import DeliveryState

# What a receipt may still move, and what beats all of it.
OPEN = (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)

# Blind indexes of the numbers that were reached, by attempt, channel, and the vendor's code and words.
Arrivals = dict[tuple[str, str, str, str], set[bytes]]

_DELIVERIES, _ATTEMPTS = Delivery.__table__, Attempt.__table__
_NOT_YET = or_(*(_DELIVERIES.c.state == state.value for state in (*OPEN, DeliveryState.FAILED)))
_SAYING = {"state": DeliveryState.DELIVERED.value, "reason": "", "vendor_code": bindparam("code"),
           "vendor_words": bindparam("said"), "settled_at": bindparam("moment")}


def _named(among: Among) -> ColumnElement[bool]:
    # By the range of the call, which is one month's; under whichever attempt the message stands by now.
    return and_(
        _ATTEMPTS.c.id == bindparam("named"), _ATTEMPTS.c.channel == bindparam("over"),
        _DELIVERIES.c.id.between(_ATTEMPTS.c.first_id, _ATTEMPTS.c.last_id),
        _DELIVERIES.c.dispatch_id == _ATTEMPTS.c.dispatch_id, _DELIVERIES.c.channel == bindparam("over"),
        among(_DELIVERIES.c.address_index, "numbers"))


def _of_call(among: Among) -> Update:
    return update(_DELIVERIES).where(_named(among), _NOT_YET).values(**_SAYING)  # type: ignore[arg-type]


def _told(among: Among) -> Select[int]:
    return select(func.count()).select_from(_DELIVERIES, _ATTEMPTS).where(
        _named(among), _DELIVERIES.c.state == DeliveryState.DELIVERED.value)


def _of_number(among: Among) -> Update:
    return update(_DELIVERIES).where(among(_DELIVERIES.c.id, "numbers"), _NOT_YET).values(**_SAYING)  # type: ignore[arg-type]


# On PostgreSQL a list is one parameter: the driver takes a statement with a thousand apart in Python, each time.
_OF_CALL, _OF_NUMBER = ((make(as_json), make(as_array)) for make in (_of_call, _of_number))
_TOLD = (_told(as_json), _told(as_array))


def gather(keyring: Keyring, receipts: Sequence[Receipt]) -> tuple[Arrivals, Sequence[Receipt]]:
    """What simply says that a message of a call of ours arrived; and the other receipts."""
    arrived: Arrivals = {}
    others = []
    for one in receipts:
        if one.kind is ReceiptKind.DELIVERED and one.attempt is not None and one.address is not None:
            arrived.setdefault((one.attempt, one.channel, one.code, one.words), set()).add(
                keyring.index(one.address, purpose_of(one.channel)))
        else:
            others.append(one)
    return arrived, others


def arrive(session: Session, arrived: Arrivals, now: datetime) -> int:
    """Set the deliveries that these numbers have in these calls to delivered; gives how many were not yet."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    # In one order, so that two processes rarely wait for each other.
    return session.connection().execute(_OF_CALL[is_postgresql], [
        {"named": attempt, "over": channel, "code": code[:60], "said": mask(words)[:200], "moment": now,
         "numbers": listed(is_postgresql, list(numbers))}
        for (attempt, channel, code, words), numbers in sorted(arrived.items(), key=itemgetter(0))]).rowcount


def are_told(session: Session, arrived: Arrivals) -> bool:
    """Whether every one of these deliveries is delivered already: the vendor repeats itself. Takes no lock."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return all(session.connection().execute(_TOLD[is_postgresql], {
        "named": attempt, "over": channel, "numbers": listed(is_postgresql, list(numbers))}).scalar() == len(numbers)
        for (attempt, channel, _, _), numbers in arrived.items())


def deliver(session: Session, numbers: Sequence[int], said: tuple[str, str], now: datetime) -> int:
    """Set deliveries to delivered with the vendor's code and words; gives how many were not yet."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return session.connection().execute(_OF_NUMBER[is_postgresql], {
        "numbers": listed(is_postgresql, numbers), "code": said[0], "said": said[1], "moment": now}).rowcount
