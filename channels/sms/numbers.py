"""Mobile numbers as the vendors write them, brought to the eleven digits we keep."""

from __future__ import annotations

import re

from channels.cleaning import clean

# 11 digits from 13 to 19: the segments 162 165 167 190–193 195–199 are mobile numbers too.
_DIGITS = re.compile(r"1[3-9][0-9]{9}")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")


def mobile(value: object) -> str | None:
    """The eleven digits of a mainland mobile number, or None for anything else."""
    if type(value) is str and _DIGITS.fullmatch(value):
        return value
    found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", clean(value, 32)))
    return found[1] if found else None
