"""Paper for villages: a notice as the sheet that hangs on the board, and 入户通知单, the list of a round of visits."""

from __future__ import annotations

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
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from qrcodes.images import matrix
from qrcodes.posters import FIELD, FONT, HOTLINE, WIDTH, draw_code, use_font

NORMAL, LARGE = 18.0, 26.0
"""Type of a sheet's text in points: 大字 is read from three steps away."""
CODE = 34 * mm
EDGE = 20 * mm
RULE = HexColor("#6b7680")
ROOMY, CLOSE = 1.6, 1.45
"""From line to line, in sizes of the type."""


@dataclass(frozen=True)
class BoardSheet:
    """What hangs: where, what it says line by line (the title first), the address in the code, one a hand can type.

    `headings`: which of the lines stand above what follows them.
    """

    place: str
    title: str
    lines: tuple[str, ...]
    is_urgent: bool = False
    code: str = ""
    short_address: str = ""
    headings: frozenset[str] = frozenset()


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
    (roomy, most), (close, fewest) = (
        _document(_board_story(sheet, LARGE if large else NORMAL, apart), f"公示栏张贴稿 {sheet.place}",
                  lambda canvas: _board_foot(canvas, sheet, now), CODE + 18 * mm) for apart in (ROOMY, CLOSE))
    return close if fewest < most else roomy


def _board_story(sheet: BoardSheet, size: float, apart: float) -> list[Flowable]:
    """Headings stay with what follows them, and who signs stays on one page."""
    text, held = _style(size, leading=size * apart), _style(size, leading=size * apart, keepWithNext=1)
    above = _style(size * 1.15, spaceBefore=size / 2, keepWithNext=1)
    story: list[Flowable] = [Paragraph(_safe(f"【紧急】{sheet.title}" if sheet.is_urgent else sheet.title),
                                       _style(size * 1.5, alignment=TA_CENTER, spaceAfter=6 * mm))]
    signed = max((place for place, line in enumerate(sheet.lines) if not line.strip()), default=len(sheet.lines))
    for place, line in enumerate(sheet.lines):
        style = above if line.strip() in sheet.headings else held if signed < place < len(sheet.lines) - 1 else text
        story.append(Paragraph(_safe(line), style) if line.strip() else Spacer(1, size / 2))
    return story


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
    return [Paragraph(_safe(f"入户通知单 {one.place}"), _style(26, spaceAfter=4 * mm)),
            *(Paragraph(_safe(line), text) for line in about), Spacer(1, 4 * mm), table]


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


def _board_foot(canvas: Canvas, sheet: BoardSheet, now: datetime) -> None:
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
    canvas.drawString(EDGE, 10 * mm, f"{sheet.place}  {now:%Y年%m月%d日}印  第 {canvas.getPageNumber()} 张")


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
