"""One channel's work in one process: batch after batch, the line kept full, and questions about lost calls beside it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING

import structlog

from channels.contract import Sender
from channels.failures import Outcome, OutcomeKind
from channels.limits import Pace
from channels.messages import Call
from kernel.http import Client
from push import calls, claims, lost
from push.calls import Group, Halt, Prepared
from push.claims import Claim
from push.lost import Question
from push.pacing import Breaker
from push.planning import Word, word_of_fate, word_on
from push.settling import Answered

if TYPE_CHECKING:
    from push.delivery import Delivery

# A call that was written down longer ago is not made any more: its lease may be over and others may be asking about it.
STALE_SHARE = 0.5
ASK_SECONDS = 0.5
# Calls of one message are written down so many times what is in flight, so that a commit is shared by enough of them.
# Not where the vendor cannot be asked: what is written down when a worker is killed stays unknown there.
SINGLES_AHEAD = 4
REST_SECONDS = 0.2

log = structlog.get_logger(__name__)


@dataclass
class Flight:
    """What is in the air for one batch."""

    claim: Claim
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    not_before: datetime | None = None


class Lane:
    """A sender at work."""

    def __init__(self, delivery: Delivery, sender: Sender, client: Client, group: asyncio.TaskGroup) -> None:
        """`delivery` is the house around it: rows, clock, settings, leases; `group` watches over its tasks."""
        self._house = delivery
        self._tasks = group
        self._sender = sender
        self._client = client
        self._limits = sender.limits
        self._slots = asyncio.Semaphore(self._limits.in_flight)
        self._in_flight = 0
        self._breaker = Breaker()
        rate = self._limits.per_second
        self._bulk = self._limits.bulk if rate <= 0 else max(1, min(self._limits.bulk, int(rate)))
        self._pace = Pace(rate, max(float(self._bulk), rate))
        ahead = SINGLES_AHEAD if self._limits.can_ask_fate else 1
        full = self._limits.in_flight * (self._bulk if self._bulk > 1 else ahead)
        # With a declared rate no more is written down at once than leaves within a second: a pause then bites at once.
        self._group = full if rate <= 0 else max(self._bulk, min(full, ceil(rate)))
        self._landings: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Take batch after batch until stopped; then wait until everything in flight is written down."""
        while not self._house.stopping:
            if self._breaker.rest() > 0:
                await asyncio.sleep(min(self._breaker.rest(), REST_SECONDS))
                continue
            claim = await self._house.rows(self._claim)
            if claim is None:
                await self._house.rest(1.0)
                continue
            self._house.claims[claim.batch_id] = claim
            flight = Flight(claim)
            await self._send(flight)
            landing = self._tasks.create_task(self._land(flight))
            self._landings.add(landing)
            landing.add_done_callback(self._landings.discard)
        await asyncio.gather(*self._landings)

    async def ask(self) -> None:
        """Ask about lost calls that are due, a few at a time."""
        while not self._house.stopping:
            found = await self._house.rows(self._questions)
            await asyncio.gather(*(self._ask(question) for question in found))
            if not found:
                await self._house.rest(ASK_SECONDS)

    def _claim(self) -> Claim | None:
        house, now = self._house, self._house.now()
        with house.database.reading() as session:
            if not claims.is_due(session, (self._sender.name,), now):
                return None
        with house.database.writing() as session:
            return claims.claim_next(session, self._sender.name, house.worker, now, house.settings)

    async def _send(self, flight: Flight) -> None:
        """Make a batch's calls, group after group, each written down before it leaves."""
        while self._may_go_on(flight.claim):
            group = await self._house.rows(lambda: self._prepare(flight.claim))
            if isinstance(group, Halt):
                flight.not_before = group.until
                return
            withdrawn = [one for one in group.calls if not await self._launch(one, flight)]
            if withdrawn:
                await self._house.rows(lambda taken=withdrawn: self._withdraw(taken))  # type: ignore[misc]
                return
            if group.is_last:
                return

    def _may_go_on(self, claim: Claim) -> bool:
        house = self._house
        return not (house.stopping or claim.is_lost or claim.dispatch_id in house.held or self._breaker.rest() > 0)

    def _prepare(self, claim: Claim) -> Group | Halt:
        house = self._house
        return calls.prepare(house.database, house.keyring, claim, house.worker, self._sender.gateway, bulk=self._bulk,
                             count=self._group, now=house.now(), settings=house.settings)

    def _withdraw(self, taken: Sequence[Prepared]) -> None:
        with self._house.database.writing() as session:
            calls.withdraw(session, taken)

    async def _launch(self, prepared: Prepared, flight: Flight) -> bool:
        """Make a call as soon as a place, the rate and the vendor's health allow; False when it must not leave any more."""
        await self._slots.acquire()
        await self._pace.wait(prepared.size)
        while self._may_go_on(flight.claim) and not self._breaker.admits(self._in_flight):
            await asyncio.sleep(REST_SECONDS / 4)
        too_old = self._house.now() - prepared.call.started_at > self._house.settings.lease_time * STALE_SHARE
        if too_old or not self._may_go_on(flight.claim):
            self._slots.release()
            return False
        self._in_flight += 1
        task = asyncio.create_task(self._call(prepared))
        flight.tasks.add(task)
        task.add_done_callback(flight.tasks.discard)
        return True

    async def _call(self, prepared: Prepared) -> None:
        outcomes = await self._outcomes(prepared.call)
        self._in_flight -= 1
        self._slots.release()
        kinds = {outcome.kind for outcome in outcomes}
        self._breaker.note(is_good=not kinds <= {OutcomeKind.UNKNOWN, OutcomeKind.THROTTLED} or any(
            outcome.alone for outcome in outcomes))
        now, spread = self._house.now(), random.random()
        words = {outcome.reference: word_on(outcome, now, prepared.give_up_at, spread) for outcome in outcomes}
        ask_at = prepared.call.started_at + self._house.settings.horizon if self._limits.can_ask_fate else None
        await self._house.settled(
            Answered(prepared.call.attempt, prepared.batch_id, prepared.dispatch_id, words, ask_at))

    async def _outcomes(self, call: Call) -> Sequence[Outcome]:
        try:
            outcomes = await self._sender.send(self._client, call)
            if {outcome.reference for outcome in outcomes} == {message.reference for message in call.messages}:
                return outcomes
            log.error("a sender did not account for every message", gateway=self._sender.gateway, attempt=call.attempt)
        except Exception:
            # A sender that breaks tells nothing about what the vendor took.
            log.exception("a sender broke", gateway=self._sender.gateway, attempt=call.attempt)
        return [Outcome(message.reference, OutcomeKind.UNKNOWN, code="broken") for message in call.messages]

    async def _land(self, flight: Flight) -> None:
        """When the last call of a batch is written down, give the batch back."""
        while flight.tasks:
            await asyncio.gather(*flight.tasks)
        if not flight.claim.is_lost:
            await self._house.rows(lambda: self._give_back(flight))
        self._house.claims.pop(flight.claim.batch_id, None)

    def _give_back(self, flight: Flight) -> None:
        house = self._house
        with house.database.writing() as session:
            claims.give_back(session, flight.claim, house.worker, house.now(), flight.not_before)

    def _questions(self) -> list[Question]:
        house, now = self._house, self._house.now()
        with house.database.reading() as session:
            if not lost.is_due(session, self._sender.name, now):
                return []
        with house.database.writing() as session:
            return lost.questions(session, house.keyring, self._sender.name, self._sender.gateway, self._limits, now,
                                  house.settings)

    async def _ask(self, question: Question) -> None:
        try:
            fates = await self._sender.ask_fate(self._client, question.call)
        except Exception:
            log.exception("a sender broke when asked", gateway=self._sender.gateway, attempt=question.call.attempt)
            fates = ()
        now = self._house.now()
        words: dict[int, Word | None] = {message.reference: None for message in question.call.messages}
        words.update({fate.reference: word_of_fate(fate, now, question.give_up_at) for fate in fates
                      if fate.reference in words})
        await self._house.rows(lambda: self._settle_fates(question, words, now))

    def _settle_fates(self, question: Question, words: dict[int, Word | None], now: datetime) -> None:
        with self._house.database.writing() as session:
            lost.settle_fates(session, question, words, now)
