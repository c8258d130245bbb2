"""Consultations at the desk of the hotline."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from kernel.audit import Actor
from knowledge import casework, consultations, letters
from knowledge.case_models import LetterState
from knowledge.consultations import ConsultationRefused
from knowledge.models import Entry, EntryState
from tests.web.staff.office import NOW, OTHER, YAOHE, Clerk, Office, words_of


def first(clerk: Clerk) -> str:
    found = re.search(r'href="(/staff/consultations/\w+)"', clerk.get("/staff/consultations").text)
    assert found is not None
    return found.group(1)


def test_what_is_overdue_stands_first_and_says_so(desk: Office) -> None:
    page = desk.clerk("祁坐席").page("/staff/consultations")
    assert "等答复 2 条，其中 超期 1 条" in page
    assert page.index("低保怎么没有到账？") < page.index("大棚补贴找谁？")
    assert "条留言超期没有答复" in desk.clerk("祁坐席").page("/staff/")


def test_an_answer_is_given_once(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    place = first(clerk)
    assert "答复不能为空" in clerk.send(place, {"answer": " "}).text
    assert clerk.send(place, {"answer": "下月 10 日前补发，问 0954-7000108。"}).status_code == 302
    assert "已答复" in clerk.page(place)
    assert "等答复 1 条" in clerk.page("/staff/consultations")


def test_an_answered_consultation_becomes_a_draft_entry(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    place = first(clerk)
    clerk.send(place, {"answer": "下月 10 日前补发。"})
    form = clerk.get(f"/staff/knowledge/new?consultation={place.rsplit('/', 1)[1]}").text
    assert "低保怎么没有到账？" in form
    assert "下月 10 日前补发。" in form


def test_the_desk_it_was_passed_to_makes_the_entry_which_another_reviews_before_it_answers(desk: Office) -> None:
    place = first(desk.clerk("祁坐席"))
    number = place.rsplit("/", 1)[1]
    with desk.database.writing() as session:
        casework.pass_on(session, number, "新集乡民政办", OTHER, "户口在新集乡", Actor("祁坐席"), NOW)
    writer = desk.clerk("别乡坐席")
    writer.send(place, {"answer": "下月 10 日前补发。"})
    shown = writer.get(f"/staff/knowledge/new?consultation={number}").text
    assert "下月 10 日前补发。" in shown
    assert 'value="新集乡民政办"' in shown
    entry = re.search(r'name="id" value="([^"]+)"', shown)
    assert entry is not None
    filled = {"id": entry[1], "kind": "answer", "question": "火星低保什么时候到账", "answer": "下月 10 日前补发。", "office": "新集乡民政办",
              "divisions": OTHER}
    assert writer.send("/staff/knowledge/new", filled).status_code == 302
    with desk.database.reading() as session:
        assert session.get_one(Entry, entry[1]).state == EntryState.DRAFT
    reviewer = desk.clerk("别乡编辑")
    page = f"/staff/knowledge/of/{entry[1]}"
    version = re.search(r'name="version" value="(\d+)"', reviewer.get(page).text)
    reviewer.send(f"{page}/approve", {"version": version[1]} if version else {}, form_at=page)
    with desk.database.reading() as session:
        assert session.get_one(Entry, entry[1]).state == EntryState.REVIEWED


def test_an_identity_number_does_not_leave_with_an_answer(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    answer = clerk.send(first(clerk), {"answer": "已查到，身份证 999999199001011230 的已发。"})
    assert answer.status_code == 400
    assert "身份证号" in words_of(answer.text)


def test_an_agent_of_another_township_sees_only_its_own(desk: Office) -> None:
    stranger = desk.clerk("别乡坐席")
    page = stranger.page("/staff/consultations")
    assert "大棚补贴找谁？" in page
    assert "低保" not in page
    assert stranger.get(first(desk.clerk("祁坐席"))).status_code == 404


def test_the_clerk_sees_how_far_the_answer_got(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    place = first(clerk)
    clerk.send(place, {"answer": "下月 10 日前补发。"})
    assert "对方凭编号和查询码在“查留言”里看" in clerk.page(place)
    with desk.database.writing() as session:
        number = consultations.take(session, desk.house.keyring, "wechat", "o-li-1", YAOHE, "路灯坏了找谁？", NOW).number
    with desk.database.writing() as session:
        consultations.answer(session, number, "找村委会。", Actor("祁坐席"), NOW)
    assert "正在送（微信）" in clerk.page(f"/staff/consultations/{number}")
    claimed = letters.claim(desk.database, desk.house.keyring, NOW)
    assert claimed is not None
    letters.settle(desk.database, claimed, LetterState.KEPT, "微信没有开通", NOW)
    assert "没送到（微信）：微信没有开通" in clerk.page("/staff/consultations")
    assert "急事请打电话" in clerk.page(f"/staff/consultations/{number}")


def test_a_consultation_is_passed_on_to_another_desk_and_comes_back_with_the_reason(desk: Office) -> None:
    agent, other = desk.clerk("祁坐席"), desk.clerk("别乡坐席")
    place = first(agent)
    form = {"act": "pass_on", "office": "新集乡政府", "handler": OTHER, "pass_reason": ""}
    assert "没有写原因" in words_of(agent.send(place, form).text)
    assert agent.send(place, {**form, "pass_reason": "户口在新集乡"}).status_code == 302
    assert "转给新集乡政府" in agent.page("/staff/consultations?which=passed")
    assert "低保怎么没有到账" in other.page("/staff/consultations")
    back = other.send(place, {"act": "give_back", "back_reason": "人在白阳镇领"})
    assert back.headers["Location"] == "/staff/consultations"
    assert other.get(place).status_code == 404
    page = agent.page(place)
    assert "转办给新集乡政府：户口在新集乡 祁坐席" in page
    assert "退回（新集乡政府）：人在白阳镇领 别乡坐席" in page


def test_a_deadline_is_moved_once_and_no_further_than_the_setting(desk: Office) -> None:
    agent = desk.clerk("祁坐席")
    place = next(found for found in re.findall(r'href="(/staff/consultations/\w+)"', agent.get("/staff/consultations").text)
                 if "大棚" in agent.page(found))
    form = {"act": "extend", "days": "6", "extend_reason": "要到村里核实"}
    assert "1 到 5 个工作日" in words_of(agent.send(place, form).text)
    assert agent.send(place, {**form, "days": "5"}).status_code == 302
    page = agent.page(place)
    assert "原定11月27日前" in page
    assert "延到12月4日，要到村里核实" in page
    with desk.database.writing() as session, pytest.raises(ConsultationRefused, match="已经延过一次"):
        casework.extend(session, place.rsplit("/", 1)[1], 1, "再等等", Actor("祁坐席"), NOW, 5)


def test_what_is_due_soon_is_work_of_its_own(desk: Office) -> None:
    with desk.database.writing() as session:
        consultations.take(session, desk.house.keyring, "web", "", YAOHE, "路灯坏了找谁？", NOW - timedelta(days=7))
    agent = desk.clerk("祁坐席")
    assert "1 条留言快到期" in agent.page("/staff/")
    page = agent.page("/staff/consultations?which=soon")
    assert "路灯坏了找谁" in page
    assert "大棚补贴找谁" not in page
    late = agent.page("/staff/consultations?which=late")
    assert "低保怎么没有到账" in late
    assert "路灯坏了找谁" not in late
