"""How long to rest after a vendor said no for now."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from kernel.clock import in_china

MINUTE = timedelta(seconds=60)
HOUR = timedelta(hours=1)


def until_midnight(now: datetime) -> timedelta:
    """Until a daily quota starts anew: a minute past the next midnight in China."""
    here = in_china(now)
    tomorrow = datetime.combine(here.date() + timedelta(days=1), time(0, 1), here.tzinfo)
    return tomorrow - here
