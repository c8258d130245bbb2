"""What a sender is shown before a release is what the release then does, and looking leaves no trace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.consent import only_by_day, refuse
from profiles.models import Household
from push import admission, dispatches
from push.failures import Refused
from push.foresight import Foreseen, foresee
from push.models import Batch, Delivery, Dispatch
from push.recipients import Recipient, chosen
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, VILLAGE, County, approve_notice, phone


def look(database: Database, channels: Channels, clock: SetClock, **settings: Any) -> Foreseen:
    with database.reading() as session:
        view = admission.read_notice(session, REFERENCE, clock.now())
    return foresee(database, channels, view, clock.now(), PushSettings(**settings))


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """王家 by WeChat, 李家 and 陈家 by SMS, 赵家 without a telephone, 钱家 with 李家's."""
    household = county.family("王家")
    county.contact(county.member(household, "王户主", head=True), "openid-wang", "wechat")
    for name, number in (("李家", 2), ("陈家", 3), ("钱家", 2)):
        county.household_with_phone(name, phone(number))
    county.member(county.family("赵家"), "赵户主", head=True)
    approve_notice(county.session, clock.now())
    county.session.commit()
    return county


def test_what_is_foreseen_is_what_is_released(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    foreseen = look(both_databases, channels, clock)
    assert {way.channel: way.messages for way in foreseen.ways} == {"wechat": 1, "sms": 2}
    assert (foreseen.reached, foreseen.messages, foreseen.skipped) == (3, 3, {"no_contact": 1, "shared": 1})
    assert (foreseen.parts_each, foreseen.parts, foreseen.cost, foreseen.cost_at_most) == (2, 4, 0.18, 0.27)
    planned = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(),
                              settings=PushSettings())
    assert (planned.planned, planned.skipped, planned.cost) == (foreseen.messages, foreseen.skipped, foreseen.cost)


def test_looking_leaves_nothing_and_takes_no_number(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    for _ in range(3):
        look(both_databases, channels, clock)
    with both_databases.reading() as session:
        for model in (Dispatch, Delivery, Batch):
            assert session.scalar(select(func.count()).select_from(model)) == 0
    planned = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(),
                              settings=PushSettings())
    assert planned.dispatch == 1


def test_nobody_is_shown_what_may_not_be_sent(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=PushSettings())
    with pytest.raises(Refused, match="已经发过"):
        look(both_databases, channels, clock)


def test_the_night_holds_all_back_and_the_morning_is_named(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    clock.set(datetime(2026, 11, 23, 23, 0, tzinfo=CHINA))
    foreseen = look(both_databases, channels, clock)
    assert foreseen.is_held_back
    assert {(way.today, way.later) for way in foreseen.ways} == {(0, 1), (0, 2)}
    assert foreseen.ends_at == datetime(2026, 11, 24, 7, 0, tzinfo=CHINA)


def test_who_wants_messages_by_day_only_gets_it_in_the_morning(
        both_databases: Database, families: County, keyring: Keyring, channels: Channels, clock: SetClock) -> None:
    only_by_day(families.session, keyring.index(phone(3), "phone"), "web", clock.now())
    families.session.commit()
    clock.set(datetime(2026, 11, 23, 21, 0, tzinfo=CHINA))
    sms = next(way for way in look(both_databases, channels, clock).ways if way.channel == "sms")
    assert (sms.today, sms.later) == (1, 1)
    assert sms.ends_at == datetime(2026, 11, 24, 8, 0, tzinfo=CHINA)


def test_a_number_that_has_its_fill_gets_it_on_the_next_day(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(families.session, clock.now(), reference="PY-2026-009", title="关于玉米晾晒的通知")
    families.session.commit()
    dispatches.send(both_databases, channels, reference="PY-2026-009", actor=SENDER, now=clock.now(),
                    settings=PushSettings(daily_cap=1))
    foreseen = look(both_databases, channels, clock, daily_cap=1)
    assert sum(way.today for way in foreseen.ways) == 0
    assert sum(way.later for way in foreseen.ways) == 3
    assert any("最晚发出" in one.why for one in foreseen.recipients)


def test_a_declared_rate_tells_by_when_the_last_one_leaves(
        both_databases: Database, families: County, keyring: Keyring, clock: SetClock) -> None:
    slow = open_channels(demo_config("http://127.0.0.1:9", {"ALIYUN_SMS_PER_SECOND": "0.5", "TENCENT_SMS_PER_SECOND": "0.5",
                                                           "SMS_GATEWAYS": "aliyun"}), both_databases, keyring, clock)
    sms = next(way for way in look(both_databases, slow, clock).ways if way.channel == "sms")
    assert (sms.begins_at, sms.ends_at) == (clock.now(), clock.now() + timedelta(seconds=4))


def test_who_refused_and_is_owed_it_by_law_is_counted(
        both_databases: Database, families: County, keyring: Keyring, channels: Channels, clock: SetClock) -> None:
    refuse(families.session, keyring.index(phone(3), "phone"), "", "", "sms", clock.now())
    families.session.commit()
    assert (look(both_databases, channels, clock).exempt, look(both_databases, channels, clock).reached) == (0, 2)
    approve_notice(families.session, clock.now(), kind="emergency", condition=None)
    families.session.commit()
    assert look(both_databases, channels, clock).exempt == 1


def test_a_household_reached_twice_in_an_emergency_counts_once(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    home = families.family("孙家")
    head = families.member(home, "孙户主", head=True)
    families.contact(head, phone(9))
    families.contact(head, "openid-sun", "wechat")
    approve_notice(families.session, clock.now(), kind="emergency", condition=None)
    families.session.commit()
    foreseen = look(both_databases, channels, clock)
    assert (foreseen.reached, foreseen.messages) == (4, 5)


def recipient(number: int, division: str, channel: str, contacts: int = 2, due: int | None = None) -> Recipient:
    at = None if due is None else datetime(2026, 11, due, tzinfo=CHINA)
    return Recipient(number, division, channel, contacts, at, b"", b"")


def test_ten_are_chosen_from_far_villages_and_every_channel_before_a_second_neighbour() -> None:
    crowd = [recipient(number, "640425100201", "sms") for number in range(100)]
    far = [recipient(200, "640425101200", "sms"), recipient(201, "640425102200", "wechat"), recipient(202, "640425103200", "sms")]
    picked = {one.household_id for one in chosen([*crowd, *far])}
    assert len(picked) == 10
    assert {200, 201, 202} <= picked


def test_the_frail_cases_come_first_and_say_why_and_each_household_once() -> None:
    found = [recipient(1, "640425100201", "sms"), recipient(2, "640425100201", "sms", contacts=1),
             recipient(3, "640425100201", "sms", due=26), recipient(4, "640425100201", "sms", contacts=5), recipient(1, "640425100201", "wechat")]
    picked = chosen(found)
    assert [(one.household_id, one.why) for one in picked] == [
        (2, "联系方式最少（1 个）"), (3, "最晚发出"), (4, "联系方式最多（5 个）"), (1, "")]


def test_the_few_of_a_channel_are_seen_beside_the_many_townships_of_another() -> None:
    many = [Recipient(number, f"640425{number:03}001", "sms", 1, None, b"", b"") for number in range(1, 20)]
    few = [Recipient(100 + number, "640425100001", "wechat", 1, None, b"", b"") for number in range(2)]
    assert {one.channel for one in chosen([*many, *few])} == {"sms", "wechat"}


def test_of_nobody_nobody_is_chosen() -> None:
    assert chosen([]) == ()


def test_looking_holds_up_nobody_who_writes(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    with both_databases.writing() as session:
        session.add(Household(reference="孙家", division=VILLAGE, kinds_known=True, crops_known=True, livestock_known=True,
                              roster_complete=True, source="test", updated_at=clock.now()))
        session.flush()
        # Would wait for the writer's turn to end, and this test with it.
        assert look(both_databases, channels, clock).messages == 3


def test_a_look_counts_what_others_send_that_day(
        both_databases: Database, keyring: Keyring, families: County, clock: SetClock) -> None:
    one_a_day = open_channels(demo_config("http://127.0.0.1:9", {"WECHAT_DAILY": "1"}), both_databases, keyring, clock)
    approve_notice(families.session, clock.now(), "PY-2026-007", title="另一件事", channels=["wechat"])
    families.session.commit()
    dispatches.send(both_databases, one_a_day, reference="PY-2026-007", actor=SENDER, now=clock.now(), settings=PushSettings())
    foreseen = look(both_databases, one_a_day, clock)
    assert {way.channel: (way.messages, way.later) for way in foreseen.ways} == {"wechat": (1, 1), "sms": (2, 0)}
    dispatches.send(both_databases, one_a_day, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=PushSettings())
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).where(Delivery.dispatch_id == 2, Delivery.channel == "wechat",
                                                         Delivery.due_at.is_not(None))) == 1
