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


def apart(pdf: bytes) -> float:
    """How far the first lines of a sheet stand from each other."""
    heights: list[float] = []

    def note(text: str, page: list[float], line: list[float], _: Any, __: float) -> None:
        if "句。" in text:
            heights.append(page[5] + line[5])

    PdfReader(BytesIO(pdf)).pages[0].extract_text(visitor_text=note)
    return round(heights[0] - heights[1], 1)


def test_what_stands_above_is_larger_than_what_follows_it() -> None:
    found = sizes(board_sheet(SHEET, NOW))
    assert found[WHO] > found["今年种玉米的农户。"]
    plain = sizes(board_sheet(replace(SHEET, headings=frozenset()), NOW))
    assert plain[WHO] == plain["今年种玉米的农户。"]


def test_lines_move_closer_where_that_saves_a_sheet_and_only_there() -> None:
    made = {many: board_sheet(replace(SHEET, lines=tuple(f"第 {number} 句。" for number in range(many))), NOW) for many in range(10, 24)}
    pages = {many: len(PdfReader(BytesIO(pdf)).pages) for many, pdf in made.items()}
    fullest = max(many for many, count in pages.items() if count == 1)
    assert apart(made[fullest]) < apart(made[10]) == apart(made[23])
    assert pages[23] == 2


def test_who_signs_and_the_document_number_stay_on_one_page() -> None:
    for many in range(10, 24):
        lines = (*(["一句话。"] * many), "", "彭阳县农业农村局", "彭农发〔2026〕31号（演示）")
        pages = [page.extract_text() for page in PdfReader(BytesIO(board_sheet(replace(SHEET, lines=lines), NOW))).pages]
        assert ["彭阳县农业农村局" in page for page in pages] == ["31号" in page for page in pages]


def test_no_heading_is_left_alone_at_the_foot_of_a_page() -> None:
    for many in range(10, 24):
        lines = (*(f"第 {number} 句话。" for number in range(many)), LAST, "12月25日前。")
        pages = [page.extract_text() for page in PdfReader(BytesIO(board_sheet(replace(SHEET, lines=lines), NOW))).pages]
        assert [LAST in page for page in pages] == ["12月25日前" in page for page in pages]
