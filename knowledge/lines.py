"""One entry as a file or a form brings it: checked field by field, faults told with place and cure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kernel.reports import RejectedRow
from knowledge import elements
from knowledge.elements import LONGEST, NAMES
from knowledge.models import EntryKind, EntryState

SHORT_LIMIT = 200
MOST_ROWS = 500_000
# Entries of notices carry this before the notice's reference; they change with the notice, never by a file.
NOTICE_PREFIX = "notice:"
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class EntryLine(BaseModel):
    """One line of a knowledge file; only id, question and answer are required, of a guide an element in place of the answer.

    `version`: which version answered when the file was written out; what was filed since is not overwritten by it.
    """

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore")

    id: str = Field(min_length=1, max_length=80)
    question: str = Field(min_length=1, max_length=4000)
    similar: list[str] = Field(default_factory=list, max_length=200)
    kind: EntryKind = EntryKind.ANSWER
    background: str = Field(default="", max_length=LONGEST["background"])
    conditions: str = Field(default="", max_length=LONGEST["conditions"])
    standard: str = Field(default="", max_length=LONGEST["standard"])
    materials: str = Field(default="", max_length=LONGEST["materials"])
    steps: str = Field(default="", max_length=LONGEST["steps"])
    place: str = Field(default="", max_length=LONGEST["place"])
    hours: str = Field(default="", max_length=LONGEST["hours"])
    until: str = Field(default="", max_length=LONGEST["until"])
    time_limit: str = Field(default="", max_length=LONGEST["time_limit"])
    fee: str = Field(default="", max_length=LONGEST["fee"])
    link: str = Field(default="", max_length=LONGEST["link"])
    answer: str = Field(default="", max_length=20000, validate_default=True)
    short: str = Field(default="", max_length=SHORT_LIMIT)
    office: str = Field(default="", max_length=80)
    phone: str = Field(default="", max_length=40)
    divisions: list[str] = Field(default_factory=list)
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = Field(default="", max_length=200)
    state: EntryState | None = None
    version: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, values: object) -> object:
        """Signs that neither a database nor a workbook can hold, or that nobody sees, are dropped; line ends are one kind."""
        if not isinstance(values, Mapping):
            return values
        cleaned: dict[str, object] = {name: [_clean(one) for one in value] if isinstance(value, list) else _clean(value)
                                      for name, value in values.items()}
        if not cleaned.get("kind"):
            is_guide = any(isinstance(cleaned.get(name), (str, list)) and cleaned[name] for name in NAMES)
            cleaned["kind"] = EntryKind.GUIDE if is_guide else EntryKind.ANSWER
        return cleaned

    @field_validator("id", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("similar", "divisions", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: object) -> object:
        return [] if value is None else value

    @field_validator("short", "office", "phone", "source", mode="before")
    @classmethod
    def _none_is_blank(cls, value: object) -> object:
        return "" if value is None else value

    @field_validator("phone", "valid_from", "valid_until", "divisions", mode="before")
    @classmethod
    def _numbers_are_narrow(cls, value: object, info: ValidationInfo) -> object:
        """Full-width digits are digits; a number is no day, whatever it is counted from."""
        if isinstance(value, list):
            return [_narrow(one) for one in value]
        if isinstance(value, int | float) and info.field_name != "phone":
            raise PydanticCustomError("date_of_number", "a number")
        return _narrow(value)

    @field_validator(*NAMES, mode="before")
    @classmethod
    def _lists_are_lines(cls, value: object) -> object:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return "\n".join(one for one in value if one)
        return "" if value is None else value

    @field_validator("link")
    @classmethod
    def _can_be_opened(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s\"'<>\\]+", value):
            raise ValueError(f"“{value[:30]}”不是网址，要写成 https:// 开头的")
        return value

    @field_validator("answer")
    @classmethod
    def _something_answers(cls, value: str, info: ValidationInfo) -> str:
        """An answer that cannot be read is told of by itself: an element that has a fault still counts as one."""
        is_guide = info.data.get("kind") is EntryKind.GUIDE
        if not value and not (is_guide and any(info.data.get(name, "?") for name in NAMES)):
            raise PydanticCustomError("missing", "nothing answers")
        return value

    @model_validator(mode="after")
    def _an_answer_has_no_elements(self) -> EntryLine:
        held = [elements.LABELS[name] for name in NAMES if getattr(self, name)]
        if self.kind is EntryKind.ANSWER and held:
            raise ValueError(f"类型是问答，却填了{'、'.join(held)}。请把类型改成办事指南，或者删去这几项")
        return self

    @field_validator("similar")
    @classmethod
    def _one_a_line(cls, value: list[str]) -> list[str]:
        spoken = (" ".join(text.split()) for text in value)
        return list(dict.fromkeys(text for text in spoken if text))

    @field_validator("divisions")
    @classmethod
    def _are_codes(cls, value: list[str]) -> list[str]:
        for code in value:
            if not (code.isdecimal() and code.isascii() and len(code) in (6, 9, 12)):
                raise ValueError(f"“{code}”不是 6、9 或 12 位区划代码。请写区划代码，全县适用的空着")
        return value


@dataclass(frozen=True)
class Row:
    """One row of a file before it is checked: its number, its values, or the fault that makes it unreadable."""

    number: int
    values: Mapping[str, object]
    fault: RejectedRow | None = None


@dataclass(frozen=True)
class Lines:
    """What a file held: the good lines, the faults, how many rows held anything, in which row each good line stood, and the
    names of columns that nobody knows: what stands in them is not taken in.
    """

    good: tuple[EntryLine, ...]
    errors: tuple[RejectedRow, ...]
    read: int
    rows: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def refused(column: str, reason: str, cure: str) -> Lines:
    """A file of which nothing could be read."""
    return Lines((), (RejectedRow(1, column, "", reason, cure),), 0)


def read_lines(data: bytes, most: int = MOST_ROWS) -> Lines:
    """The lines of a JSONL file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return refused("文件", "不是 UTF-8 编码的 JSONL 文件", "请用 UTF-8 编码另存，一行一个条目")
    return checked(_rows(text), {}, most)


def checked(rows: Iterable[Row], columns: Mapping[str, str], most: int = MOST_ROWS) -> Lines:
    """Check rows one by one; of two with one id the later wins and the earlier is told of. `columns` are the file's own names.

    A file of more than so many rows is refused whole before the others are looked at.
    """
    lines: dict[str, EntryLine] = {}
    places: dict[str, int] = {}
    errors: list[RejectedRow] = []
    read = 0
    for row in rows:
        read += 1
        if read > most:
            return refused("文件", f"超过 {most:,} 行", "请分成几个文件导入")
        if row.fault is not None:
            errors.append(row.fault)
            continue
        try:
            line = EntryLine.model_validate(dict(row.values))
        except ValidationError as error:
            errors.extend(_faults(row, error, columns))
            continue
        if line.id.startswith(NOTICE_PREFIX):
            errors.append(RejectedRow(row.number, columns.get("id", "id"), line.id, "这一条随信息发布，不能用文件改",
                                      "请改那条信息；这一行删去"))
        else:
            if line.id in lines:
                errors.append(RejectedRow(places[line.id], columns.get("id", "id"), line.id, f"编号和第 {row.number} 行一样，用了后一行",
                                          "是另一条的，换一个编号后重新导入；是重复的，删去"))
            lines[line.id], places[line.id] = line, row.number
    return Lines(tuple(lines.values()), tuple(errors), read, places)


def _rows(text: str) -> Iterator[Row]:
    for number, raw in enumerate(StringIO(text, newline="\n"), start=1):
        if not raw.strip():
            continue
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield Row(number, found)
        else:
            yield Row(number, {}, RejectedRow(number, "整行", raw[:40], "不是一个 JSON 对象", "请对照样例改正这一行"))


def _faults(row: Row, error: ValidationError, columns: Mapping[str, str]) -> Iterator[RejectedRow]:
    for one in error.errors():
        field = str(one["loc"][0]) if one["loc"] else "整行"
        value = row.values.get(field)
        reason, cure = reason_of(one["type"], str(one["msg"]), one.get("ctx") or {})
        said = "；".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        yield RejectedRow(row.number, columns.get(field, field), said[:40], reason, cure)


def reason_of(kind: str, message: str, limits: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a value and the cure, in plain words, from a finding of pydantic."""
    if kind in ("missing", "string_too_short"):
        return "没有填写", "请补上后重新导入"
    if kind == "string_too_long":
        return f"太长，最多 {limits.get('max_length')} 字", "请缩短后重新导入"
    if kind == "too_long":
        return f"太多，最多 {limits.get('max_length')} 个", "请删去一些后重新导入"
    if kind.startswith("date"):
        return "不是日期", "请写成 2026-11-30 这样，再重新导入"
    if kind.startswith("int") or kind == "greater_than_equal":
        return "不是稿次", "请照导出的数字写，或者空着，再重新导入"
    if kind == "enum":
        if "guide" in str(limits.get("expected")):
            return "没有这种类型", "请写问答或办事指南，再重新导入"
        return "没有这种状态", "请写草稿、已审定或停用，再重新导入"
    if kind == "value_error":
        reason, _, cure = message.removeprefix("Value error, ").partition("。")
        return reason, cure or "请改正后重新导入"
    return "写法不对", "请对照样例改正后重新导入"


def _narrow(value: object) -> object:
    return unicodedata.normalize("NFKC", value) if isinstance(value, str) else value


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _UNWRITABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
