"""Working days by the national holiday calendar, make-up Saturdays and Sundays included."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays

# The library refuses days of other years.
_COVERED_YEARS = range(min(holidays).year, max(holidays).year + 1)


def is_covered(day: date) -> bool:
    """Whether the State Council's arrangement for that year is known here; if not, weekends alone decide."""
    return day.year in _COVERED_YEARS


def is_working_day(day: date) -> bool:
    """Whether offices are open on that day."""
    return bool(chinese_calendar.is_workday(day)) if is_covered(day) else day.weekday() < 5


def after_working_days(start: date, count: int) -> date:
    """The day on which `count` working days have passed, the starting day not counted."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
