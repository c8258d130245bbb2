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
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.models import AnsweredEvent
from channels.messages import Incoming, Reply
from kernel.crypto import Keyring
from kernel.database import Database

# What replies are sealed for.
REPLIES = "replies"
# The platform's retry comes within five seconds of the first call; by then the first answer is written down.
WAIT_FOR_TWIN_SECONDS = 3.0


class AnsweredBefore(Exception):
    """Another process wrote down its answer to the same event first: what this one was about to do is undone."""


@dataclass(frozen=True)
class Taken:
    """An event that is one's own to answer; `is_put_off` when nobody waits for the answer at the door any more."""

    event: AnsweredEvent
    is_put_off: bool

    def settle(self, keyring: Keyring, replies: Sequence[Reply]) -> None:
        """Keep what is said; of an answer that comes by itself nothing, so that no retry hears it a second time."""
        said = [] if self.is_put_off else [[reply.text, list(reply.choices), reply.link] for reply in replies]
        self.event.replies = keyring.encrypt(json.dumps(said, ensure_ascii=False), REPLIES)


def name_of(incoming: Incoming) -> str:
    """The event's name over all channels."""
    return f"{incoming.channel}:{incoming.key}"


def told(session: Session, keyring: Keyring, key: str, *, is_late: bool = False) -> list[Reply] | None:
    """What was said to an event; empty when its answer comes by itself, None when it was never taken.

    `is_late`: asked by whoever put it off and now brings the answer.
    """
    event = session.get(AnsweredEvent, key)
    if event is None or (is_late and event.replies is None):
        return None
    said = json.loads(keyring.decrypt(event.replies, REPLIES)) if event.replies is not None else []
    return [Reply(text, tuple(choices), link) for text, choices, link in said]


def take(session: Session, key: str, now: datetime) -> Taken:
    """Make an event one's own, first of all in a writing transaction; raises AnsweredBefore."""
    event = session.get(AnsweredEvent, key)
    if event is not None:
        if event.replies is not None:
            raise AnsweredBefore(key)
        return Taken(event, is_put_off=True)
    event = AnsweredEvent(key=key, at=now, replies=None)
    session.add(event)
    try:
        session.flush()
    except IntegrityError as error:
        raise AnsweredBefore(key) from error
    return Taken(event, is_put_off=False)


def put_off(database: Database, keyring: Keyring, incoming: Incoming, now: datetime) -> list[Reply] | None:
    """Say that an answer will come by a message of its own; where it was written down in this very moment, the answer."""
    key = name_of(incoming)
    try:
        with database.writing() as session:
            before = told(session, keyring, key)
            if before is None:
                session.add(AnsweredEvent(key=key, at=now, replies=None))
            return before
    except IntegrityError:
        with database.reading() as session:
            return told(session, keyring, key)


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
