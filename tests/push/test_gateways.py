"""Several text message gateways on the wire: shares, shifts, and nothing twice to anybody."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select

from channels.messages import Purpose
from channels.shared_rates import SharedRates
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import dispatches
from push.asides import asides
from push.models import Attempt, Delivery
from push.states import AttemptState
from tests.push.county import SENDER, County
from tests.push.running import House
from tests.push.test_delivery import FAST, ON_SQLITE, open_house, people, release, state_of
from tests.servers import free_port

TENS = {"ALIYUN_SMS_BULK": "10", "TENCENT_SMS_BULK": "10"}
# A refusal no list of codes explains: the vendor's own reason.
NOT_FOR_US = "isv.NOT_WITH_US"
NOT_THERE_EITHER = "LimitExceeded.NotWithUsEither"


def tried(database: Database, dispatch: int) -> set[str | None]:
    with database.reading() as session:
        return set(session.scalars(select(Delivery.tried).where(Delivery.dispatch_id == dispatch)))


def tries_by_gateway(database: Database) -> dict[str, int]:
    with database.reading() as session:
        # What was written down and taken back before it left, on a slow machine, was no try.
        found = session.scalars(select(Attempt.gateway).where(Attempt.state != AttemptState.UNSENT)).all()
    return {name: found.count(name) for name in set(found)}


def test_what_one_gateway_refuses_for_its_own_sake_the_next_one_carries(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **TENS) as house:
        house.vendors.faults.add("errcode", NOT_FOR_US, vendor="aliyun", times=2)
        people(county, 60)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=60)
            house.until(lambda: state_of(house, number) == "finished", "finished")
        assert house.vendors.ledger.addresses("tencent").total() == 20
        assert house.vendors.ledger.twice() == {}
        assert tried(both_databases, number) == {None, "aliyun,"}


@ON_SQLITE
def test_what_every_gateway_refuses_has_failed_after_one_try_with_each(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **TENS) as house:
        house.vendors.faults.add("errcode", NOT_FOR_US, vendor="aliyun")
        house.vendors.faults.add("errcode", NOT_THERE_EITHER, vendor="tencent")
        people(county, 10)
        number = release(house, county)
        with house.worker():
            house.until_states(number, failed=10)
        assert tries_by_gateway(both_databases) == {"aliyun": 1, "tencent": 1}


def test_a_throttled_gateway_rests_and_the_next_one_carries_on(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **TENS) as house:
        house.vendors.faults.add("errcode", "isv.DAY_LIMIT_CONTROL", vendor="aliyun")
        people(county, 40)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=40)
        assert house.vendors.ledger.addresses("tencent").total() == 40
        assert tried(both_databases, number) == {None}


@pytest.mark.parametrize("fault", ["lose_answer", "cut"])
def test_what_is_unknown_is_never_given_to_another_gateway(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, fault: str) -> None:
    with open_house(both_databases, keyring, clock, **TENS) as house:
        house.vendors.faults.add(fault, vendor="aliyun", times=2)
        people(county, 40)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=40)
        assert house.vendors.ledger.addresses("tencent").total() == 0
        assert house.vendors.ledger.twice() == {}


@ON_SQLITE
@pytest.mark.parametrize("code", ["isv.BLACK_LIST", "isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT"])
def test_a_bad_number_or_words_refused_everywhere_are_no_reason_to_go_elsewhere(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, code: str) -> None:
    with open_house(both_databases, keyring, clock, ALIYUN_SMS_BULK="1") as house:
        house.vendors.faults.add("errcode", code, vendor="aliyun")
        people(county, 3)
        number = release(house, county)
        with house.worker():
            house.until_states(number, failed=3)
        assert tries_by_gateway(both_databases) == {"aliyun": 3}


def test_a_gateway_set_up_wrongly_is_set_aside_with_its_reason_until_it_works_again(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **TENS) as house:
        house.vendors.faults.add("errcode", "isv.AMOUNT_NOT_ENOUGH", vendor="aliyun")
        people(county, 40)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=40)
        assert house.vendors.ledger.addresses("tencent").total() == 40
        with both_databases.reading() as session:
            (one,) = asides(session)
        assert (one.gateway, one.purpose, one.code) == ("aliyun", Purpose.NOTICE, "isv.AMOUNT_NOT_ENOUGH")
        house.vendors.faults.clear()
        again = release(house, county, "PY-2026-002", title="又一件事")
        with house.worker():
            house.until_states(again, delivered=40)
        with both_databases.reading() as session:
            assert asides(session) == ()


def test_only_when_every_gateway_is_set_up_wrongly_the_dispatch_is_held(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **TENS) as house:
        house.vendors.faults.add("errcode", "isv.AMOUNT_NOT_ENOUGH", vendor="aliyun")
        house.vendors.faults.add("errcode", "FailedOperation.InsufficientBalanceInSmsPackage", vendor="tencent")
        people(county, 30)
        number = release(house, county, channels=["sms"])
        with house.worker():
            house.until(lambda: state_of(house, number) == "paused", "held")
            house.until_states(number, planned=30)
            with both_databases.reading() as session:
                assert {one.gateway for one in asides(session)} == {"aliyun", "tencent"}
            house.vendors.faults.clear()
            with both_databases.writing() as session:
                dispatches.resume(session, number, SENDER, house.clock.now())
            house.until_states(number, delivered=30)
        assert house.vendors.ledger.twice() == {}


@ON_SQLITE
def test_messages_go_by_weight(both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, FAST.model_copy(update={"batch_size": 200}), **TENS,
                    SMS_WEIGHTS="aliyun=3,tencent=1") as house:
        people(county, 800)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=800)
        share = house.vendors.ledger.addresses("aliyun").total() / 800
        assert share == pytest.approx(0.75, abs=0.03)


@ON_SQLITE
def test_while_a_gateway_cannot_be_reached_the_others_carry_on(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/aliyun"
    with open_house(both_databases, keyring, clock, **TENS, ALIYUN_SMS_URL=nowhere) as house:
        people(county, 200)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=200)
        assert house.vendors.ledger.addresses("tencent").total() == 200


SLOW = {"ALIYUN_SMS_BULK": "1", "ALIYUN_SMS_IN_FLIGHT": "2", "TENCENT_SMS_BULK": "1", "TENCENT_SMS_IN_FLIGHT": "2",
        "SMS_WEIGHTS": "aliyun=1,tencent=1"}


def slow_release(house: House, county: County, **more: Any) -> int:
    house.vendors.faults.add("slow", 0.1)
    people(county, 80)
    return release(house, county, **more)


def test_pause_resume_and_stop_bite_at_once_over_several_gateways(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **SLOW) as house:
        number, ledger = slow_release(house, county), house.vendors.ledger
        with house.worker():
            for act in (dispatches.pause, dispatches.stop):
                before = ledger.messages
                house.until(lambda seen=before: ledger.messages > seen + 4, "some left")  # type: ignore[misc]
                with both_databases.writing() as session:
                    act(session, number, SENDER, house.clock.now())
                told_at = house.clock.now()
                house.until(lambda: house.states(number).get("sending", 0) == 0, "nothing in the air")
                time.sleep(0.5)
                assert all((one.at - told_at).total_seconds() <= 2 for one in ledger.calls)
                assert ledger.messages < 80
                if act is dispatches.pause:
                    assert house.states(number)["planned"] == 80 - ledger.messages
                    with both_databases.writing() as session:
                        dispatches.resume(session, number, SENDER, house.clock.now())
            house.until(lambda: "planned" not in house.states(number), "all accounted for")
            house.vendors.wait_for_receipts()
        assert {"aliyun", "tencent"} == {one.vendor for one in ledger.calls}
        assert house.states(number) == {"delivered": ledger.messages, "skipped": 80 - ledger.messages}
        assert ledger.twice() == {}


@ON_SQLITE
def test_an_emergency_overtakes_over_every_gateway(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    rates = {"ALIYUN_SMS_PER_SECOND": "20", "TENCENT_SMS_PER_SECOND": "20"}
    with open_house(both_databases, keyring, clock, **SLOW, **rates) as house:
        number = slow_release(house, county)
        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 4, "some left")
            urgent = release(house, county, "PY-急", kind="emergency", condition={"fact": "crop.玉米", "at_least": 1})
            house.until(lambda: house.states(urgent).get("delivered", 0) == 80, "the emergency arrived")
            assert house.states(number).get("planned", 0) > 0


@ON_SQLITE
def test_two_workers_keep_to_one_rate_together(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, redis_url: str) -> None:
    with open_house(both_databases, keyring, clock, SMS_GATEWAYS="aliyun", ALIYUN_SMS_PER_SECOND="20") as house:
        people(county, 60)
        number = release(house, county)
        with house.worker(rates=SharedRates(redis_url)), house.worker(rates=SharedRates(redis_url)):
            house.until_states(number, delivered=60)
        calls = house.vendors.ledger.calls
        spent = (calls[-1].at - calls[0].at).total_seconds()
        # The bucket holds a second's worth; a call that was let go reaches the vendor a little later.
        assert 20 + 20 * (spent + 0.5) >= 60
