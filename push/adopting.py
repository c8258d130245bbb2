"""Reports without a name we know: a message whose answer was lost is recognised by its number and its moment.

Only where a gateway says when it took the message, and only when a single one of ours can be meant. A part of a long
message says nothing of the whole, and which part a report speaks of is known only to the process that sent it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from push.models import Attempt, Delivery, Dispatch
from push.states import AttemptState, DeliveryState

# Carriers tell to the minute when they took a message, and clocks differ.
TOLERANCE = timedelta(minutes=2)

Entry = Mapping[str, object]


def adopted(session: Session, entries: Iterable[Entry]) -> dict[str, int]:
    """The delivery each report can only mean, by the report's key; entries without a moment are left alone."""
    found: dict[str, int] = {}
    for entry in entries:
        moments, indexes = entry.get("booked_at"), entry.get("indexes")
        if not isinstance(moments, tuple) or not isinstance(indexes, tuple) or not moments or not indexes:
            continue
        channel = str(entry["channel"])
        meant = session.execute(_meant(channel, str(entry.get("gateway")), moments, indexes)).all()
        if len(meant) == 1 and meant[0].content.get(channel, {}).get("parts") == 1:
            found[str(entry["key"])] = meant[0].id
    return found


def _meant(channel: str, gateway: str, moments: tuple[datetime, ...],
           indexes: tuple[bytes, ...]) -> Select[Any]:
    """Unanswered deliveries to a number whose call left when the carrier took the message."""
    near = or_(*(Attempt.started_at.between(moment - TOLERANCE, moment + TOLERANCE) for moment in moments))
    return (
        select(Delivery.id, Dispatch.content)
        .join(Attempt, and_(Attempt.id == Delivery.attempt_id, Delivery.id.between(Attempt.first_id, Attempt.last_id)))
        .join(Dispatch, Dispatch.id == Attempt.dispatch_id)
        .where(Attempt.state.in_((AttemptState.LOST, AttemptState.OPEN)), Attempt.channel == channel, Attempt.gateway == gateway,
               near, Delivery.dispatch_id == Attempt.dispatch_id, Delivery.address_index.in_(indexes),
               Delivery.state.in_((DeliveryState.UNKNOWN, DeliveryState.SENDING)))
        .limit(2))
