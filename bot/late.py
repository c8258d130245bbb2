"""Answers that go out as messages of their own, kept until somebody says them, so that none dies with its process.

A row comes with the transaction that puts an answer off or works it out. Until `due_at` whoever wrote it is at it, after that
anybody may go on. Whoever begins to say it takes `due_at` away first: what was being said when its process died may have been
heard, and is never said again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.deeds import PURPOSES, normal
from bot.events import name_of, opened, sealed
from bot.models import AnsweredEvent, LateAnswer
from channels.messages import Incoming, IncomingKind, Reply
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database
from kernel.inserting import inserting

# What an incoming is sealed for.
LATE = "late"
# Whoever was told nothing for so long waits no more; the nightly tidying ends what is older.
FORGOTTEN_AFTER = timedelta(days=2)
# Two who are at one answer undo one another's work, so that this may be short: a click's window is open for a minute.
HELD = timedelta(seconds=15)
MOST_TRIES = 3


@dataclass(frozen=True)
class Late:
    """What nobody has said yet: what came, and what is said to it, None while that is not worked out."""

    incoming: Incoming
    replies: Sequence[Reply] | None = field(repr=False)
    tries: int
    at: datetime


def keep(session: Session, keyring: Keyring, incoming: Incoming, replies: Sequence[Reply] | None, now: datetime) -> None:
    """Keep an answer until it is said; None for one that is still to be worked out."""
    told = None if replies is None else sealed(keyring, replies)
    row = {"key": name_of(incoming), "at": now, "due_at": now + HELD, "tries": 0, "incoming": _written(keyring, incoming), "replies": told}
    session.connection().execute(inserting(session, LateAnswer).values(row).on_conflict_do_update(
        index_elements=["key"], set_={"replies": told, "due_at": now + HELD}))


def begin(session: Session, incoming: Incoming, *, unless_worked_out: bool = False) -> bool:
    """Whether the answer is the caller's to say: nobody else has begun, or none was ever kept.

    `unless_worked_out`: the caller has none, and would only say so.
    """
    key = name_of(incoming)
    open_yet = [LateAnswer.key == key, LateAnswer.due_at.is_not(None)]
    if unless_worked_out:
        open_yet.append(LateAnswer.replies.is_(None))
    taken = session.connection().execute(update(LateAnswer).where(*open_yet).values(due_at=None)).rowcount
    return taken == 1 or session.scalar(select(AnsweredEvent.key).where(AnsweredEvent.key == key)) is None


def end(session: Session, incoming: Incoming) -> None:
    """It was said, or cannot be."""
    session.execute(delete(LateAnswer).where(LateAnswer.key == name_of(incoming)))


def overdue(database: Database, keyring: Keyring, now: datetime) -> Late | None:
    """Take over the answer that has waited longest for somebody who is gone; None when none has."""
    with database.reading() as session:
        due = session.execute(select(LateAnswer.key, LateAnswer.due_at)
                              .where(LateAnswer.due_at <= now, LateAnswer.at > now - FORGOTTEN_AFTER)
                              .order_by(LateAnswer.due_at).limit(1)).first()
    if due is None:
        return None
    with database.writing() as session:
        row = session.scalars(select(LateAnswer).where(LateAnswer.key == due.key, LateAnswer.due_at == due.due_at)
                              .with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        row.due_at, row.tries = now + HELD, row.tries + 1
        try:
            replies = None if row.replies is None else opened(keyring, row.replies)
            return Late(_read(keyring.decrypt(row.incoming, LATE)), replies, row.tries, row.at)
        except (Unreadable, ValueError, TypeError):
            session.delete(row)  # its key is gone, or another release wrote it otherwise: nobody can be told any more
            return None


def forget(session: Session, keyring: Keyring, indexes: Collection[bytes]) -> int:
    """Nothing is said any more to these addresses; how many answers that ends. Each is opened, for no index leads to it: they are few."""
    count = 0
    for row in session.scalars(select(LateAnswer)).all():
        try:
            incoming = _read(keyring.decrypt(row.incoming, LATE))
        except (Unreadable, ValueError, TypeError):
            continue  # nobody can be told, see `overdue`
        if not set(keyring.indexes(normal(incoming), PURPOSES[incoming.channel])).isdisjoint(indexes):
            session.delete(row)
            count += 1
    session.flush()
    return count


def _written(keyring: Keyring, incoming: Incoming) -> bytes:
    told = {**vars(incoming), "kind": incoming.kind.value, "at": incoming.at.isoformat() if incoming.at else None}
    return keyring.encrypt(json.dumps(told, ensure_ascii=False), LATE)


def _read(text: str) -> Incoming:
    told = Incoming(**json.loads(text))
    return replace(told, kind=IncomingKind(told.kind), place=tuple(told.place) if told.place else None,  # type: ignore[arg-type]
                   at=datetime.fromisoformat(str(told.at)) if told.at else None)
