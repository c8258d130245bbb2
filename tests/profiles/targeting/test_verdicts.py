"""Verdicts for named families: what decides, what is asked, and what stays unsaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from profiles.facts import REGISTER
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import Answer, Verdict, judge
from profiles.targeting.weighing import completed_years
from tests.profiles.targeting.strategies import COUNTY, TODAY

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
SUBSIDY = {
    "all": [
        {"fact": "division", "within": "640425100"},
        {"fact": "household.kind", "in": ["脱贫户", "监测对象"]},
        {"any": [{"fact": "crop.玉米", "at_least": 3}, {"fact": "livestock.肉牛", "at_least": 1}]},
        {"not": {"fact": "household.relocated", "is": True}},
        {"someone": {"all": [{"fact": "member.age", "between": [16, 59]}, {"fact": "member.migrant", "is": False}]}},
    ]
}
FATHER = MemberFacts(birth_date=date(1980, 5, 1), gender="男", migrant=False)
GRANDMOTHER = MemberFacts(birth_date=date(1950, 5, 1), gender="女", migrant=False)

WANG = HouseholdFacts(
    division="640425100209", kinds=frozenset({"脱贫户", "低保户"}), crops={"玉米": 5.0}, livestock={}, relocated=False,
    members=(FATHER, GRANDMOTHER), roster_complete=True,
)  # fmt: skip
LI = replace(WANG, crops={"玉米": 2.0})
CHEN = replace(WANG, crops=None, relocated=None)


def verdict(raw: Any, household: HouseholdFacts) -> Verdict:
    return judge(parse(raw, REGISTER), household, TODAY)


def test_the_wang_family_qualifies_and_hears_why() -> None:
    found = verdict(SUBSIDY, WANG)
    assert found.answer is YES
    assert [reason.words for reason in found.because] == [
        "住在通知范围内", "户类型是低保户、脱贫户", "玉米 5 亩，不少于 3 亩", "不是易地搬迁户",
        "家里有 16—59 岁且没有外出务工的人",
    ]  # fmt: skip
    assert found.ask == ()


def test_the_li_family_does_not_qualify_and_hears_only_what_decided() -> None:
    found = verdict(SUBSIDY, LI)
    assert found.answer is NO
    assert [reason.words for reason in found.because] == ["玉米 2 亩，少于 3 亩", "肉牛 0 头，少于 1 头"]


def test_the_chen_family_is_unknown_and_is_asked_what_would_decide() -> None:
    found = verdict(SUBSIDY, CHEN)
    assert found.answer is UNKNOWN
    assert [asked.fact.name for asked in found.ask] == ["crop.玉米", "household.relocated"]
    assert found.ask[0].question == "请问您家今年种玉米吗？种了多少亩？"
    assert all(reason.holds for reason in found.because)


def test_everybody_is_a_yes_without_reasons() -> None:
    assert judge(None, HouseholdFacts(), TODAY) == Verdict(YES)


def test_a_fact_in_a_branch_that_is_decided_already_is_not_asked() -> None:
    raw = {"any": [{"fact": "crop.玉米", "at_least": 3}, {"all": [
        {"fact": "household.land", "at_least": 1}, {"fact": "household.relocated", "is": True}]}]}
    household = HouseholdFacts(relocated=False)
    assert [asked.fact.name for asked in verdict(raw, household).ask] == ["crop.玉米"]


def test_the_question_that_decides_most_comes_first() -> None:
    raw = {"all": [
        {"any": [{"fact": "household.land", "at_least": 1}, {"fact": "crop.玉米", "at_least": 3}]},
        {"fact": "household.income_per_head", "at_most": 8000},
    ]}
    assert [asked.fact.name for asked in verdict(raw, HouseholdFacts()).ask] == [
        "household.income_per_head", "household.land", "crop.玉米",
    ]  # fmt: skip


def test_a_reason_of_hardship_is_marked_so_that_it_stays_unsaid() -> None:
    reasons = verdict(SUBSIDY, WANG).because
    assert [reason.is_sensitive for reason in reasons] == [False, True, False, True, False]
    disabled = verdict({"someone": {"fact": "member.disability", "is": "有"}}, replace(
        WANG, members=(replace(FATHER, disability="二级"),)))
    assert disabled.answer is YES
    assert disabled.because[0].is_sensitive


@pytest.mark.parametrize(
    ("kinds", "wanted", "answer"),
    [
        ({"脱贫户", "低保户"}, "低保户", YES),
        ({"脱贫不稳定户"}, "脱贫户", NO),
        ({"脱贫不稳定户"}, "监测对象", YES),
        ({"脱贫户"}, "监测户", NO),
        ({"特困供养户"}, "特困人员", YES),
        (None, "低保户", UNKNOWN),
    ],
)
def test_one_of_several_kinds_is_enough(kinds: set[str] | None, wanted: str, answer: Answer) -> None:
    household = HouseholdFacts(kinds=None if kinds is None else frozenset(kinds))
    assert verdict({"fact": "household.kind", "is": wanted}, household).answer is answer


def test_a_known_list_of_crops_is_complete() -> None:
    raw = {"fact": "crop.马铃薯", "is": 0}
    assert verdict(raw, WANG).answer is YES
    assert verdict(raw, CHEN).answer is UNKNOWN


def test_size_is_counted_when_the_roster_is_complete_and_not_stated() -> None:
    raw = {"fact": "household.size", "is": 2}
    assert verdict(raw, WANG).answer is YES
    assert verdict(raw, replace(WANG, size=3)).answer is NO
    assert verdict(raw, replace(WANG, roster_complete=False)).answer is UNKNOWN
    assert verdict({"fact": "household.size", "is": 0}, replace(WANG, members=())).answer is YES


def test_someone_is_unknown_while_members_may_be_missing() -> None:
    raw = {"someone": {"fact": "member.age", "at_most": 5}}
    assert verdict(raw, WANG).answer is NO
    gaps = verdict(raw, replace(WANG, roster_complete=False))
    assert gaps.answer is UNKNOWN
    assert [asked.question for asked in gaps.ask] == ["请问您家还有没有登记上的家里人？"]
    assert verdict(raw, replace(WANG, members=(), roster_complete=True)).answer is NO


def test_everyone_needs_a_complete_roster_with_somebody_in_it() -> None:
    raw = {"everyone": {"fact": "member.age", "at_least": 18}}
    assert verdict(raw, WANG).answer is YES
    assert verdict(raw, replace(WANG, roster_complete=False)).answer is UNKNOWN
    assert verdict(raw, replace(WANG, members=())).answer is UNKNOWN
    child = MemberFacts(birth_date=date(2020, 1, 1))
    assert verdict(raw, replace(WANG, members=(FATHER, child), roster_complete=False)).answer is NO


def test_none_is_known_and_blank_is_not() -> None:
    raw = {"someone": {"fact": "member.skill", "is": "无"}}
    for skills, answer in ((frozenset[str](), YES), (frozenset({"厨师"}), NO), (None, UNKNOWN)):
        household = replace(WANG, members=(replace(FATHER, skills=skills),))
        assert verdict(raw, household).answer is answer
    healthy = replace(WANG, members=(replace(FATHER, disability="无"),))
    assert verdict({"someone": {"fact": "member.disability", "is": "有"}}, healthy).answer is NO


def test_a_birthday_counts_from_its_own_day() -> None:
    assert completed_years(date(1966, 11, 23), date(2026, 11, 23)) == 60
    assert completed_years(date(1966, 11, 24), date(2026, 11, 23)) == 59


def test_a_child_of_29_february_turns_older_on_1_march() -> None:
    assert completed_years(date(2020, 2, 29), date(2026, 2, 28)) == 5
    assert completed_years(date(2020, 2, 29), date(2026, 3, 1)) == 6
    assert completed_years(date(2020, 2, 29), date(2024, 2, 29)) == 4


def test_an_age_is_counted_on_the_day_the_rule_names() -> None:
    child = replace(WANG, members=(MemberFacts(birth_date=date(2020, 9, 1)),))
    assert verdict({"someone": {"fact": "member.age", "at_least": 6}}, child).answer is YES
    assert verdict({"someone": {"fact": "member.age", "at_least": 6, "on": "2026-08-31"}}, child).answer is NO


def test_who_was_not_born_on_the_day_has_no_age_then() -> None:
    baby = replace(WANG, members=(MemberFacts(birth_date=date(2026, 10, 1)),))
    assert verdict({"someone": {"fact": "member.age", "at_most": 5, "on": "2026-08-31"}}, baby).answer is NO


def test_a_dated_threshold_is_the_one_in_force_today() -> None:
    line = [{"since": "2026-01-01", "value": 7800}, {"since": "2026-12-01", "value": 8200, "clause": "第二条"}]
    raw = {"fact": "household.income_per_head", "at_most": line}
    household = HouseholdFacts(income_per_head=8000)
    condition = parse(raw, REGISTER)
    assert judge(condition, household, date(2026, 11, 23)).answer is NO
    assert judge(condition, household, date(2026, 12, 1)).answer is YES
    before = judge(condition, household, date(2025, 12, 31))
    assert before.answer is UNKNOWN
    assert before.ask == ()


def test_a_derived_fact_asks_for_what_it_is_made_of() -> None:
    raw = {"fact": "household.elderly_alone", "is": True}
    alone = replace(WANG, members=(GRANDMOTHER,))
    assert verdict(raw, alone).answer is YES
    assert [reason.words for reason in verdict(raw, alone).because] == ["是独居老人户"]
    assert verdict(raw, WANG).answer is NO
    assert verdict({"fact": "household.elderly_alone", "is": False}, WANG).answer is YES
    undated = replace(alone, members=(replace(GRANDMOTHER, birth_date=None),))
    assert [asked.fact.name for asked in verdict(raw, undated).ask] == ["member.age"]


def test_a_countys_own_facts_give_reasons_and_questions_like_any_other() -> None:
    condition = parse({"all": [{"fact": "household.insured", "is": True}, {"fact": "household.cellars", "at_most": 1},
                               {"fact": "household.road", "is": "通路"}]}, COUNTY)
    verdict = judge(condition, HouseholdFacts(own={"household.insured": 1.0, "household.cellars": 1.0}), TODAY)
    assert verdict.answer is Answer.UNKNOWN
    assert [reason.words for reason in verdict.because] == ["参加了农险", "水窖 1 口，不超过 1 口"]
    assert [ask.fact.name for ask in verdict.ask] == ["household.road"]
