"""What a talk remembers, read and aged: a list of yesterday is no list any more, and a question not for ever open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Boolean, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from bot.flows import telling
from bot.models import Conversation
from bot.state import Elsewhere, State
from kernel.crypto import Keyring, Unreadable
from kernel.database import table_of
from kernel.inserting import inserting_often
from profiles.models import Resident
from profiles.subjects import subject

# What talks are sealed for.
TALK = "talk"
# A 没有 of tomorrow is no answer to what was asked today, and its words are not for the clerk.
QUESTION_STANDS = timedelta(hours=2)
# Half a question goes on within minutes.
PIECE_STANDS = timedelta(minutes=10)
LIST_STANDS = timedelta(hours=24)
# What 人工 would hand over: later nobody knows any more which question it speaks of, and the clerk would be given an old one.
ASKED_STANDS = timedelta(hours=24)
SUBJECT_STANDS = timedelta(days=3)


# Made once: every message that comes in asks it.
_TALKS = table_of(Conversation).c
_TALK = (
    select(_TALKS.state, _TALKS.updated_at, _TALKS.address_index)
    .where(_TALKS.channel == bindparam("channel"), _TALKS.address_index.in_(bindparam("indexes", expanding=True)))
    .order_by(_TALKS.updated_at.desc()).limit(1)
)
_KEEPING = inserting_often(Conversation, lambda insert: insert.on_conflict_do_update(
    index_elements=["channel", "address_index"], set_={"updated_at": insert.excluded.updated_at, "state": insert.excluded.state},
    where=or_(_TALKS.state == bindparam("seen"), bindparam("anyway", type_=Boolean))).returning(_TALKS.channel))


class TalkedOn(Exception):
    """The same person was answered something else meanwhile: what was worked out from where the talk stood `before` is undone."""

    def __init__(self, before: State) -> None:
        """Where it stood when it was read."""
        super().__init__("the talk went on")
        self.before = before


@dataclass(frozen=True)
class Recalled:
    """Where a talk stands; `seen` is what was read, which no two writings have alike; `is_former`: under a key that is being turned out."""

    state: State = field(default_factory=State)
    is_former: bool = False
    seen: bytes | None = field(default=None, repr=False)


def recalled(session: Session, keyring: Keyring, channel: str, indexes: Sequence[bytes], now: datetime) -> Recalled:
    """Where a talk stands now, the beginning where there was none."""
    found = session.connection().execute(_TALK, {"channel": channel, "indexes": indexes}).first()
    if found is None:
        return Recalled()
    state = _read(keyring, found.state)
    return Recalled(State() if state is None else aged(state, now - found.updated_at, now), found.address_index != indexes[0], found.state)


def keep(session: Session, keyring: Keyring, channel: str, indexes: Sequence[bytes], before: Recalled, state: State, now: datetime,
         *, anyway: bool) -> None:
    """Write a talk down under the present key; under a former one it stands no more.

    Raises TalkedOn where it goes on from another place than `before` by now, unless it is to be written `anyway`.
    """
    sealed = keyring.encrypt(json.dumps(stamped(before.state, state, now).as_json(), ensure_ascii=False), TALK)
    row = {"channel": channel, "address_index": indexes[0], "updated_at": now, "state": sealed, "seen": before.seen, "anyway": anyway}
    connection = session.connection()
    if connection.execute(_KEEPING(connection), row).first() is None:
        raise TalkedOn(before.state)
    if before.is_former and len(indexes) > 1:
        session.execute(delete(Conversation).where(Conversation.channel == channel, Conversation.address_index.in_(indexes[1:])))


def aged(state: State, rest: timedelta, now: datetime) -> State:
    """A talk after nothing was said for a while: what waited is laid down, what was offered is forgotten."""
    if rest >= PIECE_STANDS:
        state = replace(state, unheard="")
    if rest >= QUESTION_STANDS:
        state = replace(telling.left(state), awaiting="", rating="", missed=False, reminded=0)
    if _is_past(state.offered_at, LIST_STANDS, rest, now):
        state = replace(state, offered=(), earlier=(), offered_at="")
    if _is_past(state.asked_at, ASKED_STANDS, rest, now):
        state = replace(state, asked="", asked_at="")
    return replace(state, subject="", subject_at="") if _is_past(state.subject_at, SUBJECT_STANDS, rest, now) else state


def stamped(before: State, after: State, now: datetime) -> State:
    """The state with the times at which its list, its question and its subject came."""
    if after.offered != before.offered:
        after = replace(after, offered_at=now.isoformat() if after.offered else "")
    if after.asked != before.asked or after.note != before.note:
        after = replace(after, asked_at=now.isoformat() if after.asked else "")
    # Who goes on about a matter speaks of it now.
    return replace(after, subject_at=now.isoformat() if after.subject else "") if after.subject != before.subject or after.subject else after


def offered_since(state: State, moment: datetime) -> bool:
    """Whether the list that stands was shown after a moment."""
    return bool(state.offered and state.offered_at) and datetime.fromisoformat(state.offered_at) > moment


def elsewhere(session: Session, keyring: Keyring, resident_id: int) -> Elsewhere:
    """What a bound resident left open in all their talks, at addresses that are nobody's but theirs."""
    person = session.get(Resident, resident_id)
    indexes = subject(session, keyring, person).indexes if person is not None else ()
    rows = session.scalars(select(Conversation).where(Conversation.address_index.in_(indexes)).order_by(Conversation.updated_at))
    states = [state for state in (_read(keyring, row.state) for row in rows) if state is not None]
    return Elsewhere(tuple(dict.fromkeys(fact for state in states for fact in state.skipped)),
                     tuple(dict.fromkeys(number for state in states for number in state.cases)))


def _read(keyring: Keyring, sealed: bytes) -> State | None:
    try:
        return State.from_json(json.loads(keyring.decrypt(sealed, TALK)))
    except Unreadable:
        return None  # its key is gone: the talk begins anew


def _is_past(at: str, stands: timedelta, rest: timedelta, now: datetime) -> bool:
    return (now - datetime.fromisoformat(at) if at else rest) >= stands
