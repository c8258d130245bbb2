"""The catalogue of facts: what it knows, what its words mean, and how a county extends it."""

from __future__ import annotations

import pytest

from profiles.facts import HOUSEHOLD_KINDS, REGISTER, Catalogue, Fact, Kind, Level
from profiles.failures import CatalogueRefused
from profiles.targeting.conditions import Derived
from profiles.targeting.parsing import parse

KIND = REGISTER.fact("household.kind")


def test_monitored_households_are_the_three_middle_kinds() -> None:
    assert KIND is not None
    for word in ("监测对象", "监测户", "防止返贫致贫对象"):
        assert KIND.stored(word) == ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户")


def test_households_out_of_poverty_do_not_include_the_unstable_ones() -> None:
    assert KIND is not None
    assert KIND.stored("脱贫户") == ("脱贫户",)


def test_words_of_before_2021_are_known_but_mean_nothing_in_a_condition() -> None:
    assert KIND is not None
    assert dict(KIND.former_words)["建档立卡贫困户"] == "脱贫户"
    assert KIND.stored("建档立卡贫困户") == ()


@pytest.mark.parametrize("name", ["crop.玉米", "crop.中药材", "livestock.肉牛", "livestock.蜂"])
def test_crops_and_livestock_are_open_sets(name: str) -> None:
    fact = REGISTER.fact(name)
    assert fact is not None
    assert fact.name == name
    assert fact.label == name.split(".")[1]
    assert fact.label in fact.question


def test_animals_are_counted_in_their_own_unit() -> None:
    units = {name: fact.unit for name in ("肉牛", "羊", "蜂", "生猪") if (fact := REGISTER.fact(f"livestock.{name}"))}
    assert units == {"肉牛": "头", "羊": "只", "蜂": "箱", "生猪": "头"}


@pytest.mark.parametrize("name", ["crop.", "crop.亩", "livestock.头", "crop.玉\n米", "crop.玉 米", "crop." + "长" * 21, "crops.玉米"])
def test_a_unit_or_a_strange_word_is_no_crop(name: str) -> None:
    assert REGISTER.fact(name) is None


def test_every_fact_has_a_label_a_source_and_a_question() -> None:
    for fact in REGISTER.facts:
        assert fact.label
        assert fact.source
        assert fact.question or fact.kind is Kind.DERIVED
        assert fact.name.startswith("member.") == (fact.level is Level.MEMBER)
        assert fact.kind not in (Kind.BOOLEAN, Kind.DERIVED) or (fact.affirmed and fact.denied)


def test_no_question_names_a_label_of_hardship() -> None:
    for fact in REGISTER.facts:
        assert not any(kind in fact.question for kind in HOUSEHOLD_KINDS)


def test_hardship_disability_and_income_are_sensitive() -> None:
    sensitive = {fact.name for fact in REGISTER.facts if fact.sensitive}
    assert sensitive >= {"household.kind", "household.income_per_head", "household.house_grade", "member.disability"}


def test_every_derived_fact_is_a_valid_condition() -> None:
    derived = [fact.name for fact in REGISTER.facts if fact.kind is Kind.DERIVED]
    assert derived
    for name in derived:
        assert isinstance(parse({"fact": name, "is": True}, REGISTER), Derived)


def test_a_slip_in_a_name_is_answered_with_the_name_it_resembles() -> None:
    assert REGISTER.resembling("household.kinds") == "household.kind"
    assert REGISTER.resembling("天气") is None


def test_a_county_adds_its_own_facts_without_touching_the_register() -> None:
    cistern = Fact(
        "household.needs_grain", "缺口粮", Kind.DERIVED, affirmed="缺口粮", denied="不缺口粮",
        definition='{"fact": "household.land", "at_most": 1}',
    )  # fmt: skip
    county = REGISTER.extended([cistern])
    assert county.fact("household.needs_grain") is cistern
    assert county.fact("crop.玉米") is not None
    assert REGISTER.fact("household.needs_grain") is None


def test_a_county_cannot_redefine_a_fact() -> None:
    with pytest.raises(CatalogueRefused, match=r"household\.size: 这个信息项已经有了"):
        REGISTER.extended([Fact("household.size", "人口", Kind.NUMBER)])
    with pytest.raises(CatalogueRefused, match=r"crop\.玉米"):
        REGISTER.extended([Fact("crop.玉米", "玉米", Kind.BOOLEAN)])


def test_a_catalogue_without_families_knows_only_its_facts() -> None:
    assert Catalogue(()).fact("crop.玉米") is None
