"""How large a screen on a wall sets a notice, so that its telephone number is never below the edge; a pure reckoning."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

SIZES = (1.0, 0.86, 0.74, 0.62, 0.52, 0.44)
"""What the type of a notice shrinks to step by step; `.size-1` and on in `screen.css`."""

# The sheet of `screen.css` in its own units (rem): the room a notice has on a screen that lies and on one that stands, and how
# large and how far apart each kind of line is set.
_WIDTHS = (58.0, 27.0)
_HEIGHTS = (26.0, 44.0)
_TITLE, _SENTENCE, _FACT, _ALARM = (3.0, 1.3), (1.8, 1.5), (1.6, 1.5), (1.4, 1.5)
_ROMAN = 0.6
_BESIDE, _BETWEEN, _ROW, _BAR = 5.5, 2.5, 0.7, 2.2


def size_on_screen(title: str, sentence: str, facts: Iterable[str], alarm: str = "") -> int:
    """The first of the sizes at which everything stands on one screen, lying or standing; the last when none is small enough."""
    rows = tuple(facts)
    fitting = (step for step, scale in enumerate(SIZES)
               if all(_height(scale, width, title, sentence, rows) + (_BAR + _lines(alarm, _ALARM, 1, width) if alarm else 0) <= height
                      for width, height in zip(_WIDTHS, _HEIGHTS, strict=True)))
    return next(fitting, len(SIZES) - 1)


def _height(scale: float, width: float, title: str, sentence: str, facts: tuple[str, ...]) -> float:
    beside = width - _BESIDE * _FACT[0] * scale
    return (_lines(title, _TITLE, scale, width) + _lines(sentence, _SENTENCE, scale, width) + _BETWEEN
            + sum(_lines(fact, _FACT, scale, beside) + _ROW * _FACT[0] * scale for fact in facts))


def _lines(words: str, set_at: tuple[float, float], scale: float, width: float) -> float:
    """How much height some words take; a line ends one character early, where a mark may not begin the next."""
    size, apart = set_at
    columns = max(1.0, width / (size * scale) - 1)
    return ceil(sum(_ROMAN if one.isascii() else 1 for one in words) / columns) * size * scale * apart
