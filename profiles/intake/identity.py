"""Resident identity numbers (公民身份号码): check digit, the old fifteen-digit form, and what the number says."""

from __future__ import annotations

import re
from datetime import date
from operator import mul
from typing import NamedTuple

# GB 11643-1999, 附录 A: ISO 7064 MOD 11-2.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_OFFSET = 48 * sum(_WEIGHTS)
_FILLING = re.compile(r"[\s'’‘`´,，.\-—_]+")
_FLOAT_TAIL = re.compile(r"\.0+$")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
# Passports, permits of Hong Kong, Macao and Taiwan residents, foreigners' permits: a letter or two, then digits.
_OTHER_DOCUMENT = re.compile(r"[A-Z]{1,3}\d{7,12}")

LOST_DIGITS = "号码被表格存成了数字，末几位已经丢失"
MASKED = "号码被遮住了几位"
WRONG_LENGTH = "号码不是 18 位（或旧的 15 位）"
WRONG_OLD = "15 位的号码里没有可能的出生日期"
WRONG_CHECK = "号码最后一位（校验码）对不上"


class IdNumber(NamedTuple):
    """A number in its eighteen-character form; `is_other` for another sort of document, which says nothing of itself."""

    number: str
    is_other: bool = False

    def __repr__(self) -> str:
        return "IdNumber(…)"

    @property
    def day(self) -> str:
        """The date of birth as it stands in the number: `19771228`; empty for another document."""
        return "" if self.is_other else self.number[6:14]

    @property
    def born(self) -> date | None:
        """The date of birth in it, or None when there is no such day."""
        return None if self.is_other else _born(self.number)

    @property
    def gender(self) -> str | None:
        """男 for an odd seventeenth digit."""
        if self.is_other:
            return None
        return "男" if self.number[16] in "13579" else "女"


def read_id_number(text: str) -> IdNumber | str:
    """Read a cell that is not empty; a fault comes back as the words that name it."""
    if len(text) == 18 and text.isascii() and text[:17].isdigit() and text[17].isalnum():
        return _judged(text.upper())
    if _SCIENTIFIC.fullmatch(text):
        return LOST_DIGITS
    bare = _FILLING.sub("", _FLOAT_TAIL.sub("", text)).upper().replace("×", "X")
    if "*" in bare or "＊" in bare:
        return MASKED
    if len(bare) == 15 and bare.isascii() and bare.isdigit():
        bare = _upgraded(bare)
        if _born(bare) is None:
            return WRONG_OLD
    if len(bare) == 18 and bare.isascii() and bare[:17].isdigit():
        return _judged(bare)
    return IdNumber(bare, is_other=True) if _OTHER_DOCUMENT.fullmatch(bare) else WRONG_LENGTH


def check_digit(first: str) -> str:
    """The eighteenth character for the first seventeen digits."""
    # On the bytes of the digits: each is 48 more than its digit, which is taken off at once.
    return _CHECKS[(sum(map(mul, first.encode("ascii"), _WEIGHTS)) - _OFFSET) % 11]


def _judged(number: str) -> IdNumber | str:
    if number[17] != check_digit(number[:17]):
        return WRONG_CHECK
    return IdNumber(number)


def _upgraded(old: str) -> str:
    """The fifteen-digit form with its century (always 19) and check digit put in."""
    first = f"{old[:6]}19{old[6:]}"
    return first + check_digit(first)


def _born(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
