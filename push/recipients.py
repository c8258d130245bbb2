"""Ten of those a dispatch would reach, for a sender to look at: spread over villages and channels, the frail cases first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from profiles.models import Contact, Household, Resident
from push.models import Delivery
from push.states import DeliveryState

SAMPLES = 10
# Looked at for each channel; enough to come by every township of a county.
CANDIDATES = 120


@dataclass(frozen=True)
class Recipient:
    """One planned message: whose, where, over what, how many contacts the household has, and when it waits for its hour.

    `name` and `address` are sealed as they are stored; `why` says what it was chosen for.
    """

    household_id: int
    division: str
    channel: str
    contacts: int
    due_at: datetime | None
    name: bytes = field(repr=False)
    address: bytes = field(repr=False)
    why: str = ""


def recipients(session: Session, dispatch_id: int, channels: Sequence[str]) -> tuple[Recipient, ...]:
    """Ten of a dispatch's planned messages, the same ten as long as its audience is the same."""
    found = [one for channel in channels for one in _candidates(session, dispatch_id, channel)]
    counts = _contacts(session, {one.household_id for one in found})
    return chosen([Recipient(one.household_id, one.division, one.channel, counts.get(one.household_id, 0), one.due_at,
                             one.name, one.address) for one in found])


def chosen(found: Sequence[Recipient], most: int = SAMPLES) -> tuple[Recipient, ...]:
    """Who has the fewest contacts, who is to wait longest, then one a channel and village in turn; each household once."""
    picked: dict[int, Recipient] = {}
    for why, one in _leading(found):
        if one.household_id not in picked and len(picked) < most:
            picked[one.household_id] = replace(one, why=why)
    return tuple(picked.values())


def _leading(found: Sequence[Recipient]) -> Iterable[tuple[str, Recipient]]:
    if not found:
        return
    fewest = min(found, key=lambda one: one.contacts)
    yield f"联系方式最少（{fewest.contacts} 个）", fewest
    waiting = [(one.due_at, place) for place, one in enumerate(found) if one.due_at is not None]
    if waiting:
        yield "最晚发出", found[max(waiting)[1]]
    most = max(found, key=lambda one: one.contacts)
    if most.contacts > fewest.contacts:
        yield f"联系方式最多（{most.contacts} 个）", most
    yield from (("", one) for one in _spread(found))


def _spread(found: Sequence[Recipient]) -> list[Recipient]:
    """First one of each channel and village, then a second of each, and so on; far townships before near neighbours."""
    turns: dict[tuple[str, ...], int] = {}

    def turn(*of: str) -> int:
        turns[of] = turns.get(of, -1) + 1
        return turns[of]

    # The n-th of its village, then the n-th of its township.
    placed = [((turn(one.channel, one.division), turn(one.channel, one.division[:9], "town")), one) for one in found]
    near = [one for _, one in sorted(placed, key=lambda pair: pair[0])]
    # Channels by turns: the few of one are not lost behind the many townships of another.
    return sorted(near, key=lambda one: turn(one.channel))


def _candidates(session: Session, dispatch_id: int, channel: str) -> Sequence[Recipient]:
    # In the order of the keyed index, which is as good as drawn by lot and the same at the next look.
    few = (select(Delivery.household_id, Delivery.contact_id, Delivery.due_at, Delivery.address_index)
           .where(Delivery.dispatch_id == dispatch_id, Delivery.channel == channel,
                  Delivery.state == DeliveryState.PLANNED)
           .order_by(Delivery.address_index).limit(CANDIDATES).subquery("few"))
    rows = session.execute(
        select(few.c.household_id, Household.division, few.c.due_at, Resident.name, Contact.address)
        .join(Household, Household.id == few.c.household_id).join(Contact, Contact.id == few.c.contact_id)
        .join(Resident, Resident.id == Contact.resident_id).order_by(few.c.address_index))
    return [Recipient(household, division, channel, 0, due_at, name, address)
            for household, division, due_at, name, address in rows]


def _contacts(session: Session, households: set[int]) -> dict[int, int]:
    rows = session.execute(
        select(Resident.household_id, func.count()).join(Contact, Contact.resident_id == Resident.id)
        .where(Resident.household_id.in_(households), Contact.retired_at.is_(None)).group_by(Resident.household_id))
    return {int(household): int(count) for household, count in rows}
