"""Rows of the builder and the condition they stand for, both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest

from profiles.facts import REGISTER
from profiles.targeting.parsing import parse
from tests.web.staff.office import DATA
from web.staff.conditions import OR, Row, build, choices, rows_of

WRITTEN = {notice["reference"]: notice["condition"] for notice in
           map(json.loads, (DATA / "notices.jsonl").read_text("utf-8").splitlines()) if notice["condition"]}


@pytest.mark.parametrize("reference", WRITTEN)
def test_a_condition_comes_back_from_its_rows_unchanged_or_is_left_as_code(reference: str) -> None:
    condition = WRITTEN[reference]
    rows = rows_of(condition)
    assert rows is None or build(rows).condition == condition


def test_most_conditions_an_office_writes_can_be_shown_as_rows() -> None:
    assert [reference for reference, condition in WRITTEN.items() if rows_of(condition) is None] == ["PY-2026-015"]


@pytest.mark.parametrize(("rows", "condition"), [
    ([], None),
    ([Row("crop.", "玉米", "at_least", "3")], {"fact": "crop.玉米", "at_least": 3}),
    ([Row("household.kind", "", "is", "脱贫户、监测对象")], {"fact": "household.kind", "in": ["脱贫户", "监测对象"]}),
    ([Row("household.kind", "", "not", "低保户")], {"not": {"fact": "household.kind", "is": "低保户"}}),
    ([Row("household.relocated", "", "not")], {"fact": "household.relocated", "is": False}),
    ([Row("member.age", "", "between", "16 至 59 岁"), Row("member.migrant", "", "is")],
     {"someone": {"all": [{"fact": "member.age", "between": [16, 59]}, {"fact": "member.migrant", "is": True}]}}),
    ([Row("crop.", "玉米", "at_least", "3"), Row("livestock.", "肉牛", "at_least", "1", OR), Row("member.age", "", "at_least", "60")],
     {"all": [{"any": [{"fact": "crop.玉米", "at_least": 3}, {"fact": "livestock.肉牛", "at_least": 1}]},
              {"someone": {"fact": "member.age", "at_least": 60}}]}),
])
def test_rows_stand_for_what_they_say(rows: list[Row], condition: Any) -> None:
    built = build(rows)
    assert built.faults == ()
    assert built.condition == condition
    parse(built.condition, REGISTER)


@pytest.mark.parametrize(("row", "words"), [
    (Row("crop.", "", "at_least", "3"), "请写明哪一种作物"),
    (Row("crop.", "玉米", "at_least", "很多"), "不是数字"),
    (Row("member.age", "", "between", "16"), "请写成 16-59 这样"),
    (Row("household.kind", "", "is", " "), "没有填值"),
    (Row("no.such.fact", "", "is", "1"), "请选一个信息项"),
])
def test_a_row_that_cannot_be_read_names_its_line_and_the_cure(row: Row, words: str) -> None:
    (fault,) = build([Row("household.relocated", "", "is"), row]).faults
    assert fault.row == 1
    assert fault.words.startswith("推送条件第 2 行")
    assert words in fault.words


def test_a_fault_of_the_rule_language_leads_back_to_its_row() -> None:
    built = build([Row("household.relocated", "", "is"), Row("member.age", "", "at_least", "60"),
                   Row("household.kind", "", "is", "贫困户2"), Row("member.migrant", "", "is")])
    assert built.row_at("all[1].is") == 2
    assert built.row_at("all[2].someone.all[0].at_least") == 1
    assert built.row_at("all[2].someone.all[1]") == 3
    assert built.row_at("somewhere.else") is None


@pytest.mark.parametrize("condition", [
    {"all": "text"}, {"someone": {"any": [{"fact": "member.age", "at_least": 60}]}}, {"everyone": {"fact": "member.age", "at_least": 18}},
    {"fact": "member.age"}, {"not": {"not": {"fact": "household.kind", "is": "低保户"}}},
    {"any": [{"all": [{"fact": "crop.玉米", "at_least": 1}]}]},
])
def test_what_rows_cannot_say_is_left_as_code(condition: dict[str, Any]) -> None:
    assert rows_of(condition) is None


def test_one_word_stands_for_each_set_of_kinds() -> None:
    kinds = next(choice for choice in choices() if choice.key == "household.kind")
    assert kinds.words[-1] == "监测对象"
    assert len(kinds.words) == len(set(kinds.words)) == 8
