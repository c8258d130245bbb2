"""Where callbacks wait for the bot: a little while at the door, after that the answer goes out as a message of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TYPE_CHECKING

import structlog

from channels.messages import Incoming, Reply
from web import noting
from web.saying import BUSY, say

if TYPE_CHECKING:
    from web.house import House

# WeChat waits five seconds; what takes longer is said as a 客服消息 instead.
PASSIVE_SECONDS = 3.8
# Those that think take the interpreter from each other at every word with the database: sixteen at once on PostgreSQL took a
# third more processor time, and nearly three times as long at the worst; one that waits for a vendor must not hold up all others.
THREADS = 6

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
        future, before = self._put_off(house, incoming, future)
        if before is not None:
            return before
        future.add_done_callback(lambda done: self._say_later(house, incoming, done))
        return ()

    def aside(self, house: House, incoming: Incoming) -> None:
        """Answer by the talker; the vendor is thanked when the answer is worked out, or has been put off."""
        future = self._thinking.submit(answered, house, incoming, once=True)
        try:
            future.result(timeout=self._patience)
        except NotYet:
            future, _ = self._put_off(house, incoming, future)
        future.add_done_callback(lambda done: self._say_later(house, incoming, done))

    def _put_off(self, house: House, incoming: Incoming, future: Future[Sequence[Reply]]) -> tuple[Future[Sequence[Reply]], Sequence[Reply] | None]:
        """From now on the answer is kept until it is said, whoever dies; or what was written down in this very moment."""
        before = house.reception.put_off(incoming, house.clock.now())
        if before is None and future.cancel():  # nobody had begun
            return self._thinking.submit(answered, house, incoming, is_late=True), None
        return future, before

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
