"""What of a person may be seen."""

from __future__ import annotations

import pytest

from profiles.privacy import few, masked_id_number, masked_name, masked_phone, masked_words


@pytest.mark.parametrize(("name", "masked"), [("王", "*"), ("张三", "张*"), ("张小三", "张*三"), ("欧阳小三", "欧**三"), ("", "*")])
def test_a_name_keeps_its_ends_at_most(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize(("number", "masked"), [("13812340001", "138****0001"), ("09547012345", "*********45"), ("123", "****")])
def test_a_telephone_is_masked(number: str, masked: str) -> None:
    assert masked_phone(number) == masked


def test_an_id_number_shows_neither_birthday_nor_order() -> None:
    assert masked_id_number("999999197104049483") == "999999**********83"
    assert masked_id_number("E12345678") == "E*******8"
    assert masked_id_number("1234") == "****"


def test_small_counts_are_not_told() -> None:
    assert [few(count) for count in (0, 1, 4, 5, 1204)] == ["0 户", "少于 5 户", "少于 5 户", "5 户", "1,204 户"]


@pytest.mark.parametrize(("said", "kept"), [
    ("我叫麻胜男，电话19900001234", "我叫麻某某，电话199****1234"),
    ("姓名：王建福 身份证999999198803070023", "姓名：王某某 身份证999999****023"),
    ("我是李国成家的", "我是李某某家的"),
    ("我是李国，李国家的院墙塌了，李国的地也淹了", "我是李某，李某家的院墙塌了，李某的地也淹了"),
    ("我是低保户能领吗", "我是低保户能领吗"),
    ("名字叫陈有福今年六十", "名字叫陈某某今年六十"),
    ("玉米补贴怎么领", "玉米补贴怎么领"),
])
def test_a_question_is_kept_without_the_name_and_numbers_of_who_asks(said: str, kept: str) -> None:
    assert masked_words(said) == kept
