"""The ceiling of a dispatch's cost: nothing leaves above it without a person's word, and with it what was kept back goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from channels.registry import Channels
from kernel.audit import AuditEntry
from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Household
from push import allowing, ceiling, coverage, dispatches, explanations, figures
from push.allowing import Allowed
from push.ceiling import Spending
from push.failures import Refused
from push.fallback import fall_back
from push.models import Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.sweep import sweep
from push.visits import Visit, Why, ask_for
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, rows
from tests.push.running import house_around
from tests.push.test_arrival import LOOK, both, visited
from tests.push.test_fallback import at_once

# One text message is paid as two and costs 4.5 fen: two messages fit.
TWO = PushSettings(cost_ceiling=0.10, sms_price=2.25, quiet_hours="")
FAMILIES = ("王家", "李家", "陈家", "周家", "马家")


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """Five with WeChat and telephones; whoever has it not three days before the end is looked for."""
    for number, name in enumerate(FAMILIES, 1):
        both(county, name, number)
    approve_notice(county.session, clock.now(), must_arrive=3)
    county.session.commit()
    return county


def sent(database: Database, channels: Channels, clock: SetClock, settings: PushSettings = TWO) -> int:
    """Everything left over WeChat, and nothing of it was answered yet."""
    number = dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=settings).dispatch
    to_state(database, number, clock, "accepted", Delivery.state == "planned")
    return number


def to_state(database: Database, number: int, clock: SetClock, state: str, *which: Any) -> None:
    with database.writing() as session:
        session.execute(update(Delivery).where(Delivery.dispatch_id == number, *which).values(state=state, settled_at=clock.now()))
        session.execute(update(Batch).where(Batch.dispatch_id == number).values(state="done"))
        session.execute(update(Dispatch).where(Dispatch.id == number).values(state="finished", finished_at=clock.now()))


def cards(database: Database, number: int) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Delivery.id).where(Delivery.dispatch_id == number, Delivery.channel == "wechat")
                                    .order_by(Delivery.id)))


def fail(database: Database, number: int, clock: SetClock, these: list[int]) -> int:
    """WeChat says that these came to nothing."""
    with database.writing() as session:
        session.execute(update(Delivery).where(Delivery.id.in_(these), Delivery.state == "accepted")
                        .values(state="failed", reason="not_delivered", settled_at=clock.now()))
        return fall_back(session, number, these, clock.now())


def texts(database: Database, number: int) -> dict[str, int]:
    """How many text messages stand where."""
    with database.reading() as session:
        return {f"{state} {reason}".strip(): count for state, reason, count in session.execute(
            select(Delivery.state, Delivery.reason, func.count()).where(Delivery.dispatch_id == number, Delivery.channel == "sms")
            .group_by(Delivery.state, Delivery.reason))}


def found(database: Database, number: int) -> Dispatch:
    with database.reading() as session:
        return dispatches.find(session, number)


def allow(database: Database, number: int, clock: SetClock, yuan: float, reason: str = "分管领导同意", **more: Any) -> Allowed:
    given: dict[str, Any] = {"actor": SENDER, "settings": TWO, **more}
    return allowing.allow(database, number, yuan=yuan, reason=reason, now=clock.now(), **given)


def kept_back(database: Database, channels: Channels, clock: SetClock) -> int:
    """A push of which two text messages were planned and three kept back; the two went out."""
    number = sent(database, channels, clock)
    assert fail(database, number, clock, cards(database, number)) == 2
    to_state(database, number, clock, "delivered", Delivery.state == "planned")
    return number


def test_a_fallback_goes_no_further_than_the_ceiling_and_says_why(
        both_databases: Database, families: County, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    assert fail(both_databases, number, clock, cards(both_databases, number)) == 2
    assert texts(both_databases, number) == {"planned": 2, "skipped over_ceiling": 3}
    assert rows(both_databases, number)["陈家"] == ("skipped", "over_ceiling", "sms")
    assert fail(both_databases, number, clock, cards(both_databases, number)) == 0
    with both_databases.reading() as session:
        told = explanations.explain(session, keyring, number, "陈家", clock.now())
        assert "短信没有发：发了会超过这次的费用上限（0.1 元）；有推送权限的人放宽以后接着发" in told.words
        assert told.traced[-1].steps[-1].words == "超过费用上限，先没有发"
        assert figures.status(session, number, TWO).reasons_in_words["超过费用上限，先没有发"] == 3
        assert ceiling.spending(session, dispatches.find(session, number)) == Spending(0.10, 0.09, 0.23, 3)
        assert [(reason, count) for _, reason, count in coverage.missed_by_reason(session, dispatches.find(session, number))] == [
            ("over_ceiling", 3)]


def test_many_single_failures_come_to_the_ceiling_to_the_fen(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    for more in range(10, 18):
        both(families, f"户{more}", more)
    families.session.commit()
    number = sent(both_databases, channels, clock, PushSettings(cost_ceiling=0.5, sms_price=2.25))
    for one in cards(both_databases, number):
        fail(both_databases, number, clock, [one])
    assert texts(both_databases, number) == {"planned": 11, "skipped over_ceiling": 2}
    assert found(both_databases, number).cost == 50


def test_several_processes_at_once_do_not_plan_more_than_the_ceiling_together(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    at_once(*((lambda one=one: fail(both_databases, number, clock, [one])) for one in cards(both_databases, number)))  # type: ignore[misc]
    assert texts(both_databases, number) == {"planned": 2, "skipped over_ceiling": 3}


def test_with_a_persons_word_what_was_kept_back_goes_on_once(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = kept_back(both_databases, channels, clock)
    clock.advance(timedelta(hours=1))
    assert allow(both_databases, number, clock, 0.15) == Allowed(number, 0.15, 1, 2)
    assert texts(both_databases, number) == {"delivered": 2, "planned": 1, "skipped over_ceiling": 2}
    assert allow(both_databases, number, clock, 1) == Allowed(number, 1.0, 2, 0)
    assert texts(both_databases, number) == {"delivered": 2, "planned": 3}
    assert fail(both_databases, number, clock, cards(both_databases, number)) == 0
    dispatch = found(both_databases, number)
    assert (dispatch.state, dispatch.cost, dispatch.cost_ceiling, dispatch.ceiling_reason) == ("running", 22, 100, "分管领导同意")
    with both_databases.reading() as session:
        batched = session.scalar(select(func.sum(Batch.size)).where(Batch.dispatch_id == number, Batch.state == "due", Batch.channel == "sms"))
        told = [one.details for one in session.scalars(select(AuditEntry).where(AuditEntry.act == "push.allow").order_by(AuditEntry.id))]
    assert batched is not None
    assert [(one["before"], one["ceiling"], one["reason"], one["planned"], one["kept_back"]) for one in told] == [
        (0.1, 0.15, "分管领导同意", 1, 2), (0.15, 1.0, "分管领导同意", 2, 0)]


def test_who_heard_of_it_meanwhile_gets_nothing_more(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = kept_back(both_databases, channels, clock)
    of = {name: select(Household.id).where(Household.reference == name) for name in FAMILIES}
    with both_databases.writing() as session:
        ask_for(session, number, of["陈家"], Why.NOT_REACHED, clock.now())
        session.execute(update(Visit).values(state="done"))
        session.execute(update(Delivery).where(Delivery.household_id.in_(of["周家"]), Delivery.channel == "wechat").values(state="delivered"))
    assert allow(both_databases, number, clock, 1) == Allowed(number, 1.0, 1, 0)
    assert texts(both_databases, number) == {"delivered": 2, "planned": 1, "skipped already_sent": 2}


def test_it_is_allowed_by_a_sender_with_a_reason_and_more_than_before(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = kept_back(both_databases, channels, clock)
    for given, words in (({"yuan": 0.1}, "更大的元数"), ({"yuan": 1, "reason": " "}, "写明原因"), ({"yuan": 1, "reason": "因" * 201}, "最多 200 字"),
                         ({"yuan": 1, "actor": offices.EDITOR}, "没有推送的权限")):
        with pytest.raises(Refused, match=words):
            allow(both_databases, number, clock, **given)  # type: ignore[arg-type]
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state="stopped"))
    with pytest.raises(Refused, match="已经停止"):
        allow(both_databases, number, clock, 1)
    assert texts(both_databases, number)["skipped over_ceiling"] == 3


def test_what_is_kept_back_is_not_sent_past_its_deadline(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = kept_back(both_databases, channels, clock)
    clock.set(datetime(2027, 1, 5, 9, tzinfo=CHINA))
    with pytest.raises(Refused, match="截止日期"):
        allow(both_databases, number, clock, 1)


def test_neither_an_emergency_nor_a_correction_is_kept_back() -> None:
    content = {"sms": {"price": 4.5}, "wechat": {"price": 0}}
    plain = Dispatch(purpose="notice", content=content, cost=9, cost_ceiling=10)
    urgent = Dispatch(purpose="emergency", content=content, cost=9, cost_ceiling=10)
    correction = Dispatch(purpose="correction", content=content, cost=9, cost_ceiling=10, corrects=1)
    free = Dispatch(purpose="notice", content=content, cost=9, cost_ceiling=0)
    assert [ceiling.take(one, "sms", 3) for one in (plain, urgent, correction, free)] == [0, 3, 3, 3]
    assert [one.cost for one in (plain, urgent, correction, free)] == [9, 22, 22, 22]
    assert ceiling.take(plain, "wechat", 3) == 3


def test_a_reminder_over_the_ceiling_becomes_a_visit(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = sent(both_databases, channels, clock)
    assert fail(both_databases, number, clock, cards(both_databases, number)[:1]) == 1
    to_state(both_databases, number, clock, "delivered", Delivery.channel == "sms")
    sweep(both_databases, LOOK, TWO)
    sweep(both_databases, LOOK + timedelta(hours=1), TWO)
    assert texts(both_databases, number) == {"delivered": 1, "planned": 1, "skipped over_ceiling": 3}
    assert visited(both_databases, number) == {"陈家", "周家", "马家"}


def test_who_was_kept_back_before_is_visited_and_not_written_down_twice(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = kept_back(both_databases, channels, clock)
    sweep(both_databases, LOOK, TWO)
    assert texts(both_databases, number) == {"delivered": 2, "skipped over_ceiling": 3}
    assert visited(both_databases, number) == {"陈家", "周家", "马家"}


def test_a_schedule_held_at_its_hour_goes_on_when_more_is_allowed(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now())
    county.session.commit()
    at = clock.now() + timedelta(hours=2)
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=TWO, at=at).dispatch
    for one in (2, 3):
        county.household_with_phone(f"李家{one}", phone(one))
    county.session.commit()
    clock.set(at)
    sweep(both_databases, clock.now(), TWO)
    held = found(both_databases, number)
    assert (held.state, "约 0.14 元，超过费用上限 0.1 元" in held.held_because, "放宽费用上限" in held.held_because) == ("paused", True, True)
    assert allow(both_databases, number, clock, 0.2) == Allowed(number, 0.2, 0, 0)
    sweep(both_databases, clock.now(), TWO)
    assert set(rows(both_databases, number).values()) == {("planned", "", "sms")}
    gone = found(both_databases, number)
    assert (gone.released_at, gone.held_because, gone.cost) == (clock.now(), "", 14)


def test_one_that_a_person_paused_stays_so_when_more_is_allowed(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = kept_back(both_databases, channels, clock)
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state="paused", finished_at=None))
    assert allow(both_databases, number, clock, 1).planned == 3
    assert found(both_databases, number).state == "paused"


def test_what_the_vendor_was_given_never_costs_more_than_was_allowed_and_each_number_gets_it_once(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    """WeChat refuses everybody; two workers, and every receipt twice."""
    settings = PushSettings(cost_ceiling=0.25, sms_price=2.25, quiet_hours="", batch_size=4, lease=60, unknown_horizon=5)
    with house_around(both_databases, keyring, clock.now(), settings) as house:
        house.vendors.faults.add("errcode", 43004, vendor="wechat")
        house.vendors.faults.receipts.duplicate = 1.0
        for number in range(1, 21):
            both(county, f"户{number}", number)
        approve_notice(county.session, clock.now())
        county.session.commit()
        number = dispatches.send(both_databases, house.channels, reference=REFERENCE, actor=SENDER, now=house.clock.now(),
                                 settings=settings).dispatch
        with house.worker(), house.worker():
            house.until_states(number, failed=20, delivered=5, skipped=15)
            assert house.vendors.ledger.addresses("aliyun").total() == 5
            assert allowing.allow(both_databases, number, yuan=0.45, reason="同意", actor=SENDER, now=house.clock.now(),
                                  settings=settings) == Allowed(number, 0.45, 5, 10)
            house.until_states(number, failed=20, delivered=10, skipped=10)
            allowing.allow(both_databases, number, yuan=9, reason="同意", actor=SENDER, now=house.clock.now(), settings=settings)
            house.until_states(number, failed=20, delivered=20)
            assert house.vendors.wait_for_receipts()
        assert house.vendors.ledger.addresses("aliyun") == {phone(one): 1 for one in range(1, 21)}
