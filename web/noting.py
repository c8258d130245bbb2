"""What a channel itself must remember of somebody's words, before the bot hears them: windows, consents, subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from channels.contract import Received
from channels.failures import Outcome
from channels.messages import Incoming, Reply
from push import broadcasts, replies

if TYPE_CHECKING:
    from web.house import House

log = structlog.get_logger(__name__)


def note(house: House, incoming: Incoming, now: datetime) -> Reply | None:
    """Remember what the channel needs; a reply where the words were for the channel and not for the bot.

    A window that could not be written down costs an answer sent late, not the answer itself.
    """
    openings, subscribers = house.channels.openings, house.channels.subscribers
    if incoming.channel == "wechat" and openings is not None:
        try:
            openings.note(incoming, now)
        except SQLAlchemyError as error:
            log.warning("a window could not be noted", kind=type(error).__name__)
    if incoming.channel == "telegram" and subscribers is not None:
        return subscribers.note(incoming, now)
    return None


def besides(house: House, received: Received, now: datetime) -> None:
    """Take in what a callback holds besides words and receipts."""
    if received.consents and house.channels.openings is not None:
        house.channels.openings.take(received.consents)
    if received.jobs:
        broadcasts.finish(house.database, received.jobs, now)


def hear(house: House, incoming: Incoming, now: datetime, *, is_late: bool = False) -> Sequence[Reply]:
    """Note what came, put it beside the push it answers, and let the bot answer; the same for every channel."""
    said = note(house, incoming, now)
    if said is not None:
        return [said]
    number = replies.keep(house.database, house.keyring, incoming, now)
    told = house.reception.receive(incoming, now, is_late=is_late)
    if number is not None and told:
        replies.answered(house.database, house.keyring, number, incoming, now)
    return told


def gone(house: House, incoming: Incoming, outcome: Outcome, now: datetime) -> None:
    """An answer came back because nobody is there any more: what was subscribed ends."""
    if outcome.kind.retires_address and incoming.channel == "telegram" and house.channels.subscribers is not None:
        house.channels.subscribers.end(incoming.address, "gone", now)
