"""When a vendor does not answer well: rest, then try with one call, then go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

# So many bad answers in a row are no accident any more.
TOLERATED = 5
LONGEST_REST = 60.0


@dataclass(frozen=True)
class Health:
    """How a vendor has answered lately: bad answers in a row, and until when to rest (seconds of a steady clock)."""

    bad: int = 0
    rests_until: float = 0.0

    def after(self, is_good: bool, now: float) -> Health:
        """The health after one more answer: a good one heals, each bad one beyond the tolerated doubles the rest.

        What comes in during a rest left before it: calls that were cut together are one misfortune, not many.
        """
        if is_good:
            return self if self.is_sound else Health()
        if now < self.rests_until:
            return self
        bad = self.bad + 1
        if bad < TOLERATED:
            return Health(bad, self.rests_until)
        return Health(bad, now + min(LONGEST_REST, 2.0 ** min(bad - TOLERATED, 10)))

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.bad and not self.rests_until

    @property
    def is_doubtful(self) -> bool:
        """Whether only one call at a time may try how things are."""
        return self.bad >= TOLERATED


class Breaker:
    """Keeps a lane from spending messages on a vendor that is down."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds and never goes back."""
        self._clock = clock
        self._health = Health()

    def note(self, is_good: bool) -> None:
        """Take in one answer."""
        self._health = self._health.after(is_good, self._clock())

    def rest(self) -> float:
        """Seconds still to rest."""
        until = self._health.rests_until
        return max(0.0, until - self._clock()) if until else 0.0

    @property
    def is_doubtful(self) -> bool:
        """Whether only one call at a time may try how things are."""
        return self._health.is_doubtful

    def admits(self, in_flight: int) -> bool:
        """Whether one more call may leave beside those in flight."""
        return self.rest() <= 0 and (in_flight == 0 or not self._health.is_doubtful)
