"""Reports without a name of ours: found by the vendor's name for the one message, else by number and moment.

The latter only where a gateway says when it took the message, and only when a single one of ours can be meant. A part of a long
message says nothing of the whole, and which part a report speaks of is known only to the process that sent it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from profiles.models import Contact, Resident
from push.models import Attempt, Delivery, Dispatch
from push.states import AttemptState, DeliveryState

# Carriers tell to the minute when they took a message, and clocks differ.
TOLERANCE = timedelta(minutes=2)

Entry = Mapping[str, object]


def adopted(session: Session, entries: Iterable[Entry]) -> tuple[dict[str, int], set[str]]:
    """The delivery each report can only mean, by the report's key, and which of these number and moment alone tell; entries
    without a moment are left alone.
    """
    waiting = list(entries)
    found, by_moment = _by_their_name(session, waiting), set[str]()
    for entry in waiting:
        if str(entry["key"]) in found:
            continue
        moments, indexes = entry.get("booked_at"), entry.get("indexes")
        if not isinstance(moments, tuple) or not isinstance(indexes, tuple) or not moments or not indexes:
            continue
        channel = str(entry["channel"])
        meant = session.execute(_meant(channel, str(entry.get("gateway")), moments, indexes)).all()
        if len(meant) == 1 and (entry.get("whole") or meant[0].content.get(channel, {}).get("parts") == 1):
            found[str(entry["key"])] = meant[0].id
            by_moment.add(str(entry["key"]))
    # The answer may have been written down meanwhile: then their name is there by now.
    return found | _by_their_name(session, [entry for entry in waiting if str(entry["key"]) not in found]), by_moment


def _by_their_name(session: Session, entries: Sequence[Entry]) -> dict[str, int]:
    """Deliveries whose vendor names each message of a call by itself: by that name and the number.

    Found by way of the number's household: no index may stand on a name that is written when a message is settled.
    """
    named = {(str(entry["channel"]), str(entry["vendor_reference"]), index): str(entry["key"]) for entry in entries
             if entry["vendor_reference"] for index in _indexes(entry)}
    if not named:
        return {}
    rows = session.execute(
        select(Delivery.id, Delivery.channel, Delivery.vendor_reference, Delivery.address_index)
        .join(Resident, Resident.household_id == Delivery.household_id).join(Contact, Contact.resident_id == Resident.id)
        .where(Contact.channel.in_({channel for channel, _, _ in named}), Contact.address_index.in_({one for _, _, one in named}),
               Delivery.vendor_reference.in_({name for _, name, _ in named})))
    return {named[place]: one.id for one in rows
            if one.address_index and (place := (one.channel, str(one.vendor_reference), bytes(one.address_index))) in named}


def _indexes(entry: Entry) -> tuple[bytes, ...]:
    """Under what the number may be found; a report read back from its row is under the key it was kept with."""
    indexes, kept = entry.get("indexes"), entry.get("address_index")
    if isinstance(indexes, tuple):
        return indexes
    return (bytes(kept),) if isinstance(kept, bytes | memoryview) else ()


def _meant(channel: str, gateway: str, moments: tuple[datetime, ...],
           indexes: tuple[bytes, ...]) -> Select[Any]:
    """Unanswered deliveries to a number whose call left when the carrier took the message; found by way of whose the number is."""
    near = or_(*(Attempt.started_at.between(moment - TOLERANCE, moment + TOLERANCE) for moment in moments))
    theirs = select(Resident.household_id).join(Contact, Contact.resident_id == Resident.id).where(
        Contact.channel == channel, Contact.address_index.in_(indexes))
    return (
        select(Delivery.id, Dispatch.content)
        .join(Attempt, and_(Attempt.id == Delivery.attempt_id, Delivery.id.between(Attempt.first_id, Attempt.last_id)))
        .join(Dispatch, Dispatch.id == Attempt.dispatch_id)
        .where(Delivery.household_id.in_(theirs), Attempt.state.in_((AttemptState.LOST, AttemptState.OPEN)), Attempt.channel == channel,
               Attempt.gateway == gateway, near, Delivery.dispatch_id == Attempt.dispatch_id, Delivery.address_index.in_(indexes),
               Delivery.state.in_((DeliveryState.UNKNOWN, DeliveryState.SENDING)))
        .limit(2))
