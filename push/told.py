"""What was sent to one household, as its own members may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from profiles.models import Resident
from profiles.privacy import masked_name
from push.models import Delivery, Dispatch
from push.states import REACHED, DeliveryState


@dataclass(frozen=True)
class Told:
    """One message that left, or may have left, for the household; `name` is masked."""

    reference: str
    title: str
    at: datetime
    channel: str
    resident_id: int | None
    name: str
    stands: str
    is_statutory: bool


def told_to(session: Session, keyring: Keyring, household_id: int, resident_id: int, limit: int) -> list[Told]:
    """The latest messages to a household, the newest first; what went to each of its members apart only to this one."""
    rows = session.execute(
        select(Dispatch.notice_reference, Dispatch.title, Dispatch.release_at, Delivery.settled_at, Delivery.channel,
               Delivery.resident_id, Resident.name, Delivery.state, Dispatch.is_exempt, Dispatch.corrects)
        .join(Dispatch, Dispatch.id == Delivery.dispatch_id)
        .outerjoin(Resident, Resident.id == Delivery.resident_id)
        .where(Delivery.household_id == household_id, Delivery.state.in_(REACHED),
               or_(Dispatch.to != "residents", Delivery.resident_id == resident_id))
        .order_by(Delivery.id.desc(), case((Delivery.state == DeliveryState.DELIVERED, 0), else_=1)).limit(limit)).all()
    return [Told(reference, title, settled_at or release_at, channel, who,
                 masked_name(keyring.decrypt(name, "name")) if name else "", _stands(DeliveryState(state)),
                 is_exempt and corrects is None)
            for reference, title, release_at, settled_at, channel, who, name, state, is_exempt, corrects in rows]


def _stands(state: DeliveryState) -> str:
    return "已送到" if state is DeliveryState.DELIVERED else "已发出"


@dataclass(frozen=True)
class Pushed:
    """One dispatch to a household as the staff sees it, the best that became of it."""

    dispatch: int
    title: str
    at: datetime
    channel: str
    state: DeliveryState
    reason: str


def pushed_to(session: Session, household_id: int, limit: int) -> list[Pushed]:
    """The latest dispatches that had a household on their list, sent or not, the newest first."""
    best = case({state.value: place for place, state in enumerate((
        DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.SENDING, DeliveryState.PLANNED,
        DeliveryState.FAILED))}, value=Delivery.state, else_=9)
    place = func.row_number().over(partition_by=Delivery.dispatch_id, order_by=(best, Delivery.id.desc())).label("place")
    ranked = select(Delivery.id.label("number"), place).where(Delivery.household_id == household_id).subquery("ranked")
    rows = session.execute(
        select(Dispatch.id, Dispatch.title, Dispatch.release_at, Delivery.channel, Delivery.state, Delivery.reason)
        .join(Delivery, Delivery.dispatch_id == Dispatch.id).join(ranked, ranked.c.number == Delivery.id)
        .where(ranked.c.place == 1).order_by(Dispatch.id.desc()).limit(limit))
    return [Pushed(number, title, at, channel, DeliveryState(state), str(reason)) for number, title, at, channel, state, reason in rows]
