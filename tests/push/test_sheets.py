"""The paper that hangs on a village's board: what stands above what is seen from where people stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from kernel.clock import CHINA
from push.sheets import BoardSheet, board_sheet

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
WHO, LAST = "谁能办", "什么时候截止"
SHEET = BoardSheet("白阳镇 姚河村", "玉米收储补贴开始登记", (WHO, "今年种玉米的农户。", LAST, "12月25日前。"), headings=frozenset({WHO, LAST}))


def sizes(pdf: bytes) -> dict[str, float]:
    """Every line of a sheet and the size of its type."""
    found: dict[str, float] = {}

    def note(text: str, _: Any, matrix: list[float], __: Any, size: float) -> None:
        if text.strip():
            found[text.strip()] = size * abs(matrix[3])

    for page in PdfReader(BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
    return found


def test_what_stands_above_is_larger_than_what_follows_it() -> None:
    found = sizes(board_sheet(SHEET, NOW))
    assert found[WHO] > found["今年种玉米的农户。"]
    plain = sizes(board_sheet(replace(SHEET, headings=frozenset()), NOW))
    assert plain[WHO] == plain["今年种玉米的农户。"]


def test_no_heading_is_left_alone_at_the_foot_of_a_page() -> None:
    for many in range(10, 24):
        lines = (*(f"第 {number} 句话。" for number in range(many)), LAST, "12月25日前。")
        pages = [page.extract_text() for page in PdfReader(BytesIO(board_sheet(replace(SHEET, lines=lines), NOW))).pages]
        assert [LAST in page for page in pages] == ["12月25日前" in page for page in pages]
