"""Where the name of somebody who is erased still stands in what people wrote: hidden where it may be, else pointed out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select, update
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.crypto import Keyring, Unreadable
from kernel.holdings import Ended, Fate, Subject
from knowledge.case_models import Step
from knowledge.gap_models import Gap, GapWording, Question
from knowledge.models import Consultation
from profiles.access import AccessEntry
from profiles.changes.models import ChangeReport, ReportState
from profiles.changes.reporting import PURPOSE
from profiles.history import RegisterEvent
from profiles.imports.models import ImportJob
from profiles.models import Household, ImportRun, Resident
from push.visits import Visit

SHOWN = 10
REPORTS = "村干部报告的变化"
_LOOK = "姓名相同的可能是别人，请打开看一看；"
ASKED = "群众问过的话和没答上的问法里的姓名"
_ASKED = (Question.text, GapWording.text, Gap.title)
# A name of two characters is often a word as well (安全, 成本): what anybody asked is not spoilt for it.
_SURELY_A_NAME = 3


@dataclass(frozen=True)
class Name:
    """Somebody's name, and those longer names of the same village in which it stands: they are other people's."""

    text: str = field(default="", repr=False)
    longer: tuple[str, ...] = field(default=(), repr=False)

    def hidden_in(self, words: str) -> str:
        """The words with 李某某 for 李国成; 李国 is not hidden within 李国成 where that is somebody else."""
        if not self.text:
            return words
        instead = self.text[0] + "某" * (len(self.text) - 1)
        either = "|".join(re.escape(one) for one in (*self.longer, self.text))
        return re.sub(either, lambda found: instead if found.group() == self.text else found.group(), words)


@dataclass(frozen=True)
class Mention:
    """Words of one kind that hold the name: how many, the numbers of the first (a consultation's own), and what to do."""

    kind: str
    count: int
    numbers: tuple[int | str, ...]
    cure: str

    def as_json(self) -> dict[str, object]:
        """The same with the words a person reads."""
        return {"内容": self.kind, "条数": self.count, "编号": list(self.numbers), "办法": self.cure}


def name_of(session: Session, keyring: Keyring, subject: Subject) -> Name:
    """The person's name; empty where it cannot be read or is too short to be looked for."""
    text = _opened(keyring, session.get_one(Resident, subject.id).name, "name").strip()
    if len(text) < 2:
        return Name()
    village = session.scalars(select(Resident.name).join(Household, Household.id == Resident.household_id).where(
        Household.division == subject.division))
    there = {_opened(keyring, one, "name").strip() for one in village}
    return Name(text, tuple(sorted((one for one in there if text in one and one != text), key=len, reverse=True)))


def hide(session: Session, keyring: Keyring, subject: Subject, name: Name, *, from_register: bool) -> list[Ended]:
    """Hide the name in the staff's own words about this household, in names of files and in what anybody asked; in reports
    only as the register goes.

    What waits to be settled is left: whoever settles it has to know whom it is about.
    """
    if not name.text:
        return []
    found = [(Visit.note, Visit.household_id == subject.group_id), (ImportRun.file_name, None), (ImportJob.file_name, None)]
    if from_register:
        found.append((RegisterEvent.reason, RegisterEvent.household_id == subject.group_id))
    count = sum(_hide_plain(session, column, which, name) for column, which in found)
    if from_register:
        count += _hide_reports(session, keyring, subject, name)
    written = Ended("工作人员写的话和文件名里的姓名", Fate.BLANKED, count, "办事的记录要留，只把姓名改成某某")
    asked = 0 if len(name.text) < _SURELY_A_NAME else sum(_hide_plain(session, column, None, name) for column in _ASKED)
    return [one for one in (written, Ended(ASKED, Fate.BLANKED, asked, "问过的话不记是谁问的，只把姓名改成某某")) if one.count]


def left(session: Session, keyring: Keyring, subject: Subject, name: Name) -> tuple[Mention, ...]:
    """Where the name stands all the same: what the law keeps unchanged, and what may be about somebody of the same name."""
    if not name.text:
        return ()
    return tuple(one for one in (
        _mention(REPORTS, _reports_with(session, keyring, name.text), _LOOK + "等着确认的先办结，办结的是台账，照规定保存"),
        _mention("入户备注", _numbers(session, Visit, Visit.household_id == subject.group_id,
                                  Visit.note.contains(name.text, autoescape=True)), "是村里姓名更长的另一个人；" + _LOOK + "随入户名单到期删除"),
        _asked(session, name.text),
        _mention("名册变动的理由", _numbers(session, RegisterEvent, RegisterEvent.household_id == subject.group_id,
                                     RegisterEvent.reason.contains(name.text, autoescape=True)), "随名册保存，连名册一起删除时会隐去"),
        _mention("留言的答复和办理说明", _cases(session, name.text), _LOOK + "是本人的，随留言保存"),
        _mention("查看记录的理由", _numbers(session, AccessEntry, AccessEntry.household_id == subject.group_id,
                                     AccessEntry.reason.contains(name.text, autoescape=True)), "监督用的记录不改，保存期满自动删除"),
        _mention("操作记录的说明", _numbers(session, AuditEntry, AuditEntry.subject == f"resident:{subject.reference}",
                                     _in_details(name.text)), "监督用的记录不改，保存期满自动删除"),
    ) if one is not None)


def _mention(kind: str, numbers: Sequence[int | str], cure: str) -> Mention | None:
    return Mention(kind, len(numbers), tuple(numbers[:SHOWN]), cure) if numbers else None


def _asked(session: Session, name: str) -> Mention | None:
    """Nobody's page shows them one by one, and no number leads to them."""
    count = sum(len(_numbers(session, column.class_, column.contains(name, autoescape=True))) for column in _ASKED)
    return Mention(ASKED, count, (), "不记是谁问的，也可能不是姓名；保存期满自动删除") if count else None


def _numbers(session: Session, model: Any, *which: ColumnElement[bool]) -> list[int]:
    return list(session.scalars(select(model.id).where(*which).order_by(model.id)))


def _cases(session: Session, name: str) -> list[str]:
    """Consultations, the person's own hidden before, whose answer or steps hold the name, by the number that opens them."""
    steps = select(Step.consultation_id).where(Step.words.contains(name, autoescape=True))
    return list(session.scalars(select(Consultation.number).where(or_(
        *(column.contains(name, autoescape=True) for column in (Consultation.answer, Consultation.first_answer)),
        Consultation.id.in_(steps))).order_by(Consultation.id)))


def _in_details(name: str) -> ColumnElement[bool]:
    """A JSON text may write a name as it is or by the numbers of its characters."""
    text = cast(AuditEntry.details, String)
    return or_(text.contains(name, autoescape=True), text.contains(json.dumps(name)[1:-1], autoescape=True))


def _hide_plain(session: Session, column: Any, which: ColumnElement[bool] | None, name: Name) -> int:
    model, holds = column.class_, column.contains(name.text, autoescape=True)
    rows = session.execute(select(model.id, column).where(holds, *([] if which is None else [which]))).all()
    changed = [(number, hidden) for number, words in rows if (hidden := name.hidden_in(words)) != words]
    for number, hidden in changed:
        session.execute(update(model).where(model.id == number).values({column: hidden}))
    return len(changed)


def _opened(keyring: Keyring, sealed: bytes | None, purpose: str) -> str:
    try:
        return keyring.decrypt(sealed, purpose) if sealed is not None else ""
    except Unreadable:
        return ""


def _reports(session: Session, keyring: Keyring, name: str, *which: ColumnElement[bool]) -> Iterator[tuple[int, dict[str, str]]]:
    """Reports that hold the name: their number, and the columns it stands in."""
    for number, content, answer in session.execute(select(ChangeReport.id, ChangeReport.content, ChangeReport.answer).where(
            *which).order_by(ChangeReport.id)).all():
        texts = {column: words for column, sealed in (("content", content), ("answer", answer))
                 if name in (words := _opened(keyring, sealed, PURPOSE))}
        if texts:
            yield number, texts


def _reports_with(session: Session, keyring: Keyring, name: str) -> list[int]:
    return [number for number, _ in _reports(session, keyring, name)]


def _hide_reports(session: Session, keyring: Keyring, subject: Subject, name: Name) -> int:
    settled = (ChangeReport.household_id == subject.group_id, ChangeReport.state != ReportState.SAID)
    found = [(number, {column: hidden for column, words in texts.items() if (hidden := name.hidden_in(words)) != words})
             for number, texts in list(_reports(session, keyring, name.text, *settled))]
    for number, hidden_texts in found:
        if hidden_texts:
            session.execute(update(ChangeReport).where(ChangeReport.id == number).values(
                {column: keyring.encrypt(hidden, PURPOSE) for column, hidden in hidden_texts.items()}))
    return sum(1 for _, hidden_texts in found if hidden_texts)
