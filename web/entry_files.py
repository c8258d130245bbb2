"""Knowledge entries as files: .xlsx as offices keep them, or JSONL; read with care and written so that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from io import BytesIO

import xlsxwriter

from kernel.files import FileRefused
from kernel.workbooks import is_packed, refuse_old_workbook, sheets
from knowledge.lines import MOST_ROWS, EntryLine, Lines, read_lines, refused
from knowledge.tables import WRITTEN, from_table, to_table
from profiles.intake.text_tables import read_table, separators

BLANKS = b" \t\r\n\xef\xbb\xbf"
MOST_BYTES = 64 * 1024 * 1024
MOST_UNPACKED = 160 * 1024 * 1024
"""Two hundred thousand entries; a workbook is read in the site's own memory."""
WIDE = {WRITTEN["question"]: 36, WRITTEN["similar"]: 36, WRITTEN["answer"]: 60, WRITTEN["short"]: 36, WRITTEN["source"]: 24}


class Form(StrEnum):
    """The forms a file of entries comes in, by the ending of its name."""

    XLSX = "xlsx"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """What a browser is told of it."""
        return {Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                Form.JSONL: "application/x-ndjson"}[self]


def read_entries(data: bytes, most: int = MOST_ROWS) -> Lines:
    """The entries of a file of so many rows at most; what it is is seen by its first bytes, not by its name."""
    if len(data) > MOST_BYTES:
        return refused("文件", f"文件超过 {MOST_BYTES >> 20} MB", "请分成几个文件导入")
    try:
        refuse_old_workbook(data)
        if is_packed(data):
            return _of_workbook(data, most)
        if not data.strip(BLANKS):
            return refused("文件", "文件是空的", "请选有内容的文件；可以先导出一份照着填")
        return read_lines(data, most) if data.lstrip(BLANKS).startswith((b"{", b"[")) else _of_text(data, most)
    except FileRefused as refusal:
        reason, _, cure = refusal.words.partition("。")
        return refused("文件", reason, cure or "请另存为 .xlsx 后再导入")


def write_entries(lines: Sequence[EntryLine], form: Form) -> bytes:
    """The entries as a file that `read_entries` reads back word for word."""
    if form is Form.JSONL:
        kept = (line.model_dump(mode="json", exclude_defaults=True) for line in lines)
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept).encode()
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                    "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("知识条目")
        sheet.freeze_panes(1, 2)
        wrapped, head = book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"bold": True})
        for place, row in enumerate(to_table(lines)):
            for column, cell in enumerate(row):
                if place == 0:
                    sheet.set_column(column, column, WIDE.get(cell, 14))
                sheet.write_string(place, column, cell, wrapped if place else head)
    return made.getvalue()


def _of_text(data: bytes, most: int) -> Lines:
    """A table saved as text, by whichever separator shows a header; what is none may be lines of JSON behind something else."""
    first: Lines | None = None
    refusal: FileRefused | None = None
    for separator in separators(data):
        try:
            found = from_table(read_table(data, separator), most=most)
        except FileRefused as error:
            refusal = refusal or error
            continue
        if found.read or not found.errors:
            return found
        first = first or found
    if refusal is not None:
        raise refusal
    return read_lines(data, most) if first is None or b"{" in data else first


def _of_workbook(data: bytes, most: int) -> Lines:
    """The first sheet that has the columns, the visible ones first."""
    first: Lines | None = None
    for sheet in sheets(data, MOST_UNPACKED):
        rows = sheet.rows()
        found = from_table(rows.cells, rows.merged, most)
        if found.read or not found.errors:
            return found
        first = first or found
    return first or refused("文件", "工作簿里没有工作表", "请在表格软件里打开看看，另存后再导入")
