"""Vendors started anew number on: nothing said today may pass for something answered yesterday."""

from __future__ import annotations

from datetime import timedelta

from channels.simulators.identity import demo_config
from channels.simulators.running import make
from channels.simulators.world import World
from kernel.clock import SetClock


def world(clock: SetClock) -> World:
    return make(demo_config("http://127.0.0.1:1"), None, clock).world


def test_what_a_person_says_after_a_new_start_has_a_number_of_its_own(clock: SetClock) -> None:
    first = world(clock)
    before = {first.number_at(clock.now()) for _ in range(500)}
    clock.advance(timedelta(seconds=2))
    second = world(clock)
    assert before.isdisjoint({second.number_at(clock.now()) for _ in range(500)})
    assert second.number() > int(clock.now().timestamp()) - 1
    assert second.number_at(clock.now()) < 2**63
