"""Names on public lists: shown in full on the village board, masked on the web; and columns no list may carry."""

from __future__ import annotations

import re
from itertools import pairwise

from profiles.privacy import masked_name

_NAME_HEADER = re.compile(r"姓\s*名|户\s*主|受益人|补贴对象|申请人|领款人|联系人|负责人")
_BARRED_HEADER = re.compile(r"身份证|证件号|手机|电话|联系方式|银行|卡号|账号|帐号|残疾|疾病|病种|病情|诊断|开户")
_BESIDE = re.compile(r"((?:户主|姓名|申请人|受益人)[：:]\s*)([\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,8})?)")
_NAME = re.compile(r"[\u4e00-\u9fff]+(?:·[\u4e00-\u9fff]+)*")
_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
NEVER_LISTED = "事实无人抚养"


def masked_list(markdown: str) -> str:
    """A list's Markdown with the names in its tables, and beside 姓名 or 户主, masked."""
    lines = markdown.split("\n")
    shown: list[str] = []
    columns: frozenset[int] = frozenset()
    for number, line in enumerate(lines):
        if "|" not in line:
            columns = frozenset()
            shown.append(_BESIDE.sub(lambda found: found[1] + masked_name(found[2]), line))
        elif number + 1 < len(lines) and _RULE.match(lines[number + 1]) and "|" in lines[number + 1]:
            columns = frozenset(place for place, cell in enumerate(_cells(line)) if _NAME_HEADER.search(cell))
            shown.append(line)
        else:
            shown.append(line if _RULE.match(line) else _over_cells(line, columns))
    return "\n".join(shown)


def complaints_about_list(markdown: str) -> tuple[str, ...]:
    """Columns and people that may not stand on any public list."""
    lines = markdown.split("\n")
    headers = [cell.strip() for line, below in pairwise(lines)
               if "|" in line and "|" in below and _RULE.match(below) for cell in _cells(line)]
    found = [f"名单里不能有“{header}”这一列。请删去整列。" for header in headers if _BARRED_HEADER.search(header)]
    if NEVER_LISTED in markdown:
        found.append("事实无人抚养儿童不得列入公示名单。请删去，另行告知监护人。")
    return tuple(found)


def _cells(line: str) -> list[str]:
    return line.strip().removeprefix("|").removesuffix("|").split("|")


def _over_cells(line: str, columns: frozenset[int]) -> str:
    if not columns:
        return line
    cells = _cells(line)
    return "|" + "|".join(_hidden(cell) if place in columns else cell for place, cell in enumerate(cells)) + "|"


def _hidden(cell: str) -> str:
    # What the office masked already stays as it wrote it.
    return cell if "*" in cell or "＊" in cell else _NAME.sub(lambda name: masked_name(name.group()), cell)
