"""必达: who has neither received a notice nor opened it some days before its deadline is looked for, and at last visited."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.registry import Channels
from kernel.clock import CHINA, SetClock
from kernel.database import Database
from notices import lifecycle
from profiles.consent import refuse
from profiles.models import Contact, Household, Resident
from profiles.portraits.models import PortraitSignal
from push import arrival, dispatches, releasing
from push.models import Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.sweep import sweep
from push.visits import Visit
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, publish

DEADLINE = datetime(2026, 12, 31, tzinfo=CHINA)
LOOK = DEADLINE - timedelta(days=3) + timedelta(hours=9)
SETTINGS = PushSettings()


def both(county: County, name: str, number: int) -> Household:
    """A family with WeChat and a telephone."""
    home = county.family(name)
    head = county.member(home, f"{name}户主", head=True)
    county.contact(head, f"o-{name}", "wechat")
    county.contact(head, phone(number))
    return home


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """王家 and 李家 have WeChat and telephones, 陈家 a telephone alone, 周家 nothing; the notice must arrive three days before."""
    both(county, "王家", 1)
    both(county, "李家", 2)
    county.household_with_phone("陈家", phone(3))
    county.member(county.family("周家"), "周家户主", head=True)
    approve_notice(county.session, clock.now(), must_arrive=3)
    county.session.commit()
    return county


def sent(database: Database, channels: Channels, clock: SetClock, settings: PushSettings = SETTINGS) -> int:
    """Everything planned was taken by the vendors, and nothing more was heard."""
    number = dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=settings).dispatch
    settle(database, number, clock.now(), "accepted")
    return number


def settle(database: Database, number: int, at: datetime, state: str, *which: Any) -> None:
    with database.writing() as session:
        session.execute(update(Delivery).where(Delivery.dispatch_id == number, *(which or (Delivery.state == "planned",)))
                        .values(state=state, settled_at=at))
        session.execute(update(Batch).where(Batch.dispatch_id == number).values(state="done"))
        session.execute(update(Dispatch).where(Dispatch.id == number).values(state="finished", finished_at=at))


def of(name: str) -> Any:
    return Delivery.household_id.in_(select(Household.id).where(Household.reference == name))


def told(database: Database, number: int) -> dict[str, list[tuple[str, str, str]]]:
    """Every delivery of each family, the first one first: channel, state, origin."""
    with database.reading() as session:
        found: dict[str, list[tuple[str, str, str]]] = {}
        for name, *row in session.execute(
                select(Household.reference, Delivery.channel, Delivery.state, Delivery.origin)
                .join(Household, Household.id == Delivery.household_id).where(Delivery.dispatch_id == number).order_by(Delivery.id)):
            found.setdefault(name, []).append(tuple(row))  # type: ignore[arg-type]
        return found


ONE_STEP = {"王家": 2, "李家": 2, "陈家": 1, "周家": 1}


def sizes(database: Database, number: int) -> dict[str, int]:
    """How many deliveries each family has."""
    return {name: len(rows) for name, rows in told(database, number).items()}


def visited(database: Database, number: int) -> set[str]:
    with database.reading() as session:
        assert set(session.scalars(select(Visit.why)).all()) <= {"must_arrive"}
        return set(session.scalars(select(Household.reference).join(Visit, Visit.household_id == Household.id)
                                   .where(Visit.dispatch_id == number)))


def look(database: Database, at: datetime = LOOK, settings: PushSettings = SETTINGS) -> None:
    sweep(database, at, settings)


def test_nobody_is_looked_for_before_its_day(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    look(both_databases, DEADLINE - timedelta(days=3, seconds=1))
    assert told(both_databases, number)["王家"] == [("wechat", "accepted", "")]
    assert visited(both_databases, number) == set()


def test_who_has_it_not_gets_the_next_channel_and_who_has_no_other_is_visited(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    settle(both_databases, number, clock.now(), "delivered", of("李家"))
    look(both_databases)
    assert told(both_databases, number) == {
        "王家": [("wechat", "accepted", ""), ("sms", "planned", "reminded")], "李家": [("wechat", "delivered", "")],
        "陈家": [("sms", "accepted", "")], "周家": [("", "skipped", "")]}
    assert visited(both_databases, number) == {"陈家", "周家"}
    with both_databases.reading() as session:
        dispatch = dispatches.find(session, number)
        one = session.scalars(select(Delivery).where(Delivery.origin == "reminded")).one()
        assert (dispatch.state, one.added_at, one.replaces is not None) == ("running", LOOK, True)
        assert session.scalars(select(Batch.id).where(Batch.state == "due", Batch.channel == "sms")).all()


def test_each_step_is_taken_once_and_the_last_is_the_visit(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    for minutes in (0, 1, 20, 40):
        look(both_databases, LOOK + timedelta(minutes=minutes))
    assert sizes(both_databases, number) == ONE_STEP
    settle(both_databases, number, LOOK + timedelta(hours=1), "accepted")
    look(both_databases, LOOK + timedelta(hours=24))
    assert visited(both_databases, number) == {"陈家", "周家"}
    look(both_databases, LOOK + timedelta(hours=26))
    assert visited(both_databases, number) == {"王家", "李家", "陈家", "周家"}
    look(both_databases, LOOK + timedelta(hours=50))
    assert sizes(both_databases, number) == ONE_STEP


def test_a_receipt_for_the_reminder_ends_it(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    look(both_databases)
    settle(both_databases, number, LOOK + timedelta(hours=1), "delivered")
    look(both_databases, LOOK + timedelta(hours=48))
    assert visited(both_databases, number) == {"陈家", "周家"}


def test_a_reminder_that_has_not_left_is_spared_when_the_first_one_arrives_after_all(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    look(both_databases)
    with both_databases.writing() as session:
        session.execute(update(Delivery).where(of("王家"), Delivery.channel == "wechat").values(state="delivered"))
    look(both_databases, LOOK + timedelta(minutes=20))
    assert told(both_databases, number)["王家"] == [("wechat", "delivered", ""), ("sms", "skipped", "reminded")]
    assert told(both_databases, number)["李家"][1] == ("sms", "planned", "reminded")


def test_who_opened_it_has_it(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    head = families.session.scalar(select(Resident.id).join(Household).where(Household.reference == "王家"))
    notice = families.session.scalar(select(Dispatch.notice_id))
    families.session.add(PortraitSignal(resident_id=head, notice_id=notice, topic="种植", kind="opened", channel="wechat",
                                        hour=10, at=clock.now()))
    families.session.commit()
    look(both_databases)
    assert told(both_databases, number)["王家"] == [("wechat", "accepted", "")]
    assert "王家" not in visited(both_databases, number)


def test_what_was_taken_less_than_a_day_ago_is_given_time_but_not_on_the_last_day(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    clock.set(LOOK - timedelta(hours=2))
    number = sent(both_databases, channels, clock)
    look(both_databases)
    assert len(told(both_databases, number)["王家"]) == 1
    assert visited(both_databases, number) == {"周家"}
    with both_databases.writing() as session:
        session.execute(update(Delivery).where(of("王家")).values(settled_at=DEADLINE + timedelta(hours=6)))
    look(both_databases, DEADLINE + timedelta(hours=9))
    assert told(both_databases, number)["王家"][1] == ("sms", "planned", "reminded")


def test_what_is_still_under_way_or_waits_for_its_day_is_left_to_itself(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    settle(both_databases, number, clock.now(), "sending", of("王家"))
    settle(both_databases, number, clock.now(), "planned", of("李家"))
    look(both_databases)
    assert [len(told(both_databases, number)[name]) for name in ("王家", "李家")] == [1, 1]


def test_a_card_that_is_kept_back_until_somebody_mends_it_is_not_waited_for(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(families.session, clock.now(), "PY-急", kind="emergency", must_arrive=3)
    families.session.commit()
    number = dispatches.send(both_databases, channels, reference="PY-急", actor=SENDER, now=clock.now(), settings=SETTINGS).dispatch
    settle(both_databases, number, clock.now(), "failed", Delivery.channel == "sms", of("王家"))
    settle(both_databases, number, clock.now(), "delivered", Delivery.channel == "sms", ~of("王家"))
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state="running", finished_at=None))
    look(both_databases)
    assert visited(both_databases, number) == {"周家"}
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(arrival_at=LOOK))
        card = session.scalars(select(Batch.id).where(Batch.channel == "wechat")).first()
        assert card is not None
        releasing.keep_back(session, card, "微信模板要改", LOOK)
    look(both_databases)
    assert visited(both_databases, number) == {"周家", "王家"}
    assert told(both_databases, number)["王家"] == [("wechat", "planned", ""), ("sms", "failed", "")]


def test_every_channel_that_is_kept_back_is_named_until_it_goes_on(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(families.session, clock.now(), "PY-急", kind="emergency")
    families.session.commit()
    number = dispatches.send(both_databases, channels, reference="PY-急", actor=SENDER, now=clock.now(), settings=SETTINGS).dispatch

    def after(act: Callable[[Session, dict[str, int]], object]) -> list[str]:
        with both_databases.writing() as session:
            session.execute(update(Dispatch).values(state="running", finished_at=None))
            act(session, {channel: batch for batch, channel in session.execute(select(Batch.id, Batch.channel))})
        with both_databases.reading() as session:
            dispatch = session.get_one(Dispatch, number)
            assert len(dispatch.held_because) <= releasing.LONGEST_REASON
            assert len(releasing.kept_back(dispatch)) == len(dispatch.held_because.splitlines())
            return dispatch.held_because.splitlines()

    after(lambda session, batches: releasing.keep_back(session, batches["wechat"], "微信模板要改。" * 30, LOOK))
    for _ in range(2):
        card, text = after(lambda session, batches: releasing.keep_back(session, batches["sms"], "短信签名要改。", LOOK))
        assert card.startswith("微信先停住了，其余通道照发；改好后它自己接着发。微信模板要改。")
        assert text == "短信也先停住了。短信签名要改。"
    [text] = after(lambda session, _: releasing.let_go_on(session, number, "wechat"))
    assert text == "短信先停住了，其余通道照发；改好后它自己接着发。短信签名要改。"
    assert after(lambda session, _: releasing.let_go_on(session, number, "sms")) == []


def test_an_ordinary_card_that_is_kept_back_is_no_reason_to_say_the_same_over_two_channels(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    settle(both_databases, number, clock.now(), "planned", of("王家"))
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state="running", finished_at=None))
        card = session.scalars(select(Batch.id).where(Batch.channel == "wechat")).first()
        assert card is not None
        assert releasing.keep_back(session, card, "微信账号要改", LOOK)
    look(both_databases)
    assert told(both_databases, number)["王家"] == [("wechat", "planned", "")]


def test_a_number_that_had_it_never_gets_it_again_whoever_it_stands_for(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    head = families.member(families.family("吴家"), "吴家户主", head=True)
    families.contact(head, "o-吴家", "wechat")
    families.contact(head, phone(3))
    families.session.commit()
    number = sent(both_databases, channels, clock)
    look(both_databases)
    assert told(both_databases, number)["吴家"] == [("wechat", "accepted", "")]
    assert "吴家" in visited(both_databases, number)
    with both_databases.reading() as session:
        numbers = session.scalars(select(Delivery.address_index).where(Delivery.state != "skipped")).all()
    assert len(numbers) == len(set(numbers))


def test_a_household_behind_a_number_that_received_it_has_it_unless_the_number_is_somebodys_who_takes_for_others(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(families.session, clock.now(), must_arrive=3, condition=None)
    families.household_with_phone("吴家", phone(3))
    families.household_with_phone("郑家", phone(4))
    families.household_with_phone("冯家", phone(4))
    families.session.execute(update(Contact).where(Contact.address_index == families.keyring.index(phone(4), "phone"))
                             .values(shared=True))
    families.session.commit()
    number = sent(both_databases, channels, clock)
    settle(both_databases, number, clock.now(), "delivered", Delivery.state == "accepted")
    look(both_databases)
    assert visited(both_databases, number) == {"周家", "冯家"}


def test_who_wants_none_of_it_is_neither_written_to_nor_visited(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    refuse(families.session, families.keyring.index(phone(3), "phone"), "sms", "", "test", clock.now())
    refuse(families.session, families.keyring.index(phone(1), "phone"), "sms", "", "test", clock.now())
    families.session.commit()
    number = sent(both_databases, channels, clock)
    look(both_databases)
    assert "陈家" not in visited(both_databases, number)
    assert told(both_databases, number)["王家"] == [("wechat", "accepted", "")]
    assert "王家" in visited(both_databases, number)


def test_who_moved_away_is_not_visited(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    families.session.execute(update(Household).where(Household.reference == "周家").values(left_at=clock.now()))
    families.session.execute(update(Resident).where(Resident.household_id.in_(
        select(Household.id).where(Household.reference == "陈家"))).values(standing="moved"))
    families.session.commit()
    look(both_databases)
    assert visited(both_databases, number) == set()


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_a_dispatch_that_is_held_or_stopped_looks_for_nobody(
        both_databases: Database, families: County, channels: Channels, clock: SetClock, state: str) -> None:
    number = sent(both_databases, channels, clock)
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state=state))
    look(both_databases)
    assert len(told(both_databases, number)["王家"]) == 1
    assert visited(both_databases, number) == set()


def test_after_the_deadline_or_a_withdrawal_nobody_is_looked_for(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    publish(families.session, clock.now())
    families.session.commit()
    number = sent(both_databases, channels, clock)
    lifecycle.withdraw(families.session, REFERENCE, offices.EDITOR, clock.now(), reason="文件已废止")
    families.session.commit()
    look(both_databases)
    assert visited(both_databases, number) == set()
    look(both_databases, DEADLINE + timedelta(days=1))
    with both_databases.reading() as session:
        assert dispatches.find(session, number).arrival_at is None


def test_two_processes_at_once_take_a_step_once(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    with ThreadPoolExecutor(2) as two:
        list(two.map(lambda _: arrival.look(both_databases, number, LOOK, SETTINGS), range(2)))
    assert sizes(both_databases, number) == ONE_STEP


def test_who_dies_between_two_groups_is_followed_by_the_next_look(
        both_databases: Database, families: County, channels: Channels, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    number = sent(both_databases, channels, clock)
    monkeypatch.setattr(arrival, "CHUNK", 1)
    monkeypatch.setattr(arrival, "MOST_CHUNKS", 2)
    look(both_databases)
    assert sum(len(rows) for rows in told(both_databases, number).values()) + len(visited(both_databases, number)) == 4 + 2
    look(both_databases, LOOK + timedelta(seconds=1))
    assert sizes(both_databases, number) == ONE_STEP
    assert visited(both_databases, number) == {"陈家", "周家"}


def test_where_each_resident_gets_one_each_is_looked_for(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    home = county.family("王家")
    for place, name in enumerate(("王父", "王子"), 1):
        member = county.member(home, name, head=place == 1)
        county.contact(member, f"o-{name}", "wechat")
        county.contact(member, phone(place))
    approve_notice(county.session, clock.now(), must_arrive=3, to="residents")
    county.session.commit()
    number = sent(both_databases, channels, clock)
    with both_databases.writing() as session:
        first = session.scalars(select(Delivery.id).order_by(Delivery.id)).first()
        session.execute(update(Delivery).where(Delivery.id == first).values(state="delivered"))
    look(both_databases)
    assert told(both_databases, number)["王家"] == [
        ("wechat", "delivered", ""), ("wechat", "accepted", ""), ("sms", "planned", "reminded")]


def test_a_notice_that_need_not_arrive_is_left_alone(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(families.session, clock.now())
    families.session.commit()
    number = sent(both_databases, channels, clock)
    look(both_databases)
    assert visited(both_databases, number) == set()
    assert len(told(both_databases, number)["王家"]) == 1
