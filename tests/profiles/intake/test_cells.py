"""Cells as offices write them, one by one."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.facts import NONE
from profiles.intake import choices, dates, identity, listings, numbers
from profiles.intake.cells import as_in_sheet, is_empty, is_none, text_of
from profiles.intake.fields import SYNONYMS, Field
from profiles.intake.headers import meaning
from profiles.intake.people import name_of_cell, read_phones
from tests.profiles.intake.untidy import check_digit

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(("cell", "text"), [
    (640425100209.0, "640425100209"), (8.1, "8.1"), (5, "5"), (None, ""), (True, "是"), (date(1977, 12, 28), "1977-12-28"),
    (datetime.combine(date(1977, 12, 28), time()), "1977-12-28"), ("  王\u3000强 \n", "王 强"), ("１２：３", "12:3"), ("王\u200b强", "王强"), ("a\x00b", "ab"),
])
def test_a_cell_becomes_one_line_of_half_width_text(cell: Any, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize("text", ["", "-", "/", "——", "不详", "#N/A", "null", "N/A"])
def test_dashes_and_errors_say_nothing(text: str) -> None:
    assert is_empty(text)
    assert not is_none(text)


def test_none_is_no_empty_cell() -> None:
    assert is_none("无")
    assert not is_empty("无")


def test_the_errors_file_shows_a_value_as_it_stands() -> None:
    assert [as_in_sheet(cell) for cell in (13812340001.0, " １３８ ", "王\n强", None)] == ["13812340001", "１３８", "王 强", ""]


@pytest.mark.parametrize(("heading", "field"), [
    ("户号", Field.HOUSEHOLD), ("农户编号", Field.HOUSEHOLD), ("家庭编号*", Field.HOUSEHOLD), ("1.户编号", Field.HOUSEHOLD),
    ("行政村代码", Field.VILLAGE), ("村编码", Field.VILLAGE), ("村（社区）代码", Field.VILLAGE), ("村代码（12位）", Field.VILLAGE),
    ("组", Field.GROUP), ("户主", Field.HEAD), ("姓名（户主）", Field.HEAD), ("（户主）姓名", Field.HEAD), ("成员姓名", Field.NAME),
    ("姓\n名", Field.NAME), ("家庭成员", Field.NAME), ("关系", Field.RELATION), ("公民身份号码", Field.ID_NUMBER),
    ("身份证号码（18位）", Field.ID_NUMBER), ("联系方式", Field.PHONE), ("联系电话2", Field.PHONE), ("手 机 号", Field.PHONE),
    ("出生年月", Field.BIRTH), ("农户类型", Field.KINDS), ("户别", Field.KINDS), ("种植情况（亩）", Field.CROPS), ("养殖情况", Field.LIVESTOCK),
    ("养殖情况（头、只）", Field.LIVESTOCK), ("耕地面积（亩）", Field.LAND), ("承包地/亩", Field.LAND), ("人均纯收入（元/年）", Field.INCOME),
    ("人均纯收入(元)", Field.INCOME), ("房屋等级", Field.HOUSE_GRADE), ("是否易地搬迁", Field.RELOCATED), ("残疾", Field.DISABILITY),
    ("在校情况", Field.STUDY), ("是否务工", Field.MIGRANT), ("技能状况", Field.SKILLS), ("Ｎａｍｅ", Field.NAME), ("【户编号】", Field.HOUSEHOLD),
    ("2025年人均纯收入（元）", Field.INCOME), ("身份证号/证件号码", Field.ID_NUMBER), ("行政村（社区）代码", Field.VILLAGE), ("村（居）委会代码", Field.VILLAGE),
])
def test_a_heading_means_its_field_however_it_is_decorated(heading: str, field: Field) -> None:
    assert meaning(heading) is field


@pytest.mark.parametrize("heading", ["行政村", "村名", "姓名2", "民族", "备注", "", "年龄", "户主电话号"])
def test_other_headings_mean_nothing(heading: str) -> None:
    assert meaning(heading) is None


def test_no_heading_means_two_fields() -> None:
    from profiles.intake import fields

    written = [heading.lower() for headings in fields._WRITTEN.values() for heading in headings.split()]
    assert len(written) == len(set(written)) == len(SYNONYMS)


@pytest.mark.parametrize(("text", "items", "whole"), [
    ("玉米:5;马铃薯:3", {"玉米": 5, "马铃薯": 3}, True), ("玉米：8.1亩；小麦：3亩", {"玉米": 8.1, "小麦": 3}, True),
    ("玉米8.1亩、小麦2亩", {"玉米": 8.1, "小麦": 2}, True), ("玉米 5亩 小麦 3亩", {"玉米": 5, "小麦": 3}, True),
    ("玉米5亩小麦3亩", {"玉米": 5, "小麦": 3}, True), ("玉米（5亩）", {"玉米": 5}, True), ("5亩玉米", {"玉米": 5}, True),
    ("玉米/5，小麦/3", {"玉米": 5, "小麦": 3}, True), ("玉米一亩三、三七2亩", {"玉米": 1.3, "三七": 2}, True), ("玉米3亩5分", {"玉米": 3.5}, True),
    ("玉米:1,200", {"玉米": 1200}, True), ("1.玉米5亩 2.小麦3亩", {"玉米": 5, "小麦": 3}, True), ("玉米2亩；玉米3亩", {"玉米": 5}, True),
    ("玉米:0", {}, True), ("0", {}, True), ("万寿菊:11.3", {"万寿菊": 11.3}, True), ("百合半亩", {"百合": 0.5}, True), ("玉米、小麦3", {"小麦": 3}, False),
    ("玉米（先玉335）:5", {"玉米": 5}, True), ("苜蓿2公顷", {"苜蓿": 30}, True), ("苹果200株;玉米5", {"玉米": 5}, False),
])
def test_crops_are_read_as_offices_write_them(text: str, items: dict[str, float], whole: bool) -> None:
    found = listings.crops(text_of(text))
    assert found is not None
    assert (dict(found.items), found.whole) == (items, whole)


@pytest.mark.parametrize("text", ["玉米", "5亩", "亩:5", "若干", "玉米:-3"])
def test_crops_without_a_name_or_an_amount_are_unknown(text: str) -> None:
    assert listings.crops(text_of(text)) is None


@pytest.mark.parametrize(("text", "items"), [
    ("牛4头", {"牛": 4}), ("肉牛4", {"肉牛": 4}), ("两头牛", {"牛": 2}), ("羊：16只；鸡：18只", {"羊": 16, "鸡": 18}), ("蜂5箱", {"蜂": 5}),
    ("鸡1万只", {"鸡": 10000}), ("十二只羊", {"羊": 12}), ("羊3只  鸡20只", {"羊": 3, "鸡": 20}), ("种鸡20只", {"种鸡": 20}), ("肉牛:14头(只)", {"肉牛": 14}),
])
def test_livestock_is_read_and_units_are_no_names(text: str, items: dict[str, float]) -> None:
    found = listings.livestock(text_of(text))
    assert found is not None
    assert dict(found.items) == items


@pytest.mark.parametrize(("text", "names", "whole"), [
    ("脱贫户；低保户", {"脱贫户", "低保户"}, True), ("脱贫户/低保", {"脱贫户", "低保户"}, True), ("特困人员", {"特困供养户"}, True),
    ("脱贫户（低保户）", {"脱贫户", "低保户"}, True), ("低保户(一类)", {"低保户"}, True), ("监测对象", {"监测对象"}, False),
    ("监测对象;边缘易致贫户", {"监测对象", "边缘易致贫户"}, True), ("脱贫不稳定户", {"脱贫不稳定户"}, True),
])
def test_kinds_stay_as_written_but_for_short_forms(text: str, names: set[str], whole: bool) -> None:
    found = listings.kinds(text_of(text))
    assert found is not None
    assert (set(found.names), found.whole) == (names, whole)


@pytest.mark.parametrize("text", [
    "1977-12-28", "1977/12/28", "19771228", "1977.12.28", "1977年12月28日", "28487", "1977-12-28 00:00:00", "１９７７．１２．２８", "1977 12 28",
    "19771228.0",
])
def test_a_birthday_is_read_in_any_writing(text: str) -> None:
    assert dates.birth(text_of(text), TODAY).day == date(1977, 12, 28)


@pytest.mark.parametrize(("text", "fault"), [
    ("1971-13-40", dates.IMPOSSIBLE), ("2023-02-29", dates.IMPOSSIBLE), ("20230229", dates.IMPOSSIBLE), ("2026-11-24", dates.FUTURE),
    ("77-12-28", dates.TWO_DIGIT_YEAR), ("771228", dates.TWO_DIGIT_YEAR), ("1077-12-28", dates.TOO_OLD), ("腊月初八", dates.NOT_A_DATE),
    ("0000-00-00", dates.IMPOSSIBLE), ("12/28/1977", dates.NOT_A_DATE),
])
def test_a_birthday_that_cannot_be_has_its_fault(text: str, fault: str) -> None:
    assert dates.birth(text_of(text), TODAY).fault == fault


def test_a_month_alone_is_understood_as_such() -> None:
    assert [dates.birth(text, TODAY)[:3] for text in ("1977-12", "197712", "1977年12月", "1977")] == [
        (date(1977, 12, 1), "month", 1977), (date(1977, 12, 1), "month", 1977), (date(1977, 12, 1), "month", 1977),
        (None, "year", 1977)]


@given(st.text(max_size=30))
def test_any_text_is_a_birthday_or_a_fault(text: str) -> None:
    found = dates.birth(text, TODAY)
    assert found.fault or found.year


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_of_an_id_number_is_found(born: date, serial: int, place: int, step: int) -> None:
    first = f"999999{born:%Y%m%d}{serial:03d}"
    number = first + check_digit(first)
    good = identity.read_id_number(number)
    assert isinstance(good, identity.IdNumber)
    assert (good.born, good.gender) == (born, "男" if serial % 2 else "女")
    if number[place].isdigit():
        bad = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1:]
        assert identity.read_id_number(bad) == identity.WRONG_CHECK


@pytest.mark.parametrize(("text", "fault"), [
    ("99999919710404948", identity.WRONG_LENGTH), ("9.99999E+17", identity.LOST_DIGITS), ("999999********9483", identity.MASKED),
    ("999999771340123", identity.WRONG_OLD), ("张三", identity.WRONG_LENGTH), ("99999919710404948a", identity.WRONG_CHECK),
])
def test_a_wrong_id_number_has_its_fault(text: str, fault: str) -> None:
    assert identity.read_id_number(text) == fault


def test_the_old_form_is_the_same_person() -> None:
    assert identity.read_id_number("999999710404948") == identity.read_id_number("999999197104049483")


def test_an_id_number_shows_itself_nowhere() -> None:
    assert "1971" not in repr(identity.read_id_number("999999197104049483"))


@pytest.mark.parametrize(("text", "phones"), [
    ("13840541373", ["13840541373"]), ("+86 138 4054 1373", ["13840541373"]), ("86-13840541373", ["13840541373"]),
    ("138-4054-1373", ["13840541373"]), ("13840541373、13912345678", ["13840541373", "13912345678"]), ("013840541373", ["13840541373"]),
    ("13840541373/13912345678", ["13840541373", "13912345678"]), ("13840541373 13912345678", ["13840541373", "13912345678"]),
    ("138 4054 1373 139 1234 5678", ["13840541373", "13912345678"]), ("13840541373（儿子）", ["13840541373"]), ("儿子：13840541373", ["13840541373"]),
    ("0954-7012345", ["09547012345"]), ("（010）62345678转12", ["01062345678#12"]), ("19912345678", ["19912345678"]), ("16212345678", ["16212345678"]),
    ("无", []), ("13840541373.0", ["13840541373"]),
])
def test_telephones_are_read_as_offices_write_them(text: str, phones: list[str]) -> None:
    found = read_phones(text_of(text))
    assert found is not None
    assert [number for _, number in found] == phones


@pytest.mark.parametrize("text", ["1385147203", "138514720333", "12345678901", "7012345", "1384054137X", "13840541373、123", "张三", "1.38E+10"])
def test_a_bad_telephone_is_bad(text: str) -> None:
    assert read_phones(text_of(text)) is None


@pytest.mark.parametrize(("text", "value"), [
    ("1,234.5", 1234.5), ("1.2万", 12000), ("约3000元", 3000), ("¥3,000.00", 3000), ("3 000", 3000), ("三千", None), ("3-5", None), ("9" * 400, None),
    ("nan", None), ("inf", None), ("1e9", None), ("-500", -500),
])
def test_numbers_are_read_or_left(text: str, value: float | None) -> None:
    assert numbers.number(text) == value


@pytest.mark.parametrize(("read", "text", "value"), [
    (choices.migrant, "在银川务工", True), (choices.migrant, "省外", True), (choices.migrant, "在家务农", False), (choices.migrant, "无", False),
    (choices.relocated, "√", True), (choices.relocated, "0.0", False), (choices.relocated, "×", False), (choices.relocated, "已搬迁", True),
    (choices.disability, "肢体二级", "二级"), (choices.disability, "3", "三级"), (choices.disability, "Ⅳ级", "四级"), (choices.disability, "无", NONE),
    (choices.disability, "有", None), (choices.house_grade, "c级", "C"), (choices.house_grade, "D级危房", "D"), (choices.house_grade, "无", NONE),
    (choices.study, "小学三年级", "小学"), (choices.study, "本科在读", "本科"), (choices.study, "已毕业", NONE), (choices.gender, "女性", "女"),
    (choices.gender, "1", "男"), (choices.gender, "不男", None), (choices.standing, "死亡", "died"), (choices.standing, "户口迁出", "moved"),
])
def test_choices_are_understood(read: Any, text: str, value: Any) -> None:
    assert read(text_of(text)) == (value, value is not None)


@pytest.mark.parametrize(("cell", "name"), [
    (" 王 强 ", "王强"), ("欧阳\u3000海", "欧阳海"), ("阿依古丽·买买提", "阿依古丽·买买提"), ("Anna Li", "Anna Li"), ("", ""), ("  ", ""), (None, ""), ("/", ""),
])
def test_names_lose_their_padding(cell: Any, name: str) -> None:
    assert name_of_cell(cell) == name


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.none()))
def test_no_cell_breaks_a_reader(cell: Any) -> None:
    text = text_of(cell)
    for read in (listings.crops, listings.livestock, listings.kinds, listings.skills, numbers.number, numbers.area, identity.read_id_number,
                 read_phones, choices.migrant, choices.disability, choices.study, choices.house_grade, choices.gender, choices.standing):
        read(text)
