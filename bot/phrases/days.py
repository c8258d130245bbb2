"""Days as people say them."""

from __future__ import annotations

from datetime import date

_WEEK = "一二三四五六日"


def spoken(day: date) -> str:
    """11月30日."""
    return f"{day.month}月{day.day}日"


def with_weekday(day: date) -> str:
    """11月30日（星期一）."""
    return f"{spoken(day)}（星期{_WEEK[day.weekday()]}）"
