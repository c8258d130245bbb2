"""Hurried and clumsy writers: a form sent twice, two at one entry, what was stopped by mistake."""

from __future__ import annotations

import re

from sqlalchemy import select

from knowledge.models import Entry, EntryState
from tests.web.staff.office import OTHER, Office
from tests.web.staff.test_knowledge import FORM, NEW, approve, entry


def test_a_form_sent_twice_keeps_one_entry(desk: Office) -> None:
    clerk, alone = desk.clerk("马编辑"), {**FORM, "seen": "0"}
    assert clerk.send(NEW, alone).location == "/staff/knowledge/of/zs-test"
    assert clerk.send(NEW, alone).location == "/staff/knowledge/of/zs-test"
    assert clerk.send(NEW, {**alone, "answer": "回到前一页改过的话。"}).location == "/staff/knowledge/of/zs-test"
    assert desk.clerk("祁坐席").send(NEW, {**alone, "question": "路上的灯谁管", "similar": "", "beside": "另写一条"}).location != "/staff/knowledge/of/zs-test"
    with desk.database.reading() as session:
        found = session.scalars(select(Entry).where(Entry.question == FORM["question"])).all()
    assert [(one.id, one.answer) for one in found] == [("zs-test", "回到前一页改过的话。")]


def test_a_new_entry_cannot_take_the_number_of_something_else(desk: Office) -> None:
    made = desk.clerk("马编辑").send(NEW, {**FORM, "id": "notice:PY-2026-018"}).location
    assert re.fullmatch(r"/staff/knowledge/of/zs-[0-9A-Z]+", made)


def test_whoever_saves_second_sees_what_the_first_wrote(desk: Office) -> None:
    place = "/staff/knowledge/of/zs-test"
    desk.clerk("马编辑").send(NEW, FORM)
    opened = re.search(r'name="seen" value="(\d+)"', desk.clerk("祁坐席").get(place).text)
    assert opened is not None
    desk.clerk("马编辑").send(place, {**FORM, "answer": "找镇上。"})
    told = desk.clerk("祁坐席").send(place, {**FORM, "answer": "找县上。", "seen": opened.group(1)})
    assert told.status_code == 409
    assert "马编辑存了第 2 稿" in told.text
    assert "找<del>镇</del><ins>县</ins>上。" in told.text
    assert 'name="seen" value="2"' in told.text
    kept = entry(desk)
    assert kept is not None
    assert kept.answer == "找镇上。"
    assert desk.clerk("祁坐席").send(place, {**FORM, "answer": "找县上。", "seen": "2"}).status_code == 302


def test_a_fault_in_between_does_not_make_what_another_wrote_seen(desk: Office) -> None:
    place = "/staff/knowledge/of/zs-test"
    desk.clerk("马编辑").send(NEW, FORM)
    desk.clerk("马编辑").send(place, {**FORM, "answer": "找镇上。"})
    faulty = desk.clerk("祁坐席").send(place, {**FORM, "answer": "", "seen": "1"})
    assert faulty.status_code == 400
    seen = re.search(r'name="seen" value="(\d+)"', faulty.text)
    assert seen is not None
    assert desk.clerk("祁坐席").send(place, {**FORM, "answer": "找县上。", "seen": seen.group(1)}).status_code == 409


def test_what_was_stopped_by_mistake_is_sent_to_review_as_it_stands(desk: Office) -> None:
    place = "/staff/knowledge/of/zs-test"
    desk.clerk("祁坐席").send(NEW, FORM)
    approve(desk, "杨初审", 1)
    desk.clerk("杨初审").send(f"{place}/retire", {}, form_at=place)
    assert "再存一次，就送去审定" in desk.clerk("祁坐席").page(place)
    desk.clerk("祁坐席").send(place, FORM)
    assert "已审定" in approve(desk, "杨初审", 2)
    kept = entry(desk)
    assert kept is not None
    assert kept.state == EntryState.REVIEWED


def test_a_township_writes_for_itself_unless_it_says_otherwise_and_everywhere_is_the_county_s(desk: Office) -> None:
    clerk, place = desk.clerk("别乡坐席"), "/staff/knowledge/of/zs-test"
    assert re.search(rf'value="{OTHER}" checked', clerk.get(NEW).text)
    assert not re.search(r'name="divisions" value="\d+" checked', desk.clerk("祁坐席").get(NEW).text)
    assert clerk.send(NEW, FORM).status_code == 302
    assert "要由县里的同事审定" in clerk.page(place)
    assert "1 条知识条目等您审定" not in desk.clerk("别乡编辑").page("/staff/")
    assert "审定后适用： 全县" in desk.clerk("杨初审").page(place)
    assert "已审定" in approve(desk, "杨初审", 1)


def test_a_township_s_reviewer_cannot_let_its_entry_answer_for_the_whole_county(desk: Office) -> None:
    place = "/staff/knowledge/of/zs-test"
    desk.clerk("别乡坐席").send(NEW, {**FORM, "divisions": OTHER})
    approve(desk, "别乡编辑", 1)
    desk.clerk("别乡坐席").send(place, {**FORM, "divisions": []})
    assert "审定，用来回答" not in desk.clerk("别乡编辑").page(place)
    assert "请那里或县里的同事审定" in approve(desk, "别乡编辑", 2)
    kept = entry(desk)
    assert kept is not None
    assert kept.divisions == [OTHER]
    assert "等您审定" in desk.clerk("马编辑").page("/staff/")
    assert "已退回" in approve(desk, "别乡编辑", 2, act="return", reason="只是本镇的事")


def test_what_stands_for_a_notice_is_stopped_with_the_notice_alone(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    assert clerk.send("/staff/knowledge/of/notice:PY-2026-001/retire", {}, form_at=NEW).status_code == 403
    held = entry(desk, "notice:PY-2026-001")
    assert held is not None
    assert held.state == EntryState.REVIEWED


def test_days_on_which_nothing_is_answered_are_told_of_before_the_entry_is_kept(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    turned = clerk.send(NEW, {**FORM, "valid_from": "2027-12-01", "valid_until": "2027-11-01"})
    over = clerk.send(NEW, {**FORM, "valid_until": "2026-11-22"})
    assert (turned.status_code, over.status_code) == (400, 400)
    assert "有效期至比生效日期还早" in turned.text
    assert "有效期至已经过了" in over.text
    assert entry(desk) is None
