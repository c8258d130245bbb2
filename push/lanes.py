"""One channel's work in one process: batch after batch, every gateway kept full, and questions about lost calls beside it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from channels.contract import Sender, roads_of
from channels.failures import Fault, Outcome, OutcomeKind
from channels.messages import Call
from kernel.http import Client
from push import asides, calls, claims, fitting, lost, releasing
from push.asides import Aside
from push.calls import Group, Halt, Prepared
from push.claims import Claim
from push.gateways import Gateway, Gateways
from push.lost import Question
from push.planning import Word, word_of_fate
from push.settling import Answered, Sheaf, words_on
from push.states import DeliveryState

if TYPE_CHECKING:
    from push.delivery import Delivery

# A call that was written down longer ago is not made any more: its lease may be over and others may be asking about it.
STALE_SHARE = 0.5
ASK_SECONDS = 0.5
REST_SECONDS = 0.2
_TAKEN = frozenset({OutcomeKind.ACCEPTED})
# If nothing else was answered, something is wrong with the vendor or the line.
_BAD = frozenset({OutcomeKind.UNKNOWN, OutcomeKind.THROTTLED})

log = structlog.get_logger(__name__)


@dataclass
class Flight:
    """What is in the air for one batch."""

    claim: Claim
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    not_before: datetime | None = None


class Lane:
    """A channel at work over its gateways."""

    def __init__(self, delivery: Delivery, sender: Sender, client: Client, group: asyncio.TaskGroup) -> None:
        """`delivery` is the house around it: rows, clock, settings, leases; `group` watches over its tasks."""
        self._house = delivery
        self._tasks = group
        self._channel = sender.name
        self._sender = sender
        self._stale_after = delivery.settings.lease_time * STALE_SHARE
        self._client = client
        self._gateways = Gateways(roads_of(sender), delivery.rates)
        self._landings: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Take batch after batch until stopped; then wait until everything in flight is written down."""
        await self._house.rows(self._recall)
        looking = self._tasks.create_task(self._look_around())
        # While the calls of one batch leave, the next is written down: nobody waits for the rows with an idle line.
        await asyncio.gather(*(self._take_batches() for _ in range(self._gateways.batches_at_once)))
        await asyncio.gather(*self._landings)
        looking.cancel()

    async def _take_batches(self) -> None:
        while not self._house.stopping:
            if self._gateways.rest() > 0:
                await asyncio.sleep(min(self._gateways.rest(), REST_SECONDS))
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

    async def ask(self) -> None:
        """Ask about lost calls that are due, a few at a time."""
        while not self._house.stopping:
            found = await self._house.rows(self._questions)
            await asyncio.gather(*(self._ask(*one) for one in found))
            if not found:
                await self._house.rest(ASK_SECONDS)

    async def _look_around(self) -> None:
        """Know which gateways other processes let rest; and let who waits for a place see whether they still should."""
        while True:
            for gateway in self._gateways:
                gateway.freed.set()
            for gateway in self._gateways:
                gateway.let_rest(await gateway.rate.resting())
            await asyncio.sleep(REST_SECONDS)

    def _recall(self) -> None:
        """What was set aside before this process began is tried again, one call at a time; a gateway that is back is asked again."""
        able = [gateway.name for gateway in self._gateways if gateway.limits.can_ask_fate and gateway.limits.fate_window is None]
        with self._house.database.writing() as session:
            lost.ask_again(session, self._channel, able, self._house.now(), self._house.settings)
            for one in asides.asides(session, [gateway.name for gateway in self._gateways]):
                self._gateways[one.gateway].aside[one.purpose] = 0.0

    def _claim(self) -> Claim | None:
        house, now = self._house, self._house.now()
        with house.database.reading() as session:
            if not claims.is_due(session, (self._channel,), now):
                return None
        with house.database.writing() as session:
            claim = claims.claim_next(session, self._channel, house.worker, now, house.settings)
            if claim is not None:
                fitting.hold_misfit(session, claim, self._sender, now)
            return claim

    async def _send(self, flight: Flight) -> None:
        """Make a batch's calls, group after group, each written down before it leaves."""
        while self._may_go_on(flight.claim):
            group = await self._house.rows(lambda: self._prepare(flight.claim))
            if isinstance(group, Halt):
                flight.not_before = group.until
                return
            if group.left:
                flight.not_before = self._house.now() + timedelta(seconds=self._gateways.patience())
            withdrawn = await self._launch_all(group.calls, flight)
            if withdrawn:
                await self._house.rows(lambda taken=withdrawn: self._withdraw(taken))  # type: ignore[misc]
                flight.claim.cursor = min(one.first for one in withdrawn) - 1
            elif group.is_last:
                return

    def _may_go_on(self, claim: Claim) -> bool:
        house = self._house
        return not (house.stopping or claim.has_ended or claim.dispatch_id in house.held or self._gateways.rest() > 0)

    def _prepare(self, claim: Claim) -> Group | Halt:
        house = self._house
        return calls.prepare(house.database, house.keyring, claim, house.worker, self._gateways.deal,
                             count=self._gateways.most(), now=house.now(), settings=house.settings, singly=self._gateways.singly)

    def _withdraw(self, taken: Sequence[Prepared]) -> None:
        with self._house.database.writing() as session:
            calls.withdraw(session, taken, self._house.now())

    async def _launch_all(self, prepared: Sequence[Prepared], flight: Flight) -> list[Prepared]:
        """Make calls in their order, those of several gateways side by side; gives those that must not leave any more."""
        turns: dict[str, list[Prepared]] = {}
        for one in prepared:
            turns.setdefault(one.gateway, []).append(one)
        kept_back = [await self._launch_over(self._gateways[name], these, flight) for name, these in turns.items()] \
            if len(turns) < 2 else await asyncio.gather(
                *(self._launch_over(self._gateways[name], these, flight) for name, these in turns.items()))
        return [one for these in kept_back for one in these]

    async def _launch_over(self, gateway: Gateway, prepared: Sequence[Prepared], flight: Flight) -> list[Prepared]:
        kept_back = []
        for one in prepared:
            if await self._has_leave(gateway, one, flight):
                gateway.in_flight += 1
                task = asyncio.create_task(self._call(gateway, one, flight) if one.call.calls == 1 else self._call_sheaf(gateway, one, flight))
                flight.tasks.add(task)
                task.add_done_callback(flight.tasks.discard)
            else:
                kept_back.append(one)
        return kept_back

    async def _has_leave(self, gateway: Gateway, prepared: Prepared, flight: Flight) -> bool:
        """Wait for a place, the vendor's health and the rate; False when the call must not leave any more."""
        while self._may_leave(gateway, prepared, flight):
            if not gateway.has_place:
                gateway.freed.clear()
                await gateway.freed.wait()
                continue
            wait = await gateway.rate.take(prepared.size)
            if not wait:
                # Another batch may have had the place while we asked.
                if not gateway.has_place and self._gateways.batches_at_once > 1:
                    continue
                return self._may_leave(gateway, prepared, flight)
            await asyncio.sleep(min(wait, REST_SECONDS))
        return False

    def _may_leave(self, gateway: Gateway, prepared: Prepared, flight: Flight) -> bool:
        house = self._house
        claim = flight.claim
        # What `_may_go_on` asks, for one gateway: asked before each call, it has to be quick.
        if house.stopping or claim.has_ended or claim.dispatch_id in house.held or gateway.rest() > 0:
            return False
        return house.now() - prepared.call.started_at <= self._stale_after

    async def _call(self, gateway: Gateway, prepared: Prepared, flight: Flight) -> None:
        outcomes = await self._outcomes(gateway, prepared.call)
        _leave(gateway)
        words, refused = await self._words(gateway, prepared, outcomes, flight.claim)
        await self._house.settled(self._answered(gateway, prepared, words, refused))

    async def _call_sheaf(self, gateway: Gateway, prepared: Prepared, flight: Flight) -> None:
        """One request after the other, each answer handed over as it comes; what may not leave any more is planned as before."""
        unclear, left, taken = False, prepared.size, -1
        words: dict[int, Word] = {}
        refused: tuple[int, ...] = ()
        for call in prepared.singly():
            if left < prepared.size and not self._may_leave(gateway, prepared, flight):
                break
            outcomes = await self._outcomes(gateway, call)
            left -= 1
            told, refused = await self._words(gateway, prepared, outcomes, flight.claim)
            unclear = unclear or any(word.state is DeliveryState.UNKNOWN for word in told.values())
            if taken == self._house.taken and not refused and left:
                # The answer before it still waits to be written down: they are one.
                words.update(told)
                continue
            words, taken = told, -1 if refused else self._house.taken
            if left:
                self._house.hand_over(self._answered(gateway, prepared, words, refused, Sheaf.PART, unclear))
        _leave(gateway)
        if left:
            back = Word(DeliveryState.PLANNED)
            words, refused = dict.fromkeys([message.reference for message in prepared.call.messages[-left:]], back), ()
        await self._house.settled(self._answered(gateway, prepared, words, refused, Sheaf.LAST, unclear))

    def _answered(self, gateway: Gateway, prepared: Prepared, words: dict[int, Word], refused: tuple[int, ...],
                  sheaf: Sheaf = Sheaf.NONE, unclear: bool = False) -> Answered:
        return Answered(prepared.call.attempt, prepared.batch_id, prepared.dispatch_id, words, self._ask_at(gateway, prepared),
                        gateway.name, refused, sheaf, unclear)

    def _ask_at(self, gateway: Gateway, prepared: Prepared) -> datetime | None:
        return prepared.call.started_at + self._house.settings.horizon if gateway.limits.can_ask_fate else None

    async def _words(self, gateway: Gateway, prepared: Prepared, outcomes: Sequence[Outcome],
                     claim: Claim) -> tuple[dict[int, Word], tuple[int, ...]]:
        """What an answer makes of its deliveries, and which of them go on over another gateway; the gateway itself heeds it too."""
        kinds = {outcome.kind for outcome in outcomes}
        gateway.breaker.note(is_good=not kinds <= _BAD or any(outcome.alone for outcome in outcomes))
        now, spread = self._house.now(), random.random()
        words = words_on(outcomes, now, prepared.give_up_at, spread)
        refused: tuple[int, ...] = ()
        if kinds != _TAKEN or gateway.aside:
            await self._heed(gateway, prepared, outcomes, now)
            refused = self._turn(gateway, prepared, outcomes, words, now)
            claim.is_barred = claim.is_barred or any(word.holds for word in words.values())
        if claim.is_kept_back and not kinds.isdisjoint(_TAKEN):
            claim.is_kept_back = False
            await self._house.rows(lambda: self._let_go_on(claim))
        return words, refused

    async def _heed(self, gateway: Gateway, prepared: Prepared, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Let a gateway rest that said so, set one aside that is set up wrongly, and take one back that works again."""
        purpose = prepared.call.messages[0].content.purpose
        rest = max((outcome.wait.total_seconds() for outcome in outcomes if outcome.kind is OutcomeKind.THROTTLED
                    and outcome.fault is Fault.GATEWAY and not outcome.alone), default=0.0)
        if rest > 0:
            await gateway.rate.rest(gateway.let_rest(rest))
        wrong = next((outcome for outcome in outcomes if outcome.kind is OutcomeKind.MISCONFIGURED), None)
        if wrong is not None and not gateway.is_aside(purpose):
            gateway.set_aside(purpose)
            log.warning("a gateway is set up wrongly and set aside", gateway=gateway.name, purpose=purpose, code=wrong.code)
            one = Aside(gateway.name, purpose, wrong.code[:60], wrong.words[:200], now)
            await self._house.rows(lambda: self._note_aside(one))
        elif wrong is None and purpose in gateway.aside and any(one.kind is OutcomeKind.ACCEPTED for one in outcomes):
            del gateway.aside[purpose]
            await self._house.rows(lambda: self._take_back(gateway.name, prepared))

    def _note_aside(self, one: Aside) -> None:
        with self._house.database.writing() as session:
            asides.set_aside(session, one)

    def _take_back(self, gateway: str, prepared: Prepared) -> None:
        with self._house.database.writing() as session:
            asides.works_again(session, gateway, prepared.call.messages[0].content.purpose)

    def _let_go_on(self, claim: Claim) -> None:
        with self._house.database.writing() as session:
            releasing.let_go_on(session, claim.dispatch_id, claim.channel)

    def _turn(self, gateway: Gateway, prepared: Prepared, outcomes: Sequence[Outcome], words: dict[int, Word],
              now: datetime) -> tuple[int, ...]:
        """Let what this gateway did not take go on over another; gives those that it refused for its own sake."""
        refused, purpose = [], prepared.call.messages[0].content.purpose
        for outcome in outcomes:
            if outcome.kind in (OutcomeKind.REFUSED, OutcomeKind.THROTTLED, OutcomeKind.MISCONFIGURED):
                shift = self._gateways.turn(outcome, words[outcome.reference], gateway, prepared.tried, purpose, now,
                                            prepared.give_up_at)
                words[outcome.reference] = shift.word
                if shift.is_refused:
                    refused.append(outcome.reference)
        if any(word.holds for word in words.values()):
            self._gateways.readmit(purpose)
        return tuple(refused)

    async def _outcomes(self, gateway: Gateway, call: Call) -> Sequence[Outcome]:
        try:
            outcomes = await gateway.sender.send(self._client, call)
            if {outcome.reference for outcome in outcomes} == {message.reference for message in call.messages}:
                return outcomes
            log.error("a sender did not account for every message", gateway=gateway.name, attempt=call.attempt)
        except Exception:
            # A sender that breaks tells nothing about what the vendor took.
            log.exception("a sender broke", gateway=gateway.name, attempt=call.attempt)
        return [Outcome(message.reference, OutcomeKind.UNKNOWN, code="broken") for message in call.messages]

    async def _land(self, flight: Flight) -> None:
        """When the last call of a batch is written down, give the batch back."""
        while flight.tasks:
            await asyncio.gather(*flight.tasks)
        await self._house.rows(lambda: self._give_back(flight))
        self._house.claims.pop(flight.claim.batch_id, None)

    def _give_back(self, flight: Flight) -> None:
        house = self._house
        with house.database.writing() as session:
            if flight.claim.is_lost:
                claims.take_up(session, flight.claim.batch_id, house.now())
                return
            claims.give_back(session, flight.claim, house.worker, house.now(), flight.not_before)

    def _questions(self) -> list[tuple[Gateway, Question]]:
        house, now = self._house, self._house.now()
        with house.database.reading() as session:
            if not lost.is_due(session, self._channel, now):
                return []
        with house.database.writing() as session:
            lost.let_go(session, self._channel, [gateway.name for gateway in self._gateways])
            return [(gateway, question) for gateway in self._gateways for question in lost.questions(
                session, house.keyring, self._channel, gateway.name, gateway.limits, now, house.settings)]

    async def _ask(self, gateway: Gateway, question: Question) -> None:
        try:
            fates = await gateway.sender.ask_fate(self._client, question.call)
        except Exception:
            log.exception("a sender broke when asked", gateway=gateway.name, attempt=question.call.attempt)
            fates = ()
        now = self._house.now()
        words: dict[int, Word | None] = {message.reference: None for message in question.call.messages}
        words.update({fate.reference: word_of_fate(fate, now, question.give_up_at) for fate in fates
                      if fate.reference in words})
        await self._house.rows(lambda: self._settle_fates(question, words, now))

    def _settle_fates(self, question: Question, words: dict[int, Word | None], now: datetime) -> None:
        with self._house.database.writing() as session:
            lost.settle_fates(session, question, words, now)


def _leave(gateway: Gateway) -> None:
    """Make room for who waits."""
    gateway.in_flight -= 1
    gateway.freed.set()
