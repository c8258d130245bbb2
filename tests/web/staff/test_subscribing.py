"""Telegram's subscription ends and begins by whatever words wish it, not by /stop alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels.messages import Incoming, IncomingKind
from channels.simulators.running import start_simulators
from tests.web.staff.office import Office
from web import noting
from web.house import House


@pytest.fixture
def house(desk: Office) -> Iterator[House]:
    with start_simulators(clock=desk.house.clock, changes={"TELEGRAM_TOKEN": "1:simulated"}) as running:
        yield replace(desk.house, settings=replace(desk.house.settings, channels=running.config))


@pytest.mark.parametrize("said", ["别再发了", "一条也不要发了", "我啥都不想收了", "unsubscribe", "T"])
def test_who_wants_nothing_any_more_is_subscribed_no_more_and_may_come_back(house: House, said: str) -> None:
    def says(text: str) -> str:
        incoming = Incoming("telegram", "701", f"telegram:{text}", IncomingKind.TEXT, text)
        return noting.hear(house, incoming, house.clock.now())[0].text

    assert house.channels.subscribers is not None
    says("订阅")
    assert house.channels.subscribers.count() == 1
    assert "已退订" in says(said)
    assert house.channels.subscribers.count() == 0
    assert "已订阅" in says("恢复")
    assert house.channels.subscribers.count() == 1
