"""A vendor that does not answer well is left to rest, then tried with one call."""

from __future__ import annotations

from push.pacing import LONGEST_REST, TOLERATED, Breaker, Health


class Steady:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_few_bad_answers_are_tolerated() -> None:
    breaker = Breaker(Steady())
    for _ in range(TOLERATED - 1):
        breaker.note(is_good=False)
    assert breaker.admits(in_flight=20)


def test_many_bad_answers_in_a_row_call_for_a_rest_and_then_one_trial() -> None:
    clock = Steady()
    breaker = Breaker(clock)
    for _ in range(TOLERATED):
        breaker.note(is_good=False)
    assert not breaker.admits(in_flight=0)
    clock.at += breaker.rest()
    assert breaker.admits(in_flight=0)
    assert not breaker.admits(in_flight=1)


def test_a_good_answer_heals_at_once() -> None:
    breaker = Breaker(Steady())
    for is_good in [False] * 20 + [True]:
        breaker.note(is_good)
    assert breaker.admits(in_flight=20)
    for _ in range(TOLERATED - 1):  # and nothing is remembered of what was before
        breaker.note(is_good=False)
    assert breaker.admits(in_flight=20)


def test_rests_double_up_to_a_minute() -> None:
    health, rests = Health(), []
    for _ in range(TOLERATED + 12):
        now = health.rests_until
        health = health.after(is_good=False, now=now)
        rests.append(health.rests_until - now)
    assert rests[TOLERATED - 1:TOLERATED + 3] == [1, 2, 4, 8]
    assert rests[-1] == LONGEST_REST


def test_calls_that_were_cut_together_call_for_one_rest() -> None:
    clock = Steady()
    breaker = Breaker(clock)
    for _ in range(TOLERATED + 11):
        breaker.note(is_good=False)
    assert breaker.rest() == 1
