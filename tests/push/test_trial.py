"""试发: marked, to the office's telephones and to nobody else, never a dispatch, and on record with the vendor's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from channels.failures import OutcomeKind
from channels.registry import Channels, open_channels
from channels.simulators.running import Running, start_simulators
from kernel.audit import AuditEntry
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from push import trial
from push.failures import Refused
from push.models import Attempt, Delivery, Dispatch
from push.settings import PushSettings
from push.trial import Trial
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone

OFFICE = PushSettings(office_phones="13800001111, 13800002222")


@pytest.fixture
def both_databases(database: Database) -> Database:
    """What is said to the vendor is the same on every database: SQLite is enough."""
    return database


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now())
    county.session.commit()
    return county


@contextmanager
def vendors(database: Database, keyring: Keyring, clock: SetClock, gateway: str) -> Iterator[tuple[Running, Channels]]:
    with start_simulators(clock=clock, changes={"SMS_GATEWAYS": gateway}) as running:
        opened = open_channels(running.config, database, keyring, clock)
        try:
            yield running, opened
        finally:
            for line in opened.lines.values():
                line.close()


def try_out(database: Database, channels: Channels, clock: SetClock, settings: PushSettings = OFFICE) -> Trial:
    return trial.try_out(database, channels, Network(loopback_only), reference=REFERENCE, actor=SENDER, now=clock.now(),
                         settings=settings)


@pytest.mark.parametrize(("gateway", "begins"), [
    ("aliyun", "【彭阳县政务公开】测试：玉米良种补贴可以申请"), ("tencent", "【彭阳县政务公开】测试：玉米良种补贴可以申请"),
    ("cmpp", "【彭阳县政务公开】【测试】玉米良种补贴可以申请"), ("smpp", "【彭阳县政务公开】【测试】玉米良种补贴可以申请")])
def test_the_mark_arrives_on_the_offices_phones_over_every_gateway(
        database: Database, families: County, keyring: Keyring, clock: SetClock, gateway: str, begins: str) -> None:
    with vendors(database, keyring, clock, gateway) as (running, channels):
        told = try_out(database, channels, clock)
        arrived = {one["address"]: one["text"] for one in running.inbox.since(0)}
    assert told.is_good
    assert told.gateway == gateway
    assert set(arrived) == {"13800001111", "13800002222"}
    assert all(text == told.text and text.startswith(begins) for text in arrived.values()), arrived


def test_a_trial_is_no_dispatch_and_stands_in_the_trail_without_a_whole_number(
        database: Database, families: County, keyring: Keyring, clock: SetClock) -> None:
    with vendors(database, keyring, clock, "aliyun") as (_, channels):
        told = try_out(database, channels, clock)
    with database.reading() as session:
        for model in (Dispatch, Delivery, Attempt):
            assert session.scalar(select(func.count()).select_from(model)) == 0
        entries = session.scalars(select(AuditEntry).where(AuditEntry.act.in_(("push.try", "push.tried")))).all()
        assert trial.last_trial(session, REFERENCE) == told
    assert [(one.act, one.actor) for one in entries] == [("push.try", SENDER.name), ("push.tried", SENDER.name)]
    assert "138****1111" in str(entries[1].details)
    assert not any("13800001111" in str(one.details) for one in entries)


def test_the_vendors_refusal_stands_beside_the_number_it_was_said_of(
        database: Database, families: County, keyring: Keyring, clock: SetClock) -> None:
    with vendors(database, keyring, clock, "aliyun") as (running, channels):
        running.faults.add("errcode", "isv.AMOUNT_NOT_ENOUGH", vendor="aliyun")
        told = try_out(database, channels, clock)
    assert not told.is_good
    assert all("isv.AMOUNT_NOT_ENOUGH" in one.said for one in told.outcomes)


def test_an_answer_that_was_lost_is_told_as_unknown(
        database: Database, families: County, keyring: Keyring, clock: SetClock) -> None:
    with vendors(database, keyring, clock, "aliyun") as (running, channels):
        running.faults.add("lose_answer", vendor="aliyun")
        told = try_out(database, channels, clock)
    assert {one.kind for one in told.outcomes} == {OutcomeKind.UNKNOWN}


def test_a_second_press_of_the_button_sends_nothing(
        database: Database, families: County, keyring: Keyring, clock: SetClock) -> None:
    with vendors(database, keyring, clock, "aliyun") as (running, channels):
        try_out(database, channels, clock)
        with pytest.raises(Refused, match="刚试发过"):
            try_out(database, channels, clock)
        assert len(running.inbox.since(0)) == 2
        clock.set(clock.now() + timedelta(seconds=61))
        assert try_out(database, channels, clock).is_good


def test_nothing_is_tried_without_phones_without_approval_or_by_a_stranger(
        database: Database, families: County, channels: Channels, clock: SetClock) -> None:
    with pytest.raises(Refused, match="OFFICE_PHONES"):
        try_out(database, channels, clock, PushSettings())
    with pytest.raises(Refused, match="没有推送的权限"):
        trial.try_out(database, channels, Network(loopback_only), reference=REFERENCE, actor=offices.EDITOR,
                      now=clock.now(), settings=OFFICE)
    offices.save(families.session, clock.now(), reference="PY-2026-002")
    families.session.commit()
    with pytest.raises(Refused, match="草稿"):
        trial.try_out(database, channels, Network(loopback_only), reference="PY-2026-002", actor=SENDER, now=clock.now(),
                      settings=OFFICE)


def test_a_notice_without_a_text_message_cannot_be_tried(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    approve_notice(county.session, clock.now(), channels=["wechat"])
    county.session.commit()
    with pytest.raises(Refused, match="不走短信"):
        try_out(database, channels, clock)


def test_a_first_blank_that_is_full_gives_way_to_the_mark(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    approve_notice(county.session, clock.now(), short_text="玉米良种补贴可以申请，请到村委会登记，带上身份证、户口本和新的社保卡")
    county.session.commit()
    with vendors(database, keyring, clock, "aliyun") as (running, channels):
        assert try_out(database, channels, clock).is_good
        text = running.inbox.since(0)[0]["text"]
    assert text.startswith("【彭阳县政务公开】测试：玉米良种补贴可以申请")
    assert "…。时间：12月31日前" in text


@pytest.mark.parametrize("given", ["1380000", "0954-7012345", "13800001111;13800002222"])
def test_what_is_no_mobile_number_is_refused_in_the_settings(given: str) -> None:
    with pytest.raises(ValueError, match="手机号"):
        PushSettings(office_phones=given)
