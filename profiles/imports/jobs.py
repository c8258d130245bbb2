"""Tables that were brought: kept sealed, seen by nobody but who brought them, asked for step by step."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.crypto import Keyring
from profiles.imports import headings
from profiles.imports.models import Asked, ImportJob, JobState
from profiles.reports import ImportReport, RejectedRow

CONTENT, TOLD = "import_file", "import_report"
KEPT_WAITING = timedelta(days=1)
KEPT_DONE = timedelta(days=30)


@dataclass(frozen=True)
class Order:
    """What is asked for a table: a trial or the import itself, of which place it is the whole register, what its headings mean."""

    asked: Asked = Asked.TRIAL
    complete_for: str = ""
    mapping: Mapping[str, str] | None = None
    asks_headings: bool = True


@dataclass(frozen=True)
class Job:
    """A table as its owner may see it; `report` and `rejections` are there once it was tried or taken in."""

    id: int
    token: str
    file_name: str
    size: int
    complete_for: str
    asked: Asked
    state: JobState
    stage: str
    done: int
    total: int
    words: str
    made_at: datetime
    ended_at: datetime | None
    report: Mapping[str, Any] = field(default_factory=dict)
    rejections: tuple[RejectedRow, ...] = field(default=(), repr=False)
    to_mend: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    headings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def changes(self) -> Mapping[str, Any]:
        """What the table would change, as the trial found."""
        return self.report.get("changes") or {}

    @property
    def is_in(self) -> bool:
        """Whether the table was taken in."""
        return self.state is JobState.DONE


def bring(session: Session, keyring: Keyring, actor: Actor, file_name: str, content: bytes, order: Order,
          now: datetime) -> str:
    """Keep a table and put it into the queue; returns the token of its page. What has had its time goes."""
    forget_old(session, now)
    token = secrets.token_urlsafe(18)
    session.add(ImportJob(
        token=token, owner=actor.name, roles=sorted(actor.roles), jurisdiction=actor.jurisdiction, file_name=file_name[:200],
        digest=hashlib.sha256(content).hexdigest(), size=len(content), content=sealed_content(keyring, content),
        mapping=None if order.mapping is None else dict(order.mapping), asks_headings=order.asks_headings,
        complete_for=order.complete_for, asked=order.asked, state=JobState.WAITING, made_at=now,
        kept_until=now + KEPT_WAITING))
    return token


def find(session: Session, keyring: Keyring, owner: str, token: str) -> Job | None:
    """A table one brought oneself with all that came of it, or None when it is gone."""
    row = _own(session, owner, token)
    return None if row is None else _job(row, *_opened(keyring, row))


def of_owner(session: Session, owner: str, most: int = 10) -> list[Job]:
    """The latest tables somebody brought, without their reports."""
    rows = session.scalars(select(ImportJob).where(ImportJob.owner == owner).order_by(ImportJob.id.desc()).limit(most))
    return [_job(row, {}, {}) for row in rows]


def unanswered(session: Session, owner: str) -> list[Job]:
    """The tables that wait for an answer of whoever brought them, the oldest first."""
    states = [state for state in JobState if state.wants_an_answer]
    rows = session.scalars(select(ImportJob).where(ImportJob.owner == owner, ImportJob.state.in_(states)).order_by(ImportJob.id))
    return [_job(row, {}, {}) for row in rows]


def before(session: Session, job: Job) -> int:
    """How many tables stand in the queue before this one."""
    return session.scalar(select(func.count()).where(
        ImportJob.id < job.id, ImportJob.state.in_([JobState.WAITING, JobState.RUNNING]))) or 0


def answer_headings(session: Session, actor: Actor, job: Job, mapping: Mapping[str, str], now: datetime) -> bool:
    """Say what each heading means, remember it for the office's next table, and go on. False when that was not asked."""
    row = _own(session, actor.name, job.token)
    if row is None or row.state != JobState.HEADINGS:
        return False
    headings.keep(session, actor, job.headings["key"], mapping, now)
    row.mapping, row.headings = dict(mapping), None
    _queue(row, Asked(row.asked))
    return True


def ask_import(session: Session, owner: str, token: str) -> bool:
    """The yes: a table that was tried is to be taken in. False when it is not at that point."""
    row = _own(session, owner, token)
    if row is None or row.state != JobState.TRIED:
        return False
    _queue(row, Asked.IMPORT)
    return True


def ask_again(session: Session, owner: str, token: str) -> bool:
    """Try once more what was broken off."""
    row = _own(session, owner, token)
    if row is None or row.state != JobState.FAILED or row.content is None:
        return False
    _queue(row, Asked(row.asked))
    return True


def drop(session: Session, owner: str, token: str) -> bool:
    """Forget a table that is not to be taken in; False while it is being worked on or when it is in already."""
    gone = session.execute(delete(ImportJob).where(
        ImportJob.token == token, ImportJob.owner == owner, ImportJob.state.not_in([JobState.RUNNING, JobState.DONE]))
        .returning(ImportJob.id))
    return gone.first() is not None


def forget_old(session: Session, now: datetime) -> None:
    """Delete what has had its time: a day for what waits for an answer, thirty days for what came of an import."""
    session.execute(delete(ImportJob).where(ImportJob.kept_until < now, ImportJob.state != JobState.RUNNING))


def sealed_content(keyring: Keyring, content: bytes) -> bytes:
    """The file as it is kept."""
    return keyring.encrypt(base64.b64encode(zlib.compress(content, 1)).decode("ascii"), CONTENT)


def opened_content(keyring: Keyring, sealed: bytes) -> bytes:
    """The file as it was brought."""
    return zlib.decompress(base64.b64decode(keyring.decrypt(sealed, CONTENT)))


def sealed_report(keyring: Keyring, report: ImportReport) -> bytes:
    """What came of a table, with its rejected rows, as it is kept."""
    told = {"report": {**report.as_json(), "errors_file": None}, "rejections": [vars(one) for one in report.rejections],
            "to_mend": report.to_mend}
    return sealed_values(keyring, told)


def sealed_values(keyring: Keyring, told: Mapping[str, Any]) -> bytes:
    """Values of a table as they are kept."""
    return keyring.encrypt(json.dumps(told, ensure_ascii=False), TOLD)


def _queue(row: ImportJob, asked: Asked) -> None:
    row.state, row.tries = JobState.WAITING, 0
    if row.asked != asked:
        row.asked, row.begun_at = asked, None
    row.stage, row.done, row.total, row.words = "", 0, 0, ""


def _own(session: Session, owner: str, token: str) -> ImportJob | None:
    return session.scalar(select(ImportJob).where(ImportJob.token == token, ImportJob.owner == owner))


def _opened(keyring: Keyring, row: ImportJob) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    told = json.loads(keyring.decrypt(row.report, TOLD)) if row.report is not None else {}
    asked = json.loads(keyring.decrypt(row.headings, TOLD)) if row.headings is not None else {}
    return told, asked


def _job(row: ImportJob, told: Mapping[str, Any], asked: Mapping[str, Any]) -> Job:
    return Job(row.id, row.token, row.file_name, row.size, row.complete_for, Asked(row.asked), JobState(row.state), row.stage,
               row.done, row.total, row.words, row.made_at, row.ended_at, told.get("report", {}),
               tuple(RejectedRow(**one) for one in told.get("rejections", ())),
               tuple(tuple(one) for one in told.get("to_mend", ())), asked)
