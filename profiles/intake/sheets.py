"""One file, whatever it is: opened, its heading row found, its rows numbered as in the sheet."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from kernel.workbooks import Rows, Sheet, is_packed, refuse_old_workbook, sheets
from profiles.facts import Fact
from profiles.intake.failures import FileRefused
from profiles.intake.fields import REQUIRED
from profiles.intake.headers import SEARCHED_ROWS, Header, Mapped, find_header, shown
from profiles.intake.text_tables import read_table, separators

MOST_BYTES = 128 * 1024 * 1024
_WORKBOOK_ENDINGS = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class OpenedTable:
    """The sheet that holds the table: its heading row, its rows with their numbers, and what else was noticed.

    `expected` is about how many rows are to come.
    """

    header: Header
    rows: Iterator[tuple[int, list[Any]]]
    notes: tuple[str, ...]
    expected: int = 0


def open_table(data: bytes, file_name: str, mapping: Mapping[str, str] | None = None,
               own: Sequence[Fact] = ()) -> OpenedTable:
    """Open a workbook or CSV by its content and find its household table; raises FileRefused with the cure.

    `own` are the county's own facts, whose headings are understood too.
    """
    mapped = Mapped(mapping, own)
    return _from_workbook(data, mapped) if is_workbook(data, file_name) else _from_text(data, mapped)


def is_workbook(data: bytes, file_name: str) -> bool:
    """Whether the bytes are a workbook rather than text; FileRefused for what is neither."""
    if not data:
        raise FileRefused("文件是空的。请确认选对了文件")
    if len(data) > MOST_BYTES:
        raise FileRefused(f"文件超过 {MOST_BYTES // 1024 // 1024} MB。请分成几个文件导入")
    refuse_old_workbook(data)
    if is_packed(data):
        return True
    ending = PurePath(file_name).suffix.lower()
    if ending in _WORKBOOK_ENDINGS:
        raise FileRefused(f"文件名是 {ending}，内容却不是工作簿。请用表格软件重新另存为 .xlsx，再导入")
    return False


def _from_workbook(data: bytes, mapped: Mapped) -> OpenedTable:
    chosen: tuple[Sheet, Rows, list[list[Any]], Header] | None = None
    nearest: tuple[str, Header] | None = None
    others = []
    for sheet in sheets(data):
        rows = sheet.rows()
        first = list(itertools.islice(rows.cells, SEARCHED_ROWS))
        header = find_header(first, mapped)
        if header is None:
            continue
        if header.missing:
            nearest = nearest if nearest and len(nearest[1].columns) >= len(header.columns) else (sheet.name, header)
        elif chosen is None:
            chosen = sheet, rows, first, header
        else:
            others.append(sheet.name)
    if chosen is None:
        raise no_header(nearest[1] if nearest else None, f"工作表“{nearest[0]}”" if nearest else "")
    sheet, rows, first, header = chosen
    notes = (f"只读取了工作表“{sheet.name}”；“{'”、“'.join(others)}”也有同样的表头，没有读取，请另存后分别导入",) if others else ()
    return _numbered(header, mapped, itertools.chain(first, rows.cells), notes, rows.height)


def _from_text(data: bytes, mapped: Mapped) -> OpenedTable:
    """Whichever separator shows a whole heading row is right: a list of crops may hold more semicolons than a row commas."""
    nearest: Header | None = None
    refusal: FileRefused | None = None
    for separator in separators(data):
        rows = read_table(data, separator)
        try:
            first = list(itertools.islice(rows, SEARCHED_ROWS))
        except FileRefused as error:
            refusal = refusal or error
            continue
        header = find_header(first, mapped)
        if header is not None and not header.missing:
            return _numbered(header, mapped, itertools.chain(first, rows), (), data.count(b"\n"))
        if header is not None and (nearest is None or len(header.columns) > len(nearest.columns)):
            nearest = header
    raise refusal if refusal is not None and nearest is None else no_header(nearest, "")


def _numbered(header: Header, mapped: Mapped, rows: Iterator[list[Any]], notes: tuple[str, ...], height: int) -> OpenedTable:
    absent = mapped.absent(header)
    told = [*notes, header.words_for_unread()]
    if absent:
        told.append(f"对照文件里写的这些表头，表里没有：{'、'.join(f'“{one}”' for one in absent)}。请核对是不是写错了字")
    numbered = enumerate(rows, start=1)
    return OpenedTable(header, itertools.islice(numbered, header.last_row, None), tuple(note for note in told if note),
                       max(0, height - header.last_row))


def no_header(nearest: Header | None, place: str) -> FileRefused:
    """The refusal of a file without a heading row, naming what the nearest row lacks."""
    wanted = "、".join(field.value for field in REQUIRED)
    if nearest is None:
        return FileRefused(f"没有找到表头：前 {SEARCHED_ROWS} 行里没有一行同时有{wanted}。"
                           "请确认选对了文件；如果文字是乱码，请另存为 .xlsx 或 CSV UTF-8 再导入")
    missing = "、".join(field.value for field in nearest.missing)
    unread = [heading for heading in nearest.unread if shown(heading)][:8]
    hint = f"表里没认出的列有：{'、'.join(unread)}。" if unread else ""
    return FileRefused(f"{place}第 {nearest.last_row} 行像是表头，但缺少列：{missing}。{hint}"
                       "请补上这些列，或用对照文件（--mapping）指明哪一列是什么")
