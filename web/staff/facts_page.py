"""信息项清单: every fact once, as the catalogue has it, for those who write conditions and tables."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import render_template

from profiles.facts import Catalogue, Fact, Kind, Level
from profiles.targeting.parsing import example_of, operators_of
from web.house import house
from web.security import staff
from web.staff.households import tabs
from web.staff.menu import AUDIENCE_TESTERS, REGISTER_READERS

KINDS = {
    Kind.NUMBER: "数", Kind.INTEGER: "整数", Kind.AGE: "年龄", Kind.CHOICE: "选项", Kind.OPEN_CHOICE: "文字", Kind.BOOLEAN: "是或否",
    Kind.DIVISION: "区划", Kind.DERIVED: "推算",
}
OPERATORS = {"is": "是", "in": "是其中之一", "at_least": "不少于", "at_most": "不超过", "between": "在两数之间", "within": "在……范围内"}
NAMED = {"crop": "作物", "livestock": "牲畜"}
AGES = {183: "半年", 366: "一年", 1096: "三年"}


@dataclass(frozen=True)
class Line:
    """One fact as the list shows it."""

    fact: Fact
    label: str
    name: str
    kind: str
    words: str
    max_age: str
    operators: str
    example: str

    @property
    def whose(self) -> str:
        """Whose it is."""
        return "家庭成员" if self.fact.level is Level.MEMBER else "全户"


@staff(*REGISTER_READERS, *AUDIENCE_TESTERS)
def facts() -> str:
    """Every fact a condition may name, the county's own last."""
    lines = lines_of(house().catalogue)
    return render_template("staff/people/facts.html", heading="信息项清单", tabs=tabs(), lines=[one for one in lines if not one.fact.is_own],
                           own=[one for one in lines if one.fact.is_own])


def lines_of(catalogue: Catalogue) -> tuple[Line, ...]:
    """The catalogue's facts as lines: single ones, then one an open family with an example of its names."""
    grown = {"crop.": "玉米", "livestock.": "羊"}
    families = [(family.member(grown.get(family.prefix, "其他")), f"{family.prefix}名称") for family in catalogue.families]
    household = [(fact, fact.name) for fact in catalogue.facts if fact.level is Level.HOUSEHOLD and not fact.is_own]
    members = [(fact, fact.name) for fact in catalogue.facts if fact.level is Level.MEMBER and not fact.is_own]
    own = [(fact, fact.name) for fact in catalogue.facts if fact.is_own]
    return tuple(_line(fact, name) for fact, name in (*household, *families, *members, *own))


def _line(fact: Fact, name: str) -> Line:
    aliases = [alias for alias, _ in fact.aliases]
    words = "、".join(fact.choices) + (f"；也可写{'、'.join(aliases)}" if aliases else "")
    max_age = "" if fact.max_age_days is None else AGES.get(fact.max_age_days, f"{fact.max_age_days} 天")
    label = fact.label if fact.name == name else f"{NAMED[name.partition('.')[0]]}（例：{fact.label}）"
    return Line(fact, label, name, KINDS[fact.kind], words, max_age,
                "、".join(f"{OPERATORS[one]} {one}" for one in operators_of(fact)), json.dumps(example_of(fact), ensure_ascii=False))
