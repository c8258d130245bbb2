"""Words that came from outside, made fit to store: no control characters, no half characters, not too long."""

from __future__ import annotations

import re
from typing import Any

from kernel.logs import mask

# PostgreSQL refuses NUL in a text, and UTF-8 refuses a lone surrogate: either would turn a callback into a 500.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_ATTEMPT = re.compile(r"[0-9A-Za-z_-]{1,26}")

LONGEST_TEXT = 4000
LONGEST_CODE = 60
LONGEST_WORDS = 200
LONGEST_REFERENCE = 80


def clean(value: Any, longest: int = LONGEST_TEXT) -> str:
    """A string, number or truth value as text of at most `longest` characters; anything else gives ''."""
    if type(value) is str and value.isprintable():
        return value[:longest]
    if isinstance(value, bool) or value is None:
        return ""
    if not isinstance(value, str | int | float):
        return ""
    try:
        return _UNFIT.sub("", str(value))[:longest]
    except ValueError:  # an integer of more digits than Python agrees to write
        return ""


def code(value: Any) -> str:
    """A vendor's code."""
    return clean(value, LONGEST_CODE)


def words(value: Any) -> str:
    """A vendor's explanation; some repeat the number, which must not be kept in clear."""
    return mask(clean(value, LONGEST_WORDS))[:LONGEST_WORDS]


def reference(value: Any) -> str | None:
    """A vendor's reference, or None when there is none."""
    return clean(value, LONGEST_REFERENCE) or None


def attempt(value: Any) -> str | None:
    """One of our attempt ids as a vendor gave it back; None for what cannot be one."""
    text = clean(value, 64)
    return text if _ATTEMPT.fullmatch(text) else None
