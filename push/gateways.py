"""The gateways of one channel, at work in one process: who carries the next call, and what goes on over another.

Calls are dealt out by weight, each to the gateway that is furthest behind its share. A gateway that rests or is set up
wrongly is passed over; a message it surely did not take goes on over the next. What is unknown never comes here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol, TypeVar

from channels.contract import Road
from channels.failures import Outcome, OutcomeKind
from channels.limits import Rates
from channels.messages import Purpose
from push.pacing import Breaker
from push.planning import Word
from push.states import DeliveryState, Reason

# Calls of one message are written down so many times what is in flight, so that a commit is shared by enough of them.
# Not where the vendor cannot be asked: what is written down when a worker is killed stays unknown there.
SINGLES_AHEAD = 4
# However long a vendor tells us to stay away, one call tries from time to time: somebody may have raised the quota.
LONGEST_REST = 900.0
# So long a gateway that is set up wrongly is passed over before one call tries it again.
ASIDE_SECONDS = 600.0
LEAST_PATIENCE = 1.0


class Waiting(Protocol):
    """A delivery to be sent: whether it has to go by itself, and which gateways refused it."""

    @property
    def alone(self) -> bool:
        """Whether it has to go in a call of its own."""
        ...

    @property
    def tried(self) -> str | None:
        """Gateways that refused it, each with a comma behind it."""
        ...


AnyWaiting = TypeVar("AnyWaiting", bound=Waiting)


@dataclass(frozen=True)
class Shift:
    """What an answer makes of a delivery where there are several gateways; `is_refused`: this gateway is not to be asked again."""

    word: Word
    is_refused: bool = False


class Gateway:
    """One gateway: its places, its rate, its health, and its turn among the others."""

    def __init__(self, road: Road, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds and never goes back."""
        self.sender = road.sender
        self.name = road.sender.gateway
        self.weight = road.weight
        self.limits = road.sender.limits
        self.breaker = Breaker(clock)
        self.in_flight = 0
        self.freed = asyncio.Event()
        self.turn = 0.0
        self.aside: dict[Purpose, float] = {}
        rate = self.limits.per_second
        # A sheaf takes its leave once for all its calls: not where each second is counted.
        self.is_singly = self.limits.bulk == 1 and rate <= 0
        self.bulk = self.limits.sheaf if self.is_singly else self.limits.bulk if rate <= 0 else max(1, min(self.limits.bulk, int(rate)))
        self.rate = rates.of(self.name, rate, max(float(self.bulk), rate))
        ahead = SINGLES_AHEAD if self.limits.can_ask_fate else 1
        full = self.limits.in_flight * (self.bulk if self.bulk > 1 else ahead)
        # With a declared rate no more is written down at once than leaves within a second: a pause then bites at once.
        self.most = full if rate <= 0 else max(self.bulk, min(full, ceil(rate)))
        self._clock = clock
        self._rests_until = 0.0

    def rest(self) -> float:
        """Seconds for which nothing may go there."""
        own = max(0.0, self._rests_until - self._clock()) if self._rests_until else 0.0
        return max(self.breaker.rest(), own)

    def let_rest(self, seconds: float) -> float:
        """Send nothing there for a while; gives for how long at most."""
        longest = min(seconds, LONGEST_REST)
        self._rests_until = max(self._rests_until, self._clock() + longest)
        return longest

    def is_aside(self, purpose: Purpose) -> bool:
        """Whether it is set up wrongly for a purpose and not yet to be tried again."""
        return self._clock() < self.aside.get(purpose, 0.0)

    def set_aside(self, purpose: Purpose) -> None:
        """Pass it over for a purpose."""
        self.aside[purpose] = self._clock() + ASIDE_SECONDS

    def size_of(self, count: int) -> int:
        """How many of so many to put in one call; few are not to wait for each other in a sheaf while other places are free."""
        return min(self.bulk, ceil(count / self.limits.in_flight)) if self.is_singly else self.bulk

    @property
    def has_place(self) -> bool:
        """Whether one more call may leave beside those in flight."""
        return self.in_flight < self.limits.in_flight and self.breaker.admits(self.in_flight)

    def is_on_trial(self, purpose: Purpose) -> bool:
        """Whether one call at a time has to show how things are."""
        return self.breaker.is_doubtful or purpose in self.aside


class Gateways:
    """All gateways of a channel."""

    def __init__(self, roads: Sequence[Road], rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        """In the office's order; one is enough."""
        self._all = {road.sender.gateway: Gateway(road, rates, clock) for road in roads}
        self._virtual = 0.0

    def __iter__(self) -> Iterator[Gateway]:
        """Each, in the office's order."""
        return iter(self._all.values())

    def __getitem__(self, name: str) -> Gateway:
        """The gateway of a name."""
        return self._all[name]

    @property
    def batches_at_once(self) -> int:
        """How many batches to work on: a second is written down ahead where there is no rate and all that is lost can be asked about."""
        return 2 if all(one.limits.per_second <= 0 and one.limits.can_ask_fate for one in self) else 1

    @property
    def singly(self) -> frozenset[str]:
        """Those that carry one message a request: what is dealt to them together is a sheaf."""
        return frozenset(one.name for one in self if one.is_singly)

    def rest(self) -> float:
        """Seconds for which nothing may go over any of them."""
        return min(one.rest() for one in self)

    def patience(self) -> float:
        """Seconds until deliveries that found no gateway may look again: until the first that rests is back."""
        return max(LEAST_PATIENCE, min((one.rest() for one in self if one.rest() > 0), default=0.0))

    def most(self) -> int:
        """How many deliveries to write down at once, so that each gateway gets a group of its own size."""
        ready = [one for one in self if one.rest() <= 0]
        carrying = [one for one in ready if one.weight] or ready[:1] or [next(iter(self))]
        total = sum(one.weight or 1 for one in carrying)
        return min(one.most * total // (one.weight or 1) for one in carrying)

    def deal(self, rows: Sequence[AnyWaiting], purpose: Purpose) -> tuple[list[tuple[str, Sequence[AnyWaiting]]], int]:
        """Cut rows in their order into calls, each for a gateway and of its size at most; and how many found none for now."""
        calls: list[tuple[str, Sequence[AnyWaiting]]] = []
        trials: set[str] = set()
        barren: set[str | None] = set()
        place = left = 0
        while place < len(rows):
            row = rows[place]
            gateway = None if row.tried in barren else self._next(row.tried, purpose, trials)
            if gateway is None:
                barren.add(row.tried)
                left, place = left + 1, place + 1
                continue
            end, stop = place + 1, place + 1 if row.alone else min(len(rows), place + gateway.size_of(len(rows)))
            while end < stop and not rows[end].alone and rows[end].tried == row.tried:
                end += 1
            calls.append((gateway.name, rows[place:end]))
            if gateway.is_on_trial(purpose):
                trials.add(gateway.name)
            if gateway.weight:
                self._virtual = max(gateway.turn, self._virtual)
                gateway.turn = self._virtual + (end - place) / gateway.weight
            place = end
        return calls, left

    def _next(self, tried: str | None, purpose: Purpose, trials: Collection[str]) -> Gateway | None:
        """Who carries the next call: of those with a share who is furthest behind, else the first that stands by."""
        able = self._able(tried, purpose)
        ready = [one for one in able if one.rest() <= 0]
        # Who is on trial gets one call; the others wait for its answer only where nobody else can take them.
        sure = [one for one in ready if not (one.is_on_trial(purpose) and (one.in_flight or one.name in trials))] or ready
        carrying = [one for one in sure if one.weight]
        if carrying:
            return min(carrying, key=lambda one: max(one.turn, self._virtual))
        return sure[0] if sure else None

    def _able(self, tried: str | None, purpose: Purpose) -> list[Gateway]:
        """Who has not refused yet and is set up well; where nobody is left, who may say once more why not."""
        untried = [one for one in self if not _has(tried, one.name)] or list(self)
        return [one for one in untried if not one.is_aside(purpose)] or untried

    def turn(self, outcome: Outcome, word: Word, gateway: Gateway, tried: str | None, purpose: Purpose, now: datetime,
             give_up_at: datetime) -> Shift:
        """What to make of one answer that is not `accepted`; `word` is what it means where there is one gateway."""
        if now > give_up_at or outcome.alone:
            return Shift(word)
        others = [one for one in self if one is not gateway and not _has(tried, one.name) and not one.is_aside(purpose)]
        again = Word(DeliveryState.PLANNED, due_at=now, vendor_reference=word.vendor_reference, code=word.code, words=word.words)
        match outcome.kind:
            case OutcomeKind.REFUSED if outcome.fault.may_shift and others:
                return Shift(again, is_refused=True)
            case OutcomeKind.THROTTLED if outcome.fault.may_shift and others:
                soonest = timedelta(seconds=min(one.rest() for one in others))
                return Shift(replace(again, due_at=now + soonest)) if soonest < outcome.wait else Shift(word)
            case OutcomeKind.MISCONFIGURED if others:
                return Shift(again)
            case OutcomeKind.MISCONFIGURED if tried:
                # Nobody else works, and one that does has said no: that is the answer.
                return Shift(Word(DeliveryState.FAILED, Reason.VENDOR_REFUSED, code=word.code, words=word.words))
        return Shift(word)

    def readmit(self, purpose: Purpose) -> None:
        """Let every gateway be tried again: the dispatch is held, and whoever resumes it has mended something."""
        for one in self:
            one.aside.pop(purpose, None)


def _has(tried: str | None, name: str) -> bool:
    return tried is not None and name in tried.split(",")
