"""The paper that hangs on a village's board: what stands above what is seen from where people stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from kernel.clock import CHINA
from notices.surfaces.web import Shape, html, shapes, to_text
from push.sheets import BoardSheet, board_sheet

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
WHO, LAST = "谁能办", "什么时候截止"
SHEET = BoardSheet("白阳镇 姚河村", "玉米收储补贴开始登记", (WHO, "今年种玉米的农户。", LAST, "12月25日前。"),
                   shapes=(Shape(is_heading=True), Shape(), Shape(is_heading=True), Shape()))
LIST = """## 名单

| 姓名 | 组 | 亩数 |
|---|---|---|
| {one} | 一组 | 6 亩 |
| {two} | 二组 | 4.5 亩 |

## 怎么说

1. 找村委会。
2. 打电话。
   - 白天打
"""


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
    plain = sizes(board_sheet(replace(SHEET, shapes=()), NOW))
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
        shapes = (*([Shape()] * many), Shape(is_heading=True), Shape())
        pages = [page.extract_text() for page in PdfReader(BytesIO(board_sheet(replace(SHEET, lines=lines, shapes=shapes), NOW))).pages]
        assert [LAST in page for page in pages] == ["12月25日前" in page for page in pages]


def of_a_list(*, masked: bool, large: bool = False) -> bytes:
    """A list with whole names, shaped after its page on the web, where the names may be masked."""
    shown = LIST.format(one="王*福" if masked else "王来福", two="欧阳*" if masked else "欧阳娜")
    hung = to_text(html(LIST.format(one="王来福", two="欧阳娜"))).splitlines()
    return board_sheet(replace(SHEET, lines=("", *hung, "", "咨询电话：0954-7000000", "", "姚河村委会"), shapes=shapes(html(shown))), NOW, large=large)


def across(pdf: bytes) -> dict[str, float]:
    """Where each piece of a sheet's text begins, from the left."""
    found: dict[str, float] = {}

    def note(text: str, page: list[float], line: list[float], _: Any, __: float) -> None:
        if text.strip():
            found[text.strip()] = round(page[4] + line[4])

    for page in PdfReader(BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
    return found


def test_a_list_hangs_as_a_table_with_names_in_full_whatever_the_web_masks() -> None:
    for large in (False, True):
        for masked in (False, True):
            found = across(of_a_list(masked=masked, large=large))
            assert found["姓名"] == found["王来福"] == found["欧阳娜"]
            assert found["亩数"] == found["6 亩"] == found["4.5 亩"] > found["组"] > found["姓名"]


def test_steps_keep_their_numbers_and_points_their_dots() -> None:
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(of_a_list(masked=False))).pages)
    assert all(words in text.replace(" ", "").replace("\n", "") for words in ("1.找村委会。", "2.打电话。", "·白天打"))


def test_a_text_that_is_not_the_webs_own_is_set_plainly() -> None:
    hung = ("", "只有一句话。", "", "姚河村委会")
    assert "只有一句话。" in across(board_sheet(replace(SHEET, lines=hung), NOW))


def test_several_sheets_say_how_many_there_are() -> None:
    lines = tuple(f"第 {number} 句。" for number in range(60))
    pages = [page.extract_text() for page in PdfReader(BytesIO(board_sheet(replace(SHEET, lines=lines), NOW))).pages]
    assert [f"第 {number + 1} 张，共 {len(pages)} 张" in page for number, page in enumerate(pages)] == [True] * len(pages)
    assert "张，共" not in PdfReader(BytesIO(board_sheet(SHEET, NOW))).pages[0].extract_text()


def test_whatever_a_table_holds_comes_onto_paper() -> None:
    for many in (1, 3, 7, 14):
        for cell in ("一组", "玉米良种补贴，按土地承包证上的亩数核定。" * 3, "玉米良种补贴，按亩核定。" * 60):
            row = "| " + " | ".join([cell] * many) + " |\n"
            made = html(f"## 名单\n\n{row}|{'---|' * many}\n{row * (12 if len(cell) < 100 else 2)}")
            sheet = replace(SHEET, lines=("", *to_text(made).splitlines(), "", "电话"), shapes=shapes(made))
            first = PdfReader(BytesIO(board_sheet(sheet, NOW, large=True))).pages[0].extract_text()
            assert "名单" in first
            assert cell[:2] in first
