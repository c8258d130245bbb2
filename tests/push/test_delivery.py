"""The worker on the wire: real requests to simulated vendors, receipts coming back, and everything that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.queue import open_broker
from profiles.consent import refuse
from profiles.models import Contact, Resident, Standing
from push import dispatches
from push.models import Attempt, Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.states import AttemptState
from push.worker import run_clock
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone
from tests.push.running import House, house_around

ON_SQLITE = pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)
FAST = PushSettings(batch_size=40, lease=2, unknown_horizon=1, quiet_hours="")


@contextmanager
def open_house(database: Database, keyring: Keyring, clock: SetClock, settings: PushSettings = FAST,
               **changes: str) -> Iterator[House]:
    with house_around(database, keyring, clock.now(), settings, {"ALIYUN_SMS_BULK": "10", **changes}) as house:
        yield house


def people(county: County, count: int, channel: str = "sms") -> None:
    """So many families, each with a telephone or, on WeChat, with an openid."""
    for number in range(1, count + 1):
        household = county.family(f"户{number}")
        head = county.member(household, "户主", head=True)
        county.contact(head, phone(number) if channel == "sms" else f"oFamily{number}", channel)


def release(house: House, county: County, reference: str = REFERENCE, **changes: Any) -> int:
    approve_notice(county.session, house.clock.now(), reference, **{"deadline": None, **changes})
    county.session.commit()
    return dispatches.send(house.database, house.channels, reference=reference, actor=SENDER, now=house.clock.now(),
                           settings=house.settings).dispatch


def state_of(house: House, dispatch: int) -> str:
    with house.database.reading() as session:
        return dispatches.status(session, dispatch, house.settings).state.value


def test_every_family_gets_its_message_once_and_the_receipts_come_back(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        people(county, 95)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=95)
            house.until(lambda: state_of(house, number) == "finished", "finished")
        assert house.taken() == {phone(family): 1 for family in range(1, 96)}
        with both_databases.reading() as session:
            attempts = session.scalars(select(Attempt).where(Attempt.state != AttemptState.UNSENT)).all()
            view = session.get_one(Dispatch, number)
            assert {one.id for one in attempts} == set(house.vendors.ledger.attempts)
            assert {str(one.state) for one in attempts} == {"answered"}
        blanks = [dict(one) for call in house.vendors.ledger.calls for one in call.blanks]
        assert blanks == [view.content["sms"]["variables"]] * 95


def test_wechat_and_sms_go_side_by_side(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        people(county, 30, "wechat")
        county.household_with_phone("王家", phone(1))
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=31)
        assert house.vendors.ledger.addresses("wechat").total() == 30
        assert house.vendors.ledger.addresses("aliyun") == {phone(1): 1}


@pytest.mark.parametrize("fault", ["lose_answer", "cut", "garble", "status_after"])
def test_a_lost_answer_is_asked_about_and_nothing_goes_twice(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, fault: str) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.add(fault, vendor="aliyun", times=2)
        house.vendors.faults.receipts.lose = 1.0
        people(county, 40)
        number = release(house, county)
        with house.worker():
            # Of each lost call one number is asked about; of that one the vendor tells more.
            house.until(lambda: set(house.states(number)) <= {"accepted", "delivered"}, lambda: str(house.states(number)))
            house.until(lambda: state_of(house, number) == "finished", "finished")
        assert house.vendors.ledger.twice() == {}
        assert house.vendors.ledger.messages == 40


@pytest.mark.parametrize(("fault", "value"), [("drop", ""), ("status", "503")])
def test_what_the_vendor_surely_never_took_goes_again_under_a_new_attempt(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, fault: str, value: str) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.add(fault, value, vendor="aliyun", times=1)
        people(county, 25)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=25)
        assert house.taken() == {phone(family): 1 for family in range(1, 26)}
        with both_databases.reading() as session:
            assert set(session.scalars(select(Delivery.tries))) == {1, 2}


@ON_SQLITE
def test_a_throttled_message_rests_and_goes_later(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, SMS_GATEWAYS="aliyun") as house:
        house.vendors.faults.add("status", 429, vendor="aliyun", times=1)
        people(county, 20)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=20)
        assert house.vendors.ledger.twice() == {}


@ON_SQLITE
def test_one_bad_number_does_not_cost_the_others_their_message(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.add("errcode", "isv.BLACK_LIST", vendor="aliyun", times=2)
        people(county, 10)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=9, failed=1)
        assert house.vendors.ledger.twice() == {}


@ON_SQLITE
def test_a_wrong_setting_pauses_the_dispatch_and_spends_no_message(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, SMS_GATEWAYS="aliyun") as house:
        house.vendors.faults.add("errcode", "isv.AMOUNT_NOT_ENOUGH", vendor="aliyun")
        people(county, 20)
        number = release(house, county, channels=["sms"])
        with house.worker():
            house.until(lambda: state_of(house, number) == "paused", "paused")
            house.until_states(number, planned=20)
            with both_databases.reading() as session:
                assert "AMOUNT_NOT_ENOUGH" in dispatches.find(session, number).held_because
            house.vendors.faults.clear()
            with both_databases.writing() as session:
                dispatches.resume(session, number, SENDER, house.clock.now())
            house.until_states(number, delivered=20)


def test_somebody_who_left_the_account_is_retired_and_told_by_sms(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.add("errcode", 43004, vendor="wechat", times=1)
        people(county, 1, "wechat")
        county.contact(county.session.scalars(select(Resident)).one(), phone(1))
        number = release(house, county)
        with house.worker():
            house.until_states(number, failed=1, delivered=1)
        with both_databases.reading() as session:
            openid = session.scalars(select(Contact).where(Contact.channel == "wechat")).one()
            assert openid.retired_reason == "号码停用或已取消关注"
            second = session.scalars(select(Delivery).where(Delivery.channel == "sms")).one()
            assert second.replaces is not None
            assert dispatches.status(session, number, house.settings).reasons == {"recipient_gone": 1}


def test_a_failed_receipt_on_wechat_sends_the_text_message_once(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.receipts.codes = {"oFamily1": "failed:user block"}
        house.vendors.faults.receipts.duplicate = 1.0
        people(county, 2, "wechat")
        for family, member in enumerate(county.session.scalars(select(Resident).order_by(Resident.id)), 1):
            county.contact(member, phone(family))
        number = release(house, county)
        with house.worker():
            house.until_states(number, failed=1, delivered=2)
            assert house.vendors.wait_for_receipts()
        assert house.vendors.ledger.addresses("aliyun") == {phone(1): 1}


@ON_SQLITE
def test_an_undelivered_text_message_fails_with_the_vendors_words(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        house.vendors.faults.receipts.codes = {phone(1): "MOBILE_NOT_ON_SERVICE"}
        people(county, 3)
        number = release(house, county)
        with house.worker():
            house.until_states(number, failed=1, delivered=2)
        with both_databases.reading() as session:
            failed = session.scalars(select(Delivery).where(Delivery.state == "failed")).one()
            contact = session.get_one(Contact, failed.contact_id)
        assert failed.vendor_code == "MOBILE_NOT_ON_SERVICE"
        assert (contact.retired_at is not None) == (failed.reason == "recipient_gone")


def test_receipts_may_come_early_twice_and_out_of_order(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        habits = house.vendors.faults.receipts
        habits.early, habits.duplicate, habits.out_of_order = True, 0.5, True
        people(county, 40)
        people_on_wechat = county.family("微信户")
        county.contact(county.member(people_on_wechat, "户主", head=True), "oEarly", "wechat")
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=41)
            house.until(lambda: state_of(house, number) == "finished", "finished")
        assert house.vendors.ledger.twice() == {}


def slow_release(house: House, county: County, count: int) -> int:
    house.vendors.faults.add("slow", 0.1, vendor="aliyun")
    people(county, count)
    return release(house, county)


SLOW = {"ALIYUN_SMS_BULK": "1", "ALIYUN_SMS_IN_FLIGHT": "2"}


@ON_SQLITE
def test_pause_and_resume_bite_in_mid_run(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **SLOW) as house:
        number = slow_release(house, county, 60)
        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 4, "some left")
            with both_databases.writing() as session:
                dispatches.pause(session, number, SENDER, house.clock.now())
            house.until(lambda: house.states(number).get("sending", 0) == 0, "nothing in the air")
            left = house.vendors.ledger.messages
            assert left < 60
            assert house.states(number)["planned"] == 60 - left
            house.vendors.faults.clear()
            with both_databases.writing() as session:
                dispatches.resume(session, number, SENDER, house.clock.now())
            house.until_states(number, delivered=60)
        assert house.vendors.ledger.twice() == {}


def test_a_stopped_dispatch_sends_no_more_and_says_so_of_each(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **SLOW) as house:
        number = slow_release(house, county, 60)
        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 4, "some left")
            with both_databases.writing() as session:
                dispatches.stop(session, number, SENDER, house.clock.now())
            house.until(lambda: not {"planned", "sending"} & set(house.states(number)), "all accounted for")
            house.vendors.wait_for_receipts()
        left = house.vendors.ledger.messages
        with both_databases.reading() as session:
            status = dispatches.status(session, number, house.settings)
        assert status.reasons == {"stopped": 60 - left}
        assert status.deliveries["delivered"] == left


def test_a_worker_told_to_end_settles_what_is_in_the_air_and_leaves_the_rest_planned(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **SLOW) as house:
        number = slow_release(house, county, 40)
        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 4, "some left")
        left = house.vendors.ledger.messages
        house.vendors.wait_for_receipts()
        house.until_states(number, delivered=left, planned=40 - left)
        with both_databases.reading() as session:
            assert set(session.scalars(select(Batch.leased_by))) == {None}
        house.vendors.faults.clear()
        with house.worker():
            house.until_states(number, delivered=40)
        assert house.vendors.ledger.twice() == {}


@ON_SQLITE
def test_who_died_refused_or_lost_the_number_since_the_planning_gets_nothing(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        people(county, 5)
        number = release(house, county)
        with both_databases.writing() as session:
            first, second, third = session.scalars(select(Resident).order_by(Resident.id).limit(3)).all()
            first.standing = Standing.DIED
            session.execute(update(Contact).where(Contact.resident_id == second.id).values(retired_at=house.clock.now()))
            refuse(session, keyring.index(phone(3), "phone"), "", "", "sms", house.clock.now(), third.id)
        with house.worker():
            house.until_states(number, skipped=3, delivered=2)
        with both_databases.reading() as session:
            assert dispatches.status(session, number, house.settings).reasons == {
                "address_retired": 1, "left": 1, "refused": 1}
        assert house.taken() == {phone(4): 1, phone(5): 1}


@ON_SQLITE
def test_an_emergency_overtakes_what_is_under_way(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock, **SLOW, ALIYUN_SMS_PER_SECOND="20") as house:
        number = slow_release(house, county, 80)
        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 4, "some left")
            urgent = release(house, county, "PY-急", kind="emergency", condition={"fact": "crop.玉米", "at_least": 1})
            house.until(lambda: house.states(urgent).get("delivered", 0) == 80, "the emergency arrived")
            assert house.states(number).get("planned", 0) > 0
        order = [call.template for call in house.vendors.ledger.calls]
        assert order.index("SMS_100000003") < 80


@ON_SQLITE
def test_quiet_hours_that_begin_in_mid_run_hold_the_rest_until_morning(
        both_databases: Database, county: County, keyring: Keyring) -> None:
    evening = SetClock(datetime(2026, 11, 23, 21, 58, tzinfo=county.now.tzinfo))
    night = FAST.model_copy(update={"quiet_hours": "22:00-07:00", "lease": 300})
    with open_house(both_databases, keyring, evening, night, **SLOW, ALIYUN_SMS_PER_SECOND="10") as house:
        number = slow_release(house, county, 60)
        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 0, "some left")
            house.clock.start += timedelta(minutes=2)
            house.until(lambda: batch_due(both_databases) > evening.now() + timedelta(hours=1), "deferred")
        assert 0 < house.vendors.ledger.messages < 60
        assert batch_due(both_databases) == datetime(2026, 11, 24, 7, 0, tzinfo=county.now.tzinfo)
        assert house.states(number)["planned"] == 60 - house.vendors.ledger.messages


def batch_due(database: Database, channel: str = "sms") -> datetime:
    with database.reading() as session:
        return session.scalars(select(Batch.due_at).where(Batch.channel == channel).order_by(Batch.due_at.desc())).first()  # type: ignore[return-value]


@ON_SQLITE
def test_a_schedule_that_an_outage_slept_through_waits_for_a_person(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        people(county, 3)
        number = release(house, county)
        with both_databases.writing() as session:
            session.execute(update(Dispatch).values(release_at=house.clock.now() - timedelta(days=2)))
            session.execute(update(Batch).values(due_at=house.clock.now() - timedelta(days=2)))
        with house.worker():
            house.until(lambda: state_of(house, number) == "paused", "paused")
            assert house.vendors.ledger.messages == 0
            with both_databases.writing() as session:
                assert "停过机" in dispatches.find(session, number).held_because
                dispatches.resume(session, number, SENDER, house.clock.now())
            house.until_states(number, delivered=3)


@ON_SQLITE
def test_a_number_under_a_lost_key_fails_alone(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with open_house(both_databases, keyring, clock) as house:
        people(county, 3)
        strange = Keyring([b"x" * 32]).encrypt(phone(2), "phone")
        number = release(house, county)
        with both_databases.writing() as session:
            contact = session.scalars(select(Contact).order_by(Contact.id)).all()[1]
            contact.address = strange
        with house.worker():
            house.until_states(number, failed=1, delivered=2)
        with both_databases.reading() as session:
            assert dispatches.status(session, number, house.settings).reasons == {"unreadable": 1}


def test_over_redis_the_clock_rings_and_workers_hear_it(
        postgres: Database, redis_url: str, keyring: Keyring, clock: SetClock, database: Database) -> None:
    import threading

    from tests.notices import offices

    fleet = postgres
    stop = threading.Event()
    with open_house(fleet, keyring, clock) as house:
        with fleet.writing() as session:
            offices.found_places(session)
            session.commit()
            county = County(session, keyring, clock.now())
            people(county, 90)
            number = release(house, county)
        ringing = threading.Thread(target=run_clock, args=(fleet, open_broker(redis_url), house.clock, FAST, stop))
        ringing.start()
        try:
            with house.worker(open_broker(redis_url)), house.worker(open_broker(redis_url)):
                house.until_states(number, delivered=90)
                house.until(lambda: state_of(house, number) == "finished", "finished")
        finally:
            stop.set()
            ringing.join(10)
        assert house.taken() == {phone(family): 1 for family in range(1, 91)}
    fleet.close()
