"""A dispatch that waits for its hour: whom it reaches by then, what keeps it back, and what ends it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from channels.registry import Channels
from kernel.audit import AuditEntry
from kernel.clock import CHINA, SetClock
from kernel.database import Database
from notices import lifecycle
from profiles.models import Household, HouseholdCrop
from push import dispatches
from push.failures import Refused
from push.models import Batch, Delivery, Dispatch
from push.postings import Posting
from push.settings import PushSettings
from push.states import state_words
from push.sweep import due_batches, sweep
from push.visits import Visit
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, publish, rows

AT = datetime(2026, 11, 30, 9, tzinfo=CHINA)
ANY_HOUR = PushSettings(quiet_hours="")


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """王家 and 陈家 grow corn, and an approved notice is for those who do."""
    for number, name in enumerate(("王家", "陈家"), 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now())
    county.session.commit()
    return county


def schedule(database: Database, channels: Channels, clock: SetClock, at: datetime = AT, **more: Any) -> int:
    given: dict[str, Any] = {"reference": REFERENCE, "actor": SENDER, "settings": PushSettings(), **more}
    return dispatches.send(database, channels, now=clock.now(), at=at, **given).dispatch


def look(database: Database, clock: SetClock, at: datetime | None = None, settings: PushSettings | None = None) -> None:
    """What worker and clock do all the time, at a moment."""
    if at is not None:
        clock.set(at)
    sweep(database, clock.now(), settings or PushSettings())


def found(database: Database, number: int) -> Dispatch:
    with database.reading() as session:
        return dispatches.find(session, number)


def act(database: Database, number: int, clock: SetClock, does: Any) -> None:
    with database.writing() as session:
        does(session, number, SENDER, clock.now())


def batches(database: Database, number: int) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Batch.dispatch_id == number)) or 0


def test_a_schedule_set_a_week_ago_reaches_todays_people(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    assert set(rows(both_databases, number)) == {"王家", "陈家"}
    families.household_with_phone("李家", phone(3))
    families.session.execute(update(HouseholdCrop).where(HouseholdCrop.household_id.in_(
        select(Delivery.household_id).where(Delivery.address_index == families.keyring.index(phone(2), "phone")))).values(mu=1))
    families.session.commit()
    look(both_databases, clock, AT)
    assert rows(both_databases, number) == {"王家": ("planned", "", "sms"), "李家": ("planned", "", "sms")}
    assert found(both_databases, number).released_at == AT


def test_no_worker_can_take_it_before_its_hour_even_by_a_clock_that_runs_ahead(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    look(both_databases, clock, AT - timedelta(seconds=1))
    assert batches(both_databases, number) == 0
    assert due_batches(both_databases, AT + timedelta(days=1)) == []
    look(both_databases, clock, AT)
    assert len(due_batches(both_databases, AT)) == batches(both_databases, number) > 0


def test_a_clock_set_back_after_the_release_releases_nothing_twice(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    look(both_databases, clock, AT)
    before = batches(both_databases, number)
    for at in (AT - timedelta(days=1), AT, AT + timedelta(minutes=1)):
        look(both_databases, clock, at)
    assert batches(both_databases, number) == before
    assert len(rows(both_databases, number)) == 2


def test_many_batches_are_released_at_once_and_by_one_of_two_processes(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    small = PushSettings(batch_size=1)
    number = schedule(both_databases, channels, clock, settings=small)
    assert batches(both_databases, number) == 0
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: sweep(both_databases, AT, small), range(2)))
    assert batches(both_databases, number) == 2 * 2
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).where(Delivery.dispatch_id == number)) == 2
        assert session.scalar(select(func.count()).where(AuditEntry.act == "push.release")) == 1


def test_a_cancelled_schedule_sends_nothing_and_says_so(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    act(both_databases, number, clock, dispatches.stop)
    assert set(rows(both_databases, number).values()) == {("skipped", "cancelled", "sms")}
    stopped = found(both_databases, number)
    assert (stopped.is_cancelled, state_words(stopped.state, stopped.released_at)) == (True, "已取消")
    look(both_databases, clock, AT)
    assert batches(both_databases, number) == 0
    assert schedule(both_databases, channels, clock, at=AT + timedelta(hours=1)) != number


def test_what_is_stopped_in_mid_run_is_not_called_cancelled(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    look(both_databases, clock, AT)
    act(both_databases, number, clock, dispatches.stop)
    stopped = found(both_databases, number)
    assert state_words(stopped.state, stopped.released_at) == "已停止"


def test_a_notice_withdrawn_while_its_dispatch_waits_holds_it_with_the_reason(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    publish(families.session, clock.now())
    lifecycle.withdraw(families.session, REFERENCE, offices.EDITOR, clock.now(), reason="文件已废止")
    families.session.commit()
    look(both_databases, clock)
    held = found(both_databases, number)
    assert held.state == "paused"
    assert "已撤下（文件已废止）" in held.held_because
    with pytest.raises(Refused, match="请停止这次推送"):
        act(both_databases, number, clock, dispatches.resume)
    act(both_databases, number, clock, dispatches.stop)
    assert set(rows(both_databases, number).values()) == {("skipped", "cancelled", "sms")}


def test_a_notice_approved_in_new_words_holds_the_schedule_of_the_old_ones(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    approve_notice(families.session, clock.now(), short_text="玉米补贴延期，请到村委会登记")
    families.session.commit()
    look(both_databases, clock, AT)
    held = found(both_databases, number)
    assert (held.state, "换成了新的内容" in held.held_because) == ("paused", True)
    assert batches(both_databases, number) == 0


def test_a_published_notice_somebody_is_changing_is_not_released_until_that_is_settled(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    publish(families.session, clock.now())
    families.session.commit()
    number = schedule(both_databases, channels, clock)
    offices.save(families.session, clock.now(), short_text="玉米补贴延期，请到村委会登记")
    families.session.commit()
    look(both_databases, clock)
    assert found(both_databases, number).state == "planned"
    look(both_databases, clock, AT)
    held = found(both_databases, number)
    assert (held.state, "草稿" in held.held_because) == ("paused", True)


def test_a_notice_withdrawn_in_mid_run_stops_what_has_not_left(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    publish(families.session, clock.now())
    families.session.commit()
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(),
                             now=clock.now()).dispatch
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state="running"))
    lifecycle.withdraw(families.session, REFERENCE, offices.EDITOR, clock.now(), reason="写错了")
    families.session.commit()
    look(both_databases, clock)
    held = found(both_databases, number)
    assert (held.state, "写错了" in held.held_because, "更正" in held.held_because) == ("paused", True, True)
    assert due_batches(both_databases, clock.now()) == []


def test_a_draft_of_the_next_revision_does_not_stop_what_is_published_and_runs(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    publish(families.session, clock.now())
    families.session.commit()
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(),
                             now=clock.now()).dispatch
    offices.save(families.session, clock.now(), short_text="玉米补贴延期，请到村委会登记")
    families.session.commit()
    look(both_databases, clock)
    assert found(both_databases, number).state == "planned"


def test_an_outage_over_the_hour_holds_the_schedule_and_a_yes_draws_it_up_for_that_day(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    families.household_with_phone("李家", phone(3))
    families.session.commit()
    look(both_databases, clock, AT + timedelta(hours=25))
    held = found(both_databases, number)
    assert (held.state, "24 小时" in held.held_because) == ("paused", True)
    look(both_databases, clock)
    assert batches(both_databases, number) == 0
    act(both_databases, number, clock, dispatches.resume)
    assert batches(both_databases, number) == 0
    look(both_databases, clock)
    assert set(rows(both_databases, number)) == {"王家", "陈家", "李家"}
    assert len(due_batches(both_databases, clock.now())) == 2


def test_a_short_outage_releases_late_and_within_quiet_hours_only_in_the_morning(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock, at=AT.replace(hour=21, minute=59))
    look(both_databases, clock, AT.replace(hour=23))
    assert batches(both_databases, number) == 0
    families.household_with_phone("李家", phone(3))
    families.session.commit()
    look(both_databases, clock, AT.replace(day=1, month=12, hour=7))
    assert set(rows(both_databases, number)) == {"王家", "陈家", "李家"}


def test_a_release_set_for_the_quiet_hours_waits_for_their_very_end(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock, at=AT.replace(hour=22, minute=0))
    morning = AT.replace(day=1, month=12, hour=7)
    assert found(both_databases, number).release_at == morning
    look(both_databases, clock, morning - timedelta(seconds=1))
    assert batches(both_databases, number) == 0
    look(both_databases, clock, morning)
    assert batches(both_databases, number) > 0


def test_a_deadline_that_passed_while_it_waited_ends_it_unsent(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock, at=datetime(2026, 12, 31, 20, tzinfo=CHINA), settings=ANY_HOUR)
    look(both_databases, clock, datetime(2027, 1, 1, 6, tzinfo=CHINA), ANY_HOUR)
    ended = found(both_databases, number)
    assert (ended.state, ended.is_cancelled, "2026年12月31日" in ended.held_because) == ("stopped", True, True)
    assert set(rows(both_databases, number).values()) == {("skipped", "too_late", "sms")}


def test_a_dispatch_paused_over_its_deadline_cannot_be_taken_up_again(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(),
                             now=clock.now()).dispatch
    act(both_databases, number, clock, dispatches.pause)
    clock.set(datetime(2027, 1, 1, 9, tzinfo=CHINA))
    with pytest.raises(Refused, match="截止日期2026年12月31日已经过了"):
        act(both_databases, number, clock, dispatches.resume)


def test_what_has_not_left_by_the_deadline_is_written_down_as_too_late_and_the_dispatch_ends(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(batch_size=1),
                             now=clock.now()).dispatch
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state="running"))
    look(both_databases, clock, datetime(2027, 1, 1, 0, 0, 1, tzinfo=CHINA))
    assert set(rows(both_databases, number).values()) == {("skipped", "too_late", "sms")}
    assert found(both_databases, number).state == "finished"


def test_what_is_sent_on_purpose_after_a_deadline_goes_out(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    clock.set(datetime(2027, 1, 4, 10, tzinfo=CHINA))
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(),
                             now=clock.now()).dispatch
    look(both_databases, clock, clock.now() + timedelta(seconds=1))
    assert len(due_batches(both_databases, clock.now())) == 2
    assert set(rows(both_databases, number).values()) == {("planned", "", "sms")}


def test_a_schedule_that_was_paused_and_goes_on_keeps_its_hour(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = schedule(both_databases, channels, clock)
    act(both_databases, number, clock, dispatches.pause)
    look(both_databases, clock, AT - timedelta(days=1))
    act(both_databases, number, clock, dispatches.resume)
    waiting = found(both_databases, number)
    assert (waiting.state, waiting.release_at) == ("planned", AT)
    look(both_databases, clock)
    assert batches(both_databases, number) == 0


def test_a_schedule_that_would_reach_nobody_yet_is_not_over_before_its_hour(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    home = county.family("王家")
    head = county.member(home, "王家户主", head=True)
    approve_notice(county.session, clock.now())
    county.session.commit()
    number = schedule(both_databases, channels, clock)
    assert found(both_databases, number).state == "planned"
    county.contact(head, phone(1))
    county.session.commit()
    look(both_databases, clock, AT)
    assert rows(both_databases, number) == {"王家": ("planned", "", "sms")}


def test_a_schedule_that_grew_above_its_cost_ceiling_is_held_as_it_was(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    ceiling = PushSettings(cost_ceiling=0.2)
    number = schedule(both_databases, channels, clock, settings=ceiling)
    for one in range(3, 9):
        families.household_with_phone(f"李家{one}", phone(one))
    families.session.commit()
    look(both_databases, clock, AT, ceiling)
    held = found(both_databases, number)
    assert (held.state, "超过费用上限" in held.held_because, "放宽费用上限" in held.held_because) == ("paused", True, True)
    assert set(rows(both_databases, number)) == {"王家", "陈家"}


def test_a_correction_that_waits_reaches_whoever_turned_out_to_be_reached_by_then(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(),
                            now=clock.now()).dispatch
    with both_databases.writing() as session:
        session.execute(update(Delivery).values(state="failed"))
        session.execute(update(Delivery).where(Delivery.address_index == families.keyring.index(phone(1), "phone"))
                        .values(state="delivered"))
        session.execute(update(Dispatch).values(state="finished"))
    approve_notice(families.session, clock.now(), "PY-2026-002", title="更正：关于2026年玉米良种补贴申报的通知")
    families.session.commit()
    clock.set(clock.now().replace(hour=23))
    number = dispatches.correct(both_databases, channels, dispatch_id=first, reference="PY-2026-002", actor=SENDER,
                                now=clock.now(), settings=PushSettings()).dispatch
    assert set(rows(both_databases, number)) == {"王家"}
    with both_databases.writing() as session:
        session.execute(update(Delivery).where(Delivery.dispatch_id == first).values(state="delivered"))
    look(both_databases, clock, clock.now() + timedelta(hours=8))
    assert set(rows(both_databases, number)) == {"王家", "陈家"}


def hanging(database: Database) -> dict[str, tuple[str, str]]:
    with database.reading() as session:
        return {village: (str(state), str(why)) for village, state, why in session.execute(
            select(Posting.village, Posting.state, Posting.why))}


def test_a_neutral_sheet_is_asked_for_at_the_release_and_not_before(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    families.household_with_phone("马家", phone(9), corn=None)
    families.session.commit()
    schedule(both_databases, channels, clock, possibly="village")
    assert hanging(both_databases) == {}
    look(both_databases, clock, AT)
    assert hanging(both_databases) == {offices.VILLAGE: ("wanted", "village")}


def test_what_hangs_on_boards_is_asked_for_in_the_moment_its_messages_leave(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(families.session, clock.now(), "PY-9", channels=["sms", "board"])
    families.session.commit()
    number = schedule(both_databases, channels, clock, reference="PY-9")
    look(both_databases, clock, AT - timedelta(minutes=1))
    assert hanging(both_databases) == {}
    look(both_databases, clock, AT)
    assert set(hanging(both_databases).values()) == {("wanted", "channel")}
    assert found(both_databases, number).state == "planned"


def test_a_schedule_for_the_boards_alone_still_asks_for_the_visits_decided_on(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    families.household_with_phone("马家", phone(9), corn=None)
    approve_notice(families.session, clock.now(), "PY-9", channels=["board"])
    families.session.commit()
    number = schedule(both_databases, channels, clock, reference="PY-9", possibly="visit")
    look(both_databases, clock, AT)
    assert (found(both_databases, number).state, set(hanging(both_databases).values())) == ("finished", {("wanted", "channel")})
    with both_databases.reading() as session:
        assert session.scalars(select(Household.reference).join(Visit, Visit.household_id == Household.id)).all() == ["马家"]
