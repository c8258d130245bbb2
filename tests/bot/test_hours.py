"""The hours of offices: read from a setting, told by the calendar of working days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.hours import read

HOURS = read("08:30-12:00 14:30-18:00; 政务服务中心=09:00-17:00")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in China."""
    return datetime(2026, 11, day, hour - 8, minute, tzinfo=UTC)


def test_an_office_is_open_in_its_hours_on_a_working_day() -> None:
    assert HOURS.of("县民政局", at(23, 9)).is_open
    assert not HOURS.of("县民政局", at(23, 13)).is_open
    assert HOURS.of("县政务服务中心", at(23, 13)).is_open
    assert HOURS.of("县民政局", at(23, 9)).hours == "8:30–12:00、14:30–18:00"


def test_on_a_sunday_the_next_working_day_is_named() -> None:
    told = HOURS.of("", at(22, 10))
    assert (told.today, told.is_open, told.following) == (False, False, date(2026, 11, 23))


def test_without_the_setting_no_hour_is_claimed() -> None:
    assert read("").of("县民政局", at(23, 9)).hours == ""


@pytest.mark.parametrize("text", ["八点半到十二点", "08:30", "12:00-08:30", "25:00-26:00", "民政局=", "08:30-12:00 x"])
def test_what_cannot_be_read_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(ValueError, match="请写成 08:30-12:00"):
        read(text)
