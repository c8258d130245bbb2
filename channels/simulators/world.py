"""Everything the simulated vendors share, and the two answers each of them can give to a request."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from channels.registry import ChannelConfig
from channels.simulators.faults import Faults
from channels.simulators.inbox import Inbox
from channels.simulators.ledger import Ledger
from channels.simulators.postman import Postman
from kernel.clock import Clock


@dataclass(frozen=True)
class Asked:
    """One request as it came; header names are lower-cased, path and query as sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Answered:
    """What a vendor says; `take` books a message and gives the answer, where the request sends one."""

    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    take: Callable[[], Mapping[str, Any]] | None = None
    status: int = 200


class Vendor(Protocol):
    """One simulated vendor."""

    name: str

    def answer(self, asked: Asked) -> Answered:
        """Judge one request; what it sends is booked only when `take` is called."""
        ...

    def refusal(self, code: str) -> Answered:
        """The vendor's refusal with a code, as a test wants it."""
        ...


@dataclass
class World:
    """The account, the clock, the switches, the books, the screens and the post."""

    config: ChannelConfig
    clock: Clock
    faults: Faults
    ledger: Ledger
    inbox: Inbox
    postman: Postman
    numbers: itertools.count[int] = field(init=False)

    def __post_init__(self) -> None:
        """Number on from the second: vendors started anew must not give a message the number of one long answered."""
        self.numbers = itertools.count(int(self.clock.now().timestamp()))

    def number(self) -> int:
        """A number nobody had before, in this run or an earlier one."""
        return next(self.numbers)

    def number_at(self, now: datetime) -> int:
        """A number for what a person says: by the millisecond, so that no run says again what another said."""
        return int(now.timestamp() * 1000) * 1000 + self.number() % 1000
