"""The invented households are people an office could have on its table, and nobody's."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from profiles.facts import DISABILITY_GRADES, HOUSE_GRADES, HOUSEHOLD_KINDS
from web.demo.families import GUCHENG, XINJI, YAOHE
from web.demo.households import AS_OF, HEADERS, PHONE_FAMILIES, invented_rows
from web.demo.identities import check_character

DIVISIONS = Path(__file__).parents[3] / "web" / "demo" / "data" / "divisions-pengyang.csv"
Row = dict[str, str]


def read_villages() -> list[tuple[str, str]]:
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        return [(row["code"], row["name"]) for row in csv.DictReader(file) if len(row["code"]) == 12]


@pytest.fixture(scope="module")
def villages() -> list[tuple[str, str]]:
    return read_villages()


@pytest.fixture(scope="module")
def rows(villages: list[tuple[str, str]]) -> list[Row]:
    return list(invented_rows(villages))


@pytest.fixture(scope="module")
def households(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["户编号"]].append(row)
    return dict(grouped)


def age(row: Row) -> int:
    born = date.fromisoformat(row["出生日期"])
    return AS_OF.year - born.year - ((born.month, born.day) > (AS_OF.month, AS_OF.day))


def test_three_thousand_households_live_in_every_village(
    rows: list[Row], villages: list[tuple[str, str]], households: dict[str, list[Row]]
) -> None:
    assert all(tuple(row) == HEADERS for row in rows)
    assert list(households) == [f"PY{number:06d}" for number in range(1, 3001)]
    assert {row["村代码"] for row in rows} == {code for code, _ in villages}


def test_the_check_digit_of_the_published_example_comes_out() -> None:
    assert check_character("11010519491231002") == "X"


def test_every_id_number_is_whole_and_nobodys(rows: list[Row]) -> None:
    numbers = [row["证件号码"] for row in rows]
    assert len(set(numbers)) == len(numbers)
    for row in rows:
        number = row["证件号码"]
        assert re.fullmatch(r"999999\d{11}[\dX]", number)
        assert number[17] == check_character(number[:17])
        assert number[6:14] == row["出生日期"].replace("-", "")
        assert row["性别"] == ("男" if int(number[16]) % 2 else "女")
        assert number[14:17] != "000"


def test_about_half_of_the_grown_people_have_a_phone_of_their_own(rows: list[Row]) -> None:
    phones = [row["联系电话"] for row in rows if row["联系电话"]]
    assert len(set(phones)) == len(phones)
    assert all(re.fullmatch(r"1[3-9]\d{9}", phone) for phone in phones)
    grown = [row for row in rows if age(row) >= 18]
    assert all(row["联系电话"] == "" for row in rows if age(row) < 18)
    assert 0.5 <= len(phones) / len(grown) <= 0.6


def test_a_household_has_one_head_at_most_one_partner_and_says_one_thing(households: dict[str, list[Row]]) -> None:
    shared = ("村代码", "村民小组", "户主姓名", "户类型", "作物", "牲畜", "承包地亩数", "人均年收入", "危房等级", "易地搬迁")
    for members in households.values():
        relations = Counter(row["与户主关系"] for row in members)
        assert members[0]["与户主关系"] == "户主"
        assert relations["户主"] == 1
        assert relations["配偶"] <= 1
        assert members[0]["姓名"] == members[0]["户主姓名"]
        assert all(len({row[column] for row in members}) == 1 for column in shared)


def test_ages_agree_with_relations(households: dict[str, list[Row]]) -> None:
    for members in households.values():
        head = age(members[0])
        for row in members:
            match row["与户主关系"]:
                case "子" | "女":
                    assert 17 <= head - age(row) <= 45, row["户编号"]
                case "父母":
                    assert 18 <= age(row) - head <= 45, row["户编号"]
                case "孙子" | "孙女":
                    assert head - age(row) >= 36, row["户编号"]
                case "配偶":
                    assert row["性别"] != members[0]["性别"]
                    assert abs(age(row) - head) <= 8, row["户编号"]
                case "户主":
                    assert head >= 20
                case _:
                    assert row["与户主关系"] == "儿媳"
                    assert row["性别"] == "女"


def test_cells_use_the_words_the_register_knows(rows: list[Row]) -> None:
    for row in rows:
        assert set(row["户类型"].split("；")) <= {*HOUSEHOLD_KINDS, ""}
        assert row["危房等级"] in {*HOUSE_GRADES, ""}
        assert row["残疾等级"] in {*DISABILITY_GRADES, "无", ""}
        assert row["务工"] in {"是", "否", ""}
        assert row["易地搬迁"] in {"是", "否", ""}
        for column in ("作物", "牲畜"):
            assert re.fullmatch(r"(|无|[^:;\d]+:\d+(\.5)?(;[^:;\d]+:\d+(\.5)?)*)", row[column]), row[column]


def test_unknown_and_known_none_both_occur(rows: list[Row]) -> None:
    for column in ("作物", "牲畜", "残疾等级", "在读阶段", "技能"):
        cells = {row[column] for row in rows}
        assert {"", "无"} < cells, column
    assert {"", "是", "否"} == {row["务工"] for row in rows}


def test_the_same_seed_gives_the_same_county_and_another_seed_another(villages: list[tuple[str, str]]) -> None:
    first = list(invented_rows(villages, 200))
    assert first == list(invented_rows(villages, 200))
    assert first != list(invented_rows(villages, 200, seed=1))


def test_few_households_and_foreign_villages_are_no_trouble() -> None:
    assert len({row["户编号"] for row in invented_rows(read_villages(), 3)}) == 3
    assert {row["村代码"] for row in invented_rows([("370124102201", "东村")], 5)} == {"370124102201"}
    assert list(invented_rows([], 5)) == []


def test_the_families_on_the_phones_stand_first(households: dict[str, list[Row]]) -> None:
    for family in PHONE_FAMILIES:
        head = households[family.reference][0]
        assert (head["姓名"], head["联系电话"], head["村代码"]) == (family.head, family.phone, family.village)
    assert list(households)[: len(PHONE_FAMILIES)] == [family.reference for family in PHONE_FAMILIES]


def test_the_wangs_grow_corn_the_lis_do_not_and_of_the_chens_nobody_knows(households: dict[str, list[Row]]) -> None:
    wang, li, chen = (households[f"PY00000{number}"][0] for number in (1, 2, 3))
    assert {wang["村代码"], li["村代码"], chen["村代码"]} == {YAOHE}
    assert "玉米:6" in wang["作物"]
    assert "玉米" not in li["作物"]
    assert li["作物"]
    assert (chen["作物"], chen["人均年收入"]) == ("", "")


def test_an_elder_alone_a_family_away_and_a_cattle_family_are_there(households: dict[str, list[Row]]) -> None:
    zhao, sun, ma = (households[f"PY00000{number}"] for number in (4, 5, 6))
    assert len(zhao) == 1
    assert age(zhao[0]) >= 80
    assert sum(row["务工"] == "是" for row in sun) == 2
    assert sun[0]["村代码"] == XINJI
    assert "肉牛:8" in ma[0]["牲畜"]
    assert ma[0]["村代码"] == GUCHENG
