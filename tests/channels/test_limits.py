"""The token bucket: a second's worth at once, then the rate, and nobody overtakes who was promised before."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.limits import Pace, full


def test_a_full_bucket_lets_a_seconds_worth_through_at_once() -> None:
    bucket = full(20)
    waits = []
    for _ in range(22):
        bucket, wait = bucket.take(1, 0.0)
        waits.append(wait)
    assert waits[:20] == [0.0] * 20
    assert waits[20:] == pytest.approx([0.05, 0.1])


def test_a_rest_fills_it_no_further_than_its_size() -> None:
    bucket, _ = full(20, size=5).take(5, 0.0)
    bucket, wait = bucket.take(5, 100.0)
    assert wait == 0.0
    assert bucket.take(1, 100.0)[1] == pytest.approx(0.05)


def test_no_rate_means_no_waiting() -> None:
    bucket = full(0)
    assert bucket.take(10_000, 0.0) == (bucket, 0.0)


@given(rate=st.floats(1, 500), takes=st.lists(st.tuples(st.integers(1, 20), st.floats(0, 0.5)), min_size=1, max_size=60))
def test_never_more_than_the_size_and_the_rate_pass(rate: float, takes: list[tuple[int, float]]) -> None:
    bucket, now, passed = full(rate), 0.0, 0
    for count, pause in takes:
        now += pause
        bucket, wait = bucket.take(count, now)
        passed += count
        assert passed <= bucket.size + rate * (now + wait) + 1e-6


def test_the_waiting_shell_waits_what_the_bucket_says() -> None:
    times = iter([0.0, 0.0, 0.0])
    pace = Pace(1000, size=1, clock=lambda: next(times))

    async def two() -> None:
        await pace.wait()
        await pace.wait()

    asyncio.run(two())
    assert next(times, None) is None
