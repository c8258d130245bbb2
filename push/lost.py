"""Calls whose answer was lost: asked about by their reference when the horizon is past, and only then anything else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.orm import Session

from channels.contract import Limits
from channels.messages import Call, Message
from kernel.crypto import Keyring, Unreadable
from profiles.contacts import purpose_of
from profiles.models import Contact
from push.calls import content_of
from push.models import Attempt, Delivery, Dispatch
from push.planning import Word, gives_up_at, next_asking
from push.releasing import MISFIT
from push.settings import PushSettings
from push.settling import Answered, settle
from push.states import AttemptState, DeliveryState, DispatchState

HELD_BACK = timedelta(seconds=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Question:
    """One lost call to ask about: its unknown messages, and what is needed to write the answer down."""

    call: Call = field(repr=False)
    batch_id: int
    dispatch_id: int
    asked: int
    give_up_at: datetime


def questions(session: Session, keyring: Keyring, channel: str, gateway: str, limits: Limits, now: datetime,
              settings: PushSettings, most: int = 8) -> list[Question]:
    """Claim the lost calls of a gateway that are due to be asked about."""
    lost = (Attempt.state == AttemptState.LOST, Attempt.channel == channel, Attempt.gateway == gateway)
    if not limits.can_ask_fate:
        session.execute(update(Attempt).where(*lost, Attempt.ask_at.is_not(None)).values(ask_at=None)
                        .execution_options(synchronize_session=False))
        return []
    due = session.scalars(select(Attempt).where(*lost, Attempt.ask_at <= now).order_by(Attempt.ask_at).limit(most)
                          .with_for_update(skip_locked=True)).all()
    return [question for attempt in due
            if (question := _question(session, keyring, attempt, limits, now, settings)) is not None]


def _question(session: Session, keyring: Keyring, attempt: Attempt, limits: Limits, now: datetime,
              settings: PushSettings) -> Question | None:
    dispatch = session.get_one(Dispatch, attempt.dispatch_id)
    earliest = attempt.started_at + settings.horizon
    if now < earliest:
        attempt.ask_at = earliest
        return None
    if limits.fate_window is not None:
        # There, asking is repeating the request: not for a dispatch that is held, and not after the vendor forgot.
        if now > attempt.started_at + limits.fate_window or DispatchState(dispatch.state) is DispatchState.STOPPED:
            attempt.ask_at = None
            return None
        if DispatchState(dispatch.state) is DispatchState.PAUSED or MISFIT in dispatch.held_because:
            attempt.ask_at = now + HELD_BACK
            return None
    messages = _unknown(session, keyring, attempt, dispatch)
    if not messages:
        attempt.state, attempt.ask_at = AttemptState.ANSWERED, None
        return None
    # Whoever asks has a lease's time until another may.
    attempt.ask_at, attempt.asked = now + settings.lease_time, attempt.asked + 1
    give_up_at = gives_up_at(dispatch.resumed_at or dispatch.release_at, dispatch.deadline, settings.retry_hours)
    if dispatch.deadline is None:
        # What was put off for longer than tries last is still tried; how often, whoever calls next sees to.
        give_up_at = max(give_up_at, attempt.started_at + timedelta(hours=settings.retry_hours))
    return Question(Call(attempt.id, messages, attempt.started_at, attempt.calls), attempt.batch_id, dispatch.id, attempt.asked, give_up_at)


def _unknown(session: Session, keyring: Keyring, attempt: Attempt, dispatch: Dispatch) -> tuple[Message, ...]:
    content, purpose = content_of(dispatch.content, attempt.channel), purpose_of(attempt.channel)
    rows = session.execute(
        select(Delivery.id, Contact.address).join(Contact, Contact.id == Delivery.contact_id)
        .where(Delivery.id.between(attempt.first_id, attempt.last_id), Delivery.attempt_id == attempt.id,
               Delivery.state == DeliveryState.UNKNOWN).order_by(Delivery.id))
    messages = []
    for number, address in rows:
        try:
            messages.append(Message(number, keyring.decrypt(address, purpose), content))
        except Unreadable:
            log.warning("an address cannot be read any more", delivery=number)
    return tuple(messages)


def settle_fates(session: Session, question: Question, words: dict[int, Word | None], now: datetime) -> None:
    """Write down what the vendor told; what it did not tell is asked again later."""
    told = {number: word for number, word in words.items() if word is not None}
    if told:
        settle(session, [Answered(question.call.attempt, question.batch_id, question.dispatch_id, told, is_fate=True)], now)
    if len(told) < len(words):
        session.execute(update(Attempt).where(Attempt.id == question.call.attempt)
                        .values(state=AttemptState.LOST, ask_at=next_asking(question.asked, now))
                        .execution_options(synchronize_session=False))


def let_go(session: Session, channel: str, gateways: Collection[str]) -> None:
    """Stop asking gateways that are not open any more: only a receipt can still tell."""
    session.execute(update(Attempt).where(
        Attempt.state == AttemptState.LOST, Attempt.channel == channel, Attempt.gateway.not_in(gateways),
        Attempt.ask_at.is_not(None)).values(ask_at=None).execution_options(synchronize_session=False))


def ask_again(session: Session, channel: str, gateways: Collection[str], now: datetime, settings: PushSettings) -> None:
    """Ask gateways that are open again, and always have an answer, about what was let go while they were not."""
    session.execute(update(Attempt).where(
        Attempt.state == AttemptState.LOST, Attempt.channel == channel, Attempt.gateway.in_(gateways), Attempt.ask_at.is_(None),
        Attempt.started_at > now - timedelta(hours=settings.retry_hours))
        .values(ask_at=now).execution_options(synchronize_session=False))


def is_due(session: Session, channel: str, now: datetime) -> bool:
    """Whether a lost call of a channel is due to be asked about; a look that takes no lock."""
    return session.connection().scalar(_DUE, {"over": channel, "moment": now}) is not None


# Built once, with the state as it stands: one plan holds for every look, and knows the index that holds lost calls alone.
_DUE = select(Attempt.id).where(
    Attempt.state == literal_column(f"'{AttemptState.LOST.value}'"), Attempt.channel == bindparam("over"),
    Attempt.ask_at <= bindparam("moment")).limit(1)
