"""A token bucket: so many messages a second, counted without a clock of its own, and its waiting shell."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


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
