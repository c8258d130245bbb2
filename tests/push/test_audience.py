"""Whom a dispatch addresses, and why others get nothing; on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.consent import refuse, withdraw_refusal
from profiles.models import Contact, Standing
from push import dispatches
from push.dispatches import Planned
from push.models import Delivery
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, County, addressed, approve_notice, phone, rows


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


def sent(database: Database, channels: Channels, clock: SetClock, settings: PushSettings | None = None,
         **more: Any) -> Planned:
    given: dict[str, Any] = {"reference": REFERENCE, "actor": SENDER, **more}
    return dispatches.send(database, channels, now=clock.now(), settings=settings or PushSettings(), **given)


def test_only_households_that_surely_qualify_get_the_notice(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1), corn=5)
    county.household_with_phone("李家", phone(2), corn=2)
    county.household_with_phone("陈家", phone(3), corn=None)
    approve_notice(county.session, clock.now())
    county.session.commit()
    planned = sent(database, channels, clock)
    assert rows(database, planned.dispatch) == {"王家": ("planned", "", "sms")}
    with database.reading() as session:
        dispatch = dispatches.find(session, planned.dispatch)
        assert (dispatch.surely_households, dispatch.possibly_households) == (1, 2)


def test_a_household_that_moved_away_is_no_audience(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    county.household_with_phone("李家", phone(2)).left_at = clock.now()
    approve_notice(county.session, clock.now())
    county.session.commit()
    assert set(rows(database, sent(database, channels, clock).dispatch)) == {"王家"}


def test_the_head_is_addressed_before_an_older_member(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.contact(county.member(wang, "爷爷", born=date(1940, 1, 1)), phone(1))
    county.contact(county.member(wang, "户主", head=True), phone(2))
    approve_notice(county.session, clock.now())
    county.session.commit()
    assert addressed(database, keyring, sent(database, channels, clock).dispatch) == {"王家": phone(2)}


def test_where_the_head_has_no_phone_the_oldest_adult_is_addressed(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.member(wang, "户主", head=True)
    county.contact(county.member(wang, "儿子", born=date(1995, 1, 1)), phone(1))
    county.contact(county.member(wang, "母亲", born=date(1950, 1, 1)), phone(2))
    county.contact(county.member(wang, "不知年龄", born=None), phone(3))
    approve_notice(county.session, clock.now())
    county.session.commit()
    assert addressed(database, keyring, sent(database, channels, clock).dispatch) == {"王家": phone(2)}


def test_an_adult_comes_before_a_youth_and_a_child_is_never_addressed(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang, li, chen = county.family("王家"), county.family("李家"), county.family("陈家")
    county.contact(county.member(wang, "少年", born=date(2010, 1, 1)), phone(1))
    county.contact(county.member(wang, "成年", born=date(2005, 1, 1)), phone(2))
    county.contact(county.member(li, "少年", born=date(2010, 1, 1)), phone(3))
    county.contact(county.member(chen, "儿童", born=date(2015, 1, 1)), phone(4))
    approve_notice(county.session, clock.now())
    county.session.commit()
    planned = sent(database, channels, clock)
    assert addressed(database, keyring, planned.dispatch) == {"王家": phone(2), "李家": phone(3)}
    assert planned.skipped == {"no_contact": 1}


@pytest.mark.parametrize("standing", [Standing.DIED, Standing.MOVED])
def test_nobody_who_died_or_moved_is_addressed(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring,
        standing: Standing) -> None:
    wang = county.family("王家")
    county.contact(county.member(wang, "户主", head=True, standing=standing), phone(1))
    county.contact(county.member(wang, "妻子"), phone(2))
    approve_notice(county.session, clock.now())
    county.session.commit()
    assert addressed(database, keyring, sent(database, channels, clock).dispatch) == {"王家": phone(2)}


@pytest.mark.parametrize(("order", "channel"), [(["wechat", "sms"], "wechat"), (["sms", "wechat"], "sms")])
def test_the_notices_order_of_channels_decides(
        database: Database, county: County, channels: Channels, clock: SetClock, order: list[str], channel: str) -> None:
    head = county.member(county.family("王家"), "户主", head=True)
    county.contact(head, phone(1))
    county.contact(head, "oWang", "wechat")
    approve_notice(county.session, clock.now(), channels=order)
    county.session.commit()
    assert rows(database, sent(database, channels, clock).dispatch)["王家"] == ("planned", "", channel)


def test_a_retired_address_is_skipped_and_the_preferred_one_taken(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    head = county.member(county.family("王家"), "户主", head=True)
    county.contact(head, phone(1), retired_at=clock.now())
    county.contact(head, phone(2))
    county.contact(head, phone(3), verified=True)
    county.contact(head, phone(4), preferred=True)
    approve_notice(county.session, clock.now())
    county.session.commit()
    assert addressed(database, keyring, sent(database, channels, clock).dispatch) == {"王家": phone(4)}


def test_a_household_without_any_contact_is_skipped_with_the_reason(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.member(county.family("王家"), "户主", head=True)
    county.family("李家")
    approve_notice(county.session, clock.now())
    county.session.commit()
    planned = sent(database, channels, clock)
    assert (planned.planned, planned.skipped) == (0, {"no_contact": 2})
    with database.reading() as session:
        assert dispatches.status(session, planned.dispatch, PushSettings()).state == "finished"


def test_who_refused_is_skipped_unless_another_adult_may_be_told(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    county.household_with_phone("王家", phone(1))
    li = county.household_with_phone("李家", phone(2))
    county.contact(county.member(li, "李妻"), phone(3))
    county.household_with_phone("陈家", phone(4))
    for number, topic in ((1, ""), (2, "种植"), (4, "养殖")):
        refuse(county.session, keyring.index(phone(number), "phone"), "", topic, "sms", clock.now())
    approve_notice(county.session, clock.now())
    county.session.commit()
    planned = sent(database, channels, clock)
    assert rows(database, planned.dispatch)["王家"][:2] == ("skipped", "refused")
    assert addressed(database, keyring, planned.dispatch) == {"李家": phone(3), "陈家": phone(4)}


def test_who_takes_a_refusal_back_is_told_again(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    county.household_with_phone("王家", phone(1))
    index = keyring.index(phone(1), "phone")
    refuse(county.session, index, "sms", "", "sms", clock.now())
    withdraw_refusal(county.session, index, clock.now())
    approve_notice(county.session, clock.now())
    county.session.commit()
    assert sent(database, channels, clock).planned == 1


@pytest.mark.parametrize("changes", [{"topic": "医保"}, {"kind": "emergency"}])
def test_statutory_and_emergency_notices_reach_also_who_refused(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring,
        changes: dict[str, Any]) -> None:
    county.household_with_phone("王家", phone(1))
    refuse(county.session, keyring.index(phone(1), "phone"), "", "", "sms", clock.now())
    approve_notice(county.session, clock.now(), **changes)
    county.session.commit()
    assert sent(database, channels, clock).planned == 1


def test_a_phone_that_stands_for_several_households_rings_once(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    for name in ("王家", "李家", "陈家"):
        county.household_with_phone(name, phone(1))
    wang = county.family("赵家")
    for who in ("赵户主", "赵妻"):
        county.contact(county.member(wang, who), phone(2))
    approve_notice(county.session, clock.now())
    county.session.commit()
    found = rows(database, sent(database, channels, clock).dispatch)
    assert sorted(found[name][:2] for name in ("王家", "李家", "陈家")) == [
        ("planned", ""), ("skipped", "shared"), ("skipped", "shared")]
    assert found["赵家"][0] == "planned"


def test_a_notice_to_residents_reaches_every_reachable_member_once(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    wang = county.family("王家")
    father = county.member(wang, "父亲", head=True)
    county.contact(father, phone(1))
    county.contact(father, phone(2))
    county.contact(county.member(wang, "母亲"), phone(1))
    county.contact(county.member(wang, "儿子", born=date(2000, 1, 1)), phone(3))
    county.member(wang, "女儿", born=date(2002, 1, 1))
    county.member(wang, "孙子", born=date(2020, 1, 1))
    approve_notice(county.session, clock.now(), to="residents")
    county.session.commit()
    planned = sent(database, channels, clock)
    assert planned.planned == 2
    assert planned.skipped == {"no_contact": 1, "shared": 1}


def test_a_number_that_had_its_fill_is_told_tomorrow(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    county.household_with_phone("李家", phone(2), corn=1)
    capped = PushSettings(daily_cap=1)
    for number, at_least in ((1, 3), (2, 1), (3, 1)):
        approve_notice(county.session, clock.now(), f"PY-{number}", condition={"fact": "crop.玉米", "at_least": at_least})
    county.session.commit()
    numbers = [sent(database, channels, clock, capped, reference=f"PY-{number}").dispatch for number in (1, 2, 3)]
    assert [due_days(database, number, clock) for number in numbers] == [
        {"王家": 0}, {"王家": 1, "李家": 0}, {"王家": 2, "李家": 1}]


def test_the_cap_never_defers_past_the_deadline_and_spares_what_is_owed_by_law(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    capped = PushSettings(daily_cap=1)
    today = clock.now().date().isoformat()
    approve_notice(county.session, clock.now(), "PY-1")
    approve_notice(county.session, clock.now(), "PY-2", deadline=today)
    approve_notice(county.session, clock.now(), "PY-3", topic="医保")
    county.session.commit()
    numbers = [sent(database, channels, clock, capped, reference=f"PY-{number}").dispatch for number in (1, 2, 3)]
    assert [due_days(database, number, clock) for number in numbers] == [{"王家": 0}] * 3


def due_days(database: Database, dispatch: int, clock: SetClock) -> dict[str, int]:
    """In how many days each family's message is due."""
    from sqlalchemy import select

    from profiles.models import Household
    from push.models import Delivery

    with database.reading() as session:
        found = session.execute(select(Household.reference, Delivery.due_at).join(
            Household, Household.id == Delivery.household_id).where(Delivery.dispatch_id == dispatch))
        return {name: 0 if due is None else (due.date() - clock.now().date()).days for name, due in found}


def test_after_a_stop_the_same_words_go_to_the_others_only(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    for number, name in enumerate(("王家", "李家", "陈家"), 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now())
    county.session.commit()
    first = sent(database, channels, clock).dispatch
    mark(database, first, "王家", "delivered")
    mark(database, first, "李家", "unknown")
    with database.writing() as session:
        dispatches.stop(session, first, SENDER, clock.now())
    clock.advance(timedelta(minutes=5))
    again = rows(database, sent(database, channels, clock).dispatch)
    assert again == {"王家": ("skipped", "already_sent", "sms"), "李家": ("skipped", "already_sent", "sms"),
                     "陈家": ("planned", "", "sms")}


def mark(database: Database, dispatch: int, name: str, state: str) -> None:
    from sqlalchemy import select, update

    from profiles.models import Household
    from push.models import Delivery

    with database.writing() as session:
        household = select(Household.id).where(Household.reference == name).scalar_subquery()
        session.execute(update(Delivery).where(Delivery.dispatch_id == dispatch, Delivery.household_id == household)
                        .values(state=state).execution_options(synchronize_session=False))


def test_the_cap_counts_while_the_keys_are_turned(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    capped = PushSettings(daily_cap=1)
    county.household_with_phone("王家", phone(1))
    for number in (1, 2):
        approve_notice(county.session, clock.now(), reference=f"PY-{number}", title=f"第{number}条")
    county.session.commit()
    sent(database, channels, clock, capped, reference="PY-1")
    with database.writing() as session:
        # The contact is under the new key already, the copy in its delivery is not yet.
        session.scalars(select(Contact)).one().address_index = b"n" * 16
    second = sent(database, channels, clock, capped, reference="PY-2").dispatch
    with database.reading() as session:
        due = session.scalars(select(Delivery.due_at).where(Delivery.dispatch_id == second)).one()
    assert due is not None
    assert due.date() > clock.now().date()
