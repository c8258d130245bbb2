"""Who works on which table: claimed by a conditional update with a lease, one table at a time in the whole database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from kernel.audit import Actor
from profiles.imports.models import Asked, ImportJob, JobState

# Any number will do so long as every claim in one database uses the same.
_ONE_CLAIM_AT_A_TIME = 0x7A68696A
MOST_TRIES = 3


@dataclass(frozen=True)
class Claimed:
    """A table in hand: what a worker needs to go on with it."""

    id: int
    worker: str
    actor: Actor
    file_name: str
    digest: str
    content: bytes = field(repr=False)
    mapping: dict[str, str] | None
    asks_headings: bool
    complete_for: str
    asked: Asked
    begun_at: datetime
    is_resumed: bool


def next_due(session: Session, now: datetime) -> int | None:
    """The oldest table that nobody works on."""
    return session.scalar(select(ImportJob.id).where(_due(now)).order_by(ImportJob.id).limit(1))


def claim(session: Session, job_id: int, worker: str, now: datetime, lease: timedelta) -> Claimed | None:
    """Take a table in hand; None when another worker has it or any other table is being worked on."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_CLAIM_AT_A_TIME})"))
    other = aliased(ImportJob)
    busy = exists(select(1).where(other.state == JobState.RUNNING, other.lease_until >= now, other.id != job_id))
    taken = session.execute(
        update(ImportJob).where(ImportJob.id == job_id, _due(now), ~busy)
        .values(state=JobState.RUNNING, worker=worker, lease_until=now + lease, tries=ImportJob.tries + 1)
        .returning(ImportJob.id).execution_options(synchronize_session=False)).first()
    if taken is None:
        return None
    row = session.get_one(ImportJob, job_id, populate_existing=True)
    is_resumed = row.begun_at is not None
    row.begun_at = row.begun_at or now
    if row.tries > MOST_TRIES or row.content is None:
        _give_up(row, now)
        return None
    return Claimed(row.id, worker, Actor(row.owner, frozenset(row.roles), row.jurisdiction), row.file_name, row.digest,
                   row.content, row.mapping, row.asks_headings, row.complete_for, Asked(row.asked), row.begun_at, is_resumed)


def renew(session: Session, claimed: Claimed, until: datetime, stage: str, done: int, total: int) -> bool:
    """Hold a table longer and write down how far it came; False when it was taken away meanwhile."""
    return _change(session, claimed, {"lease_until": until, "stage": stage[:20], "done": done, "total": total})


def settle(session: Session, claimed: Claimed, values: dict[str, Any]) -> bool:
    """Let go of a table with what came of it; False when it was taken away meanwhile."""
    return _change(session, claimed, {"lease_until": None, "worker": None, **values})


def keep_mapping(session: Session, claimed: Claimed, mapping: Mapping[str, str]) -> None:
    """Write down what each heading means, once it is settled."""
    _change(session, claimed, {"mapping": dict(mapping)})


def mapping_of(session: Session, claimed: Claimed) -> Mapping[str, str]:
    """What each heading means, as it was settled."""
    return session.scalar(select(ImportJob.mapping).where(ImportJob.id == claimed.id)) or {}


def _change(session: Session, claimed: Claimed, values: dict[str, Any]) -> bool:
    mine = and_(ImportJob.id == claimed.id, ImportJob.worker == claimed.worker, ImportJob.state == JobState.RUNNING)
    return session.execute(update(ImportJob).where(mine).values(values).returning(ImportJob.id)
                           .execution_options(synchronize_session=False)).first() is not None


def _due(now: datetime) -> ColumnElement[bool]:
    """Waiting, or left behind by a worker that let its lease run out."""
    return or_(ImportJob.state == JobState.WAITING,
               and_(ImportJob.state == JobState.RUNNING, ImportJob.lease_until < now))


def _give_up(row: ImportJob, now: datetime) -> None:
    row.state, row.worker, row.lease_until, row.ended_at = JobState.FAILED, None, None, now
    row.words = (f"办了 {MOST_TRIES} 次都中途断了，什么也没有写入。请再试一次；还是不行，请系统管理员看运行日志，或把文件分成几份导入。")
