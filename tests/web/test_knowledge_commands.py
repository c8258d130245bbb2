"""`zhida knowledge import` and `export`: a workbook in, the same workbook out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask

from knowledge.lines import EntryLine
from tests.web.staff.office import Office, open_office
from web.commands import knowing
from web.entry_files import Form, read_entries, write_entries

GROUP: click.Group = knowing.commands()[0]
ROAD_LAMP = EntryLine(id="zs-1", question="路灯坏了找谁", answer="找村委会。", similar=["路灯不亮了"])


@pytest.fixture
def office(tmp_path: Path) -> Office:
    opened = open_office(tmp_path)
    app = Flask("commands")
    app.extensions["zhida"] = opened.house
    return Office(opened.house, app)


def ran(office: Office, *words: str) -> Result:
    return office.app.test_cli_runner().invoke(GROUP, list(words))


def told(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout.splitlines()[-1]))


def test_a_workbook_comes_in_and_goes_out_in_either_form(office: Office, tmp_path: Path) -> None:
    brought = tmp_path / "条目.xlsx"
    brought.write_bytes(write_entries([ROAD_LAMP], Form.XLSX))
    assert told(ran(office, "import", str(brought), "--json"))["created"] == 1
    for form in Form:
        out = tmp_path / f"out.{form}"
        assert told(ran(office, "export", "--out", str(out), "--json"))["entries"] == 1
        again = read_entries(out.read_bytes()).good[0]
        assert (again.id, again.question, again.answer, again.similar) == ("zs-1", "路灯坏了找谁", "找村委会。", ["路灯不亮了"])


def test_a_question_gets_its_answer_in_words_and_who_stands_behind_it(office: Office, tmp_path: Path) -> None:
    brought = tmp_path / "k.jsonl"
    lamp = ROAD_LAMP.model_copy(update={"office": "彭阳县交通运输局", "source": "彭交发〔2026〕2号"})
    brought.write_text(lamp.model_dump_json() + "\n", "utf-8")
    ran(office, "import", str(brought))
    said = ran(office, "ask", "路灯坏了找谁").stdout
    assert all(words in said for words in ("可以直接回答", "找村委会。", "彭阳县交通运输局", "彭交发〔2026〕2号"))
    assert told(ran(office, "ask", "路灯坏了找谁", "--json"))["candidates"][0]["id"] == "zs-1"


def test_faulty_rows_are_written_where_they_were_wanted(office: Office, tmp_path: Path) -> None:
    brought, errors = tmp_path / "k.jsonl", tmp_path / "拒收.csv"
    brought.write_text('{"id": "a"}\n' + ROAD_LAMP.model_dump_json() + "\n", "utf-8")
    result = told(ran(office, "import", str(brought), "--errors", str(errors), "--json"))
    assert (result["created"], result["rejected"], result["errors_file"]) == (1, 1, str(errors))
    assert errors.read_text("utf-8-sig").splitlines()[0] == "行号,列,值,原因,办法"


def test_a_row_with_somebody_s_number_is_refused_as_at_the_desk_and_the_office_s_own_comes_in(office: Office, tmp_path: Path) -> None:
    brought, errors = tmp_path / "k.jsonl", tmp_path / "拒收.csv"
    rows = [{"id": "a", "question": "找谁", "answer": "找老李 13812345678。"},
            {"id": "b", "question": "身份证 110101199003072 能办吗", "answer": "能。"},
            {"id": "c", "question": "钱打到哪", "answer": "打到 6222021234567890128。"},
            {"id": "d", "question": "谁来修灯", "answer": "打 13812345678 或 12345。", "phone": "13812345678"},
            {"id": "e", "question": "电费问谁", "answer": "打 95598，或到 0954-7000139 问。", "divisions": ["640425101"]}]
    brought.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    result = told(ran(office, "import", str(brought), "--errors", str(errors), "--json"))
    assert (result["read"], result["created"], result["rejected"]) == (5, 2, 3)
    listed = errors.read_text("utf-8-sig").splitlines()[1:]
    assert [line.split(",")[0] for line in listed] == ["1", "2", "3"]
    assert ["有手机号" in listed[0], "有身份证号" in listed[1], "有银行卡号" in listed[2]] == [True, True, True]
    assert "13812345678" not in "".join(listed)


def test_another_ending_is_refused_with_the_right_ones(office: Office, tmp_path: Path) -> None:
    result = ran(office, "export", "--out", str(tmp_path / "k.pdf"))
    assert result.exit_code == 2
    assert ".xlsx 或 .jsonl" in result.output
