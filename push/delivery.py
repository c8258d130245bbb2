"""The sending itself: one event loop, a lane a channel, many calls in flight, every answer written down at once.

Nothing here is remembered that is not in the rows: a lane claims a batch, writes attempts down, makes the calls outside
any transaction and settles them in groups. Whatever dies on the way is found by its lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from channels.contract import Sender, roads_of
from channels.limits import OwnRates, Rates
from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from push import claims
from push.claims import Claim
from push.lanes import Lane
from push.models import Dispatch
from push.settings import PushSettings
from push.settling import Answered, settle
from push.states import DispatchState

Result = TypeVar("Result")

WATCH_SECONDS = 0.4
# Answers wait so long for others, to be written down with them: shorter where a lost one cannot be asked about.
GROUP_SECONDS, BRIEFLY = 0.05, 0.01
RETRY_SECONDS = 0.5
LAST_TRIES = 10

log = structlog.get_logger(__name__)


class Delivery:
    """Everything one worker process sends; made anywhere, run in one event loop, rung from any thread."""

    def __init__(self, database: Database, keyring: Keyring, senders: Mapping[str, Sender], network: Network, clock: Clock,
                 settings: PushSettings, worker: str, rates: Rates | None = None) -> None:
        """`worker` names this process in leases; `senders` is one a channel; `rates` binds other processes too."""
        self.database = database
        self.keyring = keyring
        self.clock = clock
        self.settings = settings
        self.worker = worker
        self.held: set[int] = set()
        self.claims: dict[int, Claim] = {}
        self.stopping = False
        # How many groups of answers were taken to be written down: what waits in the present one may still grow.
        self.taken = 0
        self.rates = rates or OwnRates()
        self._senders = senders
        self._network = network
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._answers: list[tuple[Answered, asyncio.Future[None] | None]] = []
        self._answered = asyncio.Event()
        # SQLite has one writer: a second thread would only wait for the first with the lock in the way.
        self._threads = ThreadPoolExecutor(1 if database.is_sqlite else 4, thread_name_prefix="delivery")

    def ring(self, batch_id: int = 0) -> None:
        """Wake the lanes; from any thread. Which batch rang does not matter: the most urgent is taken."""
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):  # the loop was closed between the question and the call
                self._loop.call_soon_threadsafe(self._bell.set)

    def stop(self) -> None:
        """Let the lanes finish what is in flight and end; from any thread."""
        self.stopping = True
        self.ring()

    async def run(self) -> None:
        """Send until stopped, then settle what is in flight and give the batches back."""
        self._loop = asyncio.get_running_loop()
        concurrency = sum(road.sender.limits.in_flight for one in self._senders.values() for road in roads_of(one)) + 8
        try:
            # One that fails brings all down: the process ends, and what it held is found by its leases.
            async with self._network.open(concurrency) as client, asyncio.TaskGroup() as group:
                keepers = [group.create_task(keep()) for keep in (self._settle_answers, self._keep_leases, self._watch)]
                lanes = [Lane(self, sender, client, group) for sender in self._senders.values()]
                await asyncio.gather(*(group.create_task(work()) for lane in lanes for work in (lane.run, lane.ask)))
                for keeper in keepers:
                    keeper.cancel()
        finally:
            await self.rates.close()
            self._threads.shutdown()

    async def rest(self, seconds: float) -> None:
        """Wait for the bell, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        self._bell.clear()

    async def rows(self, work: Callable[[], Result]) -> Result:
        """Run database work in a thread; a database that is gone for a while is waited for, when stopping only a little."""
        patience = LAST_TRIES
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
            except (OperationalError, InterfaceError) as error:
                log.warning("the database did not answer, trying again", kind=type(error.orig).__name__)
                patience -= self.stopping
                if patience < 0:
                    raise
                await asyncio.sleep(RETRY_SECONDS)

    async def settled(self, answer: Answered) -> None:
        """Hand an answer over and wait until it is written down."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.hand_over(answer, written)
        await written

    def hand_over(self, answer: Answered, written: asyncio.Future[None] | None = None) -> None:
        """Have an answer written down with the next group; `written` is told when it was."""
        self._answers.append((answer, written))
        self._answered.set()

    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    async def _settle_answers(self) -> None:
        """Write answers down in groups: what comes in while one group is being written forms the next."""
        while True:
            await self._answered.wait()
            await asyncio.sleep(BRIEFLY if self._answers[0][0].ask_at is None else GROUP_SECONDS)
            waiting, self._answers = self._answers, []
            self.taken += 1
            self._answered.clear()
            await self.rows(lambda group=tuple(one for one, _ in waiting): self._write(group))  # type: ignore[misc]
            for _, written in waiting:
                if written is not None and not written.done():
                    written.set_result(None)

    def _write(self, group: tuple[Answered, ...]) -> None:
        with self.database.writing() as session:
            settle(session, group, self.now())

    async def _keep_leases(self) -> None:
        """Renew what we hold at a third of its time; a batch that is no longer ours is let go."""
        while True:
            await asyncio.sleep(self.settings.lease / 3)
            held = tuple(self.claims)
            if not held:
                continue
            kept = await self.rows(lambda held=held: self._renew(held))  # type: ignore[misc]
            for number in held:
                claim = self.claims.get(number)
                if claim is not None and number not in kept:
                    claim.is_lost = True

    def _renew(self, held: tuple[int, ...]) -> set[int]:
        with self.database.writing() as session:
            return claims.renew(session, self.worker, held, self.now(), self.settings)

    async def _watch(self) -> None:
        """Know within half a second which dispatches a person has paused or stopped."""
        while True:
            numbers = {claim.dispatch_id for claim in self.claims.values()}
            self.held = await self.rows(lambda numbers=numbers: self._held(numbers)) if numbers else set()  # type: ignore[misc]
            await asyncio.sleep(WATCH_SECONDS)

    def _held(self, numbers: set[int]) -> set[int]:
        with self.database.reading() as session:
            return set(session.scalars(select(Dispatch.id).where(
                Dispatch.id.in_(numbers), Dispatch.state.not_in((DispatchState.PLANNED, DispatchState.RUNNING)))))
