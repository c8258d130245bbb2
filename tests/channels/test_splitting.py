"""How long a text is, what it costs in parts, and where it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.splitting import first_piece, parts, sms_length, split_text, utf8_length


@pytest.mark.parametrize(("characters", "expected"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_seventy_characters_are_one_part_and_longer_texts_pay_by_sixty_seven(characters: int, expected: int) -> None:
    assert parts("费" * characters) == expected


def test_the_signature_counts_towards_the_part() -> None:
    assert parts("【彭阳县政务公开】" + "费" * 61) == 1
    assert parts("【彭阳县政务公开】" + "费" * 62) == 2


def test_a_character_outside_the_basic_plane_counts_twice() -> None:
    assert sms_length("𠀀") == 2
    assert parts("𠀀" * 35) == 1
    assert parts("𠀀" * 36) == 2


def test_a_text_is_cut_after_a_sentence() -> None:
    assert split_text("医保开始缴费。请带户口簿到村委会办理。", 10) == ["医保开始缴费。", "请带户口簿到村委会办", "理。"]


def test_a_telephone_number_is_not_torn() -> None:
    assert split_text("请您到镇政府窗口来电咨询0954-7012345", 16) == ["请您到镇政府窗口来电咨询", "0954-7012345"]


def test_a_text_that_fits_is_one_piece_and_an_empty_one_is_none() -> None:
    assert split_text("王家可以申请", 20) == ["王家可以申请"]
    assert split_text("  \n ", 20) == []


def test_what_does_not_fit_ends_with_a_mark() -> None:
    shown = first_piece("第一句话。第二句话。第三句话。", 12, len, "……")
    assert shown == "第一句话。第二句话。……"
    assert first_piece("第一句话。", 12, len, "……") == "第一句话。"


@given(text=st.text(max_size=300), limit=st.integers(min_value=4, max_value=80),
       measure=st.sampled_from([len, sms_length, utf8_length]))
def test_cutting_loses_nothing_but_blanks_and_no_piece_is_too_long(text: str, limit: int, measure) -> None:
    pieces = split_text(text, limit, measure)
    assert all(0 < measure(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
