"""The knowledge base at the desk: written by one, reviewed by another, grown from what was asked in vain."""

from __future__ import annotations

import base64
import re

from sqlalchemy import select

from knowledge.models import Entry, EntryState
from tests.web.staff.office import Office, words_of

NEW = "/staff/knowledge/new"
FORM = {"id": "zs-test", "question": "路灯坏了找谁", "similar": "路灯不亮了\n谁修路灯", "answer": "找村委会，电话 0954-7000131。",
        "office": "姚河村村委会", "phone": "0954-7000131"}


def entry(desk: Office, entry_id: str = "zs-test") -> Entry | None:
    with desk.database.reading() as session:
        return session.get(Entry, entry_id)


def test_what_was_asked_in_vain_is_counted_and_becomes_an_entry(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    page = clerk.page("/staff/knowledge/gaps")
    assert page.index("路灯坏了找谁 2") < page.index("养蜂有没有补贴 1")
    assert "路灯坏了找谁" in clerk.get(f"{NEW}?question=路灯坏了找谁").text
    assert clerk.send(NEW, FORM).location == "/staff/knowledge/of/zs-test"


def test_a_new_entry_answers_only_after_somebody_else_reviewed_it(desk: Office) -> None:
    writer = desk.clerk("马编辑")
    writer.send(NEW, FORM)
    kept = entry(desk)
    assert kept is not None
    assert kept.state == EntryState.DRAFT
    writer.send("/staff/knowledge/of/zs-test/approve", {}, form_at="/staff/knowledge/of/zs-test")
    assert "自己写的条目不能自己审定" in writer.page("/staff/knowledge/of/zs-test")
    desk.clerk("杨初审").send("/staff/knowledge/of/zs-test/approve", {}, form_at="/staff/knowledge/of/zs-test")
    kept = entry(desk)
    assert kept is not None
    assert (kept.state, kept.reviewed_by) == (EntryState.REVIEWED, "杨初审")


def test_changing_a_reviewed_entry_takes_it_out_until_it_is_reviewed_again(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    with desk.database.reading() as session:
        reviewed = session.scalars(select(Entry).where(Entry.notice_reference.is_(None)).limit(1)).one()
    clerk.send(f"/staff/knowledge/of/{reviewed.id}", {**FORM, "id": reviewed.id})
    changed = entry(desk, reviewed.id)
    assert changed is not None
    assert (changed.state, changed.question) == (EntryState.DRAFT, "路灯坏了找谁")


def test_a_private_number_in_an_answer_is_refused_at_its_field(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, {**FORM, "answer": "找电工老李 13812345678"})
    assert answer.status_code == 400
    assert 'href="#answer"' in answer.text
    assert entry(desk) is None


def test_missing_fields_are_told_together(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, {**FORM, "question": "", "answer": "", "valid_until": "明年"})
    assert "有 3 处要改" in answer.text


def test_an_entry_that_comes_with_a_notice_is_changed_there(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    place = "/staff/knowledge/of/notice:PY-2026-001"
    assert "要改，请改那条信息" in clerk.page(place)
    assert clerk.send(place, {**FORM, "id": "notice:PY-2026-001"}, form_at="/staff/knowledge/new").status_code == 403


def test_a_file_comes_in_as_drafts_unless_the_office_says_it_reviewed_them(desk: Office) -> None:
    line = '{"id": "a-1", "question": "怎么办", "answer": "来办。"}\n{"id": "a-2"}\n'
    agent = desk.clerk("祁坐席").upload("/staff/knowledge/import", "k.jsonl", line.encode(), reviewed="1")
    assert agent.status_code == 200
    kept = entry(desk, "a-1")
    assert kept is not None
    assert kept.state == EntryState.DRAFT
    desk.clerk("马编辑").upload("/staff/knowledge/import", "k.jsonl", line.encode(), reviewed="1")
    kept = entry(desk, "a-1")
    assert kept is not None
    assert kept.state == EntryState.REVIEWED


def test_what_is_exported_comes_in_again_and_changes_nothing(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    clerk.send(NEW, FORM)
    for form in ("xlsx", "jsonl"):
        file = clerk.get(f"/staff/knowledge/export/{form}")
        assert file.headers["Content-Disposition"].startswith("attachment")
        told = clerk.upload("/staff/knowledge/import", f"k.{form}", file.data, reviewed="1")
        assert "新增 0 更新 0 拒收 0" in words_of(told.text)
    kept = entry(desk)
    assert kept is not None
    assert kept.state == EntryState.DRAFT
    assert clerk.get("/staff/knowledge/export/pdf").status_code == 404


def test_rows_with_faults_are_listed_and_can_be_taken_home(desk: Office) -> None:
    told = desk.clerk("马编辑").upload("/staff/knowledge/import", "k.jsonl", '{"id": "a-1", "question": "怎么办"}\n'.encode())
    assert "拒收 1" in words_of(told.text)
    assert "没有填写" in told.text
    listed = re.search(r'download="拒收表.csv" href="data:text/csv;base64,([^"]+)"', told.text)
    assert listed is not None
    assert "行号,列,值,原因,办法\r\n1,answer,,没有填写" in base64.b64decode(listed.group(1)).decode("utf-8-sig")


def test_entries_are_found_by_what_else_people_say(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    clerk.send(NEW, FORM)
    assert "路灯坏了找谁" in clerk.page("/staff/knowledge?words=谁修路灯")
    assert "草稿条目，含“谁修路灯”：1 条" in clerk.page("/staff/knowledge?words=谁修路灯&state=draft")


def test_a_trial_question_shows_what_would_be_answered(desk: Office) -> None:
    assert "会直接回答下面第一条" in desk.clerk("祁坐席").page("/staff/knowledge/try?words=玉米良种补贴怎么领")
