"""Filing entries: a file's lines or another room's answers kept, the whole base written out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.database import Database
from kernel.reports import ImportReport
from knowledge.lines import EntryLine, Lines, read_lines
from knowledge.models import Entry, EntryState, Phrasing

CHUNK = 500


@dataclass(frozen=True)
class Filed:
    """An entry as another room hands it down; `notice_reference` says which notice it stands for."""

    line: EntryLine
    notice_reference: str | None = None


def import_entries(database: Database, data: bytes, now: datetime, actor: Actor, *, draft: bool = False
                   ) -> ImportReport:
    """File a JSONL of entries, reviewed unless `draft`; a line that cannot be read is rejected alone."""
    return import_lines(database, read_lines(data), now, actor, draft=draft)


def import_lines(database: Database, lines: Lines, now: datetime, actor: Actor, *, draft: bool = False) -> ImportReport:
    """File what a file held; a line that names its own state keeps it, though with `draft` nothing comes in as reviewed.

    Filing the same file twice changes nothing. Two entries with the same question are warned of.
    """
    created = updated = 0
    for state in EntryState:
        chosen = [Filed(line) for line in lines.good if _state_of(line, draft=draft) is state]
        for start in range(0, len(chosen), CHUNK):
            with database.writing() as session:
                made, changed = file_entries(session, chosen[start:start + CHUNK], state, actor, now)
                created, updated = created + made, updated + changed
    with database.writing() as session:
        record(session, now, actor, "导入知识条目", "knowledge:import", {"created": created, "updated": updated})
    warnings = [f"第 {one.row} 行 {one.column}：{one.reason}。{one.cure}" for one in lines.errors]
    return ImportReport(lines.read, created, updated, len({one.row for one in lines.errors}),
                        (*warnings, *same_questions(lines.good)), lines.errors)


def stored_lines(session: Session) -> list[EntryLine]:
    """Every entry the office keeps, by id, as a file carries it; entries of notices stay with their notices."""
    entries = session.scalars(select(Entry).where(Entry.notice_reference.is_(None)).order_by(Entry.id)).all()
    similar: dict[str, list[str]] = {}
    for entry_id, text in session.execute(select(Phrasing.entry_id, Phrasing.text).order_by(Phrasing.id)):
        similar.setdefault(entry_id, []).append(text)
    return [line_of(entry, similar.get(entry.id, ())) for entry in entries]


def line_of(entry: Entry, similar: Sequence[str]) -> EntryLine:
    """A stored entry as a line; what was kept under older bounds is not checked again."""
    held = {name: getattr(entry, name) for name in EntryLine.model_fields if name != "similar"}
    return EntryLine.model_construct(**{**held, "state": EntryState(entry.state)}, similar=list(similar))


def _state_of(line: EntryLine, *, draft: bool) -> EntryState:
    if line.state is EntryState.RETIRED:
        return EntryState.RETIRED
    return EntryState.DRAFT if draft or line.state is EntryState.DRAFT else EntryState.REVIEWED


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
        elif similar != asked.get(entry_id, []) or any(
                getattr(entry, name) != value for name, value in values.items() if name != "reviewed_by"):
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
