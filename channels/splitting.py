"""How long a text is for a channel, in how many parts it is paid, and where it may be cut."""

from __future__ import annotations

import re
from collections.abc import Callable

# 短信计费: 70 characters alone, 67 a part when longer (Aliyun and Tencent, 短信发送规则), 500 in all.
ALONE = 70
PART = 67
LONGEST = 500

# Cut after these, the strongest first: a line, a sentence, a clause, a space.
_BREAKS = (re.compile(r"\n"), re.compile(r"[。！？!?…]"), re.compile(r"[；;，,、：:）)]"), re.compile(r"\s"))
_GLUED = re.compile(r"[0-9A-Za-z.+/:@_-]")


def sms_length(text: str) -> int:
    """Characters as a telephone counts them: UCS-2, so one outside the basic plane counts twice."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def utf8_length(text: str) -> int:
    """Bytes in UTF-8, which WeChat counts."""
    return len(text.encode("utf-8", "surrogatepass"))


def parts(text: str) -> int:
    """How many parts an SMS is paid as; `text` is the whole of it, signature 【…】 included."""
    length = sms_length(text)
    return 1 if length <= ALONE else -(-length // PART)


def split_text(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """Cut a text into pieces that each measure at most `limit`, at the end of lines and sentences where it can.

    Blank space at the cuts is dropped; nothing else is lost. An empty text gives no piece.
    """
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        if measure(rest) <= limit:
            pieces.append(rest)
            break
        cut = _cut(rest, _fitting(rest, limit, measure))
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in pieces if piece]


def first_piece(text: str, limit: int, measure: Callable[[str], int], tail: str) -> str:
    """The text, or its beginning with `tail` after it when the whole does not fit into `limit`."""
    whole = text.strip()
    if measure(whole) <= limit:
        return whole
    return split_text(whole, limit - measure(tail), measure)[0] + tail


def _fitting(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """The most characters from the start that measure at most `limit`; at least one, so that cutting ends."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, fitting: int) -> int:
    for pattern in _BREAKS:
        ends = [found.end() for found in pattern.finditer(text, 0, fitting)]
        # A cut in the first third would leave a crumb; look for a weaker break further on.
        if ends and ends[-1] * 3 >= fitting:
            return ends[-1]
    return _between_words(text, fitting)


def _between_words(text: str, fitting: int) -> int:
    """Step back so that a telephone number or a word is not torn, unless it is as long as the piece."""
    cut = fitting
    while cut > 1 and cut < len(text) and _GLUED.match(text[cut]) and _GLUED.match(text[cut - 1]):
        cut -= 1
    return cut if cut * 3 >= fitting else fitting
