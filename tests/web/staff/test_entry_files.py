"""Files of entries at the desk: what comes in, what is refused with its row, what goes out."""

from __future__ import annotations

import base64
import json
import re

import pytest

from knowledge.models import EntryState
from tests.web.staff.office import OTHER, YAOHE, Office, words_of
from tests.web.staff.test_knowledge import FORM, NEW, approve, entry
from web.staff import knowledge

FILE = "/staff/knowledge/import"
LINES = "".join(f'{{"id": "a-{number}", "question": "第{number}件事怎么办", "answer": "来办第{number}件。"}}\n' for number in range(1, 4)).encode()


def test_a_file_comes_in_as_drafts_whoever_brings_it(desk: Office) -> None:
    for clerk in ("祁坐席", "马编辑"):
        told = desk.clerk(clerk).upload(FILE, "k.jsonl", LINES, reviewed="1")
        assert told.status_code == 200
        assert "另一位同事看过，可以整批审定" in told.text
        kept = entry(desk, "a-1")
        assert kept is not None
        assert kept.state == EntryState.DRAFT


def batch_of(desk: Office, name: str) -> str:
    found = re.search(r"/staff/knowledge/files/\d+", desk.clerk(name).get("/staff/knowledge?state=waiting").text)
    assert found is not None
    return found.group()


def test_a_file_is_reviewed_as_a_whole_by_somebody_else(desk: Office) -> None:
    desk.clerk("马编辑").upload(FILE, "k.jsonl", LINES)
    place, editor, reviewer = batch_of(desk, "马编辑"), desk.clerk("马编辑"), desk.clerk("杨初审")
    assert "请另一位同事来审定" in editor.page(place)
    editor.send(f"{place}/approve", {}, form_at="/staff/knowledge/new")
    assert "自己写的条目不能自己审定" in words_of(editor.page(place))
    assert states(desk) == [(EntryState.DRAFT, None)] * 3
    approve(desk, "杨初审", 1, "a-2", act="return", reason="第二件没说清")
    assert "还有 2 条等审定" in words_of(reviewer.page(place))
    assert reviewer.send(f"{place}/approve", {}, form_at=place).location == "/staff/knowledge"
    assert states(desk) == [(EntryState.REVIEWED, "杨初审"), (EntryState.DRAFT, None), (EntryState.REVIEWED, "杨初审")]


def states(desk: Office) -> list[tuple[EntryState, str | None]]:
    return [(EntryState(one.state), one.reviewed_by) for number in (1, 2, 3) if (one := entry(desk, f"a-{number}")) is not None]


def test_what_is_missing_or_speaks_against_itself_is_told_before_a_file_is_reviewed(desk: Office) -> None:
    table = ("编号,问题,答案,答复单位,依据\na-1,母牛配种补贴怎么领,每头补 50 元。,县农业农村局,彭农发〔2026〕1号\n"
             "a-2,母牛配种补贴怎么领？,每头补 80 元。,,彭农发〔2026〕1号\na-3,路灯坏了找谁,找村委会。,县住建局,\n")
    desk.clerk("马编辑").upload(FILE, "k.csv", table.encode())
    words = desk.clerk("杨初审").page(batch_of(desk, "马编辑"))
    for said in ("1 条没有写答复单位，群众不知道是谁说的：“母牛配种补贴怎么领？”", "1 条没有写依据：“路灯坏了找谁”", "金额说得不一样"):
        assert said in words


def test_a_whole_file_is_given_back_with_a_reason_and_nothing_beyond_one_s_area_is_decided(desk: Office) -> None:
    desk.clerk("马编辑").upload(FILE, "k.jsonl", LINES)
    place, other = batch_of(desk, "马编辑"), desk.clerk("别乡编辑")
    other.send(f"{place}/approve", {}, form_at=place)
    assert "3 条没有办：用在您的管理范围以外的地方" in words_of(other.page(place))
    reviewer = desk.clerk("杨初审")
    reviewer.send(f"{place}/return", {"reason": " "}, form_at=place)
    assert "请写明退回的原因" in words_of(reviewer.page(place))
    reviewer.send(f"{place}/return", {"reason": "口径不对"}, form_at=place)
    assert "这一批都办完了" in reviewer.page(place)
    assert "3 条知识条目被退回" in words_of(desk.clerk("马编辑").page("/staff/"))
    assert reviewer.get("/staff/knowledge/files/999999").status_code == 404
    assert reviewer.send(f"{place}/file", {}, form_at="/staff/knowledge/try").status_code == 404


def test_a_file_changes_and_stops_only_what_its_bringer_may_decide(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, {**FORM, "divisions": YAOHE})
    approve(desk, "杨初审", 1)
    rows = [{"id": "zs-test", "question": "路灯坏了找谁", "answer": "没人管。", "divisions": [OTHER]},
            {"id": "b-1", "question": "大家都问的", "answer": "全县一样。"},
            {"id": "b-2", "question": "本镇的", "answer": "来办。", "divisions": [OTHER]},
            {"id": "b-4", "question": "倒着的", "answer": "答", "divisions": [OTHER], "valid_from": "2027-02-01", "valid_until": "2027-01-01"},
            {"id": "b-3", "question": "找谁", "answer": "找老李 13812345678。", "divisions": [OTHER]}]
    file = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    told = words_of(desk.clerk("别乡编辑").upload("/staff/knowledge/import", "k.jsonl", file).text)
    assert "新增 2 更新 0 拒收 3" in told
    assert f"{YAOHE} 不在您的管理范围内" in told
    assert "有手机号" in told
    assert "比生效日期还早" in told
    assert [entry(desk, name) is None for name in ("b-1", "b-2", "b-3")] == [False, False, True]
    stop = '{"id": "zs-test", "question": "路灯坏了找谁", "answer": "没人管。", "state": "retired"}\n'.encode()
    told = words_of(desk.clerk("祁坐席").upload("/staff/knowledge/import", "k.jsonl", stop).text)
    assert "停用条目要由审定的同事来办" in told
    held = entry(desk)
    assert held is not None
    assert (held.state, held.answer) == (EntryState.REVIEWED, FORM["answer"])
    assert "已经审定过" not in desk.clerk("石管理").page("/staff/knowledge/import")


def test_a_code_of_no_place_is_pointed_out_and_too_many_rows_are_refused(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": "c-1", "question": "大棚补贴", "answer": "有。", "divisions": ["640425999"]}, {"id": "c-2", "question": "苗木补贴", "answer": "有。", "divisions": [YAOHE]}]
    file = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    told = words_of(desk.clerk("马编辑").upload("/staff/knowledge/import", "k.jsonl", file).text)
    assert "新增 2" in told
    assert "适用地方 640425999 不在区划表里，用在那里的 1 条（c-1）" in told
    assert YAOHE not in told
    monkeypatch.setattr(knowledge, "MOST_ROWS", 1)
    told = words_of(desk.clerk("马编辑").upload("/staff/knowledge/import", "k.jsonl", file).text)
    assert "超过 1 行 请分成几个文件导入" in told


def test_what_is_exported_comes_in_again_and_changes_nothing(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    clerk.send(NEW, FORM)
    for form in ("xlsx", "jsonl"):
        file = clerk.get(f"/staff/knowledge/export/{form}")
        assert file.headers["Content-Disposition"].startswith("attachment")
        told = clerk.upload("/staff/knowledge/import", f"k.{form}", file.data)
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


def test_a_file_that_contradicts_what_answers_is_warned_of(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, FORM)
    approve(desk, "杨初审", 1)
    desk.house.library.prepare()
    told = desk.clerk("马编辑").upload("/staff/knowledge/import", "k.jsonl",
                                    '{"id": "a-1", "question": "谁修路灯", "answer": "打 0954-7000139。"}\n'.encode())
    assert "条目 a-1 与 zs-test（路灯坏了找谁）问法一样，电话说得不一样" in told.text


def test_an_entry_that_came_in_with_a_second_office_s_number_can_be_changed_at_the_desk(desk: Office) -> None:
    answer = "县民政局 0954-7000106，残疾证的事问县残联 0954-7000107。"
    line = {"id": "a-2", "question": "两项补贴找谁", "answer": answer, "phone": "0954-7000106"}
    clerk = desk.clerk("马编辑")
    clerk.upload("/staff/knowledge/import", "k.jsonl", json.dumps(line, ensure_ascii=False).encode())
    written = {**line, "answer": f"带上残疾证。{answer}"}
    refused = clerk.send("/staff/knowledge/of/a-2", {**written, "answer": f"{answer}再问 0954-7000108。"})
    assert refused.status_code == 400
    assert "有电话号码" in words_of(refused.text), words_of(refused.text)[300:900]
    assert clerk.send("/staff/knowledge/of/a-2", written).location == "/staff/knowledge/of/a-2"


def test_columns_that_were_not_taken_in_are_named_to_whoever_brought_them(desk: Office) -> None:
    told = desk.clerk("马编辑").upload(FILE, "k.csv", "编号,问题,答案,经办人\na-1,路灯坏了找谁,找村委会。,甲\n".encode())
    assert "没有认出这几列，里面的内容没有收下：经办人。" in words_of(told.text)
