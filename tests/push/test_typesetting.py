"""Where lines of Chinese end on paper."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from push.typesetting import balanced, broken

WORDS = st.text("种玉米的农户，。（）《》“”、12345 ab", min_size=1, max_size=80)


def wide(words: str) -> float:
    return sum(0.5 if one.isascii() else 1 for one in words)


@given(words=WORDS, room=st.integers(6, 30))
def test_nothing_is_lost_and_every_line_fits(words: str, room: int) -> None:
    for lines in (broken(words, wide, room), balanced(words, wide, room)):
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
        assert all(wide(line) <= room for line in lines)


def test_no_mark_begins_a_line_and_no_number_is_cut() -> None:
    words = "有人要手续费、保证金的，不要给，请打 12345。外出务工回不来的（家里有人），可以请家里人代办。"
    for room in range(8, 30):
        lines = broken(words, wide, room)
        assert not any(line[0] in "，。、）" or line[-1] == "（" for line in lines)
        assert any("12345。" in line for line in lines)


def test_a_title_leaves_no_character_alone() -> None:
    for room in (9, 10, 11):
        first, second = balanced("姚河村安置点自来水停水两天", wide, room)
        assert abs(len(first) - len(second)) <= 2
    assert balanced("天冷了，生炉子烧炕要防煤烟中毒", wide, 12) == ["天冷了，", "生炉子烧炕要防煤烟中毒"]
