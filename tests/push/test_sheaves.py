"""Template messages go one a request but are written down in sheaves: each is still called, answered and asked about by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.messages import Call, Content, Message, Purpose
from channels.wechat.sender import SHEAF
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import dispatches
from push.models import Attempt, Delivery
from push.settings import PushSettings
from push.states import AttemptState
from tests.push.county import REFERENCE, SENDER, County, approve_notice
from tests.push.running import House, house_around

ON_SQLITE = pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)
FAST = PushSettings(batch_size=40, lease=30, unknown_horizon=1, quiet_hours="")


@contextmanager
def open_house(database: Database, keyring: Keyring, clock: SetClock, **changes: str) -> Iterator[House]:
    with house_around(database, keyring, clock.now(), FAST, {"WECHAT_IN_FLIGHT": "2", **changes}) as house:
        yield house


def release(house: House, county: County, followers: int) -> int:
    """A dispatch to so many families that follow the account."""
    for number in range(1, followers + 1):
        head = county.member(county.family(f"户{number}"), "户主", head=True)
        county.contact(head, f"oFamily{number}", "wechat")
    approve_notice(county.session, house.clock.now(), REFERENCE, deadline=None)
    county.session.commit()
    return dispatches.send(house.database, house.channels, reference=REFERENCE, actor=SENDER, now=house.clock.now(),
                           settings=house.settings).dispatch


def attempts(database: Database) -> list[Attempt]:
    with database.reading() as session:
        return list(session.scalars(select(Attempt).where(Attempt.state != AttemptState.UNSENT).order_by(Attempt.id)))


def test_a_sheaf_is_one_attempt_and_each_message_travels_under_a_name_of_its_own(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        number = release(house, county, 40)
        with house.worker():
            house.until_states(number, delivered=40)
        assert sum(one.calls for one in attempts(both_databases)) == 40
        assert max(one.calls for one in attempts(both_databases)) == SHEAF
        assert {str(one.state) for one in attempts(both_databases)} == {"answered"}
        with both_databases.reading() as session:
            ours = {f"{one.attempt_id}-{one.id}" if session.get_one(Attempt, one.attempt_id).calls > 1 else one.attempt_id
                    for one in session.scalars(select(Delivery))}
        assert set(house.vendors.ledger.attempts) == ours
        assert house.vendors.ledger.addresses("wechat").total() == 40


@ON_SQLITE
def test_few_messages_leave_side_by_side_rather_than_behind_each_other(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, WECHAT_IN_FLIGHT="8") as house:
        number = release(house, county, 12)
        with house.worker():
            house.until_states(number, delivered=12)
        assert [one.calls for one in attempts(both_databases)] == [2] * 6


def test_a_message_alone_in_its_attempt_travels_under_the_attempt(clock: SetClock) -> None:
    message = Message(7, "oFamily7", Content(Purpose.NOTICE, "玉米补贴开始登记"))
    assert Call("01a2", (message,), clock.now()).name_of(message) == "01a2"
    assert Call("01a2", (message,), clock.now(), calls=3).name_of(message) == "01a2-7"


@pytest.mark.parametrize("fault", ["lose_answer", "cut", "drop"])
def test_of_a_sheaf_only_the_message_without_an_answer_is_asked_about(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, fault: str) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.add(fault, vendor="wechat", times=2)
        house.vendors.faults.receipts.lose = 1.0
        number = release(house, county, 16)
        with house.worker():
            house.until_states(number, accepted=16)
            house.until(lambda: {str(one.state) for one in attempts(both_databases)} == {"answered"}, "nothing to ask about")
        assert house.vendors.ledger.twice() == {}
        assert house.vendors.ledger.addresses("wechat").total() == 16
        # The token, the sixteen, and one question for each that was lost.
        assert house.vendors.ledger.requests["wechat"] == 1 + 16 + 2


def test_a_pause_keeps_back_the_rest_of_a_sheaf_and_it_goes_later(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, WECHAT_IN_FLIGHT="1") as house:
        house.vendors.faults.add("slow", "0.4", vendor="wechat")
        number = release(house, county, SHEAF)
        with house.worker():
            house.until(lambda: house.states(number).get("accepted", 0) + house.states(number).get("delivered", 0) > 0, "one is written down")
            pause(house, number)
            house.until(lambda: "sending" not in house.states(number), "nothing in the air")
            left = house.vendors.ledger.messages
            assert left < SHEAF
            assert house.states(number)["planned"] == SHEAF - left
            house.vendors.faults.clear()
            resume(house, number)
            house.until_states(number, delivered=SHEAF)
        assert house.vendors.ledger.twice() == {}


@ON_SQLITE
def test_what_a_pause_keeps_back_of_a_sheaf_keeps_the_day_it_was_put_off_to(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    put_off_to = clock.now() - timedelta(minutes=5)
    with open_house(both_databases, keyring, clock, WECHAT_IN_FLIGHT="1") as house:
        house.vendors.faults.add("slow", "0.4", vendor="wechat")
        number = release(house, county, SHEAF)
        with both_databases.writing() as session:
            session.execute(update(Delivery).values(due_at=put_off_to))
        with house.worker():
            house.until(lambda: house.states(number).get("accepted", 0) + house.states(number).get("delivered", 0) > 0, "one is written down")
            pause(house, number)
            house.until(lambda: "sending" not in house.states(number), "nothing in the air")
    with both_databases.reading() as session:
        assert list(session.scalars(select(Delivery.due_at).where(Delivery.state == "planned").distinct())) == [put_off_to]


@ON_SQLITE
def test_after_a_refusal_in_a_sheaf_the_others_go_and_only_one_family_fails(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.add("errcode", "47003", vendor="wechat", times=1)
        number = release(house, county, 8)
        with house.worker():
            house.until_states(number, delivered=7, failed=1)
        assert [one.code for one in attempts(both_databases) if one.code] == ["47003"]


@ON_SQLITE
def test_an_account_with_a_declared_rate_is_sent_to_one_by_one(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, WECHAT_PER_SECOND="50") as house:
        number = release(house, county, 10)
        with house.worker():
            house.until_states(number, delivered=10)
        assert {one.calls for one in attempts(both_databases)} == {1}


def pause(house: House, number: int) -> None:
    with house.database.writing() as session:
        dispatches.pause(session, number, SENDER, house.clock.now())


def resume(house: House, number: int) -> Any:
    with house.database.writing() as session:
        dispatches.resume(session, number, SENDER, house.clock.now())
