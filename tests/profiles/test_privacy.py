"""What of a person may be seen."""

from __future__ import annotations

import pytest

from profiles.privacy import few, masked_id_number, masked_name, masked_phone


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
