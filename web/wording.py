"""How dates, counts and telephones are said on every page: plain Chinese, the year only when it is not this one."""

from __future__ import annotations

import re
from datetime import date

from markupsafe import Markup, escape

from kernel.days import day as day
from kernel.days import moment as moment

WEEKDAYS = "一二三四五六日"
SOON_DAYS = 7
FEW = 5
# Area code and number, a mobile number, a public line of five digits (12345, 12317, 95598, 96110 …); and the three of
# emergency where they are to be called (打 120, 着火 119), for 120 may be yuan as well.
TELEPHONE = re.compile(
    r"(?<![\d-])(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|(?:123|955|96[18])\d{2}"
    r"|(?:(?<=打 )|(?<=急病 )|(?<=着火 )|(?<=报警 )|(?<=1[12][09]、))1(?:10|19|20))(?![\d-])")


def by_day(value: date | None, today: date) -> str:
    """11月30日前; empty for None."""
    return f"{day(value, today)}前" if value is not None else ""


def whole_day(value: date) -> str:
    """2026年11月23日 星期一."""
    return f"{value.year}年{value.month}月{value.day}日 星期{WEEKDAYS[value.weekday()]}"


def time_left(until: date, today: date) -> str:
    """今天截止, 明天截止, 还有 7 天, or 已截止."""
    days = (until - today).days
    if days < 0:
        return "已截止"
    return {0: "今天截止", 1: "明天截止"}.get(days, f"还有 {days} 天")


def is_soon(until: date | None, today: date) -> bool:
    """Whether a last day is near enough to be marked (快到期): within a week."""
    return until is not None and 0 <= (until - today).days <= SOON_DAYS


def figure(value: float | None) -> str:
    """1,204; a dash for what is not known."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def households(count: int) -> str:
    """1,204 户; a count under five says only 少于 5 户, so that nobody can be guessed from it."""
    if 0 < count < FEW:
        return f"少于 {FEW} 户"
    return f"{figure(count)} 户"


def telephones(text: str) -> Markup:
    """The text with every telephone number made to be tapped."""
    pieces: list[Markup] = []
    end = 0
    for found in TELEPHONE.finditer(text):
        pieces.append(escape(text[end:found.start()]))
        number = found.group()
        pieces.append(Markup('<a class="tel" href="tel:{}">{}</a>').format(number.replace("-", ""), number))
        end = found.end()
    pieces.append(escape(text[end:]))
    return Markup("").join(pieces)


def lines(text: str) -> list[str]:
    """The lines of a text that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]
