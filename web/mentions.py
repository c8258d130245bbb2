"""Where the name of somebody who is erased still stands in what the staff wrote: hidden where it may be, else pointed out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select, update
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.crypto import Keyring, Unreadable
from kernel.holdings import Ended, Fate, Subject
from knowledge.case_models import Step
from profiles.access import AccessEntry
from profiles.changes.models import ChangeReport, ReportState
from profiles.changes.reporting import PURPOSE
from profiles.history import RegisterEvent
from profiles.imports.models import ImportJob
from profiles.models import ImportRun, Resident
from push.visits import Visit

SHOWN = 10
REPORTS = "村干部报告的变化"
_LOOK = "姓名相同的可能是别人，请打开看一看；"


@dataclass(frozen=True)
class Mention:
    """Words of one kind that hold the name: how many, the numbers of the first, and what to do."""

    kind: str
    count: int
    numbers: tuple[int, ...]
    cure: str

    def as_json(self) -> dict[str, object]:
        """The same with the words a person reads."""
        return {"内容": self.kind, "条数": self.count, "编号": list(self.numbers), "办法": self.cure}


def name_of(session: Session, keyring: Keyring, subject: Subject) -> str:
    """The person's name; empty where it cannot be read or is too short to be looked for."""
    person = session.get_one(Resident, subject.id)
    try:
        name = keyring.decrypt(person.name, "name").strip()
    except Unreadable:
        return ""
    return name if len(name) > 1 else ""


def hide(session: Session, keyring: Keyring, subject: Subject, name: str, *, from_register: bool) -> list[Ended]:
    """Hide the name in the staff's own words about this household and in names of files; in reports only as the register goes.

    What waits to be settled is left: whoever settles it has to know whom it is about.
    """
    if not name:
        return []
    found = [(Visit.note, Visit.household_id == subject.group_id), (ImportRun.file_name, None), (ImportJob.file_name, None)]
    if from_register:
        found.append((RegisterEvent.reason, RegisterEvent.household_id == subject.group_id))
    count = sum(_hide_plain(session, column, which, name) for column, which in found)
    if from_register:
        count += _hide_reports(session, keyring, subject, name)
    why = "办事的记录要留，只把姓名改成某某" if count else ""
    return [Ended("工作人员写的话和文件名里的姓名", Fate.BLANKED, count, why)] if count else []


def left(session: Session, keyring: Keyring, subject: Subject, name: str) -> tuple[Mention, ...]:
    """Where the name stands all the same: what the law keeps unchanged, and what may be about somebody of the same name."""
    if not name:
        return ()
    return tuple(one for one in (
        _mention(REPORTS, _reports_with(session, keyring, name), _LOOK + "等着确认的先办结，办结的是台账，照规定保存"),
        _mention("名册变动的理由", _numbers(session, RegisterEvent, RegisterEvent.household_id == subject.group_id,
                                     RegisterEvent.reason.contains(name, autoescape=True)), "随名册保存，连名册一起删除时会隐去"),
        _mention("留言办理的说明", _numbers(session, Step, Step.words.contains(name, autoescape=True)), _LOOK + "是本人的，随留言保存"),
        _mention("查看记录的理由", _numbers(session, AccessEntry, AccessEntry.household_id == subject.group_id,
                                     AccessEntry.reason.contains(name, autoescape=True)), "监督用的记录不改，保存期满自动删除"),
        _mention("操作记录的说明", _numbers(session, AuditEntry, AuditEntry.subject == f"resident:{subject.reference}",
                                     _in_details(name)), "监督用的记录不改，保存期满自动删除"),
    ) if one is not None)


def without(name: str, words: str) -> str:
    """The words with 李某某 for 李国成."""
    return words.replace(name, name[0] + "某" * (len(name) - 1)) if name else words


def _mention(kind: str, numbers: list[int], cure: str) -> Mention | None:
    return Mention(kind, len(numbers), tuple(numbers[:SHOWN]), cure) if numbers else None


def _numbers(session: Session, model: Any, *which: ColumnElement[bool]) -> list[int]:
    return list(session.scalars(select(model.id).where(*which).order_by(model.id)))


def _in_details(name: str) -> ColumnElement[bool]:
    """A JSON text may write a name as it is or by the numbers of its characters."""
    text = cast(AuditEntry.details, String)
    return or_(text.contains(name, autoescape=True), text.contains(json.dumps(name)[1:-1], autoescape=True))


def _hide_plain(session: Session, column: Any, which: ColumnElement[bool] | None, name: str) -> int:
    model, holds = column.class_, column.contains(name, autoescape=True)
    rows = session.execute(select(model.id, column).where(holds, *([] if which is None else [which]))).all()
    for number, words in rows:
        session.execute(update(model).where(model.id == number).values({column: without(name, words)}))
    return len(rows)


def _read(keyring: Keyring, sealed: bytes | None) -> str:
    try:
        return keyring.decrypt(sealed, PURPOSE) if sealed is not None else ""
    except Unreadable:
        return ""


def _reports(session: Session, keyring: Keyring, name: str, *which: ColumnElement[bool]) -> Iterator[tuple[int, dict[str, str]]]:
    """Reports that hold the name: their number, and the columns it stands in."""
    for number, content, answer in session.execute(select(ChangeReport.id, ChangeReport.content, ChangeReport.answer).where(
            *which).order_by(ChangeReport.id)).all():
        texts = {column: words for column, sealed in (("content", content), ("answer", answer))
                 if name in (words := _read(keyring, sealed))}
        if texts:
            yield number, texts


def _reports_with(session: Session, keyring: Keyring, name: str) -> list[int]:
    return [number for number, _ in _reports(session, keyring, name)]


def _hide_reports(session: Session, keyring: Keyring, subject: Subject, name: str) -> int:
    settled = (ChangeReport.household_id == subject.group_id, ChangeReport.state != ReportState.SAID)
    found = list(_reports(session, keyring, name, *settled))
    for number, texts in found:
        session.execute(update(ChangeReport).where(ChangeReport.id == number).values(
            {column: keyring.encrypt(without(name, words), PURPOSE) for column, words in texts.items()}))
    return len(found)
