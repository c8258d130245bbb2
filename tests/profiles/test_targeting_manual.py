"""The manual of conditions says what the code does: every example is read, the table of facts is the catalogue's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from profiles.county_facts import catalogue_of
from profiles.facts import REGISTER, Fact, Level
from profiles.targeting.parsing import (
    GROUPS,
    MOST_DEPTH,
    MOST_NODES,
    OPERATORS,
    example_of,
    operators_of,
    parse,
    parse_text,
)
from profiles.targeting.wording import sentence

MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "targeting.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", MANUAL, re.DOTALL)
AGES = {None: "—", 183: "半年", 366: "一年", 1096: "三年"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_condition(example: str) -> None:
    assert sentence(parse_text(example, REGISTER), str)


def test_the_example_of_a_countys_file_is_taken() -> None:
    (example,) = re.findall(r"```facts\n(.*?)```", MANUAL, re.DOTALL)
    county = catalogue_of(example.encode(), "facts.json")
    assert len(county.own) == 3
    assert parse({"fact": "household.dry", "is": True}, county) is not None


def row_of(name: str) -> list[str]:
    (found,) = [line for line in MANUAL.splitlines() if f"| `{name}` |" in line]
    return [cell.strip() for cell in found.strip("|").split("|")]


@pytest.mark.parametrize("fact", REGISTER.facts, ids=lambda fact: fact.name)
def test_every_fact_stands_in_the_table_as_the_catalogue_has_it(fact: Fact) -> None:
    label, _, whose, kind, source, age, sensitive, question = row_of(fact.name)
    assert label == fact.label
    assert whose == ("家庭成员" if fact.level is Level.MEMBER else "全户")
    assert (fact.unit in kind, source, age) == (True, fact.source, AGES[fact.max_age_days])
    assert (sensitive, question) == ("是" if fact.sensitive else "—", fact.question or "—")


def test_the_table_names_nothing_that_is_not_there() -> None:
    named = set(re.findall(r"^\| [^|]+ \| `((?:division|household|member|crop|livestock)[^`]*)` \|", MANUAL, re.MULTILINE))
    assert named == {fact.name for fact in REGISTER.facts} | {f"{family.prefix}名称" for family in REGISTER.families}
    for family in REGISTER.families:
        assert row_of(f"{family.prefix}名称")[5] == AGES[family.pattern.max_age_days]


def test_every_operator_and_group_is_explained_with_its_limits() -> None:
    assert all(f"| `{word}` |" in MANUAL for word in (*OPERATORS, *GROUPS))
    assert f"最多 {MOST_NODES} 项、{MOST_DEPTH} 层" in MANUAL


@pytest.mark.parametrize("fact", REGISTER.facts, ids=lambda fact: fact.name)
def test_the_example_of_a_fact_is_a_condition(fact: Fact) -> None:
    assert parse(example_of(fact), REGISTER) is not None
    assert all(operator in OPERATORS for operator in operators_of(fact))
