"""Making the office's words fit: whole clauses, the heart of a title, dates as villagers say them."""

from __future__ import annotations

import re
from datetime import date

from notices.writing import NoticeDraft

_CLAUSE_END = re.compile(r"[。！？；，、!?;,]")
_TAIL = "。！？；，、：!?;,: "
_OPENING = re.compile(r"^关于(?:做好|开展|印发|发布|举办|组织|公布|公开)?")
_CLOSING = re.compile(r"(?:工作)?的(?:紧急)?(?:通知|公告|通告|公示|通报|告知书|函)$")


def core(title: str) -> str:
    """A title without 关于… and …的通知, where something is left: 玉米种植补贴申报."""
    bare = _CLOSING.sub("", _OPENING.sub("", title)).strip("《》“” ")
    return bare if len(bare) >= 4 else title


def clauses_within(text: str, limit: int) -> str | None:
    """As many whole clauses from the start as fit, without the last mark; None when not even the first does."""
    whole = text.strip(_TAIL)
    if len(whole) <= limit:
        return whole
    ends = [found.start() for found in _CLAUSE_END.finditer(whole) if found.start() <= limit]
    return whole[:ends[-1]].strip(_TAIL) if ends else None


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis: for cards whose page shows the whole."""
    return text if len(text) <= limit else text[:limit - 1].rstrip(_TAIL) + "…"


def day_words(day: date) -> str:
    """A date as villagers say it: 11月30日."""
    return f"{day.month}月{day.day}日"


def until_words(draft: NoticeDraft) -> str:
    """By when, or from when to when, in a few words; 即日起 when the writing names no day."""
    if draft.deadline:
        return f"{day_words(draft.deadline)}前"
    if draft.valid_from and draft.valid_until:
        return f"{day_words(draft.valid_from)}至{day_words(draft.valid_until)}"
    if draft.valid_until:
        return f"{day_words(draft.valid_until)}前"
    return f"{day_words(draft.valid_from)}起" if draft.valid_from else "即日起"


def first_phone(phone: str) -> str:
    """The first telephone number of a line that may hold several, with names beside them."""
    found = re.search(r"\+?\d[\d\- ()]{1,15}\d", phone)
    return found.group() if found else phone
