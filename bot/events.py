"""Which events were taken and what was said to each, so that one is answered once, in whichever process it arrives.

The row of an event is written in the transaction that does what the answer does: what a killed process had begun is undone
with it, and the platform's retry is answered as if it came first. A row without replies was put off: its answer comes by a
message of its own, and every retry of it hears nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.models import AnsweredEvent
from channels.messages import Incoming, Reply
from kernel.crypto import Keyring
from kernel.database import table_of
from kernel.inserting import inserting_often

# What replies are sealed for.
REPLIES = "replies"
# The platform's retry comes within five seconds of the first call; by then the first answer is written down.
WAIT_FOR_TWIN_SECONDS = 3.0

# Made once: every message that comes in runs them.
_EVENTS = table_of(AnsweredEvent).c
_TOLD = select(_EVENTS.replies, _EVENTS.at).where(_EVENTS.key == bindparam("key"))
_TAKING = inserting_often(AnsweredEvent, lambda insert: insert.on_conflict_do_update(
    index_elements=["key"], set_={"replies": bindparam("nothing")}, where=_EVENTS.replies.is_(None)).returning(_EVENTS.replies))
_PUTTING_OFF = inserting_often(AnsweredEvent, lambda insert: insert.on_conflict_do_nothing(
    index_elements=["key"]).returning(_EVENTS.key))


class AnsweredBefore(Exception):
    """Another process wrote down its answer to the same event first: what this one was about to do is undone."""


def name_of(incoming: Incoming) -> str:
    """The event's name over all channels."""
    return f"{incoming.channel}:{incoming.key}"


def told(session: Session, keyring: Keyring, key: str, *, is_late: bool = False) -> list[Reply] | None:
    """What was said to an event; empty when its answer comes by itself, None when it was never taken.

    `is_late`: asked by whoever put it off and now brings the answer.
    """
    event = session.connection().execute(_TOLD, {"key": key}).first()
    if event is None or (is_late and event.replies is None):
        return None
    return opened(keyring, event.replies) if event.replies is not None else []


def put_off_at(session: Session, key: str) -> datetime | None:
    """When an event was put off whose answer was not worked out yet."""
    event = session.connection().execute(_TOLD, {"key": key}).first()
    return event.at if event is not None and event.replies is None else None


def take(session: Session, keyring: Keyring, key: str, replies: Sequence[Reply], now: datetime) -> bool:
    """Write an event down with what is said to it, in the transaction of what it does; raises AnsweredBefore.

    Of an answer that was put off nothing is kept, for it comes by itself and no retry may hear it a second time: True then.
    """
    row = {"key": key, "at": now, "replies": sealed(keyring, replies), "nothing": sealed(keyring, ())}
    connection = session.connection()
    kept = connection.execute(_TAKING(connection), row).first()
    if kept is None:
        raise AnsweredBefore(key)
    return bool(kept.replies == row["nothing"])


def put_off(session: Session, keyring: Keyring, key: str, now: datetime) -> list[Reply] | None:
    """Say that an answer will come by a message of its own; where it was written down in this very moment, the answer."""
    connection = session.connection()
    is_new = connection.execute(_PUTTING_OFF(connection), {"key": key, "at": now, "replies": None}).first() is not None
    return None if is_new else told(session, keyring, key)


def sealed(keyring: Keyring, replies: Sequence[Reply]) -> bytes:
    """Replies as they are written down."""
    said = [[reply.text, list(reply.choices), reply.link] for reply in replies]
    return keyring.encrypt(json.dumps(said, ensure_ascii=False), REPLIES)


def opened(keyring: Keyring, written: bytes) -> list[Reply]:
    """The replies that were written down."""
    return [Reply(text, tuple(choices), link) for text, choices, link in json.loads(keyring.decrypt(written, REPLIES))]


class Twins:
    """Keeps a retry that overtakes its first call in one process from being worked out beside it."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._lock = threading.Lock()
        self._under_way: dict[str, threading.Event] = {}

    @contextmanager
    def alone(self, key: str) -> Iterator[bool]:
        """True for whoever comes first; others wait for its end and go on when it failed, but not longer than three seconds."""
        mine, until = threading.Event(), time.monotonic() + WAIT_FOR_TWIN_SECONDS
        while True:
            with self._lock:
                other = self._under_way.setdefault(key, mine)
            if other is mine:
                break
            if not other.wait(max(0.0, until - time.monotonic())):
                yield False
                return
        try:
            yield True
        finally:
            with self._lock:
                del self._under_way[key]
            mine.set()
