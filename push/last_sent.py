"""What a resident was last sent over a channel, so that an answer to it is known for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.crypto import Keyring
from notices import reading
from notices.hardships import hardships_in
from notices.views import NoticeView
from profiles.contacts import normal_phone, purpose_of
from profiles.models import Contact, Resident
from push.models import Delivery, Dispatch
from push.states import DeliveryState

LATELY = timedelta(days=3)
ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)


@dataclass(frozen=True)
class Sent:
    """The message that reached an address last: its notice, when it was settled, whether its title may be said there."""

    reference: str
    at: datetime
    is_named: bool


def last_sent_to(session: Session, keyring: Keyring, channel: str, address: str, now: datetime) -> Sent | None:
    """What reached this very address over a channel in the last three days, or None; the notice must still be published.

    A number that is listed for many households may have been sent several: the last one is meant.
    """
    normal = normal_phone(address) or address if channel == "sms" else address
    indexes = keyring.indexes(normal, purpose_of(channel))
    whose = session.execute(
        select(Contact.id, Resident.household_id).join(Resident, Resident.id == Contact.resident_id)
        .where(Contact.channel == channel, Contact.address_index.in_(indexes)).limit(100)).all()
    if not whose:
        return None
    # By the household, for which deliveries have an index.
    found = session.execute(
        select(Dispatch.notice_reference, Delivery.settled_at).join(Dispatch, Delivery.dispatch_id == Dispatch.id)
        .where(Delivery.household_id.in_({one.household_id for one in whose}), Delivery.contact_id.in_([one.id for one in whose]),
               Delivery.channel == channel, Delivery.state.in_(ARRIVED), Delivery.settled_at >= now - LATELY,
               Dispatch.release_at >= now - LATELY * 3)
        .order_by(Delivery.settled_at.desc(), Delivery.id.desc()).limit(1)).first()
    view = reading.current(session, found.notice_reference, in_china(now).date()) if found is not None else None
    if found is None or view is None or view.published_at is None or found.settled_at is None:
        return None
    return Sent(view.reference, found.settled_at, not (hardships_in(view.title) or hardships_in(view.summary)))


def last_sent(session: Session, resident_id: int, channel: str, now: datetime) -> NoticeView | None:
    """The notice of the last message that reached a resident over a channel in the last three days, or None."""
    # By the household, for which deliveries have an index.
    household = select(Resident.household_id).where(Resident.id == resident_id).scalar_subquery()
    reference = session.scalar(
        select(Dispatch.notice_reference).join(Delivery, Delivery.dispatch_id == Dispatch.id)
        .where(Delivery.household_id == household, Delivery.resident_id == resident_id, Delivery.channel == channel, Dispatch.release_at >= now - LATELY * 3,
               Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.DELIVERED)), Delivery.settled_at >= now - LATELY)
        .order_by(Delivery.settled_at.desc(), Delivery.id.desc()).limit(1))
    return None if reference is None else reading.current(session, reference, in_china(now).date())
