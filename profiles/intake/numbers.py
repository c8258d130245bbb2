"""Numbers and amounts as offices write them: 1,234元, 约3.5亩, 1.2万, 两头, 一亩三."""

from __future__ import annotations

import math
import re
from functools import cache

_DIGITS = {"零": 0, "〇": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "两": 2, "三": 3, "叁": 3, "四": 4, "肆": 4, "五": 5, "伍": 5,
           "六": 6, "陆": 6, "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
CHINESE = "".join([*_DIGITS, *_TENS, "半"])

_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ABOUT = re.compile(r"^(?:约|大约|大概|近|共|共计|合计|总计|约计)\s*|\s*(?:左右|上下|多|余|整|以内|以上)$")
_NUMBER = re.compile(r"[¥￥$]?\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*(万|千)?\s*(.*)")
_UNITS = frozenset(["元", "元/年", "元/人", "元/人年", "元/年人", "元/人.年", "元每年", "元每人", "元每人每年", "/年", "/人", "人", "口", "口人", "位", "人口", "块", "块钱", "rmb"])

MU = {"亩": 1.0, "亩地": 1.0, "市亩": 1.0, "mu": 1.0, "分": 0.1, "分地": 0.1, "公顷": 15.0, "平方米": 0.0015, "平米": 0.0015,
      "m2": 0.0015}
"""Units of area in mu (15 亩 are a hectare, 1 分 is a tenth of a mu)."""

HEAD = {"头": 1.0, "只": 1.0, "箱": 1.0, "匹": 1.0, "羽": 1.0, "条": 1.0, "口": 1.0, "峰": 1.0, "尾": 1.0, "个": 1.0, "群": 1.0,
        "对": 2.0, "头只": 1.0, "头(只)": 1.0}
"""Units of livestock in head."""


def without_thousands(text: str) -> str:
    """`1,234,500` as `1234500`; a comma that separates items stays."""
    return _THOUSANDS.sub("", text)


def number(text: str) -> float | None:
    """A plain number, perhaps with 约, 元, 人, 万; None when it is not one."""
    if _PLAIN.fullmatch(text):
        return _tidy(float(text))
    bare = _ABOUT.sub("", without_thousands(text.replace(" ", "")))
    found = _NUMBER.fullmatch(bare)
    if found is None:
        return None
    digits, times, unit = found.groups()
    if unit and unit.lower() not in _UNITS:
        return None
    value = float(digits) * {"万": 10_000.0, "千": 1_000.0, None: 1.0}[times]
    return _tidy(value)


def area(text: str) -> float | None:
    """An area in mu: `12.5`, `12.5亩`, `三亩五分`, `2公顷`; None when it is not one."""
    bare = _ABOUT.sub("", without_thousands(text.replace(" ", "")))
    plain = number(bare)
    return plain if plain is not None else amount(bare, MU)


def amount(text: str, units: dict[str, float]) -> float | None:
    """A number with a unit of the table, perhaps followed by a smaller part: `3亩5分`, `一亩三`, `二亩半`, `1万只`."""
    bare = _ABOUT.sub("", text.replace(" ", ""))
    found = re.fullmatch(rf"(\d+(?:\.\d*)?|[{CHINESE}]+)(万|千)?({any_of(tuple(units))})(.*)", bare)
    if found is None:
        return None
    digits, times, unit, tail = found.groups()
    value = plain(digits)
    rest = _smaller_part(_ABOUT.sub("", tail), units)
    if value is None or rest is None:
        return None
    return _tidy(value * {"万": 10_000.0, "千": 1_000.0, None: 1.0}[times] * units[unit] + rest * units[unit])


@cache
def any_of(units: tuple[str, ...]) -> str:
    """The alternatives of a regular expression that match one of the units, the longest first."""
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


def plain(digits: str) -> float | None:
    """Arabic digits or a Chinese numeral below ten thousand as a number."""
    if digits[:1].isdigit() and digits[:1].isascii():
        return float(digits)
    return _chinese(digits)


def _smaller_part(tail: str, units: dict[str, float]) -> float | None:
    """What follows the unit, in units: 半 is .5, 三 and 三分 and 3分 are .3, nothing is 0."""
    if not tail:
        return 0.0
    if tail == "半":
        return 0.5
    found = re.fullmatch(rf"零?(\d|[{CHINESE}])分?", tail)
    if found is None or "分" not in units:
        return None
    digit = plain(found.group(1))
    return None if digit is None else digit / 10


def _chinese(numeral: str) -> float | None:
    if numeral == "半":
        return 0.5
    total, digit = 0.0, None
    for letter in numeral:
        if letter in _DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = _DIGITS[letter]
        elif letter in _TENS:
            total += (1 if digit is None else digit) * _TENS[letter]
            digit = None
        else:
            return None
    return total + (digit or 0)


def _tidy(value: float) -> float | None:
    if not math.isfinite(value) or abs(value) > 1e12:
        return None
    return round(value, 4)
