"""How large a wall's screen sets a notice."""

from __future__ import annotations

from channels.board.screen import SIZES, size_on_screen

FACTS = ("白阳镇全体村民", "11月30日前，还有 7 天", "彭阳县农业农村局 0954-7015678")


def test_what_is_short_is_set_large_and_only_what_is_long_is_set_smaller() -> None:
    sizes = [size_on_screen("补" * length, "贴" * 2 * length, FACTS) for length in (10, 20, 40, 80, 120)]
    assert sizes[0] == 0
    assert sizes == sorted(sizes)
    assert 0 < sizes[-1] < len(SIZES)


def test_an_emergency_above_it_takes_its_room() -> None:
    said = ("补" * 24, "贴" * 60, FACTS)
    assert size_on_screen(*said, alarm="山洪危险，河边住户马上转移" * 3) > size_on_screen(*said)


def test_what_no_size_holds_is_set_as_small_as_there_is() -> None:
    assert size_on_screen("补" * 2000, "贴" * 2000, FACTS) == len(SIZES) - 1
