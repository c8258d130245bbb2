"""Versions of an entry: each change with who wrote it, who reviewed it, and what is different."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from kernel.audit import Actor
from knowledge import elements
from knowledge.lines import EntryLine
from knowledge.models import Entry, EntryKind, EntryState, EntryVersion, Phrasing, VersionState
from knowledge.tables import KIND_WORDS

LABELS = {"question": "问题", "similar": "相似问", "answer": "答案", "short": "一句话答案", "office": "答复单位", "phone": "电话",
          "divisions": "适用地方", "valid_from": "生效日期", "valid_until": "有效期至", "source": "依据", "kind": "类型",
          **elements.LABELS}
# Compared sign by sign up to here, beyond it sentence by sentence: comparing takes the square of it.
_SIGNS = 1500
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    text: str
    is_gone: bool = False
    is_new: bool = False


@dataclass(frozen=True)
class Change:
    """One field that differs, as one run of pieces."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Version:
    """A version as its page shows it; `changes` are against the version that answered before it."""

    number: int
    state: VersionState
    written_by: str
    written_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    reason: str
    content: Mapping[str, Any]
    changes: tuple[Change, ...]
    beside: str = ""


def content_of(line: EntryLine) -> dict[str, Any]:
    """What of an entry is written and reviewed; what only guides have is left out where there is none of it."""
    content = line.model_dump(mode="json", include=set(LABELS))
    unsaid = [name for name in elements.NAMES if not content.get(name)]
    for name in [*unsaid, *(["kind"] if content.get("kind") == EntryKind.ANSWER else [])]:
        content.pop(name, None)
    return content


def line_of_content(entry_id: str, content: Mapping[str, Any]) -> EntryLine:
    """A version's content as an entry again."""
    return EntryLine.model_validate({**content, "id": entry_id})


def line_of(entry: Entry, similar: Sequence[str]) -> EntryLine:
    """A stored entry as a line; what was kept under older bounds is not checked again."""
    held = {name: getattr(entry, name) for name in EntryLine.model_fields if name not in ("similar", "version")}
    return EntryLine.model_construct(**{**held, "state": EntryState(entry.state), "kind": EntryKind(entry.kind)},
                                     similar=list(similar))


def add(session: Session, wanted: Mapping[str, Mapping[str, Any]], state: VersionState, actor: Actor, now: datetime,
        beside: str = "") -> None:
    """Put a new version of each entry down; a draft that waited is replaced by it.

    `beside`: why it is kept although another entry says the same or something else.
    """
    session.flush()
    numbers = dict(session.execute(
        select(EntryVersion.entry_id, func.max(EntryVersion.number)).where(EntryVersion.entry_id.in_(wanted))
        .group_by(EntryVersion.entry_id)).all())
    session.execute(update(EntryVersion).where(EntryVersion.entry_id.in_(wanted), EntryVersion.state == VersionState.DRAFT)
                    .values(state=VersionState.REPLACED))
    is_filed = state is VersionState.FILED
    session.add_all(EntryVersion(
        entry_id=entry_id, number=numbers.get(entry_id, 0) + 1, state=state, content=dict(content), written_by=actor.name,
        written_at=now, reviewed_by=actor.name if is_filed else None, reviewed_at=now if is_filed else None, reason="",
        beside=beside)
        for entry_id, content in wanted.items())


def drafts(session: Session, entry_ids: Collection[str]) -> dict[str, EntryVersion]:
    """The draft that waits for review, by entry."""
    found = session.scalars(select(EntryVersion).where(EntryVersion.entry_id.in_(entry_ids),
                                                       EntryVersion.state == VersionState.DRAFT))
    return {one.entry_id: one for one in found}


def filed(session: Session, entry_ids: Collection[str]) -> dict[str, EntryVersion]:
    """The version that answers, or answered last, by entry."""
    return {one.entry_id: one for one in session.scalars(
        select(EntryVersion).where(EntryVersion.entry_id.in_(entry_ids), EntryVersion.state == VersionState.FILED)
        .order_by(EntryVersion.number))}


def filed_numbers(session: Session) -> dict[str, int]:
    """The number of the version that answers, or answered last, by entry, of all entries."""
    return dict(session.execute(select(EntryVersion.entry_id, func.max(EntryVersion.number))
                                .where(EntryVersion.state == VersionState.FILED).group_by(EntryVersion.entry_id)).all())


def unfinished(session: Session, entry_id: str) -> EntryVersion | None:
    """The newest version when it is a draft or came back: what a writer goes on with."""
    newest = session.scalar(select(EntryVersion).where(EntryVersion.entry_id == entry_id)
                            .order_by(EntryVersion.number.desc()).limit(1))
    return newest if newest is not None and newest.state in (VersionState.DRAFT, VersionState.RETURNED) else None


def writers(session: Session, entry_id: str) -> frozenset[str]:
    """Everybody who wrote at the entry since it was last filed: none of them may review it."""
    return writers_of(session, [entry_id]).get(entry_id, frozenset())


def writers_of(session: Session, entry_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Everybody who wrote at each of these entries since it was last filed."""
    last = aliased(EntryVersion)
    filed = (select(func.coalesce(func.max(last.number), 0)).where(last.entry_id == EntryVersion.entry_id, last.state == VersionState.FILED)
             .correlate(EntryVersion).scalar_subquery())
    found: dict[str, set[str]] = {}
    for entry_id, writer in session.execute(select(EntryVersion.entry_id, EntryVersion.written_by).where(
            EntryVersion.entry_id.in_(entry_ids), EntryVersion.number > filed)):
        found.setdefault(entry_id, set()).add(writer)
    return {entry_id: frozenset(names) for entry_id, names in found.items()}


def history(session: Session, entry_id: str) -> list[Version]:
    """Every version, the newest first, each with what it changed of the one that answered before it."""
    found: list[Version] = []
    answering: Mapping[str, Any] = {}
    for one in session.scalars(select(EntryVersion).where(EntryVersion.entry_id == entry_id).order_by(EntryVersion.number)):
        found.append(Version(one.number, VersionState(one.state), one.written_by, one.written_at, one.reviewed_by,
                             one.reviewed_at, one.reason, one.content,
                             tuple(changes(answering, one.content)) if answering else (), one.beside))
        if one.state == VersionState.FILED:
            answering = one.content
    return found[::-1]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """The fields that differ between two contents."""
    for field, label in LABELS.items():
        one, other = _text(field, before.get(field)), _text(field, after.get(field))
        if one != other:
            yield Change(label, tuple(_pieces(one, other)))


def similar_of(session: Session, entry_ids: Collection[str] | None) -> dict[str, list[str]]:
    """The similar questions of these entries, or of all, as written, by entry."""
    asked: dict[str, list[str]] = {}
    chosen = select(Phrasing.entry_id, Phrasing.text).order_by(Phrasing.id)
    for entry_id, text in session.execute(chosen if entry_ids is None else chosen.where(Phrasing.entry_id.in_(entry_ids))):
        asked.setdefault(entry_id, []).append(text)
    return asked


def _text(field: str, value: object) -> str:
    if field == "kind":
        return KIND_WORDS[EntryKind(str(value or EntryKind.ANSWER))]
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value)


def _pieces(before: str, after: str) -> Iterator[Piece]:
    split = list if len(before) + len(after) <= _SIGNS else _SENTENCE.findall
    one, other = split(before), split(after)
    for act, start, end, first, last in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if act == "equal":
            yield Piece("".join(one[start:end]))
            continue
        if end > start:
            yield Piece("".join(one[start:end]), is_gone=True)
        if last > first:
            yield Piece("".join(other[first:last]), is_new=True)
