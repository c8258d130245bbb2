"""By which address a household is reached: the best one of its grown-ups, and why it is none; on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.consent import PERSON, only, refuse
from profiles.models import Standing
from push import dispatches
from push.dispatches import Planned
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, VILLAGE, County, addressed, approve_notice, phone, rows


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


def sent(county: County, database: Database, opened: Channels, clock: SetClock, **notice: Any) -> Planned:
    """A notice approved and planned."""
    approve_notice(county.session, clock.now(), **notice)
    county.session.commit()
    return dispatches.send(database, opened, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=PushSettings())


def test_a_preferred_contact_goes_before_the_heads(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.contact(county.member(wang, "户主", head=True), phone(1))
    county.contact(county.member(wang, "女儿", born=date(1998, 1, 1)), phone(2), preferred=True)
    assert addressed(database, keyring, sent(county, database, channels, clock).dispatch) == {"王家": phone(2)}


def test_a_proved_contact_goes_before_one_that_only_stands_in_the_register(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang, li = county.family("王家"), county.family("李家")
    county.contact(county.member(wang, "户主", head=True), phone(1))
    county.contact(county.member(wang, "妻子"), phone(2), verified=True)
    county.contact(county.member(li, "户主", head=True), phone(3))
    county.contact(county.member(li, "母亲", born=date(1945, 1, 1)), phone(4))
    assert addressed(database, keyring, sent(county, database, channels, clock).dispatch) == {
        "王家": phone(2), "李家": phone(3)}


def test_of_two_proved_the_heads_goes_first(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.contact(county.member(wang, "母亲", born=date(1945, 1, 1)), phone(1), verified=True)
    county.contact(county.member(wang, "户主", head=True), phone(2), verified=True)
    assert addressed(database, keyring, sent(county, database, channels, clock).dispatch) == {"王家": phone(2)}


def test_a_youths_preferred_contact_never_goes_before_a_grown_ups(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.contact(county.member(wang, "少年", born=date(2010, 1, 1)), phone(1), preferred=True, verified=True)
    county.contact(county.member(wang, "母亲", born=date(1980, 1, 1)), phone(2))
    county.contact(county.member(wang, "儿童", born=date(2016, 1, 1)), phone(3), preferred=True)
    assert addressed(database, keyring, sent(county, database, channels, clock).dispatch) == {"王家": phone(2)}


def test_who_is_at_home_goes_before_who_works_far_away(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.member(wang, "户主", head=True)
    county.contact(county.member(wang, "父亲", born=date(1950, 1, 1), migrant=True), phone(1))
    county.contact(county.member(wang, "母亲", born=date(1955, 1, 1)), phone(2))
    assert addressed(database, keyring, sent(county, database, channels, clock).dispatch) == {"王家": phone(2)}


def test_a_preferred_channel_goes_before_the_notices_order(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    for name, is_preferred in (("王家", True), ("李家", False)):
        head = county.member(county.family(name), "户主", head=True)
        county.contact(head, phone(1 + is_preferred), preferred=is_preferred)
        county.contact(head, f"o{is_preferred}", "wechat", verified=True)
    planned = sent(county, database, channels, clock, channels=["wechat", "sms"])
    assert {name: channel for name, (_, _, channel) in rows(database, planned.dispatch).items()} == {
        "王家": "sms", "李家": "wechat"}


def test_a_preferred_contact_of_somebody_gone_or_retired_counts_for_nothing(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang, li = county.family("王家"), county.family("李家")
    county.contact(county.member(wang, "爷爷", standing=Standing.DIED), phone(1), preferred=True)
    county.contact(county.member(wang, "户主", head=True), phone(2))
    head = county.member(li, "户主", head=True)
    county.contact(head, phone(3), preferred=True, verified=True, retired_at=clock.now())
    county.contact(head, phone(4))
    assert addressed(database, keyring, sent(county, database, channels, clock).dispatch) == {
        "王家": phone(2), "李家": phone(4)}


def test_a_collecting_number_gets_nothing_that_tells_of_the_household(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang, li = county.family("王家"), county.family("李家")
    county.contact(county.member(wang, "户主", head=True), phone(9), shared=True)
    county.contact(county.member(li, "户主", head=True), phone(9), shared=True)
    county.contact(county.member(li, "妻子"), phone(2))
    planned = sent(county, database, channels, clock, condition={"fact": "crop.玉米", "at_least": 3})
    assert rows(database, planned.dispatch)["王家"] == ("skipped", "collected", "")
    assert addressed(database, keyring, planned.dispatch) == {"李家": phone(2)}


@pytest.mark.parametrize("condition", [None, {"fact": "division", "within": VILLAGE}])
def test_a_collecting_number_gets_once_what_goes_to_the_whole_village(
        database: Database, county: County, channels: Channels, clock: SetClock, condition: object) -> None:
    for name in ("王家", "李家"):
        county.contact(county.member(county.family(name), "户主", head=True), phone(9), shared=True)
    planned = sent(county, database, channels, clock, condition=condition)
    assert (planned.planned, planned.skipped) == (1, {"shared": 1})


def test_a_household_whose_only_number_was_retired_is_told_apart_from_one_without(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.contact(county.member(county.family("王家"), "户主", head=True), phone(1), retired_at=clock.now())
    county.member(county.family("李家"), "户主", head=True)
    planned = sent(county, database, channels, clock)
    assert planned.skipped == {"address_retired": 1, "no_contact": 1}


def test_who_wants_one_topic_only_gets_that_topic_and_no_other(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    for number, (name, topic) in enumerate((("王家", "种植"), ("李家", "养殖")), 1):
        county.household_with_phone(name, phone(number))
        only(county.session, keyring.index(phone(number), "phone"), [topic], "sms", clock.now())
    planned = sent(county, database, channels, clock, topic="种植")
    found = rows(database, planned.dispatch)
    assert (found["王家"][0], found["李家"][:2]) == ("planned", ("skipped", "refused"))


def test_who_refused_one_channel_is_reached_over_the_other(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    head = county.member(county.family("王家"), "户主", head=True)
    county.contact(head, phone(1))
    county.contact(head, "oWang", "wechat", verified=True)
    refuse(county.session, PERSON, "wechat", "", "web", clock.now(), head.id)
    planned = sent(county, database, channels, clock, channels=["wechat", "sms"])
    assert rows(database, planned.dispatch)["王家"] == ("planned", "", "sms")


def test_to_residents_each_is_reached_by_their_own_best_contact(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    father, mother = county.member(wang, "父亲", head=True), county.member(wang, "母亲")
    county.contact(father, phone(1))
    county.contact(father, phone(2), preferred=True)
    county.contact(mother, phone(3), verified=True)
    county.contact(county.member(wang, "儿童", born=clock.now().date() - timedelta(days=3000)), phone(4))
    planned = sent(county, database, channels, clock, to="residents")
    assert planned.planned == 2
    assert sorted(_addresses(database, keyring, planned.dispatch)) == [phone(2), phone(3)]


def _addresses(database: Database, keyring: Keyring, dispatch: int) -> list[str]:
    from sqlalchemy import select

    from profiles.models import Contact
    from push.models import Delivery

    with database.reading() as session:
        found = session.scalars(select(Contact.address).join(Delivery, Delivery.contact_id == Contact.id).where(
            Delivery.dispatch_id == dispatch, Delivery.state == "planned"))
        return [keyring.decrypt(address, "phone") for address in found]


def test_a_head_with_two_telephones_gets_the_notice_once_at_the_older_entry(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    head = county.member(county.family("王家"), "户主", head=True)
    county.contact(head, phone(1))
    county.contact(head, phone(2))
    county.household_with_phone("李家", phone(3))
    planned = sent(county, database, channels, clock)
    assert planned.planned == 2
    assert addressed(database, keyring, planned.dispatch) == {"王家": phone(1), "李家": phone(3)}


def test_a_household_with_two_heads_in_the_register_gets_the_notice_once(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.contact(county.member(wang, "户主", head=True), phone(1))
    county.contact(county.member(wang, "另一户主", head=True), phone(2))
    planned = sent(county, database, channels, clock)
    assert planned.planned == 1
    assert addressed(database, keyring, planned.dispatch) == {"王家": phone(1)}


def test_a_member_on_the_notices_first_channel_goes_before_the_heads_telephone(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    wang = county.family("王家")
    county.contact(county.member(wang, "户主", head=True), phone(1))
    county.contact(county.member(wang, "儿子", born=date(1995, 1, 1)), "oWangSon", "wechat")
    planned = sent(county, database, channels, clock, channels=["wechat", "sms"])
    assert addressed(database, keyring, planned.dispatch) == {"王家": "oWangSon"}
