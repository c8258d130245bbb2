"""Where lines of Chinese end on paper: no mark begins one, no number is cut in two, a title's lines are of one length. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_CLOSING = "，。、；：！？）》」』】〕”’…％%"
_OPENING = "（《「『【〔“‘"
# A run of Latin letters and figures, or one character; with what may not stand apart from it before and behind.
_TOKEN = re.compile(rf"[{_OPENING}]*(?:[!-~]+|.)?[{_CLOSING}]*")


def broken(words: str, width: Callable[[str], float], room: float) -> list[str]:
    """The words in lines that fit the room; what alone is too wide is cut where it must be."""
    lines = [""]
    for token in filter(None, _TOKEN.findall(words)):
        if not lines[-1].strip() or width(lines[-1] + token) <= room:
            lines[-1] += token
        else:
            lines[-1] = lines[-1].rstrip()
            lines.append(token.lstrip())
        while width(lines[-1]) > room and len(lines[-1]) > 1:
            lines[-1:] = _cut(lines[-1], width, room)
    return [line for line in lines if line] or [""]


def balanced(words: str, width: Callable[[str], float], room: float) -> list[str]:
    """The words in as few lines as fit, none much shorter than the others; of two lines the first rather ends with a mark."""
    lines = broken(words, width, room)
    if len(lines) == 2:
        halves = [(words[:at + 1], words[at + 1:]) for at, one in enumerate(words[:-1]) if one in "，；：、 "]
        fitting = [halve for halve in halves if all(0 < width(part) <= room for part in halve)]
        if fitting:
            return [part.strip() for part in min(fitting, key=lambda halve: abs(width(halve[0]) - width(halve[1])))]
    narrow = width(words) / len(lines)
    while len(closer := broken(words, width, min(narrow, room))) > len(lines) and narrow < room:
        narrow += room / 40
    return closer if len(closer) == len(lines) else lines


def _cut(line: str, width: Callable[[str], float], room: float) -> Sequence[str]:
    fits = next((many for many in range(len(line) - 1, 1, -1) if width(line[:many]) <= room), 1)
    return line[:fits], line[fits:]
