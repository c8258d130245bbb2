"""Releasing, refusing, scheduling, pausing, stopping and correcting a dispatch."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.registry import Channels
from kernel.audit import AuditEntry
from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices import lifecycle
from profiles.consent import refuse
from push import dispatches
from push.dispatches import Planned
from push.failures import Refused
from push.models import Batch, Delivery, Dispatch
from push.settings import PushSettings
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, rows


@pytest.fixture
def both_databases(database: Database) -> Database:
    """What is decided here is decided in Python: SQLite is enough."""
    return database


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """Three families with a telephone each, and an approved notice for them."""
    for number, name in enumerate(("王家", "李家", "陈家"), 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now())
    county.session.commit()
    return county


def send(database: Database, channels: Channels, clock: SetClock, **more: Any) -> Planned:
    given: dict[str, Any] = {"reference": REFERENCE, "actor": SENDER, "settings": PushSettings(), **more}
    return dispatches.send(database, channels, now=clock.now(), **given)


def stop(database: Database, number: int, clock: SetClock) -> None:
    with database.writing() as session:
        dispatches.stop(session, number, SENDER, clock.now())


def test_sending_twice_is_refused_with_the_earlier_dispatch_named(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = send(database, channels, clock)
    with pytest.raises(Refused, match=f"推送任务 {first.dispatch}") as refusal:
        send(database, channels, clock)
    assert refusal.value.earlier == first.dispatch


def test_a_changed_and_newly_approved_text_may_be_sent(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = send(database, channels, clock)
    approve_notice(families.session, clock.now(), short_text="玉米补贴延期，请到村委会登记")
    families.session.commit()
    assert send(database, channels, clock).dispatch != first.dispatch


def test_an_unapproved_notice_is_refused(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    offices.save(county.session, clock.now())
    county.session.commit()
    with pytest.raises(Refused, match="草稿"):
        send(database, channels, clock)
    with pytest.raises(Refused, match="没有编号"):
        send(database, channels, clock, reference="PY-0")


def test_a_notice_changed_after_its_approval_is_refused(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    from notices.models import Revision

    for revision in families.session.scalars(select(Revision)):
        surfaces = dict(revision.surfaces)
        surfaces["sms"] = {**surfaces["sms"], "content": {**surfaces["sms"]["content"], "text": "改过的话"}}
        revision.surfaces = surfaces
    families.session.commit()
    with pytest.raises(Refused, match="重新送审"):
        send(database, channels, clock)


def test_a_withdrawn_notice_is_refused(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    lifecycle.publish(families.session, REFERENCE, offices.EDITOR, clock.now())
    lifecycle.withdraw(families.session, REFERENCE, offices.EDITOR, clock.now(), reason="文件已废止")
    families.session.commit()
    with pytest.raises(Refused, match="撤下"):
        send(database, channels, clock)


def test_an_expired_notice_is_refused(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    clock.set(datetime(2027, 5, 1, 10, tzinfo=CHINA))
    with pytest.raises(Refused, match="2027年4月30日"):
        send(database, channels, clock)


def test_only_a_sender_of_the_area_may_send(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    with pytest.raises(Refused, match="没有推送的权限"):
        send(database, channels, clock, actor=offices.EDITOR)
    with pytest.raises(Refused, match="管理范围"):
        send(database, channels, clock, actor=offices.person("乡里的人", "sender", area=offices.TOWNSHIP))


def test_a_condition_that_reaches_nobody_is_refused_with_the_cure(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1), corn=None)
    approve_notice(county.session, clock.now())
    approve_notice(county.session, clock.now(), "PY-2", divisions=["640425101"], condition=None)
    county.session.commit()
    with pytest.raises(Refused, match="有 1 户资料不全"):
        send(database, channels, clock)
    with pytest.raises(Refused, match="没有农户"):
        send(database, channels, clock, reference="PY-2")
    with database.reading() as session:
        assert session.scalars(select(Dispatch.id)).all() == []


def test_a_channel_that_is_not_open_is_left_out_and_none_at_all_is_refused(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    only_wechat = replace(channels, senders={"wechat": channels.senders["wechat"]})
    none = replace(channels, senders={}, closed={"sms": "没有短信通道。"})
    with pytest.raises(Refused, match="没有短信通道"):
        send(database, none, clock)
    assert send(database, only_wechat, clock).skipped == {"no_contact": 3}


def test_the_decision_on_incomplete_households_is_recorded_with_its_reason(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    planned = send(database, channels, clock, possibly="visit", reason="本周村干部入户")
    with database.reading() as session:
        dispatch = dispatches.find(session, planned.dispatch)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "push.send")).one()
    assert (dispatch.possibly, dispatch.possibly_reason) == ("visit", "本周村干部入户")
    assert (entry.actor, entry.subject, entry.details["planned"]) == (SENDER.name, f"dispatch:{planned.dispatch}", 3)
    with pytest.raises(Refused, match="leave"):
        send(database, channels, clock, possibly="maybe")


def test_the_approved_text_is_kept_byte_for_byte_with_its_paid_parts(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    from notices import reading

    planned = send(database, channels, clock)
    with database.reading() as session:
        dispatch, view = dispatches.find(session, planned.dispatch), reading.current(session, REFERENCE)
    assert view is not None
    content = view.content_for("sms")
    assert content is not None
    assert dispatch.content["sms"]["text"] == content.text
    assert dispatch.content["sms"]["variables"] == dict(content.variables)
    assert dispatch.content["sms"]["parts"] in (1, 2)


def due(database: Database, number: int) -> datetime:
    with database.reading() as session:
        return session.scalars(select(Dispatch.release_at).where(Dispatch.id == number)).first()  # type: ignore[return-value]


def test_what_is_sent_at_night_leaves_in_the_morning(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    clock.set(datetime(2026, 11, 23, 22, 30, tzinfo=CHINA))
    assert due(database, send(database, channels, clock).dispatch) == datetime(2026, 11, 24, 7, 0, tzinfo=CHINA)


def test_without_quiet_hours_it_leaves_at_once(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    clock.set(datetime(2026, 11, 23, 22, 30, tzinfo=CHINA))
    planned = send(database, channels, clock, settings=PushSettings(quiet_hours=""))
    assert due(database, planned.dispatch) == clock.now()


def test_a_schedule_is_kept_and_one_in_the_past_or_after_the_deadline_refused(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    with pytest.raises(Refused, match="已经过去"):
        send(database, channels, clock, at=clock.now() - timedelta(hours=1))
    with pytest.raises(Refused, match="晚于信息的截止日期"):
        send(database, channels, clock, at=datetime(2027, 1, 1, tzinfo=CHINA))
    at = datetime(2026, 12, 1, 9, 0, tzinfo=CHINA)
    assert due(database, send(database, channels, clock, at=at).dispatch) == at


def test_batches_cover_all_deliveries_in_slices(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    planned = send(database, channels, clock, settings=PushSettings(batch_size=2))
    with database.reading() as session:
        batches = session.scalars(select(Batch).where(Batch.dispatch_id == planned.dispatch, Batch.channel == "sms")).all()
        ids = session.scalars(select(Delivery.id).where(Delivery.dispatch_id == planned.dispatch)).all()
    assert [batch.size for batch in batches] == [2, 1]
    assert {i for batch in batches for i in range(batch.first_id, batch.last_id + 1)} == set(ids)


def test_pausing_resuming_and_stopping_move_the_state_and_are_recorded(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = send(database, channels, clock).dispatch
    with database.writing() as session:
        dispatches.pause(session, number, SENDER, clock.now())
    with database.writing() as session, pytest.raises(Refused, match="不能暂停"):
        dispatches.pause(session, number, SENDER, clock.now())
    with database.writing() as session:
        dispatches.resume(session, number, SENDER, clock.now())
    stop(database, number, clock)
    with database.writing() as session, pytest.raises(Refused, match="不能再停止"):
        dispatches.stop(session, number, SENDER, clock.now())
    with database.writing() as session, pytest.raises(Refused, match="没有推送的权限"):
        dispatches.resume(session, number, offices.EDITOR, clock.now())
    with database.reading() as session:
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject == f"dispatch:{number}")
                               .order_by(AuditEntry.id)).all()
    assert acts == ["push.send", "push.pause", "push.resume", "push.stop"]


def mark(database: Database, number: int, states: list[str]) -> None:
    with database.writing() as session:
        ids = session.scalars(select(Delivery.id).where(Delivery.dispatch_id == number).order_by(Delivery.id)).all()
        for one, state in zip(ids, states, strict=True):
            session.execute(update(Delivery).where(Delivery.id == one).values(state=state))


@pytest.mark.parametrize("state", ["delivered", "accepted", "unknown", "sending"])
def test_a_correction_goes_to_those_reached_and_to_nobody_else(
        database: Database, families: County, channels: Channels, clock: SetClock, keyring: Keyring, state: str) -> None:
    first = send(database, channels, clock).dispatch
    refuse(families.session, keyring.index(phone(1), "phone"), "", "", "sms", clock.now())
    approve_notice(families.session, clock.now(), "PY-2", short_text="玉米补贴登记地点改为镇政府")
    families.session.commit()
    mark(database, first, [state, "failed", "planned"])
    with pytest.raises(Refused, match="请先停止"):
        correct(database, channels, clock, first)
    stop(database, first, clock)
    planned = correct(database, channels, clock, first)
    assert rows(database, planned.dispatch) == {"王家": ("planned", "", "sms")}
    with database.reading() as session:
        dispatch = dispatches.find(session, planned.dispatch)
    assert (dispatch.corrects, dispatch.purpose) == (first, "correction")
    with pytest.raises(Refused, match="已经发过"):
        correct(database, channels, clock, first)


def test_a_dispatch_that_reached_nobody_needs_no_correction(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = send(database, channels, clock).dispatch
    stop(database, first, clock)
    approve_notice(families.session, clock.now(), "PY-2")
    families.session.commit()
    with pytest.raises(Refused, match="不需要更正"):
        correct(database, channels, clock, first)


def correct(database: Database, channels: Channels, clock: SetClock, number: int) -> Planned:
    return dispatches.correct(database, channels, dispatch_id=number, reference="PY-2", actor=SENDER, now=clock.now(),
                              settings=PushSettings())


def test_status_counts_states_reasons_parts_and_cost(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    number = send(database, channels, clock).dispatch
    mark(database, number, ["delivered", "accepted", "planned"])
    with database.reading() as session:
        status = dispatches.status(session, number, PushSettings(sms_price=5))
        parts = dispatches.find(session, number).content["sms"]["parts"]
    assert status.deliveries == {"planned": 1, "sending": 0, "accepted": 1, "delivered": 1, "failed": 0, "unknown": 0,
                                 "skipped": 0}
    assert (status.parts, status.cost) == (2 * parts, round(2 * parts * 0.05, 2))
    assert status.as_json()["state"] == "planned"
    with database.reading() as session, pytest.raises(Refused, match="没有编号为 99"):
        dispatches.status(session, 99, PushSettings())
