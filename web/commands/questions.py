"""Files of questions: a JSON object a line, `query` and perhaps `gold`, the ids of the entries that are right."""

from __future__ import annotations

import json
from pathlib import Path

from kernel.files import FileRefused


def asked_of(file: Path) -> list[tuple[str, tuple[str, ...]]]:
    """The questions of a file, each with the entries that are right; FileRefused with line and cure."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(f"{file.name} 不是 UTF-8 编码。请用 UTF-8 编码另存，一行一个 {{\"query\": …}}。") from error
    # Not splitlines(): a line separator (U+2028) within a question ends no line of the file.
    lines = ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())
    return [_asked(line, f"{file.name} 第 {number} 行") for number, line in lines]


def _asked(line: str, place: str) -> tuple[str, tuple[str, ...]]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise FileRefused(f"{place}不是 JSON。请改正这一行。") from error
    if not isinstance(row, dict) or "query" not in row:
        raise FileRefused(f"{place}不是 {{\"query\": …}}。请改正这一行。")
    query, gold = row["query"], row.get("gold") or ()
    if not isinstance(query, str):
        raise FileRefused(f"{place}的 query 不是一句话。请写成 \"…\"，或删去这一行。")
    if not isinstance(gold, list | tuple) or not all(isinstance(one, str | int) for one in gold):
        raise FileRefused(f"{place}的 gold 不是编号的列表。请写成 [\"编号\"]；没有条目能答就写 []。")
    return query, tuple(map(str, gold))
