"""One logged-in connection: what was asked waits for its answer by number, what the carrier asks is answered at once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from math import inf

import structlog

from channels.sms.lines.dialect import (
    Answered,
    Asked,
    Dialect,
    Garbled,
    NotWritten,
    Reported,
    Said,
    Unanswered,
)
from channels.sms.lines.verdicts import NO_LINE

HEADER_BYTES = 12
# A message of 99 numbers is under 4 KB; anything longer is no carrier.
MOST_BYTES = 64 * 1024
GOODBYE_SECONDS = 2.0

Hear = Callable[[Reported | Said, Callable[[], None], "Session"], None]
log = structlog.get_logger(__name__)


class Session(asyncio.Protocol):
    """A connection in one event loop; made by the line's dialling, told of its end by `down`."""

    def __init__(self, dialect: Dialect, window: int, hear: Hear) -> None:
        """`window` is how many messages may wait for their answer; `hear` takes reports and words."""
        self.down: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.has_answered = False
        self.is_garbled = False
        self.ended_at = inf
        self.heard_at = asyncio.get_running_loop().time()
        self._dialect = dialect
        self._hear = hear
        self._places = asyncio.Semaphore(window)
        self._sequence = itertools.cycle(range(1, 0x7FFFFFFF))
        self._pending: dict[int, asyncio.Future[Answered]] = {}
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    @property
    def is_up(self) -> bool:
        """Whether something written would leave."""
        return self._transport is not None and not self._transport.is_closing() and not self.down.done()

    @property
    def waiting(self) -> int:
        """How many answers are awaited."""
        return len(self._pending)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The other side is there."""
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, error: Exception | None) -> None:
        """The line is cut: whatever waits for an answer will never know."""
        self.ended_at = min(self.ended_at, asyncio.get_running_loop().time())
        if not self.down.done():
            self.down.set_result(None)
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(Unanswered("the connection was lost"))
        self._pending.clear()

    def data_received(self, data: bytes) -> None:
        """Take in whole frames as they come."""
        self.heard_at = asyncio.get_running_loop().time()
        self._buffer += data
        try:
            for frame in self._frames():
                self._take(frame)
        except Garbled as fault:
            log.warning("the carrier said something unreadable; the connection is closed", gateway=self._dialect.gateway,
                        fault=str(fault))
            self.is_garbled = True
            self.cut()

    async def log_in(self, now: datetime, seconds: float) -> Answered:
        """Say who we are; raises Unanswered."""
        return await self._ask(lambda sequence: self._dialect.login(sequence, now), seconds)

    async def submit(self, build: Callable[[int], bytes], seconds: float) -> Answered:
        """Write one message inside the window and wait for its answer; raises NotWritten, Unanswered."""
        async with self._places:
            answered = await self._ask(build, seconds)
        self.has_answered = True
        return answered

    async def test(self, seconds: float) -> bool:
        """Whether the other side still answers; any word of it counts."""
        before = self.heard_at
        try:
            await self._ask(self._dialect.link_test, seconds)
        except (NotWritten, Unanswered):
            return self.heard_at > before and self.is_up
        return True

    async def say_goodbye(self) -> None:
        """Take leave and hang up."""
        try:
            await self._ask(self._dialect.goodbye, GOODBYE_SECONDS)
        except (NotWritten, Unanswered):
            log.info("the carrier did not answer the goodbye", gateway=self._dialect.gateway)
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    async def _ask(self, build: Callable[[int], bytes], seconds: float) -> Answered:
        if not self.is_up or self._transport is None:
            raise NotWritten(NO_LINE)
        loop, sequence = asyncio.get_running_loop(), next(self._sequence)
        answer: asyncio.Future[Answered] = loop.create_future()
        frame = build(sequence)
        self._pending[sequence] = answer
        self._transport.write(frame)
        expiry = loop.call_later(seconds, _expire, answer)
        try:
            return await answer
        finally:
            expiry.cancel()
            self._pending.pop(sequence, None)

    def _frames(self) -> Iterator[bytes]:
        while len(self._buffer) >= HEADER_BYTES:
            length = int.from_bytes(self._buffer[:4], "big")
            if not HEADER_BYTES <= length <= MOST_BYTES:
                raise Garbled(f"a frame of {length} bytes")
            if len(self._buffer) < length:
                return
            frame = bytes(self._buffer[:length])
            del self._buffer[:length]
            yield frame

    def _take(self, frame: bytes) -> None:
        heard = self._dialect.read(frame)
        match heard:
            case Answered():
                waiting = self._pending.get(heard.sequence)
                if waiting is not None and not waiting.done():
                    waiting.set_result(heard)
            case Asked():
                self._write(heard.reply)
                if heard.is_goodbye and self._transport is not None:
                    self._transport.close()
            case Reported() | Said():
                self._hear(heard, lambda: self._write(heard.thanks), self)

    def _write(self, frame: bytes) -> None:
        if frame and self.is_up and self._transport is not None:
            self._transport.write(frame)


def _expire(answer: asyncio.Future[Answered]) -> None:
    if not answer.done():
        answer.set_exception(Unanswered("no answer in time"))
