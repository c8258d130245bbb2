"""How a day and a moment are said in plain Chinese: the year only when it is not this one."""

from __future__ import annotations

from datetime import date, datetime


def day(value: date | None, today: date | None = None) -> str:
    """11月30日, with the year when it is not that of `today` (never for what is at most days away: no `today`); empty for None."""
    if value is None:
        return ""
    words = f"{value.month}月{value.day}日"
    return words if today is None or value.year == today.year else f"{value.year}年{words}"


def moment(value: datetime | None, today: date | None = None) -> str:
    """11月20日 9:30; empty for None."""
    return f"{day(value, today)} {value.hour}:{value.minute:02d}" if value is not None else ""
