"""The pages behind a push: how far it came, whom it missed, what is unclear, one household's story, what people answered."""

from __future__ import annotations

import csv
import io
import time
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, insert, select, update

from channels.messages import Incoming, IncomingKind
from kernel.audit import AuditEntry
from profiles.access import AccessEntry
from profiles.models import Household
from push import replies, tallies
from push.models import Attempt, Delivery, Dispatch
from push.states import DispatchState
from push.visits import Visit
from tests.web.staff.office import NOW, OTHER, YAOHE, Office
from tests.web.staff.test_pushing import send

ATTEMPT = "a" * 26


@pytest.fixture
def pushed(desk: Office) -> str:
    """王家's message arrived; seven more households of the village had no telephone, and one is unclear."""
    place = send(desk.clerk("赵推送"))
    with desk.database.writing() as session:
        session.execute(update(Delivery).values(state="delivered", settled_at=NOW, attempt_id=ATTEMPT))
        session.add(Attempt(id=ATTEMPT, batch_id=1, dispatch_id=1, channel="sms", gateway="aliyun", state="lost", first_id=1,
                            last_id=99, size=2, started_at=NOW - timedelta(minutes=20), asked=1))
        for number in range(8):
            home = Household(reference=f"H-{number}", division=YAOHE, source="test", updated_at=NOW)
            session.add(home)
            session.flush()
            row = {"dispatch_id": 1, "household_id": home.id, "channel": "", "state": "skipped", "reason": "no_contact"}
            if number == 7:
                row.update(channel="sms", state="unknown", reason="")
            session.execute(insert(Delivery).values(**row))
        session.execute(update(Delivery).where(Delivery.state == "unknown").values(attempt_id=ATTEMPT, vendor_words="等了 15 秒没有回答"))
        session.execute(update(Dispatch).values(state="finished", finished_at=NOW))
    return place


def test_coverage_and_arrival_stand_with_their_definitions_and_hide_small_numbers(desk: Office, pushed: str) -> None:
    page = desk.clerk("赵推送").page(f"{pushed}/coverage")
    assert "覆盖率 已覆盖 ÷ 名单户数" in page
    assert "到达率 已到手机 ÷ 平台收下" in page
    assert "合计 9 少于 5 — 少于 5 少于 5 — 少于 5 7" in page
    assert "脱贫户 少于 5 少于 5 —" in page
    assert "白阳镇各村" in page
    assert "短信单价" in page
    assert "SMS_PRICE" not in page


def test_the_table_can_be_taken_along_both_ways(desk: Office, pushed: str) -> None:
    clerk = desk.clerk("安审计")
    rows = list(csv.reader(io.StringIO(clerk.get(f"{pushed}/coverage?form=csv").data.decode("utf-8-sig"))))
    assert rows[0][:4] == ["范围", "名单户数", "已覆盖", "覆盖率"]
    assert rows[1][:4] == ["合计", "9", "少于 5", "—"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(clerk.get(f"{pushed}/coverage?form=xlsx").data))
    sheet = book.get_sheet_by_index(0).to_python()
    assert sheet[1][:4] == ["合计", 9, "少于 5", "—"]


def test_whom_nothing_reached_is_handed_to_the_village_once(desk: Office, pushed: str) -> None:
    clerk = desk.clerk("赵推送")
    page = clerk.page(f"{pushed}/missed")
    assert "7 户没有收到" in page
    assert "没有联系方式" in page
    assert "入户名单新增7 户" in clerk.client.get(clerk.send(f"{pushed}/missed", {"village": YAOHE}).location).text
    assert "没有重复添加" in clerk.client.get(clerk.send(f"{pushed}/missed", {}).location).text
    with desk.database.reading() as session:
        assert session.scalar(select(func.count()).where(Visit.why == "not_reached")) == 7
        assert session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.act == "push.visits")) == 2


def test_villages_are_folded_by_township_where_there_are_several(desk: Office, pushed: str) -> None:
    clerk = desk.clerk("赵推送")
    assert "<details open><summary>白阳镇（1 个村）" in clerk.get(f"{pushed}/missed").text
    with desk.database.writing() as session:
        session.execute(update(Household).where(Household.reference == "H-0").values(division=f"{OTHER}200"))
    clerk.send(f"{pushed}/missed", {})
    for page, more in (("missed", ""), ("visits", "，1 个还有待入户")):
        told = clerk.get(f"{pushed}/{page}").text
        assert f"<details><summary>白阳镇（1 个村{more}）" in told
        assert told.count("<details><summary>") == 2


def test_what_is_stopped_hands_nobody_to_the_village(desk: Office, pushed: str) -> None:
    clerk = desk.clerk("赵推送")
    with desk.database.writing() as session:
        session.execute(update(Dispatch).values(state=DispatchState.STOPPED))
    assert "没有添加" in clerk.client.get(clerk.send(f"{pushed}/missed", {}).location).text
    with desk.database.reading() as session:
        assert session.scalar(select(func.count()).where(Visit.why == "not_reached")) == 0


def test_an_editor_sees_whom_nothing_reached_and_hands_nobody_over(desk: Office, pushed: str) -> None:
    editor = desk.clerk("马编辑")
    assert "交给村里入户" not in editor.page(f"{pushed}/missed")
    assert editor.send(f"{pushed}/missed", {}, form_at="/staff/").status_code == 403
    with desk.database.reading() as session:
        assert session.scalar(select(func.count()).where(Visit.why == "not_reached")) == 0


def test_each_unclear_message_stands_with_its_age_and_what_is_waited_for(desk: Office, pushed: str) -> None:
    page = desk.clerk("赵推送").page(f"{pushed}/unclear")
    for words in ("H-7", "20 分钟", "等平台的状态回执", "等了 15 秒没有回答", "不重发", "短信（阿里云）"):
        assert words in page, words


def test_of_many_unclear_messages_and_answers_a_page_holds_twenty(desk: Office, pushed: str) -> None:
    with desk.database.writing() as session:
        session.execute(update(Delivery).values(state="unknown", attempt_id=ATTEMPT))
        session.execute(insert(Delivery), [{"dispatch_id": 1, "household_id": 1, "channel": "sms", "state": "unknown", "reason": "",
                                            "attempt_id": ATTEMPT} for _ in range(12)])
    for number in range(21):
        said = Incoming("sms", "13900000001", f"m{number}", IncomingKind.TEXT, f"第{number}句")
        assert replies.keep(desk.database, desk.house.keyring, said, NOW + timedelta(seconds=number)) is not None
    clerk = desk.clerk("赵推送")
    for page, rows in (("unclear", 20), ("unclear?page=2", 1), ("replies", 20), ("replies?page=2", 1)):
        told = clerk.get(f"{pushed}/{page}").text
        assert told.count("<tr>") - 1 == rows, page
        assert "共 2 页" in told


def test_a_household_is_found_in_a_push_and_its_story_told(desk: Office, pushed: str) -> None:
    clerk = desk.clerk("赵推送")
    hits = clerk.send(f"{pushed}/find", {"words": "13900000001"}, form_at=pushed)
    assert "H-WANG" in hits.text
    assert "王建国" not in hits.text
    answer = clerk.send(f"{pushed}/find", {"words": "h-wang"}, form_at=pushed)
    page = clerk.page(answer.location)
    for words in ("已送达", "玉米 5 亩", "只有这一个能用的联系方式", "139****0001", "列入推送"):
        assert words in page, words
    assert "13900000001" not in page
    with desk.database.reading() as session:
        assert session.scalars(select(AccessEntry.reason).order_by(AccessEntry.id.desc())).first() == "查看推送任务 1 的去向"


def test_the_story_stands_on_the_households_page_too(desk: Office, pushed: str) -> None:
    cadre = desk.clerk("韩村干")
    assert "最近的推送" in cadre.page("/staff/households/of/H-WANG")
    assert "看经过" in cadre.page("/staff/households/of/H-WANG")
    assert "已送达" in cadre.page("/staff/households/of/H-WANG/push/1")
    assert cadre.get("/staff/households/of/H-NOBODY/push/1").status_code == 404
    assert cadre.get("/staff/households/of/H-WANG/push/9").status_code == 404
    assert desk.clerk("别乡编辑").get("/staff/households/of/H-WANG/push/1").status_code == 404


def test_answers_stand_beside_the_push_with_numbers_hidden(desk: Office, pushed: str) -> None:
    house = desk.house
    assert "还没有人回复这次推送" in desk.clerk("赵推送").page(f"{pushed}/replies")
    said = Incoming("sms", "13900000001", "m1", IncomingKind.TEXT, "我是王建国，玉米补贴去哪里登记？")
    number = replies.keep(desk.database, house.keyring, said, NOW)
    assert number is not None
    page = desk.clerk("赵推送").page(f"{pushed}/replies")
    for words in ("139****0001", "玉米补贴去哪里登记", "还没有答", "回复 （1）"):
        assert words in page, words
    assert "王建国" not in page
    replies.answered(desk.database, house.keyring, number, said, NOW)
    assert "机器人已答" in desk.clerk("赵推送").page(f"{pushed}/replies")


def test_the_page_of_a_push_tells_its_life(desk: Office, pushed: str) -> None:
    page = desk.clerk("赵推送").page(pushed)
    assert "经过" in page
    assert "赵推送 办理，名单已排定" in page
    assert "查一户为什么收到或没收到" in page
    assert "查一户为什么收到或没收到" not in desk.clerk("虎签发").page(pushed)


@pytest.mark.parametrize("page", ["coverage", "missed", "unclear", "replies"])
def test_another_townships_sender_sees_nothing_of_it(desk: Office, pushed: str, page: str) -> None:
    assert desk.clerk("别乡推送").get(f"{pushed}/{page}").status_code == 404


def test_a_text_message_that_comes_back_is_answered_and_stands_beside_the_push(desk: Office, pushed: str) -> None:
    body = [{"phone_number": "13900000001", "content": "玉米补贴怎么领", "send_time": "2026-11-23 10:05:00", "sequence_id": 77}]
    for _ in range(2):
        assert desk.app.test_client().post("/hooks/aliyun", json=body).status_code == 200
    clerk = desk.clerk("赵推送")
    # The bot answers in a thread of its own.
    end = time.monotonic() + 30
    while "机器人已答" not in (page := clerk.page(f"{pushed}/replies")) and time.monotonic() < end:
        time.sleep(0.1)
    assert "群众发来 1 条" in page
    assert "机器人已答" in page


def test_the_ledger_takes_what_is_long_over_as_it_was_counted(desk: Office, pushed: str) -> None:
    auditor = desk.clerk("安审计")
    before = auditor.page("/staff/ledger/push")
    with desk.database.writing() as session:
        session.execute(update(Dispatch).values(finished_at=NOW - timedelta(hours=3)))
    tallies.count(desk.database, 1, NOW)
    with desk.database.writing() as session:
        session.execute(update(Delivery).values(state="failed"))
    assert auditor.page("/staff/ledger/push") == before
