"""What became of dispatches, for the console, the command line and the ledger: read models, nothing of a person in clear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from push.failures import Refused
from push.models import Attempt, Delivery, Dispatch
from push.settings import PushSettings
from push.states import AttemptState, DeliveryState, DispatchState, Origin, reason_words, state_words

PAID = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)


@dataclass(frozen=True)
class Status:
    """Where a dispatch stands: deliveries by state, reasons of those that failed or were skipped, SMS parts, yuan.

    `joined` of the messages went to late joiners, `reminded` because the notice must arrive.
    """

    dispatch: int
    state: DispatchState
    deliveries: Mapping[str, int]
    reasons: Mapping[str, int]
    parts: int
    cost: float
    held_because: str = ""
    channels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    joined: int = 0
    reminded: int = 0
    words: str = ""

    @property
    def reasons_in_words(self) -> Mapping[str, int]:
        """The reasons as the office says them."""
        return {reason_words(code): count for code, count in self.reasons.items()}

    def as_json(self) -> dict[str, Any]:
        """One plain object."""
        said = {"held_because": self.held_because} if self.held_because else {}
        return {"dispatch": self.dispatch, "state": self.state.value, "deliveries": dict(self.deliveries),
                "reasons": dict(self.reasons), "parts": self.parts, "cost": self.cost, "joined": self.joined,
                "reminded": self.reminded, **said}


def status(session: Session, dispatch_id: int, settings: PushSettings) -> Status:
    """Where a dispatch stands now; Refused when there is none."""
    dispatch = session.get(Dispatch, dispatch_id)
    if dispatch is None:
        raise Refused(f"没有编号为 {dispatch_id} 的推送任务。请在“定向推送”里核对编号。")
    states = {state.value: 0 for state in DeliveryState}
    channels: dict[str, dict[str, int]] = {}
    added = {origin.value: 0 for origin in Origin}
    counted = (select(Delivery.channel, Delivery.state, Delivery.origin, func.count())
               .where(Delivery.dispatch_id == dispatch_id).group_by(Delivery.channel, Delivery.state, Delivery.origin))
    for channel, state, origin, count in session.execute(counted):
        states[state] += count
        channels.setdefault(channel, {})[state] = channels.get(channel, {}).get(state, 0) + count
        added[origin] += count if state != DeliveryState.SKIPPED else 0
    reasons = {str(reason): int(count) for reason, count in session.execute(
        select(Delivery.reason, func.count()).where(Delivery.dispatch_id == dispatch_id, Delivery.reason != "")
        .group_by(Delivery.reason).order_by(func.count().desc(), Delivery.reason))}
    parts = sum(channels.get(channel, {}).get(state, 0) * int(content.get("parts", 0))
                for channel, content in dispatch.content.items() for state in PAID)
    return Status(dispatch_id, DispatchState(dispatch.state), states, reasons, parts,
                  round(parts * settings.sms_price / 100, 2), dispatch.held_because, channels, added[Origin.JOINED],
                  added[Origin.REMINDED], state_words(dispatch.state, dispatch.released_at))


@dataclass(frozen=True)
class Sent:
    """One line of the list of dispatches."""

    id: int
    reference: str
    title: str
    state: DispatchState
    release_at: datetime
    sent_by: str
    corrects: int | None
    held_because: str


def recent(session: Session, limit: int = 50, reference: str = "") -> list[Sent]:
    """Dispatches, the newest first; of one notice when a reference is given."""
    query = select(Dispatch).order_by(Dispatch.id.desc()).limit(limit)
    if reference:
        query = query.where(Dispatch.notice_reference == reference)
    return [Sent(one.id, one.notice_reference, one.title, DispatchState(one.state), one.release_at, one.sent_by, one.corrects,
                 one.held_because) for one in session.scalars(query)]


def unknown_by_dispatch(session: Session) -> dict[int, int]:
    """How many messages of each dispatch wait to be asked about or for their receipt; walks lost requests only."""
    rows = session.execute(
        select(Delivery.dispatch_id, func.count()).join(Attempt, Delivery.id.between(Attempt.first_id, Attempt.last_id))
        .where(Attempt.state == AttemptState.LOST, Delivery.attempt_id == Attempt.id,
               Delivery.state == DeliveryState.UNKNOWN).group_by(Delivery.dispatch_id))
    return {int(number): int(count) for number, count in rows}
