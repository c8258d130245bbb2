"""Time as the county lives it: Asia/Shanghai whatever the host says, and a clock that tests can set."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Protocol

# China has kept one offset without summer time since 1992; a fixed zone needs no tzdata on the host.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """Whatever can tell the time; passed in, never reached for."""

    def now(self) -> datetime:
        """The present moment, aware, in Asia/Shanghai."""
        ...


class SystemClock:
    """The machine's clock, read as Asia/Shanghai."""

    def now(self) -> datetime:
        """The present moment, aware, in Asia/Shanghai."""
        return datetime.now(CHINA)


class SetClock:
    """A clock that stands until it is moved: for tests and for replaying a day."""

    def __init__(self, moment: datetime) -> None:
        """Start at an aware moment."""
        self._moment = moment.astimezone(CHINA)

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Move to another aware moment."""
        self._moment = moment.astimezone(CHINA)

    def advance(self, step: timedelta) -> None:
        """Move forward by a step."""
        self._moment += step


def today(clock: Clock) -> date:
    """The date in China."""
    return clock.now().astimezone(CHINA).date()


def in_china(moment: datetime) -> datetime:
    """An aware moment in China's zone; a naive one is taken as already being there."""
    return moment.replace(tzinfo=CHINA) if moment.tzinfo is None else moment.astimezone(CHINA)
