"""Filing entries: a file's lines or another room's answers kept, the whole base written out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kernel import days
from kernel.audit import Actor, record
from kernel.clock import in_china
from kernel.database import Database
from kernel.reports import ImportReport, RejectedRow
from knowledge import grounds, versions
from knowledge.failures import EntryRefused
from knowledge.lines import EntryLine, Lines, read_lines
from knowledge.models import AbolishedDocument, Entry, EntryState, EntryVersion, Phrasing, VersionState
from knowledge.turns import take_turn

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

    Filing the same file twice changes nothing. Two entries with the same question are warned of. A line that was written out
    before somebody filed other words is refused: they would be lost without anybody seeing it.
    """
    created = updated = 0
    late: dict[str, RejectedRow] = {}
    for state in EntryState:
        chosen = [Filed(line) for line in lines.good if _state_of(line, draft=draft) is state]
        for start in range(0, len(chosen), CHUNK):
            with database.writing() as session:
                take_turn(session)
                some = chosen[start:start + CHUNK]
                late |= _overtaken(session, some, lines.rows, now)
                made, changed = file_entries(session, [one for one in some if one.line.id not in late], state, actor, now)
                created, updated = created + made, updated + changed
    errors = tuple(sorted((*lines.errors, *late.values()), key=lambda one: one.row))
    good = [line for line in lines.good if line.id not in late]
    with database.writing() as session:
        record(session, now, actor, "导入知识条目", "knowledge:import", {"created": created, "updated": updated})
        gone = grounds.abolished_in(session, [line.source for line in good])
    fallen = [f"条目 {line.id} 的依据“{gone[line.source].document}”已经废止，收下了但不用来回答。请改依据后再导入"
              for line in good if line.source in gone]
    warnings = [f"第 {one.row} 行 {one.column}：{one.reason}。{one.cure}" for one in errors]
    return ImportReport(lines.read, created, updated, len({one.row for one in errors}),
                        (*warnings, *_strange(lines), *fallen, *same_questions(good)), errors)


def _strange(lines: Lines) -> tuple[str, ...]:
    """One sentence on columns that were not taken in."""
    names = "、".join(name[:20] for name in lines.unread[:10])
    return (f"没有认出这几列，里面的内容没有收下：{names}。请把列名改成导出的文件里那样，再导入",) if names else ()


def stored_lines(session: Session) -> list[EntryLine]:
    """Every entry the office keeps, by id, as a file carries it; entries of notices stay with their notices."""
    entries = session.scalars(select(Entry).where(Entry.notice_reference.is_(None)).order_by(Entry.id)).all()
    similar, numbers = versions.similar_of(session, None), versions.filed_numbers(session)
    return [versions.line_of(entry, similar.get(entry.id, ())).model_copy(update={"version": numbers.get(entry.id)}) for entry in entries]


def _overtaken(session: Session, filed: Sequence[Filed], rows: Mapping[str, int], now: datetime) -> dict[str, RejectedRow]:
    """What is refused because other words were filed since the file was written out, by entry."""
    told = {one.line.id: one.line for one in filed if one.line.version is not None}
    found = {}
    for entry_id, newest in versions.filed(session, told).items():
        line = told[entry_id]
        if newest.number > (line.version or 0) and newest.content != versions.content_of(line):
            day = days.day(in_china(newest.reviewed_at or newest.written_at).date(), in_china(now).date())
            found[entry_id] = RejectedRow(
                rows.get(entry_id, 1), "稿次", str(line.version), f"导出以后，{day}审定了第 {newest.number} 稿",
                "请重新导出，在新的一稿上改；确要换成文件里的，把这一行的“稿次”清空")
    return found


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


def file_entries(session: Session, filed: Iterable[Filed], state: EntryState, actor: Actor, now: datetime,
                 beside: str = "") -> tuple[int, int]:
    """Create or update entries in one transaction; returns how many were created and how many changed.

    `beside`: why they are kept although others say the same or something else. Each change is a version. A draft of an entry that answers, or answered once, waits beside it until it is reviewed.
    """
    take_turn(session)
    wanted = {one.line.id: one for one in filed}
    held = {entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_(wanted)))}
    asked, waiting = versions.similar_of(session, wanted), versions.drafts(session, wanted)
    gone = grounds.abolished_in(session, [one.line.source for one in wanted.values()]) if state is EntryState.REVIEWED else {}
    created = 0
    changed: dict[str, Filed] = {}
    written: dict[str, Filed] = {}
    for entry_id, one in wanted.items():
        entry, values = held.get(entry_id), _columns(one, state, actor, gone.get(one.line.source))
        if entry is None:
            session.add(Entry(id=entry_id, updated_at=now, **values))
            created += 1
        elif state is EntryState.DRAFT and entry.state != EntryState.DRAFT:
            draft, content = waiting.get(entry_id), versions.content_of(one.line)
            present = versions.content_of(versions.line_of(entry, asked.get(entry_id, ())))
            stopped = entry.state == EntryState.RETIRED and draft is None  # as it stands it may be wanted back
            if stopped or content != (draft.content if draft is not None else present):
                changed[entry_id] = one
            continue
        elif _is_same(entry, asked.get(entry_id, []), one, values) and (state != EntryState.DRAFT or entry_id in waiting):
            continue
        else:
            _set(entry, values, now)
        changed[entry_id] = written[entry_id] = one
    session.flush()
    _phrase(session, {entry_id: one.line.similar for entry_id, one in written.items()})
    versions.add(session, {entry_id: versions.content_of(one.line) for entry_id, one in changed.items()},
                 VersionState.DRAFT if state is EntryState.DRAFT else VersionState.FILED, actor, now, beside)
    return created, len(changed) - created


def file_draft(session: Session, entry_id: str, number: int, actor: Actor, now: datetime) -> None:
    """Let a draft answer; raises EntryRefused for whoever wrote at it, and when another draft has taken its place."""
    take_turn(session)
    refused = file_drafts(session, [_draft(session, entry_id, number)], actor, now)
    if refused:
        raise EntryRefused(refused[entry_id])


def file_drafts(session: Session, drafts: Sequence[EntryVersion], actor: Actor, now: datetime) -> Mapping[str, str]:
    """Let drafts that wait answer, in one turn that was taken; why some may not, by entry."""
    lines = {draft.entry_id: versions.line_of_content(draft.entry_id, draft.content) for draft in drafts}
    entries = {entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_(lines)))}
    gone, writers = grounds.abolished_in(session, [line.source for line in lines.values()]), versions.writers_of(session, lines)
    refused: dict[str, str] = {}
    for draft in drafts:
        entry_id, line = draft.entry_id, lines[draft.entry_id]
        if actor.name in writers.get(entry_id, ()):
            refused[entry_id] = "自己写的条目不能自己审定，请换一位同事。"
        elif line.source in gone:
            refused[entry_id] = f"依据“{gone[line.source].document}”已经废止，不能审定。请先改依据，再存一稿。"
        else:
            _set(entries[entry_id], _columns(Filed(line, entries[entry_id].notice_reference), EntryState.REVIEWED, actor), now)
            draft.state, draft.reviewed_by, draft.reviewed_at = VersionState.FILED, actor.name, now
    _phrase(session, {entry_id: line.similar for entry_id, line in lines.items() if entry_id not in refused})
    return refused


def return_draft(session: Session, entry_id: str, number: int, reason: str, actor: Actor, now: datetime) -> None:
    """Give a draft back to its writer with the reason; what answered before goes on answering."""
    take_turn(session)
    draft = _draft(session, entry_id, number)
    if not reason.strip():
        raise EntryRefused("请写明退回的原因，写的人好改。")
    return_drafts([draft], reason, actor, now)


def return_drafts(drafts: Sequence[EntryVersion], reason: str, actor: Actor, now: datetime) -> None:
    """Give drafts that wait back with one reason."""
    for draft in drafts:
        draft.state, draft.reviewed_by, draft.reviewed_at = VersionState.RETURNED, actor.name, now
        draft.reason = reason.strip()[:300]


def retire(session: Session, notice_reference: str, now: datetime) -> int:
    """Stop the answers that stand for a notice: it was withdrawn or its document abolished."""
    take_turn(session)
    entries = session.scalars(select(Entry).where(Entry.notice_reference == notice_reference)).all()
    stopped = [entry for entry in entries if entry.state != EntryState.RETIRED]
    for entry in entries:
        entry.retired_with = ""  # only the notice itself brings it back
    for entry in stopped:
        entry.state, entry.updated_at = EntryState.RETIRED, now
    return len(stopped)


def _draft(session: Session, entry_id: str, number: int) -> EntryVersion:
    draft = versions.drafts(session, [entry_id]).get(entry_id)
    if draft is None:
        raise EntryRefused("这一条没有等审定的稿子，可能别人已经办了。请看修改记录。")
    if draft.number != number:
        raise EntryRefused("您打开之后又有人改过。请看新的一稿，再审定或退回。")
    return draft


def _is_same(entry: Entry, similar: Sequence[str], filed: Filed, values: Mapping[str, Any]) -> bool:
    return list(similar) == filed.line.similar and all(
        getattr(entry, name) == value for name, value in values.items() if name != "reviewed_by")


def _set(entry: Entry, values: Mapping[str, Any], now: datetime) -> None:
    for name, value in values.items():
        setattr(entry, name, value)
    # Two changes within one moment are two: whoever looks for changes must see that there was another.
    entry.updated_at = max(now, entry.updated_at + timedelta(microseconds=1))


def _phrase(session: Session, similar: Mapping[str, Sequence[str]]) -> None:
    session.execute(delete(Phrasing).where(Phrasing.entry_id.in_(similar)))
    rows = [{"entry_id": entry_id, "text": text} for entry_id, texts in similar.items() for text in texts]
    if rows:
        session.execute(insert(Phrasing), rows)


def _columns(filed: Filed, state: EntryState, actor: Actor, gone: AbolishedDocument | None = None) -> Mapping[str, Any]:
    """What of an entry is stored; what cites an abolished document does not begin to answer."""
    line = filed.line
    written = {name: getattr(line, name) for name in versions.LABELS if name != "similar"}
    return {**written, "state": state if gone is None else EntryState.RETIRED, "notice_reference": filed.notice_reference,
            "reviewed_by": actor.name if state is EntryState.REVIEWED else None,
            "retired_with": "" if gone is None else gone.document,
            "retired_because": "" if gone is None else f"依据“{gone.document}”已废止：{gone.reason}"[:300]}
