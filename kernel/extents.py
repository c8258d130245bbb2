"""How far a sheet reaches, found before it is read: the reader lays every sheet out as a full rectangle in memory."""

from __future__ import annotations

import re

from kernel.files import FileRefused

MOST_ROWS = 500_000
MOST_COLUMNS = 130
# A place takes 32 bytes, also an empty one: what is long may not be wide as well.
LONG_ROWS = 100_000
NARROW_COLUMNS = 40
# Walked one by one in Python: no more than a few seconds of it.
MOST_UNPLACED = 3_000_000
_LONGEST_TAG = 1 << 16
_BEGINS = b"sheetData"
# Columns from EA on (the 131st), rows from 500,000 on; letters count in either case.
_FAR = re.compile(rb"r\s*=\s*[\"'](?:[A-Za-z]{3}\d|[E-Ze-z][A-Za-z]\d|[A-Za-z]{1,3}(?:[5-9]\d{5}|\d{7}))")
_LONG = re.compile(rb"r\s*=\s*[\"'][A-Za-z]{1,3}\d{6}")
_WIDE = re.compile(rb"r\s*=\s*[\"'](?:[Aa][O-Zo-z]|[B-Db-d][A-Za-z])\d")
_PLAIN_CELL = b'<c r="'
# Any of the three, in the way that nearly every program writes it: one quick look at a part where nothing is far out.
_NOTABLE = re.compile(rb'<c r="(?:[A-Za-z]{1,3}\d{6}|[A-Za-z]{3}\d|[B-Zb-z][A-Za-z]\d|[Aa][O-Zo-z]\d)')
# The reader sets aside room for as many texts as the part says it holds.
_BOAST = re.compile(rb"[cC]ount\s*=\s*[\"']\d{8}")
_TAG = re.compile(rb"<(?:[\w.-]+:)?(row|c)((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>")
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)(\d+)[\"']")


class Extent:
    """Watches one part of a workbook go by, whatever its name: any part may be a sheet. Refuses what reaches too far."""

    def __init__(self) -> None:
        self._tail = b""
        self._is_sheet = False
        self._is_long = False
        self._is_wide = False
        self._row = 0
        self._column = 0
        self._rows = 0
        self._columns = 0
        self._unplaced = 0

    def see(self, piece: bytes) -> None:
        """The next piece of the part."""
        text = self._tail + piece
        begun = text.rfind(b"<")
        self._tail = text[begun:] if begun >= 0 and b">" not in text[begun:] else b""
        self._is_sheet = self._is_sheet or _BEGINS in text
        if not self._is_sheet:
            if b"sst" in text and _BOAST.search(text):
                raise too_far()
            self._tail = self._tail[-_LONGEST_TAG:]
            return
        if len(self._tail) > _LONGEST_TAG:
            raise too_far()
        self._measure(text[:begun] if self._tail else text)
        self._judge()

    def _measure(self, text: bytes) -> None:
        is_plain = text.count(_PLAIN_CELL) == text.count(b"<c") - text.count(b"<col") + text.count(b":c")
        if not is_plain or _NOTABLE.search(text):
            if _FAR.search(text):
                raise too_far()
            self._is_long = self._is_long or _LONG.search(text) is not None
            self._is_wide = self._is_wide or _WIDE.search(text) is not None
            # Whatever stands before or after the cells counts as not plain too: that is one piece or two, not the sheet.
        if is_plain:
            self._stand_at_last(text)
        else:
            self._count(text)

    def _stand_at_last(self, text: bytes) -> None:
        """Keep the place of the last cell: those that do not say where they stand follow it."""
        begun = text.rfind(_PLAIN_CELL)
        found = _PLACE.search(text, begun) if begun >= 0 else None
        if found:
            self._row, self._column = _number(found[2]), _column(found[1])

    def _count(self, text: bytes) -> None:
        """Cells that do not say where they stand follow one another: walked one by one, until they reach too far."""
        for found in _TAG.finditer(text):
            self._unplaced += 1
            place = _PLACE.search(found[2])
            if found[1] == b"row":
                self._row, self._column = _number(place[2]) if place else self._row + 1, 0
                continue
            self._row, self._column = (_number(place[2]), _column(place[1])) if place else (self._row, self._column + 1)
            if self._row > self._rows or self._column > self._columns:
                self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
                self._judge()

    def _judge(self) -> None:
        is_long, is_wide = self._is_long or self._rows >= LONG_ROWS, self._is_wide or self._columns > NARROW_COLUMNS
        if self._rows >= MOST_ROWS or self._columns > MOST_COLUMNS or (is_long and is_wide) or (
                self._unplaced > MOST_UNPLACED):
            raise too_far()


def too_far() -> FileRefused:
    """The refusal of a sheet that would burst the memory."""
    return FileRefused(f"工作表太大：超过 {MOST_COLUMNS} 列或 {MOST_ROWS:,} 行，或者超过 {LONG_ROWS:,} 行又多于 {NARROW_COLUMNS} 列。"
                       "多半是表外远处有零星内容，请删去后另存；确实这么大就分成几个文件导入")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + letter - 64
    return number


def _number(digits: bytes) -> int:
    return int(digits.lstrip(b"0")[:9] or b"0")
