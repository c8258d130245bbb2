"""Drafts come in: from a file or from the desk; a changed one is a new revision, and what was approved is void."""

from __future__ import annotations

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.database import Database
from kernel.reports import ImportReport, RejectedRow
from notices.digests import digest
from notices.failures import DraftRefused, Fault, Refused
from notices.models import Notice, Revision, State
from notices.places import Places, condition_faults
from notices.surfaces.forms import Forms
from notices.surfaces.rendering import Surfaces, is_outdated, render
from notices.writing import NoticeDraft, Written, read
from profiles.facts import REGISTER, Catalogue

LONGEST_FILE = 16 * 1024 * 1024
CHUNK = 25
"""Notices written in one transaction, so that the write lock is given back in well under a second."""


class Saved(StrEnum):
    """What saving a draft did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class _Line:
    """A good line of a file and where it stood."""

    number: int
    written: Written


def import_notices(
    database: Database, data: bytes, now: datetime, actor: Actor, catalogue: Catalogue = REGISTER,
    forms: Forms | None = None,
) -> ImportReport:
    """Take in a JSONL file of drafts; good lines go in, bad ones are named with line, field, reason and cure.

    Raises Refused for a file that is no such file at all. Importing the same file twice changes nothing.
    """
    lines, errors = _read_file(data, catalogue)
    counts = dict.fromkeys(Saved, 0)
    for start in range(0, len(lines), CHUNK):
        with database.writing() as session:
            places = Places(session)
            for line in lines[start:start + CHUNK]:
                try:
                    counts[save_draft(session, line.written.draft, actor, now, forms, places)] += 1
                except DraftRefused as refused:
                    errors.extend(_row(line.number, fault) for fault in refused.faults)
    rejected = {error.row for error in errors}
    remarks = tuple(f"第 {line.number} 行 {remark}" for line in lines if line.number not in rejected
                    for remark in line.written.remarks)
    errors.sort(key=lambda error: error.row)
    return ImportReport(read=sum(counts.values()) + len(rejected), created=counts[Saved.CREATED],
                        updated=counts[Saved.UPDATED], rejected=len(rejected),
                        warnings=(*faults_in_words(errors), *remarks), rejections=tuple(errors))


def save_draft(
    session: Session, draft: NoticeDraft, actor: Actor, now: datetime, forms: Forms | None = None,
    places: Places | None = None, *, renew: bool = False,
) -> Saved:
    """Keep a draft: a new notice, a new revision of a known one, or nothing when the words are the same.

    A new revision goes back to draft and voids every approval; what is published stays up until it is approved anew.
    `renew`: so it does with the same words where what was approved cannot be sent in today's forms (`is_outdated`).
    Raises DraftRefused, before anything is written, for a division that is unknown or not the actor's.
    """
    faults = [*(places or Places(session)).faults(draft.divisions, actor), *condition_faults(session, draft.condition)]
    if faults:
        raise DraftRefused(faults)
    content = draft.content()
    surfaces = render(draft, forms)
    notice = session.scalar(select(Notice).where(Notice.reference == draft.reference).with_for_update())
    if notice is None:
        notice = Notice(reference=draft.reference, state=State.DRAFT, revision=1, round=0, created_by=actor.name,
                        created_at=now, **_columns(draft))
        session.add(notice)
        session.flush()
        session.add(_revision(notice, surfaces, content, actor, now))
        audit.record(session, now, actor, "notice.drafted", f"notice:{draft.reference}", {"revision": 1})
        return Saved.CREATED
    standing, was = current_revision(session, notice), State(notice.state)
    is_stale = renew and was is not State.DRAFT and is_outdated(standing.surfaces, forms or Forms())
    if standing.content == content and not is_stale:
        return Saved.UNCHANGED
    _refuse_outside(session, notice, actor)
    notice.revision += 1
    notice.state = State.DRAFT
    notice.submitted_by = notice.approved_hash = notice.approved_at = None
    for name, value in _columns(draft).items():
        setattr(notice, name, value)
    session.add(_revision(notice, surfaces, content, actor, now))
    session.flush()
    audit.record(session, now, actor, "notice.revised", f"notice:{draft.reference}",
                 {"revision": notice.revision, "was": was.value})
    return Saved.UPDATED


def current_revision(session: Session, notice: Notice) -> Revision:
    """The words a notice stands at now."""
    return revision_of(session, notice, notice.revision)


def revision_of(session: Session, notice: Notice, number: int) -> Revision:
    """The words of one revision of a notice."""
    return session.scalars(
        select(Revision).where(Revision.notice_id == notice.id, Revision.number == number)).one()


def refresh(revision: Revision, surfaces: Surfaces) -> None:
    """Make a draft's renderings anew, as they will be approved: wording and forms may have changed since it was written."""
    revision.surfaces = surfaces.stored()
    revision.digest = digest(revision.content, revision.surfaces)
    revision.search_text = _search_text(surfaces)


def _columns(draft: NoticeDraft) -> dict[str, Any]:
    return {"title": draft.title, "topic": draft.topic.value, "kind": draft.kind.value,
            "valid_from": draft.valid_from, "valid_until": draft.valid_until}


def _revision(notice: Notice, surfaces: Surfaces, content: dict[str, Any], actor: Actor, now: datetime) -> Revision:
    draft = surfaces.draft
    revision = Revision(notice_id=notice.id, number=notice.revision, content=content, written_by=actor.name,
                        written_at=now, aspect=draft.aspect, deadline=draft.deadline, **_columns(draft))
    refresh(revision, surfaces)
    return revision


def _search_text(surfaces: Surfaces) -> str:
    # The page's own text: a public list is found by masked names only.
    return f"{surfaces.draft.summary}\n{surfaces.web.text}"


def _refuse_outside(session: Session, notice: Notice, actor: Actor) -> None:
    """Nobody takes over a notice of an area that is not theirs by writing another area into it."""
    for code in current_revision(session, notice).content["divisions"]:
        if not actor.may_act_in(code):
            reason = f"这个编号的信息属于 {code}，不在 {actor.name} 的管理范围内"
            raise DraftRefused([Fault("reference", reason, "请换一个编号，或请发布单位修改", notice.reference)])


def _read_file(data: bytes, catalogue: Catalogue) -> tuple[list[_Line], list[RejectedRow]]:
    lines: list[_Line] = []
    errors: list[RejectedRow] = []
    seen: dict[str, int] = {}
    for number, text in enumerate(_text(data).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            written = read(_decoded(text), catalogue)
            _refuse_repeated(written.draft.reference, seen)
        except DraftRefused as refused:
            errors.extend(_row(number, fault) for fault in refused.faults)
            continue
        seen[written.draft.reference] = number
        lines.append(_Line(number, written))
    return lines, errors


def _text(data: bytes) -> str:
    if len(data) > LONGEST_FILE:
        raise Refused(f"文件有 {len(data) // 1024 // 1024} MB，最大 16 MB。请分成几个文件导入。")
    if b"\0" in data and not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise Refused("这是文档、表格或图片，不是一行一条信息的 JSONL 文件。单条信息请用“写一条信息”，把文字粘贴进去。")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"文件不是 UTF-8 编码（第 {error.start + 1} 个字节起读不出）。请用记事本“另存为”，编码选 UTF-8。") from error
    if not text.strip():
        raise Refused("文件是空的。请确认选对了文件。")
    if text.lstrip().startswith("["):
        raise Refused("文件是一个 JSON 数组。请改成一行一条信息（JSONL）：去掉最外面的方括号，每条信息占一行，行末不要逗号。")
    return text


def _decoded(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _unreadable(f"第 {error.colno} 个字附近不是正确的 JSON") from error
    except (RecursionError, ValueError) as error:
        raise _unreadable("套得太深，或有写不下的数字") from error


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _unreadable(reason: str) -> DraftRefused:
    return DraftRefused([Fault("整行", reason, "请检查引号、逗号和括号是否成对、是否为英文符号，一行写一条信息")])


def _refuse_repeated(reference: str, seen: dict[str, int]) -> None:
    if reference in seen:
        fault = Fault("reference", f"与第 {seen[reference]} 行的编号相同", "请改编号，或删去其中一行", reference)
        raise DraftRefused([fault])


def _row(number: int, fault: Fault) -> RejectedRow:
    return RejectedRow(number, fault.path, fault.value, fault.reason, fault.cure)


def faults_in_words(errors: Sequence[RejectedRow]) -> tuple[str, ...]:
    """One sentence an error, for a person: line, field, reason, cure."""
    return tuple(f"第 {error.row} 行 {error.column}：{error.reason}。{error.cure}。" for error in errors)
