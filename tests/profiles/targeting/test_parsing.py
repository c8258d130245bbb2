"""Conditions taken, conditions refused: each refusal names the place, the fault and the cure."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.facts import REGISTER
from profiles.failures import ConditionRefused
from profiles.targeting.conditions import Condition, Leaf, OneOf, Range, Within, facts_named, leaves, to_json
from profiles.targeting.parsing import parse, parse_text

CORN = {"fact": "crop.玉米", "at_least": 3}
AGE = {"fact": "member.age", "at_least": 60}


def taken(raw: Any) -> Condition | None:
    return parse(raw, REGISTER)


def refusal(raw: Any) -> ConditionRefused:
    with pytest.raises(ConditionRefused) as caught:
        parse(raw, REGISTER)
    assert caught.value.cure
    assert str(caught.value).startswith(caught.value.path)
    return caught.value


def test_null_is_everybody() -> None:
    assert taken(None) is None
    assert parse_text("null", REGISTER) is None
    assert to_json(None) is None


def test_an_unknown_kind_is_refused_where_it_stands() -> None:
    raw = {"all": [CORN, {"fact": "household.kind", "in": ["脱贫户", "贫困户2"]}]}
    assert str(refusal(raw)) == "all[1].in: 未知的户类型“贫困户2”"
    assert "监测对象" in refusal(raw).cure


def test_a_word_of_before_2021_is_refused_with_the_word_of_today() -> None:
    refused = refusal({"fact": "household.kind", "is": "建档立卡贫困户"})
    assert str(refused) == "is: 未知的户类型“建档立卡贫困户”"
    assert "脱贫户" in refused.cure
    assert refused.words == "is: 未知的户类型“建档立卡贫困户”。这是以前的说法，现在请写“脱贫户”"


@pytest.mark.parametrize(
    ("raw", "path", "reason"),
    [
        ("脱贫户", "整个条件", "这里要写一个条件"),
        ([CORN], "整个条件", "这里要写一个条件"),
        ({}, "整个条件", "没有写明是哪一个信息项"),
        ({"all": []}, "all", "没有条件"),
        ({"any": []}, "any", "没有条件"),
        ({"all": CORN}, "all", "要写一组条件"),
        ({"all": [CORN, None]}, "all[1]", "要写一个条件"),
        ({"not": []}, "not", "要写一个条件"),
        ({"none": [CORN]}, "none", "不认识的写法"),
        ({"all": [CORN], "any": [CORN]}, "any", "旁边不能再写"),
        ({"not": CORN, "fact": "crop.玉米"}, "fact", "旁边不能再写"),
        ({**CORN, "unit": "亩"}, "unit", "不认识的写法“unit”"),
        ({"fact": "crop.玉米"}, "整个条件", "没有写比较方法"),
        ({"fact": "crop.玉米", "at_least": 1, "at_most": 3}, "at_most", "写了 2 种比较方法"),
        ({"any": [{"fact": "household.sise", "is": 1}]}, "any[0].fact", "未知的信息项“household.sise”"),
        ({"fact": 7, "is": 1}, "fact", "未知的信息项“7”"),
        ({"fact": "crop.亩", "at_least": 1}, "fact", "未知的信息项“crop.亩”"),
        ({"fact": "crop.玉米", "within": "6404"}, "within", "不能用 within"),
        ({"fact": "household.kind", "at_least": 3}, "at_least", "不能用 at_least"),
        ({"fact": "household.relocated", "in": [True]}, "in", "不能用 in"),
        ({"fact": "household.relocated", "is": "true"}, "is", "不是 true 或 false"),
        ({"fact": "household.relocated", "is": 1}, "is", "不是 true 或 false"),
        ({"fact": "household.elderly_alone", "is": "是"}, "is", "不是 true 或 false"),
        ({"fact": "crop.玉米", "at_least": True}, "at_least", "要写数字"),
        ({"fact": "crop.玉米", "at_least": "3"}, "at_least", "要写数字"),
        ({"fact": "crop.玉米", "at_least": None}, "at_least", "要写数字"),
        ({"fact": "crop.玉米", "at_least": float("nan")}, "at_least", "不是可用的数字"),
        ({"fact": "crop.玉米", "at_least": float("inf")}, "at_least", "不是可用的数字"),
        ({"fact": "crop.玉米", "at_least": 10**400}, "at_least", "数字太大"),
        ({"fact": "crop.玉米", "at_least": -1}, "at_least", "不会是"),
        ({"fact": "household.size", "is": 2.5}, "is", "要写整数"),
        ({"fact": "crop.玉米", "between": [5, 3]}, "between", "大于"),
        ({"fact": "crop.玉米", "between": [5]}, "between", "要写两个数"),
        ({"fact": "crop.玉米", "between": 5}, "between", "要写两个数"),
        ({"fact": "household.kind", "in": "脱贫户"}, "in", "要写一组值"),
        ({"fact": "household.kind", "in": []}, "in", "没有值"),
        ({"fact": "household.kind", "is": 3}, "is", "要写文字"),
        ({"fact": "household.group", "is": "  "}, "is", "不能作村民小组"),
        ({"fact": "household.group", "is": "一\x00组"}, "is", "不能作村民小组"),
        ({"fact": "household.group", "is": "\ud800"}, "is", "不能作村民小组"),
        ({"fact": "household.group", "in": ["一" * 51]}, "in", "不能作村民小组"),
        ({"fact": "division", "within": "白阳镇"}, "within", "不是区划代码"),
        ({"fact": "division", "within": 640425100}, "within", "不是区划代码"),
        ({"fact": "division", "within": "6404251"}, "within", "不是区划代码"),
        ({"fact": "division", "within": "６４０４２５"}, "within", "不是区划代码"),
        ({"fact": "division", "is": "640425100"}, "is", "不是村代码"),
        ({"all": [AGE]}, "all[0].fact", "“年龄”是家庭成员的信息"),
        ({"someone": CORN}, "someone.fact", "“玉米”是全户的信息"),
        ({"someone": {"fact": "household.elderly_alone", "is": True}}, "someone.fact", "是全户的信息"),
        ({"someone": {"all": [AGE, {"everyone": AGE}]}}, "someone.all[1].everyone", "不能互相套着写"),
        ({"someone": {**AGE, "on": "2026-02-30"}}, "someone.on", "不是日期"),
        ({"someone": {**AGE, "on": "20261231"}}, "someone.on", "不是日期"),
        ({"someone": {**AGE, "on": 2026}}, "someone.on", "不是日期"),
        ({"someone": {"fact": "member.age", "is": 151}}, "someone.is", "不会是"),
        ({**CORN, "on": "2026-12-31"}, "on", "不能写日期"),
        ({"someone": {"fact": "member.migrant", "is": True, "on": "2026-12-31"}}, "someone.on", "不能写日期"),
        ({"fact": "household.relocated", "is": True, "on": "2026-12-31"}, "on", "不能写日期"),
        ({"fact": "crop.玉米", "at_least": []}, "at_least", "1 到 50 期"),
        ({"fact": "crop.玉米", "at_least": [3]}, "at_least[0]", "开始日期"),
        ({"fact": "crop.玉米", "at_least": [{"since": "2026-13-01", "value": 3}]}, "at_least[0].since", "不是日期"),
        ({"fact": "crop.玉米", "at_least": [{"since": "2026-01-01", "value": "3"}]}, "at_least[0].value", "要写数字"),
        ({"fact": "crop.玉米", "at_most": [{"since": "2026-01-01", "value": 3, "why": ""}]}, "at_most[0].why", "不认识"),
        (
            {"fact": "crop.玉米", "at_most": [{"since": "2026-01-01", "value": 3}, {"since": "2025-01-01", "value": 4}]},
            "at_most[1].since",
            "先后",
        ),
    ],
)
def test_a_bad_condition_is_refused_with_the_path_of_its_fault(raw: Any, path: str, reason: str) -> None:
    refused = refusal(raw)
    assert refused.path == path
    assert reason in refused.reason


def test_an_error_never_repeats_a_long_or_unprintable_word() -> None:
    refused = refusal({"fact": "household.\x1b[31m" + "x" * 5000, "is": 1})
    assert len(str(refused)) < 60
    assert "\x1b" not in str(refused)


def nested(depth: int) -> Any:
    raw: Any = CORN
    for _ in range(depth - 1):
        raw = {"not": raw}
    return raw


def test_depth_is_limited() -> None:
    assert taken(nested(12)) is not None
    assert "12 层" in refusal(nested(13)).reason
    assert "12 层" in refusal(nested(100_000)).reason


def test_size_is_limited() -> None:
    assert taken({"any": [CORN] * 199}) is not None
    assert "200 项" in refusal({"any": [CORN] * 200}).reason
    assert "200 项" in refusal({"any": [{"fact": "household.has_labour", "is": True}] * 60}).reason


def test_lists_of_values_are_limited_alone_and_together() -> None:
    groups = {"fact": "household.group", "in": [f"{number}组" for number in range(500)]}
    assert taken(groups) is not None
    assert "值太多" in refusal({"fact": "household.group", "in": [f"{n}组" for n in range(501)]}).reason
    assert taken({"any": [groups] * 4}) is not None
    assert refusal({"any": [groups] * 5}).path == "any[4].in"


def test_text_that_is_no_json_is_refused_with_its_place() -> None:
    with pytest.raises(ConditionRefused, match=r"第 2 行第 \d+ 个字附近不是正确的 JSON"):
        parse_text('{"fact": "crop.玉米",\n"at_least"： 3}', REGISTER)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"fact": "crop.玉米", "at_least": NaN}', "9" * 5000, " " * 200_001, "", "-Infinity"]
)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(ConditionRefused):
        parse_text(text, REGISTER)


def test_operators_become_three_tests() -> None:
    corn = REGISTER.fact("crop.玉米")
    assert corn is not None
    assert taken(CORN) == Leaf(corn, Range(low=3.0))
    assert taken({"fact": "crop.玉米", "at_most": 3}) == Leaf(corn, Range(high=3.0))
    assert taken({"fact": "crop.玉米", "between": [3, 3]}) == Leaf(corn, Range(3.0, 3.0))
    assert taken({"fact": "crop.玉米", "in": [1, 1.0, 2]}) == Leaf(corn, OneOf((1.0, 2.0)))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("640425100209", "640425100209"), ("640425100000", "640425100"), ("640425000000", "640425"), ("640000", "64")],
)
def test_codes_filled_with_zeros_mean_the_higher_division(written: str, meant: str) -> None:
    condition = taken({"fact": "division", "within": written})
    assert isinstance(condition, Leaf)
    assert condition.test == Within(meant)


def test_an_age_may_be_counted_on_a_day() -> None:
    raw = {"someone": {"fact": "member.age", "at_least": 60, "on": "2026-12-31"}}
    condition = taken(raw)
    assert to_json(condition) == raw
    assert [leaf.on for leaf in leaves(condition)] == [date(2026, 12, 31)]


def test_the_facts_a_condition_rests_on_are_named_once_each() -> None:
    raw = {"all": [CORN, {"not": CORN}, {"fact": "household.elderly_alone", "is": True}, {"someone": AGE}]}
    assert [fact.name for fact in facts_named(taken(raw))] == ["crop.玉米", "household.size", "member.age"]
    assert facts_named(None) == ()


def test_words_stay_as_they_were_written() -> None:
    raw = {"fact": "household.kind", "in": ["脱贫户", "监测对象"]}
    assert to_json(taken(raw)) == raw


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["fact", "is", "in", "at_least", "between", "within", "on", "all", "any", "not", "someone"]),
            st.one_of(inner, st.sampled_from(["crop.玉米", "household.kind", "member.age", "division"])),
            max_size=3,
        ),
    ),
    max_leaves=8,
))
def test_any_value_at_all_is_either_taken_or_refused(raw: Any) -> None:
    try:
        condition = parse(raw, REGISTER)
    except ConditionRefused:
        return
    assert parse(json.loads(json.dumps(to_json(condition))), REGISTER) == condition
