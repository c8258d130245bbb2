"""One life of a carrier's line: its connections, dialled, logged in, tested while quiet and dialled again when they end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime

import structlog

from channels.exchange import Verdict
from channels.sms.lines.dialect import Answered, Dialect, Figures, NotWritten, Unanswered
from channels.sms.lines.session import Hear, Session
from channels.sms.lines.verdicts import HOST_REFUSED, NO_CARRIER, NO_LINE
from kernel.http import Client, HostRefused, Network, NotSent

FIRST_REST = 0.5
LONGEST_REST = 30.0
# A line that is coming up is waited for so long before a message is told that there is none.
PATIENCE_SECONDS = 10.0
LINK_TESTS = 3

log = structlog.get_logger(__name__)


class Connections:
    """The connections of one account; everything here belongs to one event loop, but for `is_up`."""

    def __init__(self, dialect: Dialect, figures: Figures, hear: Hear, now: Callable[[], datetime]) -> None:
        """Nothing is dialled before `keep`."""
        self._dialect = dialect
        self._figures = figures
        self._hear = hear
        self._now = now
        self._ready: list[Session] = []
        # Counted before they begin: whoever submits at once waits for them.
        self._connecting = figures.connections
        self._trouble = NO_LINE
        self._changed = asyncio.Event()
        self._used_at = 0.0

    @property
    def is_up(self) -> bool:
        """Whether a connection is logged in."""
        return any(session.is_up for session in tuple(self._ready))

    def idle_seconds(self) -> float:
        """For how long nobody has wanted anything."""
        busy = self._connecting or any(session.waiting for session in self._ready)
        return 0.0 if busy else asyncio.get_running_loop().time() - self._used_at

    async def submit(self, build: Callable[[int], bytes]) -> Answered:
        """Write one message on the least busy connection and wait for its answer; raises NotWritten, Unanswered."""
        session = await self._session()
        self._used_at = asyncio.get_running_loop().time()
        return await session.submit(build, self._figures.answer.total_seconds())

    async def keep(self, network: Network | Client) -> None:
        """Keep every connection up until cancelled."""
        self._used_at = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._figures.connections):
                group.create_task(self._keep_one(network))

    async def leave(self) -> None:
        """Say goodbye on every connection."""
        await asyncio.gather(*(session.say_goodbye() for session in self._ready if session.is_up))

    async def _keep_one(self, network: Network | Client) -> None:
        """One connection: after each end a rest that grows until the connection is of use again."""
        rest = FIRST_REST
        while True:
            session, trouble = await self._connect(network)
            self._connecting -= 1
            self._trouble = trouble
            if session is not None:
                self._ready.append(session)
            self._changed.set()
            if session is None:
                wait = rest if trouble is NO_LINE else self._dialect.login_wait.total_seconds()
            else:
                await self._attend(session)
                self._ready.remove(session)
                rest = wait = FIRST_REST if session.has_answered else rest
            await asyncio.sleep(wait * (1 + random.random() / 10))
            rest = min(LONGEST_REST, rest * 2)
            self._connecting += 1

    async def _connect(self, network: Network | Client) -> tuple[Session | None, Verdict]:
        """A logged-in connection, or none and what that means for messages."""
        session = Session(self._dialect, self._figures.window, self._hear)
        try:
            await network.dial(lambda: session, *self._dialect.place)
            answered = await session.log_in(self._now(), min(PATIENCE_SECONDS, self._figures.answer.total_seconds()))
        except HostRefused:
            return None, HOST_REFUSED
        except (NotSent, NotWritten):
            return None, NO_LINE
        except Unanswered:
            session.cut()
            # A carrier may be slow or shut the door; what speaks another language is no carrier.
            return None, NO_CARRIER if session.is_garbled else NO_LINE
        except asyncio.CancelledError:
            session.cut()
            raise
        if answered.status:
            log.warning("the carrier refused the login", gateway=self._dialect.gateway, status=answered.status)
            session.cut()
            return None, self._dialect.refusal(answered.status)
        log.info("the carrier's line is up", gateway=self._dialect.gateway)
        return session, NO_LINE

    async def _attend(self, session: Session) -> None:
        """Test a connection while it is quiet; returns when it is down."""
        loop, missed = asyncio.get_running_loop(), 0
        while session.is_up:
            left = session.heard_at + self._figures.link_test.total_seconds() - loop.time()
            if left > 0:
                await asyncio.wait({session.down}, timeout=left)
                continue
            missed = 0 if await session.test(self._figures.answer.total_seconds()) else missed + 1
            if missed >= LINK_TESTS:
                log.warning("the carrier answers no link test; dialling again", gateway=self._dialect.gateway)
                session.cut()
        await asyncio.wait({session.down})

    async def _session(self) -> Session:
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            up = [session for session in self._ready if session.is_up]
            if up:
                return min(up, key=lambda one: one.waiting)
            left = until - asyncio.get_running_loop().time()
            if not self._connecting or left <= 0:
                raise NotWritten(self._trouble)
            self._changed.clear()
            waiting = asyncio.ensure_future(self._changed.wait())
            await asyncio.wait({waiting}, timeout=left)
            waiting.cancel()
