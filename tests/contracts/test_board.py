"""The board's rows of the contract: hands carry it, so what it declares and what it complains of is all there is to hold it to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.board.carrier import MOST_SHEETS, SHEET, Board
from tests.channels.calling import content


def test_the_board_declares_what_it_can_carry_and_reaches_no_network() -> None:
    board = Board()
    assert board.name == board.gateway == "board"
    assert board.limits.in_flight == 0
    assert board.limits.longest >= SHEET
    assert not any(hasattr(board, act) for act in ("send", "ask_fate", "say", "receive"))


@pytest.mark.parametrize(("text", "fits"), [("请于12月31日前办理。", True), ("办" * (SHEET * MOST_SHEETS), True),
                                            ("办" * (SHEET * MOST_SHEETS + 1), False), (" \n", False)])
def test_the_board_complains_of_what_cannot_hang(text: str, fits: bool) -> None:
    complaints = Board().complaints(replace(content(), text=text))
    assert (complaints == ()) is fits
    assert all(words.endswith("。") for words in complaints)
