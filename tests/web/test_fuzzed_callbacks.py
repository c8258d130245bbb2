"""What nobody honest sends breaks no callback, opens nothing and stays nowhere; `python -m benchmarks callbacks.fuzz` is the long form."""

from __future__ import annotations

from pathlib import Path

from benchmarks.fuzzing import fuzzed

MOST_GROWTH = 16.0
"""Megabytes between the end of the warming and the end: what caches fill, not what leaks."""


def test_six_hundred_callbacks_that_nobody_honest_sends_do_no_harm(tmp_path: Path) -> None:
    told = fuzzed(600, seed=11, folder=tmp_path)
    assert told["broken"] == []
    assert set(told["statuses"]) <= {"2xx", "4xx"}
    assert told["opened"] == {}
    assert told["unanswered"] == 0
    assert told["megabytes"][-1] - told["megabytes"][0] < MOST_GROWTH
