"""What a resident was last sent over a channel, so that an answer to it is known for one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from notices import reading
from notices.views import NoticeView
from profiles.models import Resident
from push.models import Delivery, Dispatch
from push.states import DeliveryState

LATELY = timedelta(days=3)


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
