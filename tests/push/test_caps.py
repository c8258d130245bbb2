"""What is put off or goes another way: weekly caps, a channel's quota of the day, and emergencies that know neither."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import or_, select, update

from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.consent import refuse
from profiles.models import Contact, Household
from push import dispatches
from push.dispatches import Planned
from push.models import Batch, Delivery, Dispatch
from push.planning import Word
from push.settings import PushSettings
from push.settling import Answered, settle
from push.states import DeliveryState
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, rows
from tests.push.running import house_around


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


@pytest.fixture
def one_a_day(database: Database, keyring: Keyring, clock: SetClock) -> Channels:
    """WeChat that carries a single message a day, and SMS that carries any number."""
    return open_channels(demo_config("http://127.0.0.1:9", {"WECHAT_DAILY": "1"}), database, keyring, clock)


def sent(database: Database, channels: Channels, clock: SetClock, settings: PushSettings | None = None,
         **more: Any) -> Planned:
    given: dict[str, Any] = {"reference": REFERENCE, "actor": SENDER, **more}
    return dispatches.send(database, channels, now=clock.now(), settings=settings or PushSettings(), **given)


def ways(database: Database, dispatch: int, clock: SetClock) -> list[tuple[str, str, str, int]]:
    """Each delivery: family, channel, state, and in how many days it is due."""
    with database.reading() as session:
        found = session.execute(select(Household.reference, Delivery.channel, Delivery.state, Delivery.due_at).join(
            Household, Household.id == Delivery.household_id).where(Delivery.dispatch_id == dispatch).order_by(Delivery.id))
        return [(name, channel, str(state), 0 if due is None else (due.date() - clock.now().date()).days)
                for name, channel, state, due in found]


def families_on_wechat(county: County, *names: str, with_phones: bool = True) -> None:
    for number, name in enumerate(names, 1):
        head = county.member(county.family(name), "户主", head=True)
        county.contact(head, f"o{number}", "wechat")
        if with_phones:
            county.contact(head, phone(number))


def test_a_number_that_had_its_fill_of_the_week_is_told_next_monday(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    capped = PushSettings(weekly_cap=2)
    county.household_with_phone("王家", phone(1))
    for number in range(1, 6):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条")
    county.session.commit()
    due = [ways(database, sent(database, channels, clock, capped, reference=f"PY-{number}").dispatch, clock)[0][3]
           for number in range(1, 6)]
    assert due == [0, 0, 7, 7, 14]


def test_both_caps_hold_together(database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    capped = PushSettings(daily_cap=1, weekly_cap=2)
    county.household_with_phone("王家", phone(1))
    for number in range(1, 6):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条")
    county.session.commit()
    due = [ways(database, sent(database, channels, clock, capped, reference=f"PY-{number}").dispatch, clock)[0][3]
           for number in range(1, 6)]
    assert due == [0, 1, 7, 8, 14]


def test_the_weekly_cap_never_defers_past_the_deadline_and_spares_what_is_owed_by_law(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    capped = PushSettings(weekly_cap=1)
    county.household_with_phone("王家", phone(1))
    in_time = (clock.now() + timedelta(days=3)).date().isoformat()
    approve_notice(county.session, clock.now(), "PY-1")
    approve_notice(county.session, clock.now(), "PY-2", title="快到期的", deadline=in_time)
    approve_notice(county.session, clock.now(), "PY-3", title="医保缴费", topic="医保")
    county.session.commit()
    numbers = [sent(database, channels, clock, capped, reference=f"PY-{number}").dispatch for number in (1, 2, 3)]
    assert [ways(database, number, clock)[0][3] for number in numbers] == [0, 0, 0]


def test_what_is_owed_by_law_takes_nobodys_place(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), "PY-1", title="医保缴费", topic="医保")
    approve_notice(county.session, clock.now(), "PY-2", title="玉米补贴")
    county.session.commit()
    numbers = [sent(database, channels, clock, PushSettings(daily_cap=1, weekly_cap=1), reference=f"PY-{number}").dispatch
               for number in (1, 2)]
    assert [ways(database, number, clock)[0][3] for number in numbers] == [0, 0]


def test_what_exceeds_the_quota_of_a_channel_goes_over_the_next(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    families_on_wechat(county, "王家", "李家", "陈家")
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"])
    county.session.commit()
    planned = sent(database, one_a_day, clock)
    assert ways(database, planned.dispatch, clock) == [
        ("王家", "wechat", "planned", 0), ("李家", "sms", "planned", 0), ("陈家", "sms", "planned", 0)]


def test_who_has_no_other_channel_waits_for_the_next_days(
        database: Database, county: County, one_a_day: Channels, clock: SetClock, keyring: Keyring) -> None:
    families_on_wechat(county, "王家", "李家", "陈家", with_phones=False)
    refused = county.member(county.family("赵家"), "户主", head=True)
    county.contact(refused, "o9", "wechat")
    county.contact(refused, phone(9))
    refuse(county.session, keyring.index(phone(9), "phone"), "sms", "", "web", clock.now())
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"])
    county.session.commit()
    planned = sent(database, one_a_day, clock)
    assert ways(database, planned.dispatch, clock) == [
        ("王家", "wechat", "planned", 0), ("李家", "wechat", "planned", 1), ("陈家", "wechat", "planned", 2),
        ("赵家", "wechat", "planned", 3)]


def test_nobody_waits_for_a_quota_past_the_deadline_and_a_second_dispatch_counts_the_first(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    families_on_wechat(county, "王家", "李家", "陈家", with_phones=False)
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    approve_notice(county.session, clock.now(), channels=["wechat"], deadline=tomorrow)
    approve_notice(county.session, clock.now(), "PY-2", title="第二条", channels=["wechat"])
    county.session.commit()
    first = ways(database, sent(database, one_a_day, clock).dispatch, clock)
    assert [due for *_, due in first] == [0, 1, 0]
    second = ways(database, sent(database, one_a_day, clock, reference="PY-2").dispatch, clock)
    assert [due for *_, due in second] == [2, 3, 4]


def two_a_day(database: Database, keyring: Keyring, clock: SetClock) -> Channels:
    return open_channels(demo_config("http://127.0.0.1:9", {"WECHAT_DAILY": "2"}), database, keyring, clock)


def test_what_a_cap_puts_off_keeps_to_the_quota_of_the_day_it_is_put_off_to(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    capped, channels = PushSettings(daily_cap=1), two_a_day(database, keyring, clock)
    for number, (name, corn) in enumerate((("王家", 9), ("李家", 5), ("陈家", 5)), 1):
        county.contact(county.member(county.family(name, corn=corn), "户主", head=True), f"o{number}", "wechat")
    approve_notice(county.session, clock.now(), "PY-1", channels=["wechat"], condition={"fact": "crop.玉米", "at_least": 8})
    approve_notice(county.session, clock.now(), "PY-2", title="第二条", channels=["wechat"])
    county.session.commit()
    sent(database, channels, clock, capped, reference="PY-1")
    second = sent(database, channels, clock, capped, reference="PY-2").dispatch
    assert {name: due for name, _, _, due in ways(database, second, clock)} == {"王家": 1, "李家": 1, "陈家": 2}


def test_who_waits_for_a_quota_in_the_middle_of_a_week_keeps_to_the_cap_of_that_week(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    capped = PushSettings(weekly_cap=1)
    clock.advance(timedelta(days=5))  # a Saturday
    families_on_wechat(county, "王家", "李家", "陈家", "周家", with_phones=False)
    for number in (1, 2):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条", channels=["wechat"])
    county.session.commit()
    first, second = (ways(database, sent(database, one_a_day, clock, capped, reference=f"PY-{number}").dispatch, clock) for number in (1, 2))
    assert [due for *_, due in first] == [0, 1, 2, 3]
    weeks = [[(5 + due) // 7 for *_, due in one] for one in (first, second)]
    assert all(one != other for one, other in zip(*weeks, strict=True))


def accepted(database: Database, dispatch: int, clock: SetClock) -> None:
    """What of a dispatch is due by now leaves, and the vendor takes it."""
    with database.writing() as session:
        due = session.scalars(select(Delivery).where(Delivery.dispatch_id == dispatch, Delivery.state == "planned",
                                                     or_(Delivery.due_at.is_(None), Delivery.due_at <= clock.now()))).all()
        for one in due:
            one.state, one.attempt_id = DeliveryState.SENDING, f"a{one.id}"
        session.flush()
        settle(session, [Answered(f"a{one.id}", 1, dispatch, {one.id: Word(DeliveryState.ACCEPTED)}) for one in due], clock.now())


def test_what_was_put_off_for_a_quota_counts_for_the_day_it_left(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    families_on_wechat(county, "王家", "李家", with_phones=False)
    for number in (1, 2):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条", channels=["wechat"])
    county.session.commit()
    first = sent(database, one_a_day, clock, reference="PY-1").dispatch
    accepted(database, first, clock)
    clock.advance(timedelta(days=1))
    accepted(database, first, clock)
    second = sent(database, one_a_day, clock, reference="PY-2").dispatch
    assert ways(database, second, clock) == [("王家", "wechat", "planned", 1), ("李家", "wechat", "planned", 2)]


def test_what_was_put_off_for_a_cap_counts_for_the_day_it_left(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    capped = PushSettings(daily_cap=1)
    county.household_with_phone("王家", phone(1))
    for number in (1, 2, 3):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条")
    county.session.commit()
    both = [sent(database, channels, clock, capped, reference=f"PY-{number}").dispatch for number in (1, 2)]
    accepted(database, both[0], clock)
    clock.advance(timedelta(days=1))
    accepted(database, both[1], clock)
    third = sent(database, channels, clock, capped, reference="PY-3").dispatch
    assert ways(database, third, clock) == [("王家", "sms", "planned", 1)]


def test_what_a_pause_kept_back_counts_for_the_day_it_left(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    capped = PushSettings(daily_cap=1, quiet_hours="")
    county.household_with_phone("王家", phone(1))
    for number in (1, 2):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条")
    county.session.commit()
    with house_around(database, keyring, clock.now(), capped) as house:
        first = sent(database, house.channels, clock, capped, reference="PY-1").dispatch
        with database.writing() as session:
            dispatches.pause(session, first, SENDER, clock.now())
    clock.advance(timedelta(days=2))
    with house_around(database, keyring, clock.now(), capped) as house:
        with database.writing() as session:
            dispatches.resume(session, first, SENDER, clock.now())
        with house.worker():
            house.until_states(first, delivered=1)
        second = sent(database, house.channels, clock, capped, reference="PY-2").dispatch
    assert ways(database, second, clock) == [("王家", "sms", "planned", 1)]


def test_a_push_resumed_on_a_later_day_keeps_to_the_cap_of_that_day(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    capped = PushSettings(daily_cap=1)
    county.household_with_phone("王家", phone(1))
    county.household_with_phone("李家", phone(2))
    for number in (1, 2):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条")
    county.session.commit()
    first = sent(database, channels, clock, capped, reference="PY-1").dispatch
    with database.writing() as session:
        dispatches.pause(session, first, SENDER, clock.now())
    clock.advance(timedelta(days=2))
    with database.writing() as session:
        session.execute(update(Contact).where(Contact.id == 2).values(retired_at=clock.now()))
    second = sent(database, channels, clock, capped, reference="PY-2").dispatch
    assert ways(database, second, clock)[0] == ("王家", "sms", "planned", 0)
    with database.writing() as session:
        dispatches.resume(session, first, SENDER, clock.now(), capped)
    assert ways(database, first, clock) == [("王家", "sms", "planned", 1), ("李家", "sms", "planned", 0)]


def test_a_push_resumed_on_its_own_day_goes_on_as_it_was_planned(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    capped = PushSettings(daily_cap=1)
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), "PY-1")
    county.session.commit()
    first = sent(database, channels, clock, capped, reference="PY-1").dispatch
    with database.writing() as session:
        dispatches.pause(session, first, SENDER, clock.now())
    clock.advance(timedelta(hours=2))
    with database.writing() as session:
        dispatches.resume(session, first, SENDER, clock.now(), capped)
        assert session.scalars(select(Delivery.due_at)).all() == [None]


def test_an_emergency_goes_over_every_channel_at_once_whatever_the_hour_the_caps_and_the_quotas(
        database: Database, county: County, one_a_day: Channels, clock: SetClock, keyring: Keyring) -> None:
    capped = PushSettings(daily_cap=1, weekly_cap=1)
    families_on_wechat(county, "王家", "李家")
    county.household_with_phone("陈家", phone(2))
    county.member(county.family("赵家"), "户主", head=True)
    refuse(county.session, keyring.index(phone(1), "phone"), "", "", "sms", clock.now())
    approve_notice(county.session, clock.now(), "PY-1", channels=["sms"])
    approve_notice(county.session, clock.now(), kind="emergency", channels=["wechat", "sms"], condition=None)
    county.session.commit()
    sent(database, one_a_day, clock, capped, reference="PY-1")
    clock.advance(timedelta(hours=13))
    planned = sent(database, one_a_day, clock, capped)
    assert sorted(ways(database, planned.dispatch, clock)) == sorted([
        ("王家", "wechat", "planned", 0), ("李家", "wechat", "planned", 0), ("王家", "sms", "planned", 0),
        ("李家", "sms", "planned", 0), ("陈家", "sms", "skipped", 0), ("赵家", "", "skipped", 0)])
    assert (planned.planned, planned.skipped) == (4, {"no_contact": 1, "shared": 1})
    with database.reading() as session:
        assert session.scalars(select(Dispatch.release_at).where(Dispatch.id == planned.dispatch)).one() == clock.now()
        assert {batch.channel for batch in session.scalars(select(Batch).where(Batch.dispatch_id == planned.dispatch))} == {
            "wechat", "sms"}


def test_an_emergency_takes_a_heads_older_number_of_two(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    head = county.member(county.family("王家"), "户主", head=True)
    county.contact(head, phone(1))
    county.contact(head, phone(2))
    approve_notice(county.session, clock.now(), kind="emergency", channels=["wechat", "sms"], condition=None)
    county.session.commit()
    planned = sent(database, channels, clock)
    assert rows(database, planned.dispatch) == {"王家": ("planned", "", "sms")}
    assert planned.planned == 1
