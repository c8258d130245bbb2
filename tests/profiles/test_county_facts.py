"""A county writes down its own facts and kinds of household in one file, which is taken whole or refused whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from profiles.county_facts import FactSettings, catalogue_of, county_catalogue
from profiles.facts import REGISTER, Catalogue, Kind, Level
from profiles.failures import ConditionRefused, CountyFactsRefused
from profiles.targeting.parsing import parse, parse_text
from profiles.targeting.wording import sentence

CELLAR = {"name": "household.water_cellar", "label": "水窖", "kind": "boolean", "affirmed": "有水窖", "denied": "没有水窖",
          "headings": ["是否有水窖", "水窖"], "question": "请问您家有水窖吗？", "max_age_days": 366}
TREES = {"name": "household.果树", "label": "果树", "kind": "integer", "unit": "棵"}
INSURED = {"name": "member.insured", "label": "参保档次", "kind": "choice", "choices": ["一档", "二档"],
           "aliases": {"参保": ["一档", "二档"]}}


def read(**file: Any) -> Catalogue:
    return catalogue_of(json.dumps(file, ensure_ascii=False).encode(), "facts.json")


def refusal(**file: Any) -> tuple[str, ...]:
    with pytest.raises(CountyFactsRefused) as refused:
        read(**file)
    return refused.value.faults


def test_a_county_adds_facts_of_the_household_and_of_its_members() -> None:
    county = read(facts=[CELLAR, TREES, INSURED])
    cellar, trees, insured = (county.fact(str(one["name"])) for one in (CELLAR, TREES, INSURED))
    assert cellar is not None
    assert trees is not None
    assert insured is not None
    assert (cellar.kind, cellar.headings, cellar.max_age_days) == (Kind.BOOLEAN, ("是否有水窖", "水窖"), 366)
    assert (trees.unit, trees.headings, trees.question) == ("棵", ("果树",), "请问您家的“果树”是多少棵？")
    assert (insured.level, insured.choices, insured.stored("参保")) == (Level.MEMBER, ("一档", "二档", "无"), ("一档", "二档"))
    assert county.own == (cellar, trees, insured)
    assert REGISTER.own == ()
    assert REGISTER.fact("household.water_cellar") is None


def test_own_facts_are_written_in_conditions_and_read_as_sentences() -> None:
    county = read(facts=[CELLAR, TREES, INSURED])
    condition = parse({"all": [{"fact": "household.water_cellar", "is": False}, {"fact": "household.果树", "at_least": 10},
                               {"someone": {"fact": "member.insured", "is": "参保"}}]}, county)
    assert sentence(condition, str) == "农户：没有水窖，果树不少于 10 棵，家里有参保档次为参保的人"


def test_further_kinds_have_aliases_and_one_word_may_mean_several() -> None:
    county = read(kinds=[{"name": "低保边缘家庭", "aliases": ["低保边缘户"]}, {"name": "低保户", "aliases": ["最低生活保障户"]},
                         {"name": "低收入人口", "means": ["低保户", "低保边缘家庭", "监测对象"]}])
    kind = county.fact("household.kind")
    assert kind is not None
    assert "低保边缘家庭" in kind.choices
    assert "低收入人口" not in kind.choices
    assert kind.stored("低保边缘户") == ("低保边缘家庭",)
    assert kind.stored("最低生活保障户") == ("低保户",)
    assert kind.stored("低收入人口") == ("低保户", "低保边缘家庭", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户")


def test_a_county_derives_a_fact_from_others_but_never_from_later_ones() -> None:
    derived = {"name": "household.dry", "label": "缺水户", "kind": "derived", "affirmed": "是缺水户", "denied": "不是缺水户",
               "definition": {"fact": "household.water_cellar", "is": False}}
    county = read(facts=[CELLAR, derived])
    assert sentence(parse({"fact": "household.dry", "is": True}, county), str) == "是缺水户的农户"
    (fault,) = refusal(facts=[derived, CELLAR])
    assert fault.startswith("facts.json：facts 第 1 项（缺水户）的 definition：fact: 未知的信息项“household.water_cell…”")
    itself = {**derived, "definition": {"fact": "household.dry", "is": True}}
    assert "未知的信息项“household.dry”" in refusal(facts=[itself])[0]


@pytest.mark.parametrize(("change", "told"), [
    ({"name": "household.size"}, "的 name：“household.size”已经有了"),
    ({"name": "household.stated_at"}, "的 name：“household.stated_at”已经有了，或是系统自用的名称"),
    ({"name": "household.x'; DROP"}, "的 name：名称要以 household. 或 member. 开头"),
    ({"name": "crop.玉米"}, "的 name：名称要以"),
    ({"name": "village.well"}, "的 name：名称要以"),
    ({"kind": "money"}, "的 kind：只能是 'number'、'integer'、"),
    ({"label": ""}, "的 label：是空的"),
    ({"label": "承包地"}, "的 label：已经有叫“承包地”的信息项"),
    ({"label": "水" * 21}, "的 label：太长，最多 20"),
    ({"max_age_days": 0}, "的 max_age_days：数字不在范围内（1）"),
    ({"max_age_days": "一年"}, "的 max_age_days：要写成整数"),
    ({"sensitive": "是"}, "的 sensitive：要写成true 或 false"),
    ({"headings": "水窖"}, "的 headings：要写成方括号里的一组"),
    ({"headings": ["姓名"]}, "的 headings：表头“姓名”在农户表里已有别的意思"),
    ({"colour": "红"}, "的 colour：不认识的写法"),
    ({"kind": "choice"}, "的 choices：kind 是 choice 时要列出可选的值"),
    ({"unit": "口"}, "的 unit：只有 number、integer 有单位"),
    ({"question": "有吗？\u202e"}, "里有换行或看不见的符号"),
    ({"definition": {"fact": "division", "within": "64"}}, "的 definition：kind 是 derived 时要写"),
])
def test_a_bad_entry_is_refused_with_its_place_and_its_cure(change: dict[str, Any], told: str) -> None:
    faults = refusal(facts=[TREES, {**CELLAR, **change}])
    assert any(told in fault for fault in faults), faults
    assert all(fault.startswith("facts.json：facts 第 2 项") and fault.endswith("。") for fault in faults)


def test_every_fault_of_a_file_is_named_at_once() -> None:
    faults = refusal(facts=[{**CELLAR, "name": "household.land"}, TREES, {**TREES, "name": "household.trees2"}])
    assert [fault.partition("：")[2].partition("（")[0] for fault in faults] == ["facts 第 1 项", "facts 第 3 项", "facts 第 3 项"]
    assert "已经有叫“果树”的信息项" in faults[1]
    assert "表头“果树”前面的信息项已经用了" in faults[2]


@pytest.mark.parametrize(("kinds", "told"), [
    ([{"name": "监测对象"}], "的“监测对象”已经用在标准户类型"),
    ([{"name": "贫困户"}], "的“贫困户”已经用在旧称"),
    ([{"name": "新户", "means": ["没有的户"]}], "没有“没有的户”这种户类型"),
    ([{"name": "甲；乙"}], "里有看不见的符号或标点"),
    ([{"name": "新户"}, {"name": "别户", "aliases": ["新户"]}], "kinds 第 2 项（别户）的“新户”已经用在kinds 第 1 项（新户）"),
])
def test_kinds_do_not_speak_over_each_other(kinds: list[dict[str, Any]], told: str) -> None:
    assert any(told in fault for fault in refusal(kinds=kinds))


@pytest.mark.parametrize(("data", "told"), [
    (b'{"facts": [,]}', "facts.json：第 1 行第 12 个字附近不是正确的 JSON"),
    ("{\"facts\": []}".encode("utf-16"), "不是 UTF-8 编码的文本"),
    (b"[]", "facts.json：整个文件：要写成花括号里的一组"),
    (b'{"facts": [], "facts": []}', "“facts”在同一处写了两次"),
    (b"[" * 200_000, "套得太深"),
])
def test_a_file_that_is_none_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(CountyFactsRefused) as refused:
        catalogue_of(data, "facts.json")
    assert told in str(refused.value)


def test_the_file_beside_the_database_is_read_unless_another_is_named(tmp_path: Path) -> None:
    assert county_catalogue(FactSettings(facts_file="").path(tmp_path)) is REGISTER
    (tmp_path / "facts.json").write_text(json.dumps({"facts": [CELLAR]}), encoding="utf-8")
    assert len(county_catalogue(FactSettings(facts_file="").path(tmp_path)).own) == 1
    with pytest.raises(CountyFactsRefused, match=r"别处\.json：读不出来"):
        county_catalogue(FactSettings(facts_file=str(tmp_path / "别处.json")).path(tmp_path))


def test_an_own_fact_is_refused_in_a_condition_by_the_same_rules() -> None:
    county = read(facts=[CELLAR, TREES])
    with pytest.raises(ConditionRefused, match="“水窖”不能用 at_least"):
        parse_text('{"fact": "household.water_cellar", "at_least": 1}', county)
    with pytest.raises(ConditionRefused) as refused:
        parse_text('{"fact": "household.water_celler", "is": true}', county)
    assert refused.value.cure == "是不是“household.water_cellar”？"
