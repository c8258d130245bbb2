"""By when messages leave a channel: due moments, the vendor's rate and daily quota, and the quiet hours, walked through as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from kernel.clock import in_china
from push.planning import QuietHours, may_leave_at, start_of

# A dispatch that takes longer than this at the declared rate is told as such; nobody waits for the last message of it.
MOST_DAYS = 400


@dataclass(frozen=True)
class Pace:
    """What a channel lets through: messages a second and a day (0 = any), and when it rests.

    `deadline` and `urgent` as in `planning.may_leave_at`.
    """

    per_second: float = 0.0
    per_day: int = 0
    quiet: QuietHours | None = None
    deadline: datetime | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Timetable:
    """How many leave on which day, when the first goes, and when the last does; None where nothing leaves."""

    days: Mapping[date, int] = field(default_factory=dict)
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def on(self, day: date) -> int:
        """How many leave on a day."""
        return self.days.get(day, 0)

    def after(self, day: date) -> int:
        """How many leave on later days."""
        return sum(count for one, count in self.days.items() if one > day)


def timetable(due: Sequence[tuple[datetime, int]], pace: Pace) -> Timetable:
    """Walk through due messages in their order; a later one never leaves before an earlier one is through."""
    days: dict[date, int] = {}
    begins: datetime | None = None
    moment: datetime | None = None
    for at, count in sorted(due):
        moment = at if moment is None else max(moment, at)
        while count > 0:
            moment = _may_leave(moment, pace, days)
            begins = begins or moment
            taken = min(count, _room(moment, pace, days))
            day = in_china(moment).date()
            days[day] = days.get(day, 0) + taken
            count -= taken
            moment = _later(moment, taken, pace, is_cut=count > 0)
            if len(days) > MOST_DAYS:
                return Timetable(days, begins, moment)
    return Timetable(days, begins, moment)


def _may_leave(moment: datetime, pace: Pace, days: Mapping[date, int]) -> datetime:
    """The first moment, from one on, outside the quiet hours and with room in the day's quota."""
    while True:
        moment = may_leave_at(moment, pace.quiet, pace.deadline, urgent=pace.urgent)
        if not pace.per_day or days.get(in_china(moment).date(), 0) < pace.per_day:
            return moment
        moment = start_of(moment, 1)


def _room(moment: datetime, pace: Pace, days: Mapping[date, int]) -> int:
    """How many may leave from a moment until the day or its waking hours end; at least one."""
    rooms = [1 << 62]
    if pace.per_second > 0:
        rooms.append(int((_closes(moment, pace) - moment).total_seconds() * pace.per_second))
    if pace.per_day:
        rooms.append(pace.per_day - days.get(in_china(moment).date(), 0))
    return max(1, min(rooms))


def _closes(moment: datetime, pace: Pace) -> datetime:
    """When sending has to stop after a moment: midnight, or the beginning of the quiet hours if they bind."""
    midnight = start_of(moment, 1)
    if pace.quiet is None or pace.urgent:
        return midnight
    begins = start_of(moment) + timedelta(hours=pace.quiet.start.hour, minutes=pace.quiet.start.minute)
    is_bound = may_leave_at(begins, pace.quiet, pace.deadline, urgent=False) != begins
    return min(begins, midnight) if begins > moment and is_bound else midnight


def _later(moment: datetime, taken: int, pace: Pace, *, is_cut: bool) -> datetime:
    """When the next may leave after so many; where some are left, not before the day or the waking hours are over."""
    if pace.per_second <= 0:
        return start_of(moment, 1) if is_cut else moment
    through = moment + timedelta(seconds=taken / pace.per_second)
    # Where the day or its waking hours cut it, what is left waits for their end; a full quota says so by itself.
    return max(through, _closes(moment, pace)) if is_cut and not pace.per_day else through
