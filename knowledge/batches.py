"""Drafts that came in with one file, to be looked at and reviewed together: nobody reads a thousand entries one click at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from knowledge.models import EntryVersion, VersionState

MOST_SHOWN = 20


@dataclass(frozen=True)
class Batch:
    """What one person kept in one moment and still waits: `number` is that of any of its versions."""

    number: int
    written_by: str
    written_at: datetime
    count: int


def waiting(session: Session) -> list[Batch]:
    """The files of which more than one entry waits, the oldest first."""
    rows = session.execute(
        select(func.min(EntryVersion.id), EntryVersion.written_by, EntryVersion.written_at, func.count())
        .where(EntryVersion.state == VersionState.DRAFT).group_by(EntryVersion.written_by, EntryVersion.written_at)
        .having(func.count() > 1).order_by(EntryVersion.written_at).limit(MOST_SHOWN))
    return [Batch(*row) for row in rows]


def batch(session: Session, number: int) -> Batch | None:
    """The file that a version came in with, and how much of it waits."""
    one = session.get(EntryVersion, number)
    if one is None:
        return None
    count = session.scalar(select(func.count()).where(_of(one.written_by, one.written_at))) or 0
    return Batch(number, one.written_by, one.written_at, count)


def drafts(session: Session, of: Batch, after: int = 0, most: int = 50, offset: int = 0) -> Sequence[EntryVersion]:
    """What of it waits, in the order of the file, from behind a version on."""
    return session.scalars(select(EntryVersion).where(_of(of.written_by, of.written_at), EntryVersion.id > after)
                           .order_by(EntryVersion.id).limit(most).offset(offset)).all()


def _of(writer: str, at: datetime) -> ColumnElement[bool]:
    return and_(EntryVersion.state == VersionState.DRAFT, EntryVersion.written_by == writer, EntryVersion.written_at == at)
