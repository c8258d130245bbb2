"""A carrier's line in one process: connections in an event loop of their own, shared by every caller.

Callers come from several loops (the sending, a code beside a page, an answer), so the line has its own thread. The
worker opens it for good; elsewhere it opens with the first message and closes after a minute of silence.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
import uvloop

from channels.contract import Take
from channels.sms.lines.connections import Connections
from channels.sms.lines.dialect import Answered, Dialect, Figures, NotWritten, Unanswered
from channels.sms.lines.intake import Intake
from channels.sms.lines.verdicts import CLOSED_HERE, NO_LINE
from kernel.clock import Clock
from kernel.http import Client, Network

IDLE_SECONDS = 60.0
GRACE_SECONDS = 3.0
CLOSE_SECONDS = 10.0

Submit = Callable[[Callable[[int], bytes]], Coroutine[Any, Any, Answered]]
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class _Life:
    """From opening to closing: a thread with its loop, and the connections in it."""

    loop: asyncio.AbstractEventLoop
    connections: Connections
    ending: asyncio.Event


class CarrierLine:
    """One account's connections; safe to use from any thread."""

    def __init__(self, dialect: Dialect, figures: Figures, intake: Intake, clock: Clock, *, opens_itself: bool,
                 idle: float = IDLE_SECONDS) -> None:
        """`opens_itself`: whether the first message may open it where nobody did; it then closes after `idle` quiet seconds."""
        self.name = dialect.gateway
        self._dialect = dialect
        self._figures = figures
        self._intake = intake
        self._clock = clock
        self._opens_itself = opens_itself
        self._idle = idle
        self._lock = threading.Lock()
        self._life: _Life | None = None
        self._thread: threading.Thread | None = None
        self._stays = False

    @property
    def is_up(self) -> bool:
        """Whether a connection is logged in."""
        life = self._life
        return life is not None and life.connections.is_up

    def hand_to(self, take: Take) -> None:
        """Whom what comes in is handed to; while there is nobody it is not thanked for, and comes again."""
        self._intake.hand_to(take)

    def open(self, network: Network) -> None:
        """Connect and stay connected until `close`."""
        self._stays = True
        self._begin(network)

    def close(self) -> None:
        """Say goodbye on every connection and end."""
        with self._lock:
            life, thread = self._life, self._thread
            self._life, self._thread, self._stays = None, None, False
        if life is not None and thread is not None:
            life.loop.call_soon_threadsafe(life.ending.set)
            thread.join(CLOSE_SECONDS)

    async def work(self, network: Network | Client, job: Callable[[Submit], Coroutine[Any, Any, Result]]) -> Result:
        """Run `job` in the line's loop, opening the line where that is allowed; from any loop. Raises NotWritten, Unanswered."""
        if self._life is None and not (self._opens_itself or self._stays):
            raise NotWritten(CLOSED_HERE)
        life = self._begin(network)
        task = job(life.connections.submit)
        try:
            under_way = asyncio.run_coroutine_threadsafe(task, life.loop)
        except RuntimeError as error:  # it closed between the two lines
            task.close()
            raise NotWritten(NO_LINE) from error
        try:
            return await asyncio.wrap_future(under_way)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is None or current.cancelling():
                raise
            raise Unanswered("the line was closed meanwhile") from None

    def _begin(self, network: Network | Client) -> _Life:
        with self._lock:
            if self._life is None:
                connections = Connections(self._dialect, self._figures, self._intake.hear, self._clock.now)
                self._life = life = _Life(uvloop.new_event_loop(), connections, asyncio.Event())
                self._thread = threading.Thread(target=self._run, args=(life, network), name=f"{self.name}-line", daemon=True)
                self._thread.start()
            return self._life

    def _run(self, life: _Life, network: Network | Client) -> None:
        asyncio.set_event_loop(life.loop)
        try:
            life.loop.run_until_complete(self._live(life, network))
        except Exception:
            log.exception("a carrier's line broke down", gateway=self.name)
        finally:
            self._forget(life)
            _drain(life.loop)
            life.loop.close()

    async def _live(self, life: _Life, network: Network | Client) -> None:
        keepers = [asyncio.create_task(work) for work in (life.connections.keep(network), self._intake.run())]
        ending = asyncio.create_task(life.ending.wait())
        while not ending.done() and not any(keeper.done() for keeper in keepers):
            if not self._stays and life.connections.idle_seconds() >= self._idle:
                self._forget(life)
                break
            await asyncio.wait({ending, *keepers}, timeout=self._idle / 4, return_when=asyncio.FIRST_COMPLETED)
        keepers[0].cancel()
        await self._intake.finish(GRACE_SECONDS)
        await life.connections.leave()
        for keeper in (keepers[1], ending):
            keeper.cancel()
        for ended in await asyncio.gather(*keepers, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    def _forget(self, life: _Life) -> None:
        with self._lock:
            if self._life is life:
                self._life = self._thread = None


def _drain(loop: asyncio.AbstractEventLoop) -> None:
    """Let what still runs in a loop hear that it ends."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
