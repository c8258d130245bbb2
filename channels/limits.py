"""A token bucket: so many messages a second, counted without a clock of its own, its waiting shell, and who keeps to one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Bucket:
    """How many may pass now; refilled at `rate` a second up to `size`. Rate 0 lets everything pass."""

    rate: float
    size: float
    level: float
    at: float

    def take(self, count: int, now: float) -> tuple[Bucket, float]:
        """The bucket after `count` passed, and how many seconds they have to wait first.

        The level may fall below zero: whoever comes later waits for what was promised before.
        """
        if self.rate <= 0:
            return self, 0.0
        level = min(self.size, self.level + (now - self.at) * self.rate) - count
        return Bucket(self.rate, self.size, level, now), max(0.0, -level / self.rate)

    def try_take(self, count: int, now: float) -> tuple[Bucket, float]:
        """The bucket after `count` passed and 0; or as it was, and in how many seconds there may be enough.

        Nothing is promised, so that who changes their mind while waiting has taken nothing from the others.
        """
        if self.rate <= 0:
            return self, 0.0
        level = min(self.size, self.level + (now - self.at) * self.rate)
        if level < min(count, self.size):
            return self, (min(count, self.size) - level) / self.rate
        return Bucket(self.rate, self.size, level - count, now), 0.0


def full(rate: float, size: float | None = None, now: float = 0.0) -> Bucket:
    """A bucket that starts full; by default it holds one second's worth, at least one message."""
    holds = max(1.0, rate) if size is None else size
    return Bucket(rate, holds, holds, now)


class Pace:
    """Holds the messages of one event loop to a rate; `clock` counts seconds and never goes back."""

    def __init__(self, rate: float, size: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`rate` in messages a second, 0 for none; `size` how many may pass at once after a rest."""
        self._clock = clock
        self._bucket = full(rate, size, clock())

    async def wait(self, count: int = 1) -> None:
        """Return when `count` messages may go."""
        self._bucket, seconds = self._bucket.take(count, self._clock())
        if seconds > 0:
            await asyncio.sleep(seconds)


class Rate(Protocol):
    """What everybody who sends over one gateway keeps to together."""

    async def take(self, count: int) -> float:
        """0 when `count` messages may go now; otherwise seconds after which to ask again."""
        ...

    async def rest(self, seconds: float) -> None:
        """Let the gateway rest: the vendor said that it came too fast."""
        ...

    async def resting(self) -> float:
        """Seconds for which somebody else lets it rest."""
        ...


class Rates(Protocol):
    """Where the rates of gateways are kept: in this process, or for all processes together."""

    def of(self, gateway: str, per_second: float, size: float) -> Rate:
        """The rate of a gateway: messages a second (0: no limit) and how many may pass at once after a rest."""
        ...

    async def close(self) -> None:
        """Let go of what was opened."""
        ...


class OwnRate:
    """A rate kept in this process alone."""

    def __init__(self, per_second: float, size: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds and never goes back."""
        self._clock = clock
        self._bucket = full(per_second, size, clock())

    async def take(self, count: int) -> float:
        """0 when `count` messages may go now; otherwise seconds after which to ask again."""
        self._bucket, seconds = self._bucket.try_take(count, self._clock())
        return seconds

    async def rest(self, seconds: float) -> None:
        """Nobody else is there to be told."""

    async def resting(self) -> float:
        """Nobody else lets it rest."""
        return 0.0


class OwnRates:
    """Rates of one process by itself."""

    def of(self, gateway: str, per_second: float, size: float) -> Rate:
        """A rate of this process's own."""
        return OwnRate(per_second, size)

    async def close(self) -> None:
        """Nothing was opened."""
