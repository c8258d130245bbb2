"""A condition in one Chinese sentence that reads aloud and can be read in one way only."""

from __future__ import annotations

import json

import pytest

from profiles.facts import REGISTER
from profiles.targeting.conditions import Leaf
from profiles.targeting.parsing import parse, parse_text
from profiles.targeting.wording import finding, sentence

NAMES = {"640425100": "白阳镇", "640425101": "王洼镇", "640425100209": "姚河村"}


def worded(text: str) -> str:
    return sentence(parse_text(text, REGISTER), lambda code: NAMES.get(code, code))


def test_the_whole_example_reads_as_one_sentence() -> None:
    text = """{"all": [{"fact": "division", "within": "640425100"},
         {"fact": "household.kind", "in": ["脱贫户", "监测对象"]},
         {"any": [{"fact": "crop.玉米", "at_least": 3}, {"fact": "livestock.肉牛", "at_least": 1}]},
         {"not": {"fact": "household.relocated", "is": true}},
         {"someone": {"all": [{"fact": "member.age", "between": [16, 59]}, {"fact": "member.migrant", "is": false}]}}]}"""
    assert worded(text) == (
        "白阳镇的脱贫户或监测对象，种玉米不少于 3 亩或养肉牛不少于 1 头，不是易地搬迁户，"
        "家里有 16—59 岁且没有外出务工的人"
    )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("null", "全部农户"),
        ('{"fact": "division", "within": "640425100"}', "白阳镇的农户"),
        ('{"fact": "household.kind", "is": "低保户"}', "低保户"),
        ('{"fact": "crop.玉米", "at_least": 3}', "种玉米不少于 3 亩的农户"),
        ('{"not": {"fact": "crop.玉米", "at_least": 3}}', "种玉米少于 3 亩的农户"),
        ('{"fact": "crop.玉米", "at_most": 2.5}', "种玉米不超过 2.5 亩的农户"),
        ('{"not": {"fact": "household.land", "at_most": 2}}', "承包地超过 2 亩的农户"),
        ('{"fact": "crop.玉米", "is": 0}', "不种玉米的农户"),
        ('{"not": {"fact": "livestock.蜂", "at_most": 0}}', "养蜂的农户"),
        ('{"fact": "household.size", "in": [1, 2]}', "家庭人口为 1 人、2 人之一的农户"),
        ('{"not": {"fact": "household.size", "is": 1}}', "家庭人口不是 1 人的农户"),
        ('{"fact": "household.income_per_head", "between": [0, 8000]}', "人均年收入在 0—8000 元之间的农户"),
        ('{"fact": "household.house_grade", "in": ["C", "D"]}', "房屋等级为 C、D 之一的农户"),
        ('{"not": {"fact": "household.house_grade", "in": ["C", "D"]}}', "房屋等级不在 C、D 之列的农户"),
        ('{"not": {"fact": "household.kind", "in": ["脱贫户", "低保户"]}}', "户类型不含脱贫户、低保户的农户"),
        ('{"not": {"fact": "division", "within": "640425100"}}', "不在白阳镇的农户"),
        ('{"fact": "household.relocated", "is": false}', "不是易地搬迁户的农户"),
        ('{"fact": "household.elderly_alone", "is": false}', "不是独居老人户的农户"),
        ('{"not": {"not": {"fact": "household.relocated", "is": true}}}', "是易地搬迁户的农户"),
        ('{"someone": {"fact": "member.age", "at_least": 60}}', "家里有年满 60 岁的人的农户"),
        ('{"not": {"someone": {"fact": "member.age", "at_least": 60}}}', "家里没有年满 60 岁的人的农户"),
        ('{"someone": {"not": {"fact": "member.age", "at_least": 60}}}', "家里有不满 60 岁的人的农户"),
        ('{"not": {"everyone": {"fact": "member.gender", "is": "女"}}}', "并非全家每个人都性别为女的农户"),
        ('{"someone": {"fact": "member.skill", "in": ["厨师", "电工"]}}', "家里有技能包括厨师、电工之一的人的农户"),
        ('{"someone": {"fact": "member.disability", "is": "无"}}', "家里有没有残疾的人的农户"),
        (
            '{"someone": {"fact": "member.age", "at_least": 6, "on": "2026-08-31"}}',
            "家里有 2026 年 8 月 31 日时年满 6 岁的人的农户",
        ),
        (
            '{"all": [{"any": [{"fact": "division", "within": "640425100"}, {"fact": "division", "within": "640425101"}]},'
            ' {"fact": "crop.玉米", "at_least": 3}]}',
            "白阳镇、王洼镇的农户，种玉米不少于 3 亩",
        ),
        (
            '{"fact": "household.income_per_head", "at_most": [{"since": "2026-01-01", "value": 8000, "clause": "第二条"}]}',
            "人均年收入不超过 8000 元（2026 年 1 月 1 日起，依据第二条）的农户",
        ),
    ],
)
def test_each_part_has_its_phrase(raw: str, words: str) -> None:
    assert worded(raw) == words


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (
            '{"any": [{"fact": "crop.玉米", "at_least": 3}, {"all": [{"fact": "livestock.羊", "at_least": 5},'
            ' {"fact": "household.land", "at_most": 2}]}]}',
            "农户：种玉米不少于 3 亩或（养羊不少于 5 只且承包地不超过 2 亩）",
        ),
        (
            '{"not": {"any": [{"fact": "household.relocated", "is": true}, {"fact": "crop.玉米", "at_least": 3}]}}',
            "农户：不是易地搬迁户，种玉米少于 3 亩",
        ),
        (
            '{"not": {"all": [{"fact": "household.relocated", "is": true}, {"fact": "crop.玉米", "at_least": 3}]}}',
            "农户：不是易地搬迁户或种玉米少于 3 亩",
        ),
        (
            '{"all": [{"fact": "household.kind", "is": "低保户"}, {"everyone": {"any": [{"fact": "member.age", "at_least": 60},'
            ' {"fact": "member.disability", "is": "一级"}]}}]}',
            "低保户，全家每个人都（年满 60 岁或残疾等级为一级）",
        ),
    ],
)
def test_and_and_or_never_stand_side_by_side_without_brackets(raw: str, words: str) -> None:
    assert worded(raw) == words


@pytest.mark.parametrize(
    ("raw", "observed", "holds", "words"),
    [
        ({"fact": "crop.玉米", "at_least": 3}, 5.0, True, "玉米 5 亩，不少于 3 亩"),
        ({"fact": "crop.玉米", "between": [3, 4]}, 5.0, False, "玉米 5 亩，不在 3—4 亩之间"),
        ({"fact": "household.kind", "is": "低保户"}, frozenset({"脱贫户"}), False, "户类型是脱贫户，不含低保户"),
        ({"fact": "household.house_grade", "in": ["C", "D"]}, "A", False, "房屋等级是 A，不在 C、D 之列"),
        ({"fact": "household.relocated", "is": True}, False, False, "不是易地搬迁户"),
        ({"fact": "division", "within": "640425"}, "640425100209", True, "住在通知范围内"),
    ],
)
def test_a_finding_says_what_was_found_and_what_was_wanted(
    raw: object, observed: object, holds: bool, words: str
) -> None:
    leaf = parse(raw, REGISTER)
    assert isinstance(leaf, Leaf)
    assert finding(leaf, observed, holds=holds) == words


def test_a_large_condition_still_has_words() -> None:
    raw = {"any": [{"fact": "crop.玉米", "at_least": number} for number in range(150)]}
    assert "不少于 149 亩" in worded(json.dumps(raw))
