"""Dates of birth as offices write them, and those that cannot be."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

OLDEST_BELIEVABLE = 115
FIRST_POSSIBLE_YEAR = 1800
_PARTED = re.compile(r"(\d{4})\s*[-/.年\\,，、_ ]\s*(\d{1,2})\s*[-/.月\\,，、_ ]\s*(\d{1,2})\s*[日号]?[.。]?(?:[ T]\d{1,"
                     r"2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_SIGNS = "-/."
_EARLIEST = date(FIRST_POSSIBLE_YEAR, 1, 1)
_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?")
_MONTH_ONLY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:份|生)?|((?:18|19|20)\d{2})(\d{2})(?:\.0+)?")
_YEAR_ONLY = re.compile(r"(\d{4})\s*年?(?:生)?(?:\.0+)?")
_SERIAL = re.compile(r"(\d{3,5})(?:\.\d+)?")
# Excel counts days from here; it believes in a 29 February 1900, hence the 30th (ECMA-376 part 1, 18.17.4.1).
_SERIAL_ORIGIN = date(1899, 12, 30)
_FIRST_SERIAL = 4_000

NOT_A_DATE = "看不出是哪一天"
IMPOSSIBLE = "没有这一天"
FUTURE = "日期在今天之后"
TOO_OLD = f"年份在 {FIRST_POSSIBLE_YEAR} 年以前"
TWO_DIGIT_YEAR = "年份只有两位"


class Birth(NamedTuple):
    """A date of birth; `precision` is `day`, `month` (the first of it stands for it) or `year` (no date then).

    `compact` is the day as an identity number writes it.
    """

    day: date | None
    precision: str = "day"
    year: int = 0
    fault: str | None = None
    compact: str = ""


def plain(text: str, today: date) -> Birth | None:
    """The commonest spelling, 1977-12-28 with any of its signs, of a day that can be; None for all else."""
    if len(text) != 10 or text[4] not in _SIGNS or text[7] not in _SIGNS or not text.isascii():
        return None
    year, month, number = text[:4], text[5:7], text[8:]
    if not (year.isdigit() and month.isdigit() and number.isdigit()):
        return None
    try:
        day = date(int(year), int(month), int(number))
    except ValueError:
        return None
    return Birth(day, "day", day.year, None, year + month + number) if _EARLIEST <= day <= today else None


def birth(text: str, today: date) -> Birth:
    """Read a cell that is not empty: 1977-12-28, 1965/07/17, 19800922, 2003.9.17, 1977年12月28日, a serial number.

    A month or a year alone is understood as such. A day that is none, that lies ahead or before 1800,
    a year of two digits and anything else carry a `fault`.
    """
    usual = plain(text, today)
    if usual is not None:
        return usual
    for pattern in (_PARTED, _TOGETHER):
        found = pattern.fullmatch(text)
        if found is not None:
            return _day(int(found[1]), int(found[2]), int(found[3]), "day", today)
    month = _MONTH_ONLY.fullmatch(text)
    if month is not None:
        return _day(int(month[1] or month[3]), int(month[2] or month[4]), 1, "month", today)
    year = _YEAR_ONLY.fullmatch(text)
    if year is not None and FIRST_POSSIBLE_YEAR <= int(year[1]) <= today.year:
        return Birth(None, "year", int(year[1]))
    serial = _SERIAL.fullmatch(text)
    if serial is not None and int(serial[1]) >= _FIRST_SERIAL:
        return _judged(_SERIAL_ORIGIN + timedelta(days=int(serial[1])), "day", today)
    short = re.fullmatch(r"\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|\d{6}", text)
    return Birth(None, fault=TWO_DIGIT_YEAR if short else NOT_A_DATE)


def _day(year: int, month: int, number: int, precision: str, today: date) -> Birth:
    try:
        return _judged(date(year, month, number), precision, today)
    except ValueError:
        return Birth(None, fault=IMPOSSIBLE)


def _judged(day: date, precision: str, today: date) -> Birth:
    if day > today:
        return Birth(None, fault=FUTURE)
    if day.year < FIRST_POSSIBLE_YEAR:
        return Birth(None, fault=TOO_OLD)
    return Birth(day, precision, day.year, None, day.isoformat().replace("-", ""))


def age(day: date, today: date) -> int:
    """Full years on a day."""
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))
