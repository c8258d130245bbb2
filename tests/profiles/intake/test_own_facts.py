"""A county's own facts come from their columns under the same rules as every other value."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kernel.crypto import Keyring
from kernel.database import Database
from profiles.facts import REGISTER, Fact, Kind, Level
from profiles.models import Household, HouseholdKind, Resident
from profiles.values import OwnHouseholdFact, OwnMemberFact
from tests.profiles.intake.conftest import Taking
from tests.profiles.intake.untidy import VILLAGES, as_workbook

OWN = REGISTER.extended([
    Fact("household.hives", "蜂箱", Kind.INTEGER, unit="箱", is_own=True, headings=("蜂箱数", "蜂箱")),
    Fact("household.water", "饮水", Kind.CHOICE, choices=("自来水", "水窖", "无"), aliases=(("通水", ("自来水",)),), is_own=True, headings=("饮水情况",)),
    Fact("household.solar", "光伏", Kind.BOOLEAN, is_own=True, headings=("光伏",)),
    Fact("member.insured", "参保", Kind.BOOLEAN, Level.MEMBER, is_own=True, headings=("是否参保",)),
    Fact("member.trade", "行业", Kind.OPEN_CHOICE, Level.MEMBER, is_own=True, headings=("行业",)),
    Fact("member.wage", "月工资", Kind.NUMBER, Level.MEMBER, unit="元", is_own=True, headings=("月工资",)),
])
HEADER = ["户编号", "村代码", "姓名", "蜂箱数（箱）", "饮水情况", "光伏", "是否参保", "行业", "月工资"]


def row(ref: str = "王01", name: str = "王大山", **cells: Any) -> list[Any]:
    told = {"户编号": ref, "村代码": VILLAGES[0], "姓名": name, **cells}
    return [told.get(heading.split("（")[0], "") for heading in HEADER]


def of_household(database: Database, reference: str = "王01") -> dict[str, Any]:
    with database.reading() as session:
        query = select(OwnHouseholdFact).join(Household, Household.id == OwnHouseholdFact.household_id)
        found = session.scalars(query.where(Household.reference == reference))
        return {one.name: one.word if one.number is None else one.number for one in found}


def of_member(database: Database, keyring: Keyring, name: str = "王大山") -> dict[str, Any]:
    with database.reading() as session:
        people = {keyring.decrypt(one.name, "name"): one.id for one in session.scalars(select(Resident))}
        found = session.scalars(select(OwnMemberFact).where(OwnMemberFact.resident_id == people[name]))
        return {one.name: one.word if one.number is None else one.number for one in found}


def test_each_kind_of_own_fact_is_read(take_on_both: Taking, both_databases: Database, keyring: Keyring) -> None:
    table = [HEADER, row(蜂箱数="12箱", 饮水情况="通水", 光伏="√", 是否参保="是", 行业="建筑", 月工资="4,500元"),
             row(name="王小山", 是否参保="否", 行业="无", 月工资="无")]
    report = take_on_both(as_workbook(table), "表.xlsx", catalogue=OWN)
    assert (report.residents, report.warnings) == (2, ())
    assert of_household(both_databases) == {"household.hives": 12, "household.water": "自来水", "household.solar": 1}
    assert of_member(both_databases, keyring) == {"member.insured": 1, "member.trade": "建筑", "member.wage": 4500}
    assert of_member(both_databases, keyring, "王小山") == {"member.insured": 0, "member.trade": "无", "member.wage": 0}
    again = take_on_both(as_workbook(table), "表.xlsx", catalogue=OWN)
    assert (again.created, again.updated) == (0, 0)


def test_without_the_catalogue_the_columns_are_named_as_not_read(take: Taking, database: Database) -> None:
    report = take([HEADER, row(蜂箱数=12)])
    assert any("蜂箱数" in words for words in report.warnings)
    assert of_household(database) == {}


def test_an_empty_cell_never_erases_an_own_fact(take_on_both: Taking, both_databases: Database, keyring: Keyring) -> None:
    take_on_both([HEADER, row(蜂箱数=12, 饮水情况="水窖", 是否参保="是")], catalogue=OWN)
    report = take_on_both([HEADER, row(蜂箱数=15), row(name="王小山", 行业="木匠")], catalogue=OWN)
    assert (report.created, report.updated) == (1, 1)
    assert of_household(both_databases) == {"household.hives": 15, "household.water": "水窖"}
    assert of_member(both_databases, keyring) == {"member.insured": 1}
    assert of_member(both_databases, keyring, "王小山") == {"member.trade": "木匠"}


def test_an_own_fact_alone_counts_as_a_change_of_its_member(take: Taking) -> None:
    take([HEADER, row(), row(name="王小山")], catalogue=OWN)
    assert take([HEADER, row(月工资=3000), row(name="王小山")], catalogue=OWN).updated == 1


def test_known_none_replaces_what_was_known(take: Taking, database: Database) -> None:
    take([HEADER, row(蜂箱数=12, 饮水情况="水窖")], catalogue=OWN)
    take([HEADER, row(蜂箱数="无", 饮水情况="无")], catalogue=OWN)
    assert of_household(database) == {"household.hives": 0, "household.water": "无"}


def test_contradictions_within_a_household_keep_the_first_and_warn(take: Taking, database: Database, keyring: Keyring) -> None:
    report = take([HEADER, row(蜂箱数=12, 行业="木匠"), row(name="王小山", 蜂箱数=13), row(行业="瓦匠", 月工资=1)], catalogue=OWN)
    assert of_household(database) == {"household.hives": 12}
    assert of_member(database, keyring) == {"member.trade": "木匠", "member.wage": 1}
    assert [words for words in report.warnings if "蜂箱数" in words and "第 3 行" in words and "不一致" in words]


@pytest.mark.parametrize(("cells", "cure"), [
    ({"蜂箱数": "好多"}, "请填数字（单位：箱）"), ({"蜂箱数": 2.5}, "整数"), ({"饮水情况": "河水"}, "请填：自来水、水窖、无"), ({"光伏": "也许"}, "“是”或“否”"),
    ({"行业": "很" * 60}, "40 个字"),
])
def test_an_odd_value_is_unknown_and_warned_of_with_its_place_and_cure(
    take: Taking, database: Database, cells: dict[str, Any], cure: str,
) -> None:
    report = take([HEADER, row(**cells)], catalogue=OWN)
    assert (report.rejected, of_household(database), len(report.warnings)) == (0, {}, 1)
    assert report.warnings[0].startswith("第 2 行：“")
    assert cure in report.warnings[0]


def test_no_own_fact_of_a_rejected_row_counts(take: Taking, database: Database) -> None:
    take([HEADER, row(name="", 蜂箱数=12), row(name="王小山")], catalogue=OWN)
    assert of_household(database) == {}


def test_a_kind_of_the_countys_own_is_no_strange_word(take: Taking, database: Database) -> None:
    catalogue = REGISTER.with_choices("household.kind", ["军属户"], [("军烈属", ("军属户",))])
    table = [["户编号", "村代码", "姓名", "户类型"], ["王01", VILLAGES[0], "王大山", "军烈属；脱贫户"]]
    assert take(table, catalogue=catalogue).warnings == ()
    with database.reading() as session:
        assert set(session.scalars(select(HouseholdKind.kind))) == {"军属户", "脱贫户"}
