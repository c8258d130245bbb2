"""Paper for villages: a notice as the sheet that hangs on the board, and 入户通知单, the list of a round of visits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, black
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from notices.surfaces.web import Shape
from push.typesetting import balanced, broken
from qrcodes.images import matrix
from qrcodes.posters import FIELD, FONT, HOTLINE, WIDTH, draw_code, use_font

MOST_TITLE_LINES = 2
_MASKED = re.escape("*")
NORMAL, LARGE = 18.0, 26.0
"""Type of a sheet's text in points: 大字 is read from three steps away."""
CODE = 34 * mm
EDGE = 20 * mm
RULE = HexColor("#6b7680")
COLUMN = WIDTH - 2 * EDGE - 12
"""How wide text is set: the page's frame keeps six points free on either side."""
SMALLEST_TABLE, MOST_CELL_LINES = 14.0, 6
ROOMY, CLOSE = 1.6, 1.45
"""From line to line, in sizes of the type."""


@dataclass(frozen=True)
class BoardSheet:
    """What hangs: where, what it says line by line (the title first), the address in the code, one a hand can type.

    `shapes`: how the lines of the text's own part, the first one between empty lines, stand on its page on the web.
    """

    place: str
    title: str
    lines: tuple[str, ...]
    is_urgent: bool = False
    code: str = ""
    short_address: str = ""
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True)
class VisitLine:
    """One household of a list: group, name, why somebody comes."""

    group: str
    name: str
    why: str


@dataclass(frozen=True)
class VisitList:
    """The visits of one village for one notice; the title tells no hardship."""

    place: str
    title: str
    reference: str
    office: str
    phone: str
    until: str
    lines: tuple[VisitLine, ...]


def board_sheet(sheet: BoardSheet, now: datetime, *, large: bool = False) -> bytes:
    """The sheet as a PDF of as many A4 pages as it takes, its lines a little closer where that saves a page."""
    use_font()

    def made(apart: float, pages: int) -> tuple[bytes, int]:
        return _document(_board_story(sheet, LARGE if large else NORMAL, apart), f"公示栏张贴稿 {sheet.place}",
                         lambda canvas: _board_foot(canvas, sheet, now, pages), CODE + 18 * mm)

    most, fewest = (made(apart, 0)[1] for apart in (ROOMY, CLOSE))
    return made(CLOSE if fewest < most else ROOMY, min(most, fewest))[0]


def _board_story(sheet: BoardSheet, size: float, apart: float) -> list[Flowable]:
    """Headings stay with what follows them, and who signs stays on one page."""
    text, held = _style(size, leading=size * apart), _style(size, leading=size * apart, keepWithNext=1)
    story: list[Flowable] = [_title(f"【紧急】{sheet.title}" if sheet.is_urgent else sheet.title, size)]
    signed = max((place for place, line in enumerate(sheet.lines) if not line.strip()), default=len(sheet.lines))
    rows: list[tuple[str, ...]] = []
    for place, (line, shape) in enumerate(zip(sheet.lines, _shapes(sheet), strict=True)):
        if cells := _cells(line, shape):
            if shape.is_heading:
                story.extend(_table(rows, size))
                rows = []
            rows.append(cells)
            continue
        story.extend(_table(rows, size))
        rows = []
        if not line.strip():
            story.append(Spacer(1, size / 2))
        elif shape.is_heading:
            # Not kept with what follows, which may be a whole page: room for its first lines is enough.
            story += [CondPageBreak(size * 6), _Bold(_safe(line), _style(size * 1.15, spaceBefore=size / 2))]
        elif shape.mark:
            beside = stringWidth(shape.mark, FONT, size) + size / 2
            story.append(_set(line, _style(size, leading=size * apart, leftIndent=beside, bulletFontName=FONT, bulletFontSize=size), shape.mark))
        else:
            story.append(_set(line, held if signed < place < len(sheet.lines) - 1 else text))
    return [*story, *_table(rows, size)]


def _shapes(sheet: BoardSheet) -> list[Shape]:
    """One for every line; plain ones where the text's own part has not the lines that the web's page has."""
    empty = [place for place, line in enumerate(sheet.lines) if not line.strip()]
    first = empty[0] + 1 if empty[:1] == [0] else 0
    last = next((place for place in empty if place >= first), len(sheet.lines))
    if last - first != len(sheet.shapes):
        return [Shape()] * len(sheet.lines)
    return [*([Shape()] * first), *sheet.shapes, *([Shape()] * (len(sheet.lines) - last))]


def _cells(line: str, shape: Shape) -> tuple[str, ...]:
    """A row of a table as it hangs: the web's cells say where one ends, the line what stands there, names in full."""
    found = shape.cells and re.fullmatch(" ".join(f"({re.escape(cell).replace(_MASKED, '.+?')})" for cell in shape.cells), line)
    return found.groups() if found else ()


def _table(rows: Sequence[tuple[str, ...]], size: float) -> list[Flowable]:
    """The rows of a list as a table that begins again with its head on the next page; plain lines where paper is too narrow for it."""
    if not rows:
        return []
    many = max(len(row) for row in rows)
    asked = [max(stringWidth(row[at], FONT, size) if at < len(row) else 0 for row in rows) + size for at in range(many)]
    shrunk = max(SMALLEST_TABLE / size, min(1.0, COLUMN / sum(min(wide, COLUMN / 3) for wide in asked)))
    columns = _columns([wide * shrunk for wide in asked])
    cell, size = _style(size * shrunk, leading=size * shrunk * 1.35), size * shrunk
    longest = max(stringWidth(words, FONT, size) / wide for row in rows for words, wide in zip(row, columns, strict=False))
    if min(columns) < 3 * size or longest > MOST_CELL_LINES:
        return [_set(" ".join(row), cell) for row in rows]
    made = Table([[_Bold(_safe(words), cell) if place == 0 else Paragraph(_safe(words), cell) for words in (*row, *[""] * (many - len(row)))]
                  for place, row in enumerate(rows)], colWidths=columns, repeatRows=1)
    made.setStyle(TableStyle([("LINEBELOW", (0, 0), (-1, 0), 1.2, black), ("LINEBELOW", (0, 1), (-1, -1), 0.5, RULE),
                              ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                              ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)]))
    return [made, Spacer(1, size / 2)]


def _columns(widest: Sequence[float]) -> list[float]:
    """As wide as each column asks for, and more where there is room; where there is not, the wide ones share what the narrow ones leave."""
    given, room = dict.fromkeys(range(len(widest)), 0.0), COLUMN
    for done, at in enumerate(sorted(given, key=lambda one: widest[one])):
        given[at] = min(widest[at], room / (len(widest) - done))
        room -= given[at]
    return [wide * COLUMN / sum(given.values()) for wide in given.values()]


def _title(words: str, size: float) -> Flowable:
    """The title in lines of one length, a little smaller where it would take more than two."""
    for factor in (1.5, 1.25):
        lines = balanced(words, lambda part, at=size * factor: stringWidth(part, FONT, at), COLUMN)  # type: ignore[misc]
        if len(lines) <= MOST_TITLE_LINES:
            break
    return _Bold("<br/>".join(map(_safe, lines)), _style(size * factor, leading=size * factor * 1.35, alignment=TA_CENTER, spaceAfter=6 * mm))


def _set(words: str, style: ParagraphStyle, mark: str = "") -> Paragraph:
    """A passage whose lines end where Chinese ones may."""
    lines = broken(words, lambda part: stringWidth(part, FONT, style.fontSize), COLUMN - style.leftIndent)
    return Paragraph("<br/>".join(map(_safe, lines)), style, bulletText=mark or None)


class _Bold(Paragraph):
    """A paragraph whose letters are drawn round as well: the house's font has one weight."""

    def draw(self) -> None:
        self.canv.saveState()
        self.canv.setStrokeColor(black)
        self.canv.setLineWidth(self.style.fontSize * 0.035)
        bold = self.canv.beginText()
        bold.setTextRenderMode(2)
        self.canv.drawText(bold)
        super().draw()
        self.canv.restoreState()


def visit_lists(lists: Sequence[VisitList], now: datetime) -> bytes:
    """入户通知单: a village and notice on a page of its own, one line a household with a box to tick; names no kind of household."""
    use_font()
    story: list[Flowable] = []
    for one in lists:
        if story:
            story.append(PageBreak())
        story.extend(_visit_story(one))
    if not lists:
        story.append(Paragraph("现在没有要入户的。", _style(NORMAL)))
    return _document(story, "入户通知单", lambda canvas: _visit_foot(canvas, now), 24 * mm)[0]


def _visit_story(one: VisitList) -> list[Flowable]:
    asks = "，".join(part for part in (one.office, one.phone) if part)
    about = [f"要告知：{one.title}（编号 {one.reference}）", f"咨询电话：{asks}，也可拨 {HOTLINE} 核实" if asks else f"咨询电话：{HOTLINE}",
             f"共 {len(one.lines)} 户{f'，请在{one.until}前办完' if one.until else ''}。办完一户，在方框里打勾。"]
    text, cell, small = _style(16), _style(16, leading=21), _style(13, leading=18)
    rows: list[list[object]] = [[Paragraph(word, small) for word in ("勾", "组", "户主", "为什么去", "备注")]]
    rows += [[_Box(), *(Paragraph(_safe(words), cell) for words in (line.group, line.name)), Paragraph(_safe(line.why), small), ""]
             for line in one.lines]
    table = Table(rows, colWidths=[12 * mm, 22 * mm, 38 * mm, 68 * mm, 30 * mm], repeatRows=1)
    table.setStyle(TableStyle([("LINEBELOW", (0, 0), (-1, 0), 1.2, black), ("LINEBELOW", (0, 1), (-1, -1), 0.5, RULE),
                               ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("TOPPADDING", (0, 1), (-1, -1), 6),
                               ("BOTTOMPADDING", (0, 1), (-1, -1), 8), ("LEFTPADDING", (0, 0), (-1, -1), 2)]))
    return [_Bold(_safe(f"入户通知单 {one.place}"), _style(26, spaceAfter=4 * mm)),
            *(_set(line, text) for line in about), Spacer(1, 4 * mm), table]


class _Box(Flowable):
    """An empty square to tick."""

    def __init__(self) -> None:
        super().__init__()
        self.width = self.height = 6.5 * mm

    def draw(self) -> None:
        self.canv.setLineWidth(1.2)
        self.canv.rect(0, 0, self.width, self.height)


def _document(story: list[Flowable], title: str, foot, bottom: float) -> tuple[bytes, int]:  # type: ignore[no-untyped-def]
    """The PDF and how many pages it has."""
    made = BytesIO()
    document = SimpleDocTemplate(made, pagesize=A4, leftMargin=EDGE, rightMargin=EDGE, topMargin=EDGE, bottomMargin=bottom,
                                 title=title, author="", pageCompression=1)
    document.build(story, onFirstPage=lambda canvas, _: foot(canvas), onLaterPages=lambda canvas, _: foot(canvas))
    return made.getvalue(), document.page


def _board_foot(canvas: Canvas, sheet: BoardSheet, now: datetime, pages: int) -> None:
    """The house's rule, the code with a second way in beside it, place and day small."""
    canvas.setStrokeColor(FIELD)
    canvas.setLineWidth(3)
    canvas.line(EDGE, CODE + 14 * mm, WIDTH - EDGE, CODE + 14 * mm)
    canvas.setFillColor(black)
    lines = ["有不明白的，打上面的电话，", f"或拨 {HOTLINE}。"]
    if sheet.code:
        draw_code(canvas, matrix(sheet.code), WIDTH - EDGE - CODE, 10 * mm, CODE)
        lines = ["扫一扫，在手机上看全文、问一问。", "不会扫码，手机打开", sheet.short_address, f"选“{sheet.place}”，或拨 {HOTLINE}。"]
    canvas.setFont(FONT, 15)
    for row, line in enumerate(lines):
        canvas.drawString(EDGE, CODE + 5 * mm - row * 7.5 * mm, line)
    canvas.setFont(FONT, 9)
    which = f"  第 {canvas.getPageNumber()} 张，共 {pages} 张" if pages > 1 else ""
    canvas.drawString(EDGE, 10 * mm, f"{sheet.place}  {now:%Y年%m月%d日}印{which}")


def _visit_foot(canvas: Canvas, now: datetime) -> None:
    canvas.setFillColor(black)
    canvas.setFont(FONT, 10)
    canvas.drawString(EDGE, 12 * mm, f"{now:%Y年%m月%d日}印  第 {canvas.getPageNumber()} 页")
    canvas.drawRightString(WIDTH - EDGE, 12 * mm, "上面有村民姓名，用完请交回村委会，不要拍照转发。")


def _style(size: float, **more: object) -> ParagraphStyle:
    """Type of one size that breaks between any two characters, as Chinese does."""
    return ParagraphStyle(f"at {size} {sorted(more)}", fontName=FONT, fontSize=size, wordWrap="CJK",
                          **{"leading": size * 1.6, **more})  # type: ignore[arg-type]


def _safe(text: str) -> str:
    return escape(text)
