"""CSV as offices save it: UTF-8 or GB18030, separated by comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from profiles.intake.failures import FileRefused

_CHUNK = 1 << 20
_SEPARATORS = ",;\t，；"
_SAMPLE_LINES = 20
_LONGEST_LINE = 10_000
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAVE_AGAIN = "请在表格软件里“另存为”→“CSV UTF-8（逗号分隔）”，或另存为 .xlsx，再导入"


def read_table(data: bytes, separator: str | None = None) -> Iterator[list[str]]:
    """The records of a CSV file in order, each a list of cells; a blank line is an empty list, so numbers stay.

    Without a separator the likeliest is taken. Raises FileRefused, also in mid-way, for another encoding, stray bytes
    and unclosed quotation marks.
    """
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding_of(data), newline="")
    reader = csv.reader(text, delimiter=separator or separators(data)[0], strict=True)
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            what = ("有一格长得不像表格的内容" if "larger" in str(error)
                    else "读不下去：多半是这一行或它前面的引号没有成对")
            raise FileRefused(f"第 {number + 1} 行{what}。请核对文件，改正后再导入，或另存为 .xlsx") from error
        number += 1
        yield cells


def encoding_of(data: bytes) -> str:
    """`utf-8-sig`, `utf-8` or `gb18030`: by the byte order mark, else strictly tried in this order."""
    if not data.strip():
        raise FileRefused("文件是空的。请确认选对了文件")
    if data.startswith(_UTF16):
        raise FileRefused(f"文件的编码是 UTF-16，读不了。{_SAVE_AGAIN}")
    if data.startswith(_WORKBOOK):
        raise FileRefused("这是工作簿，这里只收 CSV。请在表格软件里“另存为”→“CSV UTF-8（逗号分隔）”，再导入")
    if b"\x00" in data:
        raise FileRefused(f"这不是表格文件（里面有二进制内容）。{_SAVE_AGAIN}")
    if data.startswith(codecs.BOM_UTF8):
        if _decodes(data, "utf-8"):
            return "utf-8-sig"
        raise FileRefused(f"文件自称 UTF-8，但里面有别的编码的字。{_SAVE_AGAIN}")
    for encoding in ("utf-8", "gb18030"):
        if _decodes(data, encoding):
            return encoding
    raise FileRefused(f"文件的编码既不是 UTF-8，也不是 GB18030。{_SAVE_AGAIN}")


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    view = memoryview(data)
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(view[start:start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def separators(data: bytes) -> list[str]:
    """What may separate the cells, the likeliest first: by how often it stands in the fullest of the first lines."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding_of(data), newline="")
    lines = [text.readline(_LONGEST_LINE) for _ in range(_SAMPLE_LINES)]
    found = {sign: max(line.count(sign) for line in lines) for sign in _SEPARATORS}
    return sorted((sign for sign in _SEPARATORS if found[sign]), key=lambda sign: -found[sign]) or [","]
