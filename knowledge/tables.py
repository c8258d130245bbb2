"""Entries as rows of a table and back again: nothing is lost on the way there and home."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from kernel.reports import RejectedRow
from kernel.workbooks import Merged
from knowledge.elements import LABELS
from knowledge.lines import MOST_ROWS, EntryLine, Lines, Row, checked, refused
from knowledge.models import EntryKind, EntryState

# The first name of each column is the one an export writes; the others are what offices call it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("编号", "条目编号"),
    "kind": ("类型", "条目类型"),
    "question": ("问题", "标准问", "标准问题", "事项名称", "办理事项"),
    "similar": ("相似问", "相似问法", "相似问题", "其他问法"),
    "answer": ("答案", "答复", "回复", "标准答案"),
    "short": ("一句话答案", "短信答案"),
    "background": (LABELS["background"], "政策背景"),
    "conditions": (LABELS["conditions"], "受理条件", "申请条件", "办理对象", "对象"),
    "standard": (LABELS["standard"], "补贴标准", "补助标准", "缴费标准", "政策标准"),
    "materials": (LABELS["materials"], "申请材料", "办理材料", "申报材料"),
    "steps": (LABELS["steps"], "办理步骤", "办理程序", "申请流程"),
    "place": (LABELS["place"], "办理地址", "办理窗口"),
    "hours": (LABELS["hours"], "工作时间", "办公时间"),
    "until": (LABELS["until"], "申请期限", "申报期限"),
    "time_limit": (LABELS["time_limit"], "办结时限", "承诺时限"),
    "fee": (LABELS["fee"], "收费情况", "收费"),
    "link": (LABELS["link"], "网上办理地址", "办理链接", "网址"),
    "office": ("答复单位", "单位", "部门", "责任单位", "实施主体", "发文单位", "发布单位", "主管部门", "承办单位"),
    "phone": ("电话", "联系电话", "办公电话", "咨询电话"),
    "divisions": ("适用地方", "适用区划", "区划代码"),
    "valid_from": ("生效日期", "开始日期"),
    "valid_until": ("有效期至", "截止日期", "失效日期"),
    "source": ("依据", "来源", "文号"),
    "state": ("状态",),
    "version": ("稿次",),
}
KIND_WORDS = {EntryKind.ANSWER: "问答", EntryKind.GUIDE: "办事指南"}
STATE_WORDS = {EntryState.DRAFT: "草稿", EntryState.REVIEWED: "已审定", EntryState.RETIRED: "停用"}
FORMERLY = {"已审": EntryState.REVIEWED}
"""How files exported before spell a state."""
WRITTEN = {field: names[0] for field, names in COLUMNS.items()}
_FIELDS = {name: field for field, names in COLUMNS.items() for name in names}
_REQUIRED = ("id", "question")
_ANSWERS = {"answer", *LABELS}
# A cell of a workbook holds 32,767 characters; what is longer goes on in a second column of the name.
MOST_IN_A_CELL = 32_000
_LOOKED_AT = 10
OPEN_END = frozenset({"长期", "长期有效", "永久", "永久有效", "无", "无期限"})
"""What offices write where an entry never ends."""
_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")


def from_table(rows: Iterable[Sequence[object]], merged: Iterable[Merged] = (), most: int = MOST_ROWS) -> Lines:
    """The entries of a table; the header stands in one of its first ten rows, columns in any order.

    What a merged cell says holds for every row it covers; rows that share one merged number are one entry.
    """
    numbered = enumerate(rows, start=1)
    for number, cells in numbered:
        header = _header(cells)
        if all(field in header.values() for field in _REQUIRED) and _ANSWERS & set(header.values()):
            number_at = next(place for place, field in header.items() if field == "id")
            read = checked(_rows(_records(numbered, merged, number_at), header), WRITTEN, most)
            return replace(read, unread=_strange(cells, header))
        if number == _LOOKED_AT:
            break
    return refused("表头", "没有找到编号、问题、答案三列", "请在第一行写上列名，可先导出一份照着填")


def to_table(lines: Iterable[EntryLine]) -> Iterator[list[str]]:
    """The header, then one row an entry."""
    held = list(lines)
    spoken = [_cells(line.similar) for line in held]
    wide = max((len(cells) for cells in spoken), default=1)
    yield [name for field in COLUMNS for name in ([WRITTEN[field]] * wide if field == "similar" else [WRITTEN[field]])]
    for line, cells in zip(held, spoken, strict=True):
        row: list[str] = []
        for field in COLUMNS:
            row += cells + [""] * (wide - len(cells)) if field == "similar" else [_cell(line, field)]
        yield row


def _header(cells: Sequence[object]) -> dict[int, str]:
    found = {place: _FIELDS.get(re.sub(r"[\s*＊]+|[（(].*[)）]$", "", str(cell or ""))) for place, cell in enumerate(cells)}
    return {place: field for place, field in found.items() if field}


def _strange(cells: Sequence[object], header: dict[int, str]) -> tuple[str, ...]:
    """The columns of a header that are no part of an entry, but for the running number that every office's table has."""
    named = (str(cell).strip() for place, cell in enumerate(cells) if cell is not None and place not in header)
    return tuple(dict.fromkeys(name for name in named if name and name != "序号"))


def _records(numbered: Iterable[tuple[int, Sequence[object]]], merged: Iterable[Merged], number_at: int
             ) -> Iterator[tuple[int, list[Sequence[object]]]]:
    """The rows of each entry, and where it begins; merged cells that begin above, in the header, are none of them."""
    begins: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in merged:
        if bottom > top:
            begins.setdefault(top + 1, []).append((left, bottom + 1))
    covering: dict[int, tuple[object, int]] = {}
    record: tuple[int, list[Sequence[object]]] | None = None
    for number, cells in numbered:
        covering = {place: held for place, held in covering.items() if held[1] >= number}
        if record is not None and number_at in covering:
            record[1].append(cells)
        else:
            if record is not None:
                yield record
            record = number, [[covering[place][0] if place in covering else cell for place, cell in enumerate(cells)]]
        covering |= {place: (cells[place], last) for place, last in begins.get(number, ()) if place < len(cells)}
    if record is not None:
        yield record


def _rows(records: Iterable[tuple[int, list[Sequence[object]]]], header: dict[int, str]) -> Iterator[Row]:
    for number, record in records:
        texts = [(field, "\n".join(text for cells in record if place < len(cells) and (text := _text(cells[place]))))
                 for place, field in header.items()]
        if not any(text for _, text in texts):
            continue
        values: dict[str, object] = {}
        for field, text in texts:
            if not text:
                continue
            if field == "similar":
                values["similar"] = [*_listed(values.get("similar")), *text.splitlines()]
            elif field == "divisions":
                values["divisions"] = [code for code in re.split(r"[;；,，、\s]+", text) if code]
            else:
                values[field] = _value(field, text)
        fault = _doubled(number, [field for field in header.values() if field != "similar"])
        yield Row(number, values, fault)


def _listed(value: object) -> list[str]:
    return list(value) if isinstance(value, list) else []


def _doubled(number: int, fields: Sequence[str]) -> RejectedRow | None:
    twice = next((field for field in fields if fields.count(field) > 1), None)
    if twice is None:
        return None
    return RejectedRow(number, WRITTEN[twice], "", f"“{WRITTEN[twice]}”有两列，不知道用哪一列", "请删去一列后重新导入")


def _value(field: str, text: str) -> object:
    if field in ("valid_from", "valid_until"):
        if field == "valid_until" and text in OPEN_END:
            return None
        day = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
        return f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}" if day else text
    if field == "kind":
        return next((kind.value for kind, words in KIND_WORDS.items() if words == text), text)
    if field == "state":
        return next((state.value for state, words in STATE_WORDS.items() if words == text), FORMERLY.get(text, text))
    return text


def _text(cell: object) -> str:
    """A cell as text: whole numbers without a point, days as days."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()


def _cell(line: EntryLine, field: str) -> str:
    value = getattr(line, field)
    if isinstance(value, EntryState):
        return STATE_WORDS[value]
    if isinstance(value, EntryKind):
        return KIND_WORDS[value]
    if isinstance(value, list):
        return "；".join(value)
    return "" if value is None else str(value)


def _cells(texts: Sequence[str]) -> list[str]:
    """Similar questions, one a line, in as many cells as they need."""
    cells = [""]
    for text in texts:
        joined = f"{cells[-1]}\n{text}" if cells[-1] else text
        if len(joined) > MOST_IN_A_CELL:
            cells.append(text)
        else:
            cells[-1] = joined
    return cells
