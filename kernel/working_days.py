"""Working days by the national holiday calendar, make-up Saturdays and Sundays included."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar


def is_covered(day: date) -> bool:
    """Whether the State Council's arrangement for that year is known here; if not, weekends alone decide."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date) -> bool:
    """Whether offices are open on that day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def after_working_days(start: date, count: int) -> date:
    """The day on which `count` working days have passed, the starting day not counted."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
