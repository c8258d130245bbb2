"""Answers that go out as messages of their own: said by whoever worked them out, or by whoever lives when that one died."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.late import MOST_TRIES, Late
from bot.phrases import words
from channels.contract import Replier, Talker
from channels.failures import Outcome
from channels.messages import Content, Incoming, Message, Purpose, Reply
from channels.wording import lines
from kernel.http import Client
from web import noting

if TYPE_CHECKING:
    from web.house import House

# What was surely not sent is tried again: the platform was busy, or the line was down.
REST_SECONDS = (1.0, 4.0, 15.0)
LONGEST_REST = timedelta(seconds=30)
BUSY = Reply("系统正忙，没能办成这一步。请稍后再发一次，或拨打 12345。")
LOOK_SECONDS = 2.0
# From then on people no longer know what an answer speaks of.
FORGOTTEN = timedelta(minutes=2)

log = structlog.get_logger(__name__)


def keep_looking(look: Callable[[], bool], seconds: float, stop: threading.Event) -> None:
    """Look for what is to be said while there is something, and again every so many seconds, until told to stop."""
    while not stop.is_set():
        try:
            while not stop.is_set() and look():
                continue
        except SQLAlchemyError as error:
            log.warning("what is to be said cannot be looked for, trying again", kind=type(error).__name__)
        stop.wait(seconds)


def say(house: House, talker: Talker | None, incoming: Incoming, told: Sequence[Reply], tries: int = 0) -> None:
    """Say replies as messages of their own, unless somebody else has begun to; `tries` counts those who took them over."""
    if not _begun(house, incoming, told, is_own=tries == 0):
        return
    if talker is None:
        log.warning("nobody can answer on this channel", channel=incoming.channel)
        house.reception.end(incoming)
        return
    try:
        left = asyncio.run(_say(house, talker, incoming, told))
        again = house.clock.now() + timedelta(minutes=max(1, tries * tries))
        house.reception.end(incoming, left if tries < MOST_TRIES else (), again)
    except Exception:
        log.exception("an answer could not be said", channel=incoming.channel)


def _begun(house: House, incoming: Incoming, told: Sequence[Reply], *, is_own: bool) -> bool:
    is_apology = list(told) == [BUSY]
    try:
        # The line may have been cut after the answer was written down, or another process worked it out: then that is said.
        return house.reception.begin(incoming, unless_worked_out=is_own and is_apology)
    except SQLAlchemyError as error:
        log.warning("nothing can be written down", kind=type(error).__name__)
        return is_apology  # an answer is kept and said later; that there is none can be said now


async def _say(house: House, talker: Talker, incoming: Incoming, told: Sequence[Reply]) -> Sequence[Reply]:
    """What surely did not leave."""
    async with house.network.open(1) as client:
        for number, reply in enumerate(told):
            outcome = await _said(talker, client, incoming, reply)
            log.info("said later", channel=incoming.channel, outcome=outcome.kind.value, code=outcome.code)
            noting.gone(house, incoming, outcome, house.clock.now())
            if outcome.kind.may_be_sent_again:
                return told[number:]
    return ()


async def _said(talker: Talker, client: Client, incoming: Incoming, reply: Reply) -> Outcome:
    """One reply, again while it was surely not sent."""
    begin = partial(_once, talker, client, incoming, reply)
    outcome = await begin()
    for rest in REST_SECONDS:
        if not outcome.kind.may_be_sent_again or outcome.wait > LONGEST_REST:
            break
        await asyncio.sleep(max(rest, outcome.wait.total_seconds()))
        outcome = await begin()
    return outcome


async def _once(talker: Talker, client: Client, incoming: Incoming, reply: Reply) -> Outcome:
    if isinstance(talker, Replier):
        return await talker.reply(client, incoming, reply)
    return await talker.say(client, Message(0, incoming.address, Content(Purpose.CONSULTATION, lines(reply), link=reply.link)))


class LateAnswers:
    """Gives the answers that a process which is no more should have given; any number of processes may."""

    def __init__(self, house: House) -> None:
        """Of a house."""
        self._house = house

    def look(self) -> bool:
        """Give the answer that has waited longest; False when all are given."""
        late = self._house.reception.overdue(self._house.clock.now())
        if late is None:
            return False
        told = self._told(late)
        if told:
            say(self._house, self._house.channels.talkers.get(late.incoming.channel), late.incoming, told, late.tries)
        return True

    def run(self, stop: threading.Event) -> None:
        """Look every two seconds until told to stop."""
        keep_looking(self.look, LOOK_SECONDS, stop)

    def _told(self, late: Late) -> Sequence[Reply]:
        """What is to be said; nothing while it could not be worked out and is tried again."""
        now = self._house.clock.now()
        try:
            told = late.replies if late.replies is not None else noting.hear(self._house, late.incoming, now, is_late=True)
        except Exception:
            log.exception("a late answer could not be worked out", channel=late.incoming.channel, tries=late.tries)
            told = [BUSY] if late.tries >= MOST_TRIES else []
        if not told or now - late.at < FORGOTTEN or late.incoming.channel == "sms":
            return told
        if told[0].choices:  # the words above a list are part of its mark
            return [Reply(words.late(late.incoming.text, "").strip()), *told]
        return [replace(told[0], text=words.late(late.incoming.text, told[0].text)), *told[1:]]
