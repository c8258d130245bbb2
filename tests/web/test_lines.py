"""What people write over a carrier's line reaches the bot, and its answer goes back over the same line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.models import AnsweredEvent
from channels.contract import Received
from channels.messages import Receipt, ReceiptKind
from channels.simulators.running import Running, start_simulators
from tests.channels.calling import eventually
from tests.houses import build, sqlite_url
from web.house import House
from web.lines import kept_open

WANG = "13900000001"


@pytest.fixture(params=["cmpp", "smpp"])
def gateway(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def vendors(gateway: str) -> Iterator[Running]:
    with start_simulators(changes={"SMS_GATEWAYS": gateway}) as running:
        yield running


@pytest.fixture
def house(vendors: Running, tmp_path: Path) -> Iterator[House]:
    made = build(sqlite_url(tmp_path), vendors.config, simulators_url=vendors.address)
    yield made
    made.database.close()


def answers(vendors: Running) -> list[str]:
    return [one["text"] for one in vendors.inbox.since(0, address=WANG) if one["direction"] == "in"]


def test_a_question_by_text_message_is_answered_over_the_line_it_came_by(gateway: str, house: House, vendors: Running) -> None:
    with kept_open(house):
        vendors.call(lambda: vendors.simulators.lines[gateway].say(WANG, "医保怎么交"))
        assert eventually(lambda: answers(vendors) != [], 20)
        assert vendors.wait_for_receipts()
    assert answers(vendors)[0].startswith("【彭阳县政务公开】")
    assert vendors.ledger.addresses(gateway)[WANG] >= 1
    assert eventually(lambda: not vendors.simulators.lines[gateway].ports)


def test_a_long_message_that_comes_in_parts_is_heard_as_one(gateway: str, house: House, vendors: Running) -> None:
    story = "我今年六十八了，前年住院花了三万多，剩下的钱都是借的，娃在外头打工，村上说有个补助，我不知道咋弄。" * 4
    with kept_open(house):
        vendors.call(lambda: vendors.simulators.lines[gateway].say(WANG, story))
        assert eventually(lambda: answers(vendors) != [], 20)
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AnsweredEvent)) == 1


def test_nothing_is_connected_where_no_worker_works(gateway: str, house: House, vendors: Running) -> None:
    assert not house.channels.lines[gateway].is_up
    assert vendors.simulators.lines[gateway].logins == 0


def test_a_strangers_report_does_no_harm(gateway: str, house: House, vendors: Running) -> None:
    with kept_open(house):
        assert eventually(lambda: house.channels.lines[gateway].is_up)
        from web.lines import LineDesk

        LineDesk(house).take(gateway, Received(receipts=(
            Receipt("sms", ReceiptKind.FAILED, "k", "no such message", address=WANG, gateway=gateway),)))
