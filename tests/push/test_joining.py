"""补发: who joins an open notice late gets it, once, and nobody who was told before is told again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.registry import Channels
from kernel.audit import AuditEntry
from kernel.clock import CHINA, SetClock
from kernel.database import Database
from notices import lifecycle
from profiles.consent import PERSON, refuse, withdraw_refusal
from profiles.models import Contact, Household, HouseholdCrop, ImportRun, Resident
from push import dispatches, joining
from push.failures import Refused
from push.joining import Joined
from push.models import Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.sweep import due_batches, sweep
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, publish, rows

LATER = timedelta(days=3)


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """王家 grows corn; 李家 grows too little of it; 陈家 has no telephone."""
    county.household_with_phone("王家", phone(1))
    county.household_with_phone("李家", phone(2), corn=1)
    county.member(county.family("陈家"), "陈家户主", head=True)
    approve_notice(county.session, clock.now())
    county.session.commit()
    return county


def sent(database: Database, channels: Channels, clock: SetClock, settings: PushSettings | None = None) -> int:
    """A dispatch that is over: 王家 got it."""
    number = dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(),
                             settings=settings or PushSettings()).dispatch
    finish(database, number)
    return number


def finish(database: Database, number: int) -> None:
    """As if all that was planned had gone out."""
    with database.writing() as session:
        session.execute(update(Delivery).where(Delivery.dispatch_id == number, Delivery.state == "planned").values(state="delivered"))
        session.execute(update(Batch).where(Batch.dispatch_id == number).values(state="done"))
        session.execute(update(Dispatch).where(Dispatch.id == number).values(state="finished"))


def join(database: Database, number: int, clock: SetClock, settings: PushSettings | None = None) -> Joined:
    return joining.join(database, number, SENDER, clock.now(), settings or PushSettings())


def give_corn(county: County, name: str) -> None:
    county.session.execute(update(HouseholdCrop).where(HouseholdCrop.household_id.in_(
        select(Household.id).where(Household.reference == name))).values(mu=5))
    county.session.commit()


def give_phone(county: County, name: str, number: int, **more: Any) -> None:
    head = county.session.scalars(select(Resident).join(Household, Household.id == Resident.household_id)
                                  .where(Household.reference == name)).first()
    assert head is not None
    county.contact(head, phone(number), **more)
    county.session.commit()


def found(database: Database, number: int) -> Dispatch:
    with database.reading() as session:
        return dispatches.find(session, number)


def test_who_newly_qualifies_moves_in_or_gets_a_telephone_gets_it_marked_as_joined(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    assert rows(both_databases, number) == {"王家": ("delivered", "", "sms"), "陈家": ("skipped", "no_contact", "")}
    clock.set(clock.now() + LATER)
    give_corn(families, "李家")
    give_phone(families, "陈家", 3)
    families.household_with_phone("周家", phone(4))
    families.session.commit()
    assert join(both_databases, number, clock) == Joined(number, 3, {})
    assert rows(both_databases, number) == {
        "王家": ("delivered", "", "sms"), "李家": ("planned", "", "sms"), "陈家": ("planned", "", "sms"),
        "周家": ("planned", "", "sms")}
    with both_databases.reading() as session:
        marked = session.scalars(select(Delivery.added_at).where(Delivery.origin == "joined")).all()
    assert marked == [clock.now()] * 3
    assert (found(both_databases, number).state, found(both_databases, number).resumed_at) == ("running", clock.now())
    assert len(due_batches(both_databases, clock.now())) == 2


def test_looking_again_sends_nobody_a_second_one(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    give_corn(families, "李家")
    assert join(both_databases, number, clock).joined == 1
    assert join(both_databases, number, clock).joined == 0
    finish(both_databases, number)
    assert join(both_databases, number, clock) == Joined(number, 0, {})
    with both_databases.reading() as session:
        assert len(session.scalars(select(Delivery.id).where(Delivery.dispatch_id == number)).all()) == 3


def test_a_newcomer_behind_a_number_that_has_it_is_named_and_not_sent_to(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    families.household_with_phone("周家", phone(1))
    families.household_with_phone("吴家", phone(5))
    families.household_with_phone("郑家", phone(5))
    families.session.commit()
    assert join(both_databases, number, clock) == Joined(number, 1, {"shared": 2})
    assert rows(both_databases, number)["周家"] == ("skipped", "shared", "sms")


def test_a_newcomer_without_a_telephone_is_on_record_and_comes_later(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    families.member(families.family("周家"), "周家户主", head=True)
    families.session.commit()
    assert join(both_databases, number, clock) == Joined(number, 0, {"no_contact": 1})
    assert found(both_databases, number).state == "finished"
    give_phone(families, "周家", 6)
    assert join(both_databases, number, clock) == Joined(number, 1, {})


def test_a_refusal_taken_back_and_a_dead_number_replaced_are_caught_up_with(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    families.household_with_phone("周家", phone(7))
    families.household_with_phone("吴家", phone(8))
    index = families.keyring.index(phone(7), "phone")
    refuse(families.session, index, "sms", "", "test", clock.now())
    families.session.commit()
    number = sent(both_databases, channels, clock)
    assert rows(both_databases, number)["周家"] == ("skipped", "refused", "")
    dead = Delivery.address_index == families.keyring.index(phone(8), "phone")
    with both_databases.writing() as session:
        session.execute(update(Delivery).where(dead).values(state="failed", reason="recipient_gone"))
        session.execute(update(Contact).where(Contact.address_index == families.keyring.index(phone(8), "phone"))
                        .values(retired_at=clock.now()))
    assert join(both_databases, number, clock).joined == 0
    withdraw_refusal(families.session, index, clock.now(), "sms")
    give_phone(families, "吴家", 9)
    assert join(both_databases, number, clock).joined == 2
    with both_databases.reading() as session:
        replaced = session.scalars(select(Delivery.replaces).where(Delivery.origin == "joined").order_by(Delivery.id)).all()
    assert sum(one is not None for one in replaced) == 1


def test_whoever_was_stopped_or_told_by_an_earlier_one_is_left_as_is(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    with both_databases.writing() as session:
        session.execute(update(Delivery).values(state="skipped", reason="already_sent"))
    assert join(both_databases, number, clock) == Joined(number, 0, {})


def test_each_resident_joins_alone_where_each_gets_one(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    home = county.family("王家")
    county.contact(county.member(home, "王父", head=True), phone(1))
    approve_notice(county.session, clock.now(), to="residents")
    county.session.commit()
    number = sent(both_databases, channels, clock)
    county.contact(county.member(home, "王子"), phone(2))
    county.session.commit()
    assert join(both_databases, number, clock) == Joined(number, 1, {})
    with both_databases.reading() as session:
        assert sorted(session.scalars(select(Delivery.state)).all()) == ["delivered", "planned"]


@pytest.mark.parametrize("state", ["paused", "stopped", "planned"])
def test_what_is_paused_stopped_or_waits_takes_nobody_in(
        both_databases: Database, families: County, channels: Channels, clock: SetClock, state: str) -> None:
    number = sent(both_databases, channels, clock)
    give_corn(families, "李家")
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state=state))
    with pytest.raises(Refused, match="不能补发"):
        join(both_databases, number, clock)
    clock.set(clock.now() + timedelta(hours=2))
    sweep(both_databases, clock.now(), PushSettings())
    assert "李家" not in rows(both_databases, number)


def test_a_notice_whose_deadline_is_past_or_that_was_withdrawn_takes_nobody_in(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    publish(families.session, clock.now())
    families.session.commit()
    number = sent(both_databases, channels, clock)
    give_corn(families, "李家")
    clock.set(datetime(2027, 1, 1, 9, tzinfo=CHINA))
    with pytest.raises(Refused, match="办理期"):
        join(both_databases, number, clock)
    lifecycle.withdraw(families.session, REFERENCE, offices.EDITOR, clock.now(), reason="文件已废止")
    families.session.commit()
    with pytest.raises(Refused, match="已撤下"):
        join(both_databases, number, clock)


def test_a_notice_without_any_date_is_open_for_a_month(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), deadline=None, valid_until=None)
    county.session.commit()
    number = sent(both_databases, channels, clock)
    county.household_with_phone("李家", phone(2))
    county.session.commit()
    clock.set(clock.now() + timedelta(days=29))
    assert join(both_databases, number, clock).joined == 1
    clock.set(clock.now() + timedelta(days=2))
    with pytest.raises(Refused, match="办理期"):
        join(both_databases, number, clock)


def test_a_correction_takes_nobody_in(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    approve_notice(families.session, clock.now(), "PY-2026-002", title="更正：关于2026年玉米良种补贴申报的通知")
    families.session.commit()
    correction = dispatches.correct(both_databases, channels, dispatch_id=number, reference="PY-2026-002", actor=SENDER,
                                    now=clock.now(), settings=PushSettings()).dispatch
    finish(both_databases, correction)
    give_corn(families, "李家")
    with pytest.raises(Refused, match="是更正"):
        join(both_databases, correction, clock)
    sweep(both_databases, clock.now() + timedelta(hours=2), PushSettings())
    assert set(rows(both_databases, correction)) == {"王家"}


def test_the_clock_looks_every_hour_and_not_more_often(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    give_corn(families, "李家")
    sweep(both_databases, clock.now() + timedelta(minutes=59), PushSettings())
    assert "李家" not in rows(both_databases, number)
    sweep(both_databases, clock.now() + timedelta(minutes=60), PushSettings())
    assert rows(both_databases, number)["李家"] == ("planned", "", "sms")
    assert found(both_databases, number).join_at == clock.now() + timedelta(minutes=120)
    give_phone(families, "陈家", 3)
    sweep(both_databases, clock.now() + timedelta(minutes=61), PushSettings())
    assert rows(both_databases, number)["陈家"][0] == "skipped"


def test_an_import_is_followed_by_a_look_at_once_and_by_one_alone(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    give_corn(families, "李家")
    families.session.add(ImportRun(at=clock.now() + timedelta(minutes=5), actor="马编辑", kind="households", file_name="表.csv",
                                   digest="0" * 64, counts={}, warnings=[]))
    families.session.commit()
    sweep(both_databases, clock.now() + timedelta(minutes=6), PushSettings())
    assert rows(both_databases, number)["李家"] == ("planned", "", "sms")
    assert found(both_databases, number).join_at == clock.now() + timedelta(minutes=66)
    sweep(both_databases, clock.now() + timedelta(minutes=7), PushSettings())
    assert found(both_databases, number).join_at == clock.now() + timedelta(minutes=66)


def test_with_the_setting_at_nought_nobody_is_looked_for_but_by_hand(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    off = PushSettings(join_every=0)
    number = sent(both_databases, channels, clock, off)
    give_corn(families, "李家")
    sweep(both_databases, clock.now() + timedelta(days=2), off)
    assert "李家" not in rows(both_databases, number)
    assert join(both_databases, number, clock, off).joined == 1


def test_when_the_notice_is_over_the_clock_stops_looking(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    sweep(both_databases, datetime(2027, 1, 1, 9, tzinfo=CHINA), PushSettings())
    assert found(both_databases, number).join_at is None


def test_who_joins_late_keeps_to_the_cap_of_the_day(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    one_a_day = PushSettings(daily_cap=1)
    number = sent(both_databases, channels, clock, one_a_day)
    approve_notice(families.session, clock.now(), "PY-2026-009", title="另一件事", condition=None, topic="种植")
    families.session.commit()
    dispatches.send(both_databases, channels, reference="PY-2026-009", actor=SENDER, now=clock.now(), settings=one_a_day)
    give_corn(families, "李家")
    assert join(both_databases, number, clock, one_a_day).joined == 1
    with both_databases.reading() as session:
        due_at = session.scalar(select(Delivery.due_at).where(Delivery.origin == "joined"))
    assert due_at is not None
    assert due_at > clock.now() + timedelta(hours=12)


def test_what_would_cost_more_than_the_ceiling_is_kept_back_once_and_on_record(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    ceiling = PushSettings(cost_ceiling=0.3)
    number = sent(both_databases, channels, clock, ceiling)
    for one in range(10, 14):
        families.household_with_phone(f"周家{one}", phone(one))
    families.session.commit()
    assert join(both_databases, number, clock, ceiling) == Joined(number, 2, {"over_ceiling": 2})
    sweep(both_databases, clock.now() + timedelta(hours=1), ceiling)
    told = rows(both_databases, number)
    assert [told[f"周家{one}"][:2] for one in range(10, 14)] == [("planned", ""), ("planned", ""), *[("skipped", "over_ceiling")] * 2]
    with both_databases.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.act == "push.join")).one().details["skipped"] == {"over_ceiling": 2}


def test_many_join_in_groups_and_the_figures_grow_with_them(
        both_databases: Database, families: County, channels: Channels, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    number = sent(both_databases, channels, clock)
    before = found(both_databases, number).surely_households
    monkeypatch.setattr(joining, "CHUNK", 3)
    monkeypatch.setattr(joining, "CHUNK_OF_A_SERVER", 4)
    for one in range(20, 28):
        families.household_with_phone(f"周家{one}", phone(one))
    give_phone(families, "陈家", 3)
    assert join(both_databases, number, clock) == Joined(number, 9, {})
    assert found(both_databases, number).surely_households == before + 8
    with both_databases.reading() as session:
        assert dispatches.status(session, number, PushSettings()).as_json()["joined"] == 9


def test_a_person_who_refused_everything_is_not_taken_in(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    home = families.family("周家")
    head = families.member(home, "周家户主", head=True)
    families.contact(head, phone(7))
    refuse(families.session, PERSON, "", "", "test", clock.now(), head.id)
    families.session.commit()
    assert join(both_databases, number, clock) == Joined(number, 0, {"refused": 1})


def test_who_moves_into_an_emergency_is_told_over_every_channel_at_once(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(families.session, clock.now(), "PY-急", kind="emergency", channels=["wechat", "sms"], condition=None)
    families.session.commit()
    number = dispatches.send(both_databases, channels, reference="PY-急", actor=SENDER, now=clock.now(),
                             settings=PushSettings()).dispatch
    finish(both_databases, number)
    before = found(both_databases, number).surely_households
    newcomers = families.member(families.family("周家"), "周家户主", head=True)
    families.contact(newcomers, phone(5))
    families.contact(newcomers, "openid-5", "wechat")
    families.member(families.family("郑家"), "郑家户主", head=True)
    give_phone(families, "陈家", 3)
    clock.advance(timedelta(hours=1))
    assert join(both_databases, number, clock) == Joined(number, 3, {"no_contact": 1})
    with both_databases.reading() as session:
        joined = session.execute(select(Household.reference, Delivery.channel, Delivery.state).join(
            Household, Household.id == Delivery.household_id).where(Delivery.origin == "joined")).all()
    assert sorted(map(tuple, joined)) == [("周家", "sms", "planned"), ("周家", "wechat", "planned"),
                                          ("郑家", "", "skipped"), ("陈家", "sms", "planned")]
    assert found(both_databases, number).surely_households == before + 2
    assert join(both_databases, number, clock) == Joined(number, 0, {})
