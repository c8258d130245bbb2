"""Writing a notice at the desk."""

from __future__ import annotations

import re
from typing import Any

from notices import reading
from tests.web.staff.office import BAIYANG, COUNTY, OTHER, Office, words_of

NEW, FORM = "/staff/notices/new", {
    "reference": "PY-2026-050", "title": "玉米秸秆打捆补贴开始登记", "summary": "打了捆的，每亩补20元，12月20日前到村委会登记。",
    "body": "打了捆的，每亩补 20 元。", "topic": "种植", "kind": "notice", "property": "主动公开", "to": "households",
    "office": "彭阳县农业农村局", "phone": "0954-7000102", "deadline": "2026-12-20", "where": "所在村委会",
    "short_text": "秸秆打捆补贴可以申请，12月20日前到村委会", "divisions": [COUNTY], "channels": ["wechat", "sms"],
    "audience": "rows", "row-0-fact": "crop.", "row-0-name": "玉米", "row-0-operator": "at_least", "row-0-value": "3",
    "act": "save",
}


def view(desk: Office, reference: str) -> Any:
    with desk.database.reading() as session:
        return reading.working(session, reference)


def test_what_was_written_becomes_a_draft_with_its_condition(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, FORM)
    assert answer.location == "/staff/notices/of/PY-2026-050"
    written = view(desk, "PY-2026-050")
    assert (written.state, written.condition) == ("draft", {"fact": "crop.玉米", "at_least": 3})
    assert written.written_by == "马编辑"


def test_the_form_offers_the_next_reference_and_the_office_of_last_time(desk: Office) -> None:
    page = desk.clerk("马编辑").get(NEW).text
    assert 'value="PY-2026-022"' in page
    assert 'value="彭阳县' in page


def test_a_notice_is_shown_as_it_was_written_when_it_is_opened_again(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    clerk.send(NEW, FORM)
    page = clerk.get("/staff/notices/of/PY-2026-050/edit").text
    assert 'value="玉米秸秆打捆补贴开始登记"' in page
    assert 'name="row-0-name" value="玉米"' in page
    assert f'value="{COUNTY}" checked' in page


def test_faults_are_told_together_and_lead_to_their_fields(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, {**FORM, "title": "", "phone": "没有", "deadline": "2026-13-40", "row-0-value": "许多"})
    assert answer.status_code == 400
    assert "有 4 处要改" in answer.text
    for place in ("title", "phone", "deadline", "row-0"):
        assert f'href="#{place}"' in answer.text, place
    assert 'value="PY-2026-050"' in answer.text
    assert "（title）" not in answer.text
    assert "没有填写" not in answer.text.split("data-count-into")[1].split("<button")[0]


def test_an_unknown_kind_is_told_at_its_row(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, {**FORM, "row-1-fact": "household.kind", "row-1-operator": "is", "row-1-value": "贫困户2"})
    assert "推送条件第 2 行：未知的户类型“贫困户2”" in answer.text


def test_a_condition_in_code_is_taken_and_a_slip_in_it_is_told_with_line_and_column(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    slip = clerk.send(NEW, {**FORM, "audience": "code", "condition_code": '{"fact": "crop.玉米",\n "at_least" 3}'})
    assert "第 2 行第" in slip.text
    wrong = clerk.send(NEW, {**FORM, "audience": "code", "condition_code": '{"all": [{"fact": "crop.玉米", "at_most": "x"}]}'})
    assert "推送范围（all[0].at_most）" in words_of(wrong.text)
    assert clerk.send(NEW, {**FORM, "audience": "code", "condition_code": '{"fact": "crop.玉米", "at_most": 2}'}).status_code == 302


def test_a_taken_reference_is_refused_and_the_other_notice_left_alone(desk: Office) -> None:
    answer = desk.clerk("马编辑").send(NEW, {**FORM, "reference": "PY-2026-001"})
    assert "编号“PY-2026-001”已经有一条信息了" in answer.text
    assert view(desk, "PY-2026-001").title == "2026年玉米良种补贴开始登记"


def test_an_editor_of_another_township_can_neither_write_here_nor_change_what_stands_here(desk: Office) -> None:
    stranger = desk.clerk("别乡编辑")
    written = stranger.send(NEW, {**FORM, "divisions": [BAIYANG]})
    assert "不在 别乡编辑 的管理范围内" in words_of(written.text)
    assert view(desk, "PY-2026-050") is None
    changed = stranger.send("/staff/notices/of/PY-2026-018/edit", {**FORM, "divisions": [OTHER], "revision": "1"})
    assert changed.status_code == 400
    assert view(desk, "PY-2026-018").revision == 1


def test_of_two_who_change_the_same_notice_the_second_is_told(desk: Office) -> None:
    first, second = desk.clerk("马编辑"), desk.clerk("马编辑")
    first.send("/staff/notices/of/PY-2026-018/edit", {**FORM, "revision": "1"})
    answer = second.send("/staff/notices/of/PY-2026-018/edit", {**FORM, "title": "别的标题", "revision": "1"})
    assert "这条信息改过了（别的同事，或您在别的窗口）" in answer.text
    assert view(desk, "PY-2026-018").title == FORM["title"]


def test_rows_are_added_and_taken_away_without_any_script(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    added = clerk.send(NEW, {**FORM, "act": "add_row"}).text
    assert 'name="row-1-fact"' in added
    assert 'value="玉米秸秆打捆补贴开始登记"' in added
    assert 'name="row-0-name" value="玉米"' not in clerk.send(NEW, {**FORM, "act": "remove-0"}).text
    assert view(desk, "PY-2026-050") is None


def test_the_count_stands_beside_the_condition_with_what_is_missing(desk: Office) -> None:
    words = words_of(desk.clerk("马编辑").send("/staff/notices/count", {**FORM, "audience": "everybody"}, form_at=NEW).text)
    assert "全部农户" in words
    assert "少于 5 户 符合" in words
    words = words_of(desk.clerk("马编辑").send("/staff/notices/count", FORM, form_at=NEW).text)
    assert "种玉米不少于 3 亩的农户" in words
    assert "资料不全（缺：玉米）" in words


def test_a_name_nobody_is_registered_with_is_told_to_the_writer_and_to_the_reviewers(desk: Office) -> None:
    strange, told = {**FORM, "row-0-name": "冬小麦"}, "没有一户登记过种冬小麦。登记得多的是："
    assert told in words_of(desk.clerk("马编辑").send("/staff/notices/count", strange, form_at=NEW).text)
    assert told not in words_of(desk.clerk("马编辑").send("/staff/notices/count", FORM, form_at=NEW).text)
    desk.clerk("马编辑").send(NEW, strange)
    assert told in desk.clerk("杨初审").page("/staff/notices/of/PY-2026-050")


def test_the_count_tells_a_bad_row_instead_of_a_number(desk: Office) -> None:
    words = words_of(desk.clerk("马编辑").send("/staff/notices/count", {**FORM, "row-0-value": "许多"}, form_at=NEW).text)
    assert "不是数字" in words


def test_a_file_of_notices_comes_in_as_drafts_and_bad_lines_are_named(desk: Office) -> None:
    file = ('{"reference": "PY-2026-060", "title": "修路", "body": "修路。", "office": "县交通局", "phone": "0954-7000107", '
            '"divisions": ["640425"]}\n{"reference": "PY-2026-061"}\n')
    answer = desk.clerk("马编辑").upload("/staff/notices/import", "notices.jsonl", file.encode())
    assert "读入 2 条" in words_of(answer.text)
    assert "拒收 1 条" in words_of(answer.text)
    assert view(desk, "PY-2026-060").state == "draft"


def test_a_file_that_is_none_is_refused_in_one_sentence(desk: Office) -> None:
    for data, said in ((b"\xff\xfe\x00", "不是 UTF-8 编码"), (b"\xd0\xcf\x11\xe0\x00\x00", "这是文档、表格或图片")):
        answer = desk.clerk("马编辑").upload("/staff/notices/import", "notices.jsonl", data)
        assert answer.status_code == 400
        assert said in answer.text


def test_a_must_arrive_notice_is_written_with_its_days_and_shown_to_its_reviewers(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    refused = clerk.send(NEW, {**FORM, "must_arrive": "3", "deadline": ""})
    assert refused.status_code == 400
    assert "还没有填办理截止日期" in refused.text
    assert 'href="#must_arrive"' in refused.text
    assert clerk.send(NEW, {**FORM, "must_arrive": "3"}).status_code == 302
    assert view(desk, "PY-2026-050").must_arrive == 3
    assert "截止前 3 天" in words_of(clerk.get("/staff/notices/of/PY-2026-050").text)
    assert 'name="must_arrive" type="text" value="3"' in clerk.get("/staff/notices/of/PY-2026-050/edit").text


def test_the_room_of_funds_holds_projects_and_lists_of_names_and_begins_new_ones(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    for number, kind in enumerate(("project", "public_list", "notice")):
        assert clerk.send(NEW, {**FORM, "reference": f"PY-2026-06{number}", "kind": kind}).status_code == 302
    page = clerk.get("/staff/funds").text
    kinds = set(re.findall(r'data-label="种类">([^<]+)<', page))
    assert kinds == {"项目", "公示名单"}
    assert set(re.findall(r'data-label="种类">([^<]+)<', clerk.get("/staff/funds?kind=project").text)) == {"项目"}
    assert "看全部" in clerk.page("/staff/funds?words=没有这样的")
    assert '<option value="project" selected>' in clerk.get("/staff/notices/new?kind=project").text
    assert '<option value="notice" selected>' in clerk.get("/staff/notices/new?kind=nothing").text
