"""Reading a page as a person does: its words without marks, in order."""

from __future__ import annotations

import html
import re

HIDDEN = re.compile(r"<(script|style|title|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL)


def words_of(page: str) -> str:
    """The visible words of a page, pieces parted by a blank."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", HIDDEN.sub(" ", page))).split())


def in_order(text: str, *pieces: str) -> bool:
    """Whether the pieces stand in a text one after the other."""
    at = -1
    for piece in pieces:
        at = text.find(piece, at + 1)
        if at < 0:
            return False
    return True
