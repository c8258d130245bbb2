"""The rates at doors that can be tried or flooded, shared by the processes of a site."""

from __future__ import annotations

from web.limits import RATES, shared


def test_processes_together_let_through_what_one_alone_would() -> None:
    assert shared("30 per minute; 300 per hour", 1) == "30 per minute; 300 per hour"
    assert shared("30 per minute; 300 per hour", 2) == "15 per minute; 150 per hour"


def test_shares_are_not_rounded_up_past_the_whole() -> None:
    assert shared("30 per minute; 200 per hour", 4) == "7 per minute; 50 per hour"


def test_a_share_is_never_nothing() -> None:
    assert all(not one.startswith("0 ") for rate in RATES.values() for one in shared(rate, 16).split("; "))
