"""Workbooks opened with care: what is no .xlsx, is locked, or would burst the memory is refused before it is read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from kernel.extents import Extent
from kernel.files import FileRefused

MOST_UNPACKED = 768 * 1024 * 1024
MOST_SHEETS = 60
_CHUNK = 1 << 20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AGAIN = "请用表格软件打开，“另存为”→“Excel 工作簿（.xlsx）”，再导入"

Answer = TypeVar("Answer")
Merged = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Rows:
    """The rows of a sheet from row 1 on, blank ones included, how many there are, and its merged cells.

    A merged cell is told by the first and the last place that it covers, each a row and a column counted from 0; what it holds
    stands in the first.
    """

    cells: Iterator[list[Any]]
    height: int
    merged: Sequence[Merged] = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, and a way to its rows."""

    name: str
    rows: Callable[[], Rows]


def is_packed(data: bytes) -> bool:
    """Whether the bytes begin as a zip archive, as every .xlsx does."""
    return data.startswith(_ZIP)


def refuse_old_workbook(data: bytes) -> None:
    """Refuse what begins as an old .xls or a workbook with a password."""
    if not data.startswith(_OLE):
        return
    if _ENCRYPTED in data:
        raise FileRefused("工作簿设了打开密码，读不了。请在表格软件里取消密码后另存，再导入")
    raise FileRefused(f"这是旧格式的 .xls 工作簿，读不了。{_SAVE_AGAIN}")


def sheets(data: bytes, most_unpacked: int = MOST_UNPACKED) -> Iterator[Sheet]:
    """The sheets of a workbook, the visible ones first; raises FileRefused for anything that is no sound .xlsx.

    Reading it takes up to four times the memory of what it unpacks to.
    """
    _inspect(data, most_unpacked)
    book = _guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))
    listed = [(place, one) for place, one in enumerate(book.sheets_metadata) if one.typ == SheetTypeEnum.WorkSheet]
    if len(listed) > MOST_SHEETS:
        raise FileRefused(f"工作簿有 {len(listed)} 张工作表，超过 {MOST_SHEETS} 张。请只留要导入的那一张，另存后再导入")
    for place, one in sorted(listed, key=lambda pair: pair[1].visible != SheetVisibleEnum.Visible):
        yield Sheet(one.name, lambda place=place: _rows(book, place))  # type: ignore[misc]


def _rows(book: CalamineWorkbook, place: int) -> Rows:
    sheet = _guarded(lambda: book.get_sheet_by_index(place))
    return Rows(iter(_guarded(sheet.iter_rows)), 0 if sheet.end is None else sheet.end[0] + 1, sheet.merged_cell_ranges or ())


def _guarded(act: Callable[[], Answer]) -> Answer:
    try:
        return act()
    except BaseException as error:
        # The reader is written in Rust: on some broken files it panics, and that is no Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise FileRefused(f"工作簿打不开，文件可能已损坏。{_SAVE_AGAIN}") from error
        raise


def _inspect(data: bytes, budget: int) -> None:
    """Walk through the archive without keeping it: really a workbook, not too big, no cell far out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {entry.filename.lower(): entry for entry in archive.infolist()}
            _refuse_other_archives(names)
            for entry in archive.infolist():
                budget -= _walk(archive, entry, budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        # RuntimeError covers what zipfile says of a packing it does not know, and of a password.
        raise FileRefused(f"工作簿已损坏或没有下载完整。请重新取得文件，或{_SAVE_AGAIN.removeprefix('请')}") from error


def _refuse_other_archives(names: dict[str, zipfile.ZipInfo]) -> None:
    if "xl/workbook.bin" in names:
        raise FileRefused(f"这是 .xlsb 二进制工作簿，读不了。{_SAVE_AGAIN}")
    if not any(name.startswith("xl/") for name in names):
        raise FileRefused(f"这不是 .xlsx 工作簿，而是别的压缩文件。{_SAVE_AGAIN}")


def _walk(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> int:
    """Unpack one part piece by piece; its true size counts, not the one it claims."""
    size, extent = 0, Extent()
    with archive.open(entry) as part:
        while piece := part.read(_CHUNK):
            size += len(piece)
            if size > budget:
                raise FileRefused("工作簿解开后太大。请删去图片和用不到的工作表，或分成几个文件导入")
            extent.see(piece)
    return size
