"""Names, ID numbers and telephone numbers that belong to nobody.

The area code 999999 is given to no place, so no number made here is a person's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from random import Random

AREA = "999999"
MOBILE_SEGMENT = "199"

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"

_SURNAMES = "王李张刘陈杨赵马海虎安韩祁高薛苏任姬何徐孙朱罗梁曹余袁邓冯董石田贾"
# By generation (from 50, from 22, younger): first characters, second characters, names of one character.
# Characters that with a common surname make a leader's name are left out.
_MEN = (
    ("建国志文世永万德彦成", "福民宝军林成刚俊贵海虎生", "俊刚海贵林"),
    ("晓小海建永志宏向少文", "东龙斌亮凯辉宁超博阳峰伟", "伟峰斌亮凯浩磊超博旭"),
    ("子浩博宇俊天思嘉家梓", "轩然豪熙航辰佑远宁涵", "浩宇辰轩航"),
)
_WOMEN = (
    ("秀桂玉凤彩淑翠改巧月", "英兰梅琴霞花芳莲香珍", "兰梅琴霞莲珍"),
    ("丽红海晓小艳亚玉慧春", "娟霞燕玲梅琴萍楠婷倩", "娟燕玲艳婷雪倩敏"),
    ("雨欣梦可子诗佳思语若", "桐怡瑶馨涵雅琪彤嫣曦", "涵怡琪彤曦"),
)


def id_number(born: date, serial: int) -> str:
    """An 18-digit resident number of nobody: area 999999, birth date, serial (odd for men), check character.

    The check is GB 11643-1999, ISO 7064 MOD 11-2. Serial is 1 to 999.
    """
    digits = f"{AREA}{born:%Y%m%d}{serial:03d}"
    return digits + check_character(digits)


def check_character(digits: str) -> str:
    """The last character that belongs to the first 17 digits of a resident number."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return _CHECK_CHARACTERS[total % 11]


class Identities:
    """Hands out names and numbers from one dice; no ID or telephone number is given twice."""

    def __init__(self, dice: Random, taken: Iterable[str]) -> None:
        self._dice = dice
        self._taken = set(taken)

    def surname(self) -> str:
        """One of the surnames common in southern Ningxia."""
        return self._dice.choice(_SURNAMES)

    def given_name(self, gender: str, age: int) -> str:
        """One or two characters as that generation chose them."""
        pools = _MEN if gender == "男" else _WOMEN
        first, second, alone = pools[0 if age >= 50 else 1 if age >= 22 else 2]
        if self._dice.random() < 0.2:
            return self._dice.choice(alone)
        return self._dice.choice(first) + self._dice.choice(second)

    def id_number(self, born: date, gender: str) -> str:
        """A fresh ID number whose 17th digit says the gender."""
        odd = gender == "男"
        return self._fresh(lambda: id_number(born, self._dice.randrange(1 if odd else 2, 1000, 2)))

    def phone(self) -> str:
        """A fresh 11-digit mobile number."""
        return self._fresh(lambda: f"{MOBILE_SEGMENT}{self._dice.randrange(10**8):08d}")

    def _fresh(self, draw: Callable[[], str]) -> str:
        number = draw()
        while number in self._taken:
            number = draw()
        self._taken.add(number)
        return number
