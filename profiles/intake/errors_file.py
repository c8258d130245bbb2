"""The errors file: what the office has to mend, row by row, opened by a double click in its own spreadsheet program."""

from __future__ import annotations

import csv
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kernel.files import said
from kernel.reports import RejectedRow
from profiles.intake.failures import FileRefused

# Full-width signs begin a formula in Chinese and Japanese spreadsheet programs too.
_BEGINNINGS = "=+-@＝＋－＠\t\r\n"
_NUMBER = re.compile(r"[0-9][0-9 .,-]*", re.ASCII)
COLUMNS = ("行号", "列", "值", "原因", "办法")


@contextmanager
def errors_file(path: Path | None, rejections: Iterable[RejectedRow]) -> Iterator[None]:
    """Write beside the target first and put in place when the block ends well, so that it is whole or not there.

    The file holds numbers of persons, in clear, as the office sent them: only its owner may read it.
    """
    if path is None:
        yield
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows((one.row, *map(_harmless, (one.column, one.value, one.reason, one.cure))) for one in rejections)
        except OSError as error:
            raise FileRefused(f"错误清单写不进 {path}（{said(error)}）。请换一个可以写入的位置；这次没有导入任何内容") from error
        yield
        os.replace(draft, path)
    finally:
        with suppress(OSError):  # the folder may be none at all
            draft.unlink(missing_ok=True)


def _harmless(value: str) -> str:
    """A value that a spreadsheet program would run as a formula gets an apostrophe; signs before digits stay."""
    is_signed_number = value[:1] in ("+", "-") and _NUMBER.fullmatch(value[1:]) is not None
    return "'" + value if value and value[0] in _BEGINNINGS and not is_signed_number else value
