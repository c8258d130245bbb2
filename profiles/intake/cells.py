"""A cell as text: what a workbook or an office leaves around a value taken off, and what counts as empty or none."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from typing import Any

_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffe\uffff]")
# Unified ideographs alone need no cleaning; nearly every name is of this sort.
_ORDINARY = re.compile(r"[\u4e00-\u9fff]+")
_BLANKS = re.compile(r"\s+")

_EMPTY = frozenset({
    "", "-", "--", "—", "——", "–", "/", "\\", "//", "…", "……", "...", "?", "??", "？", "*", "、", "。", ".",
    "不详", "未知", "不清楚", "未填", "未填写", "待核实", "待核", "待补", "待补充", "空", "空白", "缺", "缺失",
    "null", "none", "nan", "nil", "n/a", "na", "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!",
})
_NONE = frozenset({"无", "没有", "暂无", "均无", "全无", "无。", "(无)", "「无」", "“无”", "无无"})


def text_of(cell: Any) -> str:
    """A cell as one line of half-width text: numbers without a needless `.0`, dates as 1977-12-28, None as empty."""
    if isinstance(cell, str):
        if cell.isascii() and cell.isprintable():
            return " ".join(cell.split()) if " " in cell else cell
        if _ORDINARY.fullmatch(cell):
            return cell
        return _BLANKS.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", cell))).strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def as_in_sheet(cell: Any) -> str:
    """A cell as the office sees it, for the errors file: nothing is corrected, only line breaks become blanks."""
    if isinstance(cell, str):
        return " ".join(cell.replace("\x00", "").split())
    return text_of(cell)


def is_empty(text: str) -> bool:
    """Whether a cell says nothing: blank, a dash, a slash, 不详, an error value of the sheet."""
    return text in _EMPTY or (len(text) < 8 and text.isascii() and text.lower() in _EMPTY)


def is_none(text: str) -> bool:
    """Whether a cell says that there is none: 无."""
    return text in _NONE
