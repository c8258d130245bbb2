"""Data end when their time is over: kind by kind, in chunks, and the clock does it at night."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from channels.simulators.identity import demo_config
from kernel import retention
from kernel.audit import SYSTEM, AuditEntry, record
from kernel.clock import CHINA, SetClock
from kernel.settings import SettingsRefused, read
from knowledge.models import Consultation, ConsultationState, Question
from profiles import access
from profiles.access import AccessEntry, Look, Whom
from push.models import Delivery
from push.states import DeliveryState
from tests import houses
from web.commands.data_findings import findings
from web.house import House
from web.keeping import Tidier, rules, tidy
from web.retention import RetentionSettings

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=CHINA)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """An empty house at half past two at night."""
    url = houses.sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_ready_url")
    made = houses.build(url, demo_config("http://127.0.0.1:9"), data_key=base64.b64encode(b"k" * 32).decode(),
                        secret_key="s" * 32)
    # With PostgreSQL the files of an installation lie in the repository: there other tests would meet them.
    yield replace(made, clock=SetClock(NOW), installation=replace(made.installation, folder=tmp_path))
    made.database.close()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_each_kind_ends_in_its_own_time(house: House) -> None:
    with house.database.writing() as session:
        for days in (1, 200, 1097):
            record(session, ago(days), SYSTEM, "试", f"x:{days}")
            access.looked(session, ago(days), SYSTEM, Look.PAGE, Whom(1, None, "WANG", "640425"))
            session.add(Question(at=ago(days), channel="web", text="玉米", decision="answer"))
    ended = tidy(house).ended
    assert (ended["操作记录"], ended["查看记录"], ended["群众问过的话"]) == (1, 1, 1)
    with house.database.reading() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 2
        assert session.scalar(select(func.count(AccessEntry.id))) == 2
    assert tidy(house).total == 0


def test_more_rows_than_a_chunk_go_in_one_run(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.retention.AT_ONCE", 7)
    with house.database.writing() as session:
        session.add_all([Question(at=ago(800 if number % 2 else 1), channel="web", text="玉米", decision="answer")
                         for number in range(60)])
    assert tidy(house).ended["群众问过的话"] == 30


def test_a_delivery_keeps_its_fate_and_loses_its_number(house: House) -> None:
    with house.database.writing() as session:
        for number, days in ((1, 10), (2, 400)):
            session.add(Delivery(id=number, dispatch_id=1, household_id=1, channel="sms", address_index=b"i" * 16,
                                 state=DeliveryState.DELIVERED, settled_at=ago(days)))
    assert tidy(house).ended["发送记录里的号码"] == 1
    with house.database.reading() as session:
        kept = {one.id: one for one in session.scalars(select(Delivery))}
    assert kept[1].address_index == b"i" * 16
    assert (kept[2].address_index, kept[2].state) == (None, DeliveryState.DELIVERED)


def test_an_open_consultation_keeps_its_sender_however_old(house: House) -> None:
    ring = house.keyring
    with house.database.writing() as session:
        for number, state in (("A", ConsultationState.TAKEN), ("B", ConsultationState.ANSWERED)):
            session.add(Consultation(number=number, state=state, channel="sms", address=ring.encrypt("19964010001", "phone"),
                                     address_index=ring.index("19964010001", "phone"), text=ring.encrypt("低保", "consultation"),
                                     taken_at=ago(900), due_on=ago(890).date(), answered_at=ago(880)))
    assert tidy(house).ended["留言人的联系方式"] == 1
    with house.database.reading() as session:
        assert {one.number: one.address is None for one in session.scalars(select(Consultation))} == {"A": False, "B": True}


def test_the_clock_tidies_once_a_night_and_at_once_after_a_night_it_missed(house: House) -> None:
    tidier = Tidier(house)
    assert tidier.look() is not None
    assert tidier.look() is None
    day = Tidier(replace(house, clock=SetClock(NOW + timedelta(hours=12))))
    assert day.look() is None
    assert Tidier(replace(house, clock=SetClock(NOW + timedelta(hours=24)))).look() is not None
    assert Tidier(replace(house, clock=SetClock(NOW + timedelta(hours=24 + 30)))).look() is not None


def test_the_doctor_says_when_nothing_was_tidied_for_two_days(house: House) -> None:
    tidy(house)
    later = replace(house, clock=SetClock(NOW + timedelta(days=3)))
    assert [cure for _, what, cure in findings(later) if "清理" in what] == ["请确认钟点进程（zhida clock）在运行，或运行 zhida retention run。"]
    assert [what for _, what, _ in findings(house) if "清理" in what] == []


@pytest.mark.parametrize(("name", "days"), [("KEEP_AUDIT_DAYS", 100), ("KEEP_LOOKS_DAYS", 30), ("KEEP_PORTRAITS_DAYS", 181)])
def test_a_period_against_the_law_is_refused(name: str, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, str(days))
    with pytest.raises(SettingsRefused, match=name):
        read(RetentionSettings, None)


def test_every_kind_has_one_rule_and_a_run_writes_each_down(house: House) -> None:
    kinds = [rule.kind for rule in rules(RetentionSettings())]
    assert len(kinds) == len(set(kinds))
    tidy(house)
    with house.database.reading() as session:
        assert session.scalar(select(func.count(retention.RetentionRun.id))) == len(kinds) + 1


def test_a_list_of_rejected_rows_beside_the_database_ends_in_its_time(house: House) -> None:
    folder = house.installation.folder / "errors"
    folder.mkdir(parents=True)
    for name, days in (("旧-拒收.csv", 31), ("新-拒收.csv", 29)):
        (folder / name).write_text("行号,列,值", "utf-8")
        os.utime(folder / name, (ago(days).timestamp(), ago(days).timestamp()))
    assert tidy(house).ended["导入拒收清单"] == 1
    assert [one.name for one in folder.iterdir()] == ["新-拒收.csv"]
    assert tidy(house).total == 0
