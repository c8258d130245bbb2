"""By when the last message leaves."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import CHINA
from push.planning import QuietHours
from push.timetable import Pace, timetable

TODAY = date(2026, 11, 23)
TEN = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
NIGHT = QuietHours.parse("22:00-07:00")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


def test_without_a_declared_rate_all_leave_when_they_are_due() -> None:
    told = timetable([(TEN, 5000)], Pace())
    assert (told.on(TODAY), told.after(TODAY), told.begins_at, told.ends_at) == (5000, 0, TEN, TEN)


def test_a_declared_rate_says_when_the_last_one_leaves() -> None:
    told = timetable([(TEN, 36_000)], Pace(per_second=10))
    assert (told.on(TODAY), told.ends_at) == (36_000, at(23, 11))


def test_what_the_evening_cuts_goes_on_in_the_morning() -> None:
    told = timetable([(at(23, 21), 7200)], Pace(per_second=1, quiet=NIGHT))
    assert (told.on(TODAY), told.after(TODAY)) == (3600, 3600)
    assert told.ends_at == at(24, 8)


def test_what_the_night_would_carry_past_the_deadline_goes_through_the_night() -> None:
    told = timetable([(at(23, 21), 7200)], Pace(per_second=1, quiet=NIGHT, deadline=at(24, 0) - timedelta(seconds=1)))
    assert told.ends_at is not None
    assert told.ends_at <= at(24, 0)


def test_an_emergency_knows_no_night() -> None:
    assert timetable([(at(23, 23), 10)], Pace(quiet=NIGHT, urgent=True)).ends_at == at(23, 23)


def test_a_quota_a_day_takes_as_many_days_as_it_needs() -> None:
    told = timetable([(TEN, 250_000)], Pace(per_day=100_000))
    assert (told.on(TODAY), told.after(TODAY)) == (100_000, 150_000)
    assert told.ends_at is not None
    assert told.ends_at.date() == date(2026, 11, 25)


def test_those_due_later_wait_for_their_hour() -> None:
    told = timetable([(at(24, 9), 3), (TEN, 2)], Pace())
    assert (told.on(TODAY), told.after(TODAY), told.begins_at, told.ends_at) == (2, 3, TEN, at(24, 9))


def test_nothing_due_leaves_never() -> None:
    assert timetable([], Pace()).ends_at is None


@given(st.lists(st.tuples(st.integers(0, 72), st.integers(1, 100_000)), max_size=6), st.sampled_from([0.0, 0.5, 7.0, 1000.0]),
       st.sampled_from([0, 1000, 33_333]), st.sampled_from([None, NIGHT]))
def test_every_message_leaves_once_and_never_before_it_is_due(
        due: list[tuple[int, int]], per_second: float, per_day: int, quiet: QuietHours | None) -> None:
    moments = [(TEN + timedelta(hours=hours), count) for hours, count in due]
    told = timetable(moments, Pace(per_second, per_day, quiet))
    if len(told.days) > 400:
        return
    assert sum(told.days.values()) == sum(count for _, count in due)
    assert not per_day or all(count <= per_day for count in told.days.values())
    if due:
        assert told.ends_at is not None
        assert told.begins_at is not None
        assert min(moment for moment, _ in moments) <= told.begins_at <= told.ends_at
        assert told.ends_at >= max(moment for moment, _ in moments)
