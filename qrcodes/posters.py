"""Sheets for the boards: one A4 page a place, black on white, readable from two steps away."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from reportlab.lib.colors import HexColor, black
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from kernel.database import Database
from kernel.files import said
from profiles.divisions import present_code, short_name, standing
from profiles.models import Division
from qrcodes import tokens
from qrcodes.codes import BOARD, codes_for
from qrcodes.failures import SheetRefused
from qrcodes.images import LARGEST_VERSION, QUIET_ZONE, Matrix, matrix

FONT = "NotoSansSC"
FONT_FILE = Path(__file__).parent / "fonts" / "NotoSansSC-subset.ttf"
FIELD = HexColor("#0a6b50")
CODE_SIDE = 96 * mm
WIDTH, HEIGHT = A4
HOTLINE = "12345"


@dataclass(frozen=True)
class Printed:
    """What was printed: codes, pages, and the seconds it took."""

    codes: int
    pages: int
    seconds: float


@dataclass(frozen=True)
class Sheet:
    """One page: the place with its township, the address in the code, the address a hand can type."""

    place: str
    township: str
    address: str
    short_address: str


def print_sheets(database: Database, key: bytes, division: str, out: Path, public_url: str, now: datetime) -> Printed:
    """Print the board sheets of a division and everything below it into one PDF, written whole or not at all."""
    began = time.perf_counter()
    with database.reading() as session:
        places = standing(session, present_code(session, division))
        parents = dict(session.execute(select(Division.code, Division.name).where(
            Division.code.in_({code[:9] for code, _ in places}))).all())
    if not division.isdigit() or not places:
        raise SheetRefused(f"没有代码为“{division}”的区划。请核对代码，或先导入行政区划。")
    with database.writing() as session:
        codes = codes_for(session, [code for code, _ in places], BOARD, now)
        for made in codes.values():
            made.printed_at = now
        numbers = {target: made.id for target, made in codes.items()}
    sheets = [Sheet(short_name(name), parents.get(code[:9], "") if len(code) == 12 else "",
                    f"{public_url}/q/{tokens.make(numbers[code], key)}", urlsplit(public_url).netloc)
              for code, name in places]
    write_sheets(sheets, out, now)
    return Printed(len(sheets), len(sheets), time.perf_counter() - began)


def write_sheets(sheets: list[Sheet], out: Path, now: datetime) -> None:
    """Draw the sheets and put the file in its place in one move."""
    longest = matrix(sheets[0].address)
    if longest.version > LARGEST_VERSION:
        raise SheetRefused("网站地址太长，印出来的码太密、老手机扫不出。请把 PUBLIC_URL 缩短到 27 个字符以内。")
    use_font()
    draft = out.with_name(f".{out.name}.part")
    canvas = Canvas(str(draft), pagesize=A4, pageCompression=1)
    canvas.setTitle("公示栏二维码")
    for sheet in sheets:
        _draw(canvas, sheet, now)
        canvas.showPage()
    try:
        canvas.save()
        draft.replace(out)
    except OSError as error:
        raise SheetRefused(f"写不了 {out}：{said(error)}。请换一个能写的文件夹。") from error
    finally:
        draft.unlink(missing_ok=True)


def use_font() -> None:
    """Make the house's font known to the PDF library."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT, FONT_FILE))


def _draw(canvas: Canvas, sheet: Sheet, now: datetime) -> None:
    middle = WIDTH / 2
    canvas.setFillColor(black)
    canvas.setFont(FONT, 20)
    canvas.drawCentredString(middle, HEIGHT - 40 * mm, sheet.township or "政务公开")
    canvas.setFont(FONT, _fitting(sheet.place, 44, 170 * mm))
    canvas.drawCentredString(middle, HEIGHT - 60 * mm, sheet.place)
    canvas.setStrokeColor(FIELD)
    canvas.setLineWidth(3)
    canvas.line(middle - 30 * mm, HEIGHT - 68 * mm, middle + 30 * mm, HEIGHT - 68 * mm)
    draw_code(canvas, matrix(sheet.address), middle - CODE_SIDE / 2, HEIGHT - 78 * mm - CODE_SIDE, CODE_SIDE)
    below = HEIGHT - 78 * mm - CODE_SIDE
    canvas.setFont(FONT, 22)
    canvas.drawCentredString(middle, below - 14 * mm, "扫一扫，看村里的通知和补贴，有事直接问")
    canvas.setFont(FONT, 16)
    canvas.drawCentredString(middle, below - 32 * mm, "不会扫码也能看、也能问：")
    canvas.drawCentredString(middle, below - 42 * mm, f"手机打开 {sheet.short_address}，选“{sheet.place}”")
    canvas.drawCentredString(middle, below - 52 * mm, f"或拨打 {HOTLINE}")
    canvas.setLineWidth(0.6)
    canvas.line(25 * mm, 30 * mm, WIDTH - 25 * mm, 30 * mm)
    canvas.setFont(FONT, 9)
    canvas.drawString(25 * mm, 24 * mm, "扫码只看公开信息，不用登录，不收集个人信息")
    canvas.drawRightString(WIDTH - 25 * mm, 24 * mm, f"{now:%Y年%m月%d日}印")


def draw_code(canvas: Canvas, made: Matrix, left: float, bottom: float, side: float) -> None:
    """Draw a code with its quiet zone into a square; lengths in points."""
    module = side / (made.size + 2 * QUIET_ZONE)
    path = canvas.beginPath()
    top = bottom + side - QUIET_ZONE * module
    for row, column, length in made.runs():
        path.rect(left + (column + QUIET_ZONE) * module, top - (row + 1) * module, length * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _fitting(text: str, size: float, width: float) -> float:
    """The largest size up to `size`, and never under 28 pt, at which a text keeps within a width."""
    needed = pdfmetrics.stringWidth(text, FONT, size)
    return size if needed <= width else max(28.0, size * width / needed)
