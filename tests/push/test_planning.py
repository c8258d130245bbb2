"""Quiet hours, addressees, calls and what answers mean."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failures import Fate, FateKind, Outcome, OutcomeKind
from kernel.clock import CHINA
from push.planning import (
    QuietHours,
    born_by,
    end_of,
    gives_up_at,
    may_leave_at,
    next_asking,
    slices,
    word_of_fate,
    word_on,
)
from push.states import DeliveryState, Reason

NIGHT = QuietHours.parse("22:00-07:00")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=CHINA)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(("due", "leaves"), [
    (at(23, 21, 59), at(23, 21, 59)),
    (at(23, 22, 0), at(24, 7, 0)),
    (at(23, 23, 30), at(24, 7, 0)),
    (at(24, 0, 0), at(24, 7, 0)),
    (at(24, 6, 59), at(24, 7, 0)),
    (at(24, 7, 0), at(24, 7, 0)),
])
def test_what_is_due_at_night_leaves_in_the_morning(due: datetime, leaves: datetime) -> None:
    assert may_leave_at(due, NIGHT, None, urgent=False) == leaves


def test_a_midday_rest_defers_within_the_day() -> None:
    assert may_leave_at(NOON, QuietHours.parse("12:00-14:30"), None, urgent=False) == at(23, 14, 30)


def test_quiet_hours_until_midnight_end_with_the_day() -> None:
    assert may_leave_at(at(23, 22), QuietHours.parse("21:00-24:00"), None, urgent=False) == at(24, 0)


def test_an_emergency_wakes_people_up() -> None:
    assert may_leave_at(at(23, 23), NIGHT, None, urgent=True) == at(23, 23)


def test_what_would_be_too_late_in_the_morning_goes_at_night() -> None:
    assert may_leave_at(at(23, 22, 30), NIGHT, end_of(date(2026, 11, 23)), urgent=False) == at(23, 22, 30)


def test_what_the_morning_is_still_in_time_for_waits_for_it() -> None:
    assert may_leave_at(at(23, 22, 30), NIGHT, at(24, 7), urgent=False) == at(24, 7)


def test_a_deadline_that_is_already_over_wakes_nobody() -> None:
    assert may_leave_at(at(23, 22, 30), NIGHT, end_of(date(2026, 11, 22)), urgent=False) == at(24, 7)


def test_without_quiet_hours_everything_leaves_at_once() -> None:
    assert may_leave_at(at(23, 23), QuietHours.parse(""), None, urgent=False) == at(23, 23)


@pytest.mark.parametrize("text", ["22-07", "25:00-07:00", "22:00-24:30", "22:61-07:00", "07:00-07:00", "晚上"])
def test_hours_that_are_none_are_refused_with_a_cure(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        QuietHours.parse(text)


def test_hours_may_be_written_as_chinese_offices_do() -> None:
    assert QuietHours.parse("22：00 至 07：00") == NIGHT


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), st.times(), st.times())  # noqa: DTZ001
def test_deferring_ends_outside_the_quiet_hours_within_a_day(moment: datetime, start: object, end: object) -> None:
    if start == end:
        return
    quiet, due = QuietHours(start, end), moment.replace(tzinfo=CHINA)  # type: ignore[arg-type]
    leaves = may_leave_at(due, quiet, None, urgent=False)
    assert due <= leaves < due + timedelta(days=1)
    assert not quiet.holds(leaves)


def test_a_leap_day_child_comes_of_age() -> None:
    assert born_by(date(2026, 2, 28), 18) == date(2008, 2, 28)
    assert born_by(date(2028, 2, 29), 18) == date(2010, 2, 28)


@given(st.integers(1, 10_000), st.integers(0, 500), st.integers(1, 60))
def test_slices_cover_every_id_once(first: int, span: int, size: int) -> None:
    covered = [i for low, high in slices(first, first + span, size) for i in range(low, high + 1)]
    assert covered == list(range(first, first + span + 1))


GIVE_UP = NOON + timedelta(hours=2)


def word(kind: OutcomeKind, **more: object):  # type: ignore[no-untyped-def]
    return word_on(Outcome(1, kind, **more), NOON, GIVE_UP)  # type: ignore[arg-type]


def test_each_outcome_has_its_state() -> None:
    assert word(OutcomeKind.ACCEPTED).state is DeliveryState.ACCEPTED
    assert word(OutcomeKind.UNKNOWN).state is DeliveryState.UNKNOWN
    assert (word(OutcomeKind.REFUSED).state, word(OutcomeKind.REFUSED).reason) == ("failed", Reason.VENDOR_REFUSED)
    assert word(OutcomeKind.RECIPIENT_GONE).retires


def test_a_throttled_message_rests_and_goes_again() -> None:
    rested = word(OutcomeKind.THROTTLED, wait=timedelta(minutes=1))
    assert (rested.state, rested.due_at) == (DeliveryState.PLANNED, NOON + timedelta(minutes=1))


def test_no_two_rests_need_be_alike_but_none_is_shorter_than_the_vendor_said() -> None:
    minute = Outcome(1, OutcomeKind.THROTTLED, wait=timedelta(minutes=1))
    assert [word_on(minute, NOON, GIVE_UP, spread).due_at for spread in (0.0, 0.5, 1.0)] == [
        NOON + timedelta(seconds=seconds) for seconds in (60, 63, 66)]


def test_a_message_that_would_rest_past_its_use_fails() -> None:
    assert word(OutcomeKind.THROTTLED, wait=timedelta(hours=3)).reason == Reason.TOO_LATE
    assert word(OutcomeKind.THROTTLED, wait=timedelta(hours=2)).state is DeliveryState.PLANNED


def test_a_wrong_setting_holds_the_dispatch_and_spends_no_message() -> None:
    held = word(OutcomeKind.MISCONFIGURED)
    assert held.holds
    assert held.state is DeliveryState.PLANNED


@pytest.mark.parametrize(("kind", "state"), [
    (FateKind.TAKEN, "accepted"), (FateKind.DELIVERED, "delivered"), (FateKind.FAILED, "failed"),
    (FateKind.NOT_FOUND, "planned"),
])
def test_a_fate_settles_an_unknown_message(kind: FateKind, state: str) -> None:
    settled = word_of_fate(Fate(1, kind), NOON, GIVE_UP)
    assert settled is not None
    assert settled.state == state


def test_a_vendor_that_does_not_say_settles_nothing() -> None:
    assert word_of_fate(Fate(1, FateKind.NO_ANSWER), NOON, GIVE_UP) is None


def test_a_lost_message_past_its_use_is_not_sent_again() -> None:
    settled = word_of_fate(Fate(1, FateKind.NOT_FOUND), GIVE_UP + timedelta(seconds=1), GIVE_UP)
    assert settled is not None
    assert settled.reason == Reason.TOO_LATE


def test_asking_becomes_rarer() -> None:
    waits = [next_asking(asked, NOON) - NOON for asked in range(12)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=30)


def test_trying_ends_with_the_deadline_or_after_so_many_hours() -> None:
    assert gives_up_at(NOON, GIVE_UP, 72) == GIVE_UP
    assert gives_up_at(NOON, None, 72) == NOON + timedelta(hours=72)
    assert gives_up_at(NOON, NOON - timedelta(days=1), 72) == NOON + timedelta(hours=72)
