"""What a channel itself must remember of somebody's words, before the bot hears them: windows, consents, subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.flows import wishes
from channels.contract import Received
from channels.failures import Outcome
from channels.messages import Incoming, IncomingKind, Receipt, Reply
from knowledge import letter_fates
from push import broadcasts, replies
from push.models import Delivery

if TYPE_CHECKING:
    from web.house import House

class Noted:
    """What is kept beside an answer, in its transaction: the follower's window, and the push that the words answer."""

    def __init__(self, house: House, incoming: Incoming, now: datetime) -> None:
        """Nothing is read yet."""
        self._house, self._incoming, self._now = house, incoming, now
        self._sent: Delivery | None = None

    def look(self, session: Session) -> None:
        """Find the push that the words may answer."""
        self._sent = replies.followed(session, self._house.keyring, self._incoming, self._now)

    def keep(self, session: Session, told: Sequence[Reply]) -> None:
        """Write both down."""
        openings, keyring = self._house.channels.openings, self._house.keyring
        if self._incoming.channel == "wechat" and openings is not None:
            openings.note_in(session, self._incoming, self._now)
            if self._incoming.kind is not IncomingKind.UNFOLLOW:
                letter_fates.wake_in(session, keyring, "wechat", self._incoming.address, [reply.text for reply in told], self._now)
        if self._sent is None:
            return
        number = replies.keep_in(session, keyring, self._sent, self._incoming, self._now)
        if number is not None and told:
            replies.answered_in(session, keyring, number, self._incoming, self._now)


def besides(house: House, received: Received, now: datetime) -> None:
    """Take in what a callback holds besides words and receipts."""
    if received.consents and house.channels.openings is not None:
        house.channels.openings.take(received.consents)
    if received.jobs:
        broadcasts.finish(house.database, received.jobs, now)


def reported(house: House, came: Sequence[Receipt], now: datetime) -> None:
    """What vendors say became of messages: of those of a push, and of answers to consultations."""
    if house.receipts.take(came, now) < len(came):
        letter_fates.reported(house.database, house.keyring, came, now)


def hear(house: House, incoming: Incoming, now: datetime, *, is_late: bool = False, once: bool = False) -> Sequence[Reply]:
    """Let the bot answer, and note what came; the same for every channel. What the bot cannot answer is noted all the same.

    `once`: what a vendor brings again gets no answer again, where answers are messages of their own.
    """
    if incoming.channel == "telegram" and house.channels.subscribers is not None:
        wish = wishes.of_everything(incoming.text) if incoming.kind is IncomingKind.TEXT else None
        # 别再发了 ends it as /stop does: a bot that only says so would go on sending.
        plainly = incoming if wish is None else replace(incoming, text="订阅" if wish else "退订")
        said = house.channels.subscribers.note(plainly, now)
        if said is not None:
            return [said]
    noted = Noted(house, incoming, now)
    try:
        return house.reception.receive(incoming, now, is_late=is_late, beside=noted, once=once)
    except Exception:
        with suppress(SQLAlchemyError), house.database.writing() as session:
            noted.keep(session, ())
        raise


def gone(house: House, incoming: Incoming, outcome: Outcome, now: datetime) -> None:
    """An answer came back because nobody is there any more: what was subscribed ends."""
    if outcome.kind.retires_address and incoming.channel == "telegram" and house.channels.subscribers is not None:
        house.channels.subscribers.end(incoming.address, "gone", now)
