"""Filing entries: a JSONL file's lines checked one by one, good ones kept, faults told with line and cure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.database import Database
from kernel.reports import ImportReport, RejectedRow
from knowledge.models import Entry, EntryState, Phrasing

CHUNK = 500
SHORT_LIMIT = 200


class EntryLine(BaseModel):
    """One line of a knowledge file; only id, question and answer are required."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore")

    id: str = Field(min_length=1, max_length=80)
    question: str = Field(min_length=1, max_length=4000)
    similar: list[str] = Field(default_factory=list, max_length=200)
    answer: str = Field(min_length=1, max_length=20000)
    short: str = Field("", max_length=SHORT_LIMIT)
    office: str = Field("", max_length=80)
    phone: str = Field("", max_length=40)
    divisions: list[str] = Field(default_factory=list)
    valid_from: date | None = None
    valid_until: date | None = None
    source: str = Field("", max_length=200)

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

    @field_validator("divisions")
    @classmethod
    def _are_codes(cls, value: list[str]) -> list[str]:
        for code in value:
            if not (code.isdigit() and len(code) in (6, 9, 12)):
                raise ValueError(f"“{code}”不是 6、9 或 12 位区划代码")
        return value


@dataclass(frozen=True)
class Filed:
    """An entry as another room hands it down; `notice_reference` says which notice it stands for."""

    line: EntryLine
    notice_reference: str | None = None


def import_entries(database: Database, data: bytes, now: datetime, actor: Actor, *, draft: bool = False
                   ) -> ImportReport:
    """File a JSONL of entries, reviewed unless `draft`; a line that cannot be read is rejected alone.

    Filing the same file twice changes nothing. Two entries with the same question are warned of.
    """
    lines, errors, read = read_lines(data)
    created = updated = 0
    state = EntryState.DRAFT if draft else EntryState.REVIEWED
    for start in range(0, len(lines), CHUNK):
        with database.writing() as session:
            made, changed = file_entries(session, [Filed(line) for line in lines[start:start + CHUNK]], state,
                                         actor, now)
            created, updated = created + made, updated + changed
    with database.writing() as session:
        record(session, now, actor, "导入知识条目", "knowledge:import", {"created": created, "updated": updated})
    warnings = [f"第 {one.row} 行 {one.column}：{one.reason}。{one.cure}" for one in errors]
    return ImportReport(read, created, updated, len({one.row for one in errors}),
                        (*warnings, *same_questions(lines)), tuple(errors))


def read_lines(data: bytes) -> tuple[list[EntryLine], list[RejectedRow], int]:
    """The good lines, the faults, and how many lines held anything; a later line with the same id wins."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fault = RejectedRow(1, "文件", "", "不是 UTF-8 编码的 JSONL 文件", "请用 UTF-8 编码另存，一行一个条目")
        return [], [fault], 0
    lines: dict[str, EntryLine] = {}
    errors: list[RejectedRow] = []
    read = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        if not raw.strip():
            continue
        read += 1
        try:
            found = json.loads(raw)
            if not isinstance(found, dict):
                raise TypeError
            line = EntryLine.model_validate(found)
            lines[line.id] = line
        except ValidationError as error:
            errors.extend(_faults(number, error))
        except (ValueError, TypeError, RecursionError):
            errors.append(RejectedRow(number, "整行", raw[:40], "不是一个 JSON 对象", "请对照样例改正这一行"))
    return list(lines.values()), errors, read


def _faults(number: int, error: ValidationError) -> Iterable[RejectedRow]:
    for one in error.errors():
        column = ".".join(str(part) for part in one["loc"])
        missing = one["type"] in ("missing", "string_too_short")
        reason = "没有填写" if missing else str(one["msg"]).removeprefix("Value error, ")
        yield RejectedRow(number, column, "", reason, "请补上后重新导入" if missing else "请改正后重新导入")


def same_questions(lines: Iterable[EntryLine]) -> list[str]:
    """A warning for each question that stands in several entries."""
    holders: dict[str, list[str]] = {}
    for line in lines:
        holders.setdefault(line.question, []).append(line.id)
    return [f"问题“{question[:30]}”有 {len(ids)} 个条目（{'、'.join(ids[:5])}），请核对答案是否一致"
            for question, ids in holders.items() if len(ids) > 1]


def file_entries(session: Session, filed: Iterable[Filed], state: EntryState, actor: Actor, now: datetime
                 ) -> tuple[int, int]:
    """Create or update entries in one transaction; returns how many were created and how many changed."""
    wanted = {one.line.id: one for one in filed}
    held = {entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_(wanted)))}
    asked: dict[str, list[str]] = {}
    for entry_id, text in session.execute(select(Phrasing.entry_id, Phrasing.text)
                                          .where(Phrasing.entry_id.in_(wanted)).order_by(Phrasing.id)):
        asked.setdefault(entry_id, []).append(text)
    created = updated = 0
    phrasings: list[dict[str, str]] = []
    for entry_id, one in wanted.items():
        values = _columns(one, state, actor)
        similar = [text for text in dict.fromkeys(one.line.similar) if text.strip()]
        entry = held.get(entry_id)
        if entry is None:
            session.add(Entry(id=entry_id, updated_at=now, **values))
            created += 1
        elif similar != asked.get(entry_id, []) or any(getattr(entry, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(entry, name, value)
            entry.updated_at = now
            session.execute(delete(Phrasing).where(Phrasing.entry_id == entry_id))
            updated += 1
        else:
            continue
        phrasings.extend({"entry_id": entry_id, "text": text} for text in similar)
    session.flush()
    if phrasings:
        session.execute(insert(Phrasing), phrasings)
    return created, updated


def retire(session: Session, notice_reference: str, now: datetime) -> int:
    """Stop the answers that stand for a notice: it was withdrawn or its document abolished."""
    entries = session.scalars(select(Entry).where(Entry.notice_reference == notice_reference,
                                                  Entry.state != EntryState.RETIRED)).all()
    for entry in entries:
        entry.state, entry.updated_at = EntryState.RETIRED, now
    return len(entries)


def _columns(filed: Filed, state: EntryState, actor: Actor) -> Mapping[str, Any]:
    line = filed.line
    return {"state": state, "question": line.question, "answer": line.answer, "short": line.short, "office": line.office,
            "phone": line.phone, "divisions": line.divisions, "valid_from": line.valid_from,
            "valid_until": line.valid_until, "source": line.source, "notice_reference": filed.notice_reference,
            "reviewed_by": actor.name if state is EntryState.REVIEWED else None}
