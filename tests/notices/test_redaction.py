"""No identity number, private telephone or bank card goes out, however it is written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.identities import check_digit, luhn
from notices.redaction import FoundKind, phones_in, scan

OWN = phones_in(["0954-7012345、13995400001"])
births = st.dates(date(1900, 1, 1), date(2025, 12, 31))
separators = st.sampled_from(["", " ", "-", ".", " - ", "　", "·", "－"])


def identity(born: date, serial: int) -> str:
    first = f"999999{born:%Y%m%d}{serial:03d}"
    return first + check_digit(first)


def card(first_15: int) -> str:
    digits = f"62{first_15:013d}"
    return next(digits + last for last in "0123456789" if luhn(digits + last))


@given(births, st.integers(0, 999), separators, st.sampled_from(["王家户主", "见附件", "组长"]))
def test_an_identity_number_is_found_in_any_grouping(born: date, serial: int, separator: str, words: str) -> None:
    number = identity(born, serial)
    text = f"{words}{separator.join((number[:6], number[6:14], number[14:]))}，请到村委会"
    found = scan(text)
    assert [one.kind for one in found] == [FoundKind.ID_NUMBER]
    assert number not in found[0].words


@given(births, st.integers(0, 999))
def test_full_width_digits_and_a_small_x_hide_nothing(born: date, serial: int) -> None:
    number = identity(born, serial)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in number).replace("Ｘ", "ｘ")
    assert [one.kind for one in scan(f"李家：{wide}。")] == [FoundKind.ID_NUMBER]


@given(st.sampled_from("3456789"), st.integers(0, 999_999_999), separators)
def test_a_mobile_is_found_in_any_grouping(second: str, rest: int, separator: str) -> None:
    number = f"1{second}{rest:09d}"
    found = scan(f"联系人陈某，{separator.join((number[:3], number[3:7], number[7:]))}")
    assert [one.kind for one in found] == [FoundKind.MOBILE] or number in OWN


@given(st.integers(0, 10**13 - 1), st.sampled_from(["", " ", "-"]))
def test_a_bank_card_is_found_unbroken_or_in_fours(first: int, separator: str) -> None:
    number = card(first)
    text = f"打到卡上：{separator.join(number[place:place + 4] for place in range(0, 16, 4))}"
    assert FoundKind.BANK_CARD in [one.kind for one in scan(text)] or scan(text)[0].kind is FoundKind.ID_NUMBER


@given(births, births)
def test_dates_beside_each_other_are_no_number_of_a_person(first: date, second: date) -> None:
    for shape in ("%Y-%m-%d", "%Y.%m.%d", "%Y年%m月%d日"):
        assert scan(f"公示期：{first:{shape}} - {second:{shape}}") == ()


@given(st.integers(0, 9_999_999), st.sampled_from(["元", "亩", "户", "斤"]))
def test_amounts_are_no_number_of_a_person(amount: int, unit: str) -> None:
    assert scan(f"合计 {amount:,}{unit}，即 {amount}{unit}") == ()


@pytest.mark.parametrize("text", [
    "电话：０９５４－７０１２３４５", "请打0954 7012345", "（0954）7012345", "拨 139-9540-0001", "咨询电话：7012345",
    "拨12345、12317、12333或95598", "火警119，急救120，报警110", "客服400-820-8820", "文号彭农发〔2026〕18号",
    "统一社会信用代码91640425MA76XXXX1X", "项目编号：4111111111111111", "1998-12-30 100 亩",
])
def test_offices_numbers_and_harmless_digits_stay(text: str) -> None:
    assert scan(text, OWN) == ()


@pytest.mark.parametrize(("text", "kind"), [
    ("一三八一二三四五六七八", FoundKind.MOBILE),
    ("0954-7654321", FoundKind.LANDLINE),
    ("联系电话7654321", FoundKind.LANDLINE),
    ("电话：7012345、7654321", FoundKind.LANDLINE),
    ("8613812345678", FoundKind.MOBILE),
    ("身份证999999199003070000", FoundKind.ID_NUMBER),
    ("640425900307451", FoundKind.ID_NUMBER),
    ("020-38765432", FoundKind.LANDLINE),
])
def test_foreign_numbers_are_named_by_kind(text: str, kind: FoundKind) -> None:
    assert [one.kind for one in scan(text, OWN)] == [kind]


@given(st.integers(1, 10), births, st.integers(0, 999), st.sampled_from(["\n", "\r\n", " \n  ", "-\n"]))
def test_a_number_that_goes_on_in_the_next_line_is_found(place: int, born: date, serial: int, broken: str) -> None:
    mobile, number = "13812345678", identity(born, serial)
    assert [one.kind for one in scan(f"联系人陈某，{mobile[:place]}{broken}{mobile[place:]}。")] == [FoundKind.MOBILE]
    assert [one.kind for one in scan(f"王家：{number[:place + 6]}{broken}{number[place + 6:]}")] == [FoundKind.ID_NUMBER]


@pytest.mark.parametrize("text", [
    "电话：0954-7012\n345", "15000\n120000\n13500\n", "张三 1500\n李四 1350000", "2026\n13500000", "2026年共投入1500万元\n13个村", "| 1350 |\n| 1234567 |",
])
def test_figures_that_only_meet_at_a_line_end_are_no_number_of_a_person(text: str) -> None:
    assert scan(text, OWN) == ()


def test_a_finding_tells_place_and_cure_and_hides_the_number() -> None:
    (found,) = scan("第一行\n王大山，13812345678")
    assert found.place == "第 2 行第 5 个字"
    assert found.excerpt == "138****78"
    assert "13812345678" not in found.words
    assert "other_phones" in found.cure


def test_two_numbers_side_by_side_are_both_found() -> None:
    assert len(scan("13812345678 13912345678")) == 2


@given(st.text(alphabet="0123456789 -xX一二三.()電话：\n", max_size=120))
def test_any_text_can_be_scanned_and_no_excerpt_shows_more_than_five_digits(text: str) -> None:
    for found in scan(text):
        assert sum(letter.isdigit() for letter in found.excerpt) <= 5
