"""Digits however they are written: full width, spread with blanks and dashes, or in Chinese numerals.

A text is read as runs of groups; a number is a row of neighbouring groups that begins and ends with them, so that a
date before a telephone is not taken for a part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 19
_CHINESE = str.maketrans("〇零○ОO一二三四五六七八九幺", "00000123456789" + "1")
_SEPARATORS = r"[ \t\u00a0\u2002-\u200d\u202f\u2060\ufeff\u00ad\u3000\-‐‑‒–—―－._·•．()（）]"
_RUN = re.compile(rf"\d+(?:{_SEPARATORS}{{1,3}}\d+)*")
# A number that its line broke off goes on at the head of the next; figures that fill a line of their own are a column of amounts.
_BROKEN = re.compile(rf"(?<=[^\d\s])[ \t]*(?P<head>\d+(?:{_SEPARATORS}{{1,3}}\d+)*)-?[ \t]*\r?\n[ \t]*(?P<tail>\d+(?:{_SEPARATORS}{{1,3}}\d+)*)")
_LEAST_BROKEN = 11
_DIGITS = re.compile(r"\d+", re.ASCII)
_LETTER_X = re.compile(rf"{_SEPARATORS}{{0,2}}([Xx])(?![0-9A-Za-z])")


@dataclass(frozen=True)
class Number:
    """Digits found at `start:end` of a text; `shape` is how many stood in each group, `ends_in_x` an X behind them."""

    digits: str
    shape: tuple[int, ...]
    start: int
    end: int
    ends_in_x: bool = False


def flatten(text: str) -> str:
    """The text with every kind of decimal digit and X made plain, letter for letter, so that positions hold."""
    return "".join(_plain(letter) for letter in text)


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    digit = unicodedata.digit(letter, -1)
    if digit >= 0:
        return str(digit)
    return "X" if letter in "Ｘｘ×" else letter


def numbers(text: str) -> Iterator[Number]:
    """Every row of groups of 5 to 19 digits in a text, and longer unbroken ones as they stand."""
    flat = flatten(text)
    yield from _numbers(flat)
    yield from _across_lines(flat)
    spelt = flat.translate(_CHINESE)
    if spelt != flat:
        yield from (number for number in _numbers(spelt) if _is_spelt(flat[number.start:number.end]))


def _is_spelt(original: str) -> bool:
    """Whether most of a number was written in Chinese numerals; what holds none was seen in the first reading."""
    spelt = sum(letter.translate(_CHINESE) != letter for letter in original)
    return spelt >= 3


def _numbers(flat: str) -> Iterator[Number]:
    for run in _RUN.finditer(flat):
        groups = [(run.start() + group.start(), group.group()) for group in _DIGITS.finditer(run.group())]
        for first in range(len(groups)):
            yield from _from_group(flat, groups[first:first + LONGEST])


def _across_lines(flat: str) -> Iterator[Number]:
    """Long numbers that begin at the end of a line and end in the next, as if they stood unbroken."""
    for broken in _BROKEN.finditer(flat):
        heads, tails = (list(_DIGITS.finditer(flat, *broken.span(part))) for part in ("head", "tail"))
        for first in range(len(heads)):
            for last in range(len(tails)):
                digits = "".join(one.group() for one in (*heads[first:], *tails[:last + 1]))
                if _LEAST_BROKEN <= len(digits) <= LONGEST:
                    yield from _ending(flat, digits, (len(digits),), heads[first].start(), tails[last].end())


def _ending(flat: str, digits: str, shape: tuple[int, ...], start: int, end: int) -> Iterator[Number]:
    """A number as it ends, and with the X behind it where it may be an identity number's."""
    with_x = _LETTER_X.match(flat, end) if len(digits) == 17 else None
    if with_x:
        yield Number(digits + "X", shape, start, with_x.end(), ends_in_x=True)
    yield Number(digits, shape, start, end)


def _from_group(flat: str, groups: list[tuple[int, str]]) -> Iterator[Number]:
    start, digits = groups[0][0], ""
    shape: tuple[int, ...] = ()
    for place, group in groups:
        digits, shape = digits + group, (*shape, len(group))
        if len(digits) > LONGEST and len(shape) > 1:
            return
        if len(digits) >= 5:
            yield from _ending(flat, digits, shape, start, place + len(group))
