"""Tables for an office's spreadsheet program: opened by a double click, and nothing in them is run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from kernel.reports import RejectedRow

# Full-width signs begin a formula in Chinese and Japanese spreadsheet programs too.
_BEGINNINGS = "=+-@＝＋－＠\t\r\n"
_NUMBER = re.compile(r"[0-9][0-9 .,-]*", re.ASCII)
COLUMNS = ("行号", "列", "值", "原因", "办法")


def errors_csv(rejections: Sequence[RejectedRow]) -> bytes:
    """Every fault: its row, its column, what stands there and the cure (UTF-8 with BOM)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((one.row, *(harmless(part) for part in (one.column, one.value, one.reason, one.cure)))
                     for one in rejections)
    return text.getvalue().encode("utf-8-sig")


def table_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """A table as it is (UTF-8 with BOM)."""
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def harmless(value: str) -> str:
    """A value that a spreadsheet program would run as a formula gets an apostrophe."""
    is_signed_number = value[:1] in ("+", "-") and _NUMBER.fullmatch(value[1:]) is not None
    return "'" + value if value and value[0] in _BEGINNINGS and not is_signed_number else value
