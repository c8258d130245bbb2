"""What the mapping wizard is shown: headings, first values without numbers of persons, meanings and guesses."""

from __future__ import annotations

import pytest

from profiles.facts import REGISTER, Fact, Kind, Level
from profiles.intake.failures import FileRefused
from profiles.intake.preview import Preview, preview
from tests.profiles.intake.conftest import Taking
from tests.profiles.intake.untidy import VILLAGES, as_csv, as_workbook, check_digit

NUMBER = "99999919800101001" + check_digit("99999919800101001")
WELL = Fact("household.well", "水井", Kind.BOOLEAN, is_own=True, headings=("有无水井",))
FLOCK = Fact("member.school_meal", "营养餐", Kind.BOOLEAN, Level.MEMBER, is_own=True, headings=("营养餐",))
STRANGE = [["甲栏", "乙栏", "谁家", "家里的人", "怎么称呼", "证件", "怎么找", "哪天出生", "地里", "圈里", "备注"],
           *([f"H{place // 2:04d}", VILLAGES[0], "王大山", f"王{'小大'[place % 2]}山", "户主" if place % 2 == 0 else "配偶", NUMBER,
              f"1381234000{place}", "1980-01-01", "玉米:5;荞麦:2", "肉牛:3", ""] for place in range(8))]


def by_heading(found: Preview) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    return {one.heading: (one.means, one.may_mean) for one in found.headings}


def test_a_standard_table_is_understood_whole() -> None:
    found = preview(as_workbook([["某某村农户表"], ["户编号", "村代码", "姓名", "备注"], ["王01", VILLAGES[0], "王大山", ""]]), "表.xlsx")
    assert (found.sheet, found.row, found.rows, found.is_ready) == ("农户信息", 2, 1, True)
    assert found.mapping == {"户编号": "户编号", "村代码": "村代码", "姓名": "姓名", "备注": ""}
    assert [one.silent for one in found.headings] == [False, False, False, True]


def test_numbers_of_persons_are_masked_and_village_codes_are_not() -> None:
    table = [["户编号", "村代码", "姓名", "身份证号", "电话"], ["王01", VILLAGES[0], "王大山", NUMBER, "13812340001"],
             ["王01", VILLAGES[0], "王小山", NUMBER[:-1], "138 1234 0002"]]
    told = str(preview(as_csv(table), "表.csv"))
    assert VILLAGES[0] in told
    assert not any(secret in told for secret in (NUMBER, NUMBER[:-1], "13812340001", "138 1234 0002", "12340002"))


def test_columns_are_guessed_by_their_values_where_no_heading_is_understood() -> None:
    found = preview(as_csv(STRANGE), "表.csv")
    guesses = {heading: may_mean[0] if may_mean else None for heading, (_, may_mean) in by_heading(found).items()}
    assert found.row == 1
    assert found.missing == ("户编号", "村代码", "姓名")
    assert guesses == {"甲栏": "户编号", "乙栏": "村代码", "谁家": "姓名", "家里的人": "姓名", "怎么称呼": "与户主关系", "证件": "证件号码",
                       "怎么找": "联系电话", "哪天出生": "出生日期", "地里": "作物", "圈里": "牲畜", "备注": None}


def test_a_guess_by_resemblance_names_the_standard_heading() -> None:
    found = by_heading(preview(as_csv([["户编号", "村代码", "姓名", "上年人均纯收"], ["王01", VILLAGES[0], "王大山", "9000"]]), "表.csv"))
    assert found["上年人均纯收"] == (None, ("人均年收入",))


def test_what_was_chosen_counts_and_the_table_goes_in_with_it(take: Taking) -> None:
    mapping = {"甲栏": "户编号", "乙栏": "村代码", "家里的人": "姓名", "证件": "", "地里": "作物"}
    found = preview(as_csv(STRANGE), "表.csv", mapping=mapping)
    assert (found.is_ready, found.mapping["地里"], found.mapping["证件"]) == (True, "作物", "")
    assert take(as_csv(STRANGE), mapping=mapping).rejected == 0
    assert "没有的栏" in preview(as_csv(STRANGE), "表.csv", mapping={"没有的栏": "姓名"}).notes[0]
    with pytest.raises(FileRefused, match="不是可用的列名"):
        preview(as_csv(STRANGE), "表.csv", mapping={"甲栏": "门牌号"})


def test_the_countys_own_facts_are_understood_and_offered() -> None:
    catalogue = REGISTER.extended([WELL, FLOCK])
    table = [["户编号", "村代码", "姓名", "有无水井（口）", "早餐"], ["王01", VILLAGES[0], "王大山", "有", "是"]]
    found = preview(as_csv(table), "表.csv", catalogue, {"早餐": "营养餐"})
    assert (found.mapping["有无水井（口）"], found.mapping["早餐"]) == ("水井", "营养餐")
    assert {"水井", "营养餐"} <= {one.heading for one in found.standards}


def test_headings_under_a_merged_line_are_shown_as_they_are_read() -> None:
    table = [["户编号", "村代码", "家庭成员信息", ""], ["", "", "姓名", "联系电话"], ["王01", VILLAGES[0], "王大山", "13812340001"]]
    assert list(preview(as_csv(table), "表.csv").mapping) == ["户编号", "村代码", "姓名", "联系电话"]


def test_a_file_without_anything_like_a_table_is_refused() -> None:
    with pytest.raises(FileRefused, match="没有找到表头"):
        preview(as_csv([["你好"]]), "表.csv")
