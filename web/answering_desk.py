"""Where callbacks wait for the bot: a little while at the door, after that the answer goes out as a message of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from channels.contract import Replier, Talker
from channels.failures import Outcome
from channels.messages import Content, Incoming, Message, Purpose, Reply
from channels.wording import lines
from kernel.http import Client
from web import noting

if TYPE_CHECKING:
    from web.house import House

# WeChat waits five seconds; what takes longer is said as a 客服消息 instead.
PASSIVE_SECONDS = 3.8
THREADS = 16
# What was surely not sent is tried again: the platform was busy, or the line was down.
REST_SECONDS = (1.0, 4.0, 15.0)
LONGEST_REST = timedelta(seconds=30)
BUSY = Reply("系统正忙，没能办成这一步。请稍后再发一次，或拨打 12345。")

log = structlog.get_logger(__name__)


class AnsweringDesk:
    """The threads in which callbacks are answered, and others in which late words are said."""

    def __init__(self, patience: float = PASSIVE_SECONDS, threads: int = THREADS) -> None:
        """`patience` is how long a callback waits, in seconds; the threads start when something comes."""
        self._patience = patience
        self._thinking = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="answering")
        self._saying = ThreadPoolExecutor(max_workers=4, thread_name_prefix="saying")

    def passive(self, house: House, incoming: Incoming) -> Sequence[Reply]:
        """The answer, when it is ready before the vendor stops waiting; else nothing now, and the answer by the talker.

        It is put off in the table of events first, so that no retry of the platform's, in whichever process, is answered too.
        """
        future = self._thinking.submit(answered, house, incoming)
        try:
            return future.result(timeout=self._patience)
        except NotYet:
            log.warning("an answer comes late", channel=incoming.channel)
        before = house.reception.put_off(incoming, house.clock.now())
        if before is not None:
            return before
        if future.cancel():  # nobody had begun
            future = self._thinking.submit(answered, house, incoming, is_late=True)
        future.add_done_callback(lambda done: self._say_later(house, incoming, done))
        return ()

    def aside(self, house: House, incoming: Incoming) -> None:
        """Answer by the talker; the vendor is thanked when the answer is worked out, or has taken too long."""
        future = self._thinking.submit(answered, house, incoming, once=True)
        future.add_done_callback(lambda done: self._say_later(house, incoming, done))
        wait((future,), timeout=self._patience)

    def _say_later(self, house: House, incoming: Incoming, done: Future[Sequence[Reply]]) -> None:
        if not done.cancelled() and done.result():
            self._saying.submit(say, house, house.channels.talkers.get(incoming.channel), incoming, done.result())


def answered(house: House, incoming: Incoming, *, is_late: bool = False, once: bool = False) -> Sequence[Reply]:
    """The bot's replies; an apology where it could not answer, for nobody is left waiting."""
    try:
        return noting.hear(house, incoming, house.clock.now(), is_late=is_late, once=once)
    except Exception:
        log.exception("the bot could not answer", channel=incoming.channel, key=incoming.key)
        return [BUSY]


def say(house: House, talker: Talker | None, incoming: Incoming, told: Sequence[Reply]) -> None:
    """Say replies as messages of their own."""
    if talker is None:
        log.warning("nobody can answer on this channel", channel=incoming.channel)
        return
    try:
        asyncio.run(_say(house, talker, incoming, told))
    except Exception:
        log.exception("an answer could not be said", channel=incoming.channel)


async def _say(house: House, talker: Talker, incoming: Incoming, told: Sequence[Reply]) -> None:
    async with house.network.open(1) as client:
        for reply in told:
            outcome = await _said(talker, client, incoming, reply)
            log.info("said later", channel=incoming.channel, outcome=outcome.kind.value, code=outcome.code)
            noting.gone(house, incoming, outcome, house.clock.now())


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
