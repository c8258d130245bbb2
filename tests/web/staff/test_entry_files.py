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


def test_a_file_changes_and_stops_only_what_its_bringer_may_decide(desk: Office) -> None:
    desk.clerk("祁坐席").send(NEW, {**FORM, "divisions": YAOHE})
    approve(desk, "杨初审", 1)
    rows = [{"id": "zs-test", "question": "路灯坏了找谁", "answer": "没人管。", "divisions": [OTHER]},
            {"id": "b-1", "question": "大家都问的", "answer": "全县一样。"},
            {"id": "b-2", "question": "本镇的", "answer": "来办。", "divisions": [OTHER]},
            {"id": "b-4", "question": "倒着的", "answer": "答", "divisions": [OTHER], "valid_from": "2027-02-01", "valid_until": "2027-01-01"},
            {"id": "b-3", "question": "找谁", "answer": "找老李 13812345678。", "divisions": [OTHER]}]
    file = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    told = words_of(desk.clerk("别乡编辑").upload("/staff/knowledge/import", "k.jsonl", file, reviewed="1").text)
    assert "新增 1 更新 0 拒收 4" in told
    assert f"{YAOHE} 不在您的管理范围内" in told
    assert "请写上本乡镇的区划代码" in told
    assert "有手机号" in told
    assert "比生效日期还早" in told
    assert [entry(desk, name) is None for name in ("b-1", "b-2", "b-3")] == [True, False, True]
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
    clerk.upload("/staff/knowledge/import", "k.jsonl", json.dumps(line, ensure_ascii=False).encode(), reviewed="1")
    written = {**line, "answer": f"带上残疾证。{answer}"}
    refused = clerk.send("/staff/knowledge/of/a-2", {**written, "answer": f"{answer}再问 0954-7000108。"})
    assert refused.status_code == 400
    assert "有电话号码" in words_of(refused.text), words_of(refused.text)[300:900]
    assert clerk.send("/staff/knowledge/of/a-2", written).location == "/staff/knowledge/of/a-2"
