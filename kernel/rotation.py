"""Turning the keys: everything sealed goes under the first key and the chosen suite, in short transactions.

The work may be killed at any moment and started again; meanwhile readers look under every key (`Keyring.indexes`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import JSON, ForeignKey, LargeBinary, String, delete, func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import resealing
from kernel.clock import Clock
from kernel.crypto import HEAD_BYTES, Keyring
from kernel.database import Base, Database, Moment
from kernel.resealing import Chunk, Place
from kernel.sealing import Copied, Orphaned, Register, Sealed, core, name_of, table_of

# Who still runs with the old settings may write behind our back; more rounds than these would never end.
ROUNDS = 3
DEADLOCKS = 3
log = structlog.get_logger(__name__)

Tell = Callable[[str, int], None]


class KeyTurn(Base):
    """One turning of the keys towards `head` (suite and key id, hexadecimal)."""

    __tablename__ = "key_turns"

    id: Mapped[int] = mapped_column(primary_key=True)
    head: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class KeyTurnStep(Base):
    """How far a turning has come in one column: the last row's primary key, and how many rows were changed."""

    __tablename__ = "key_turn_steps"

    turn_id: Mapped[int] = mapped_column(ForeignKey("key_turns.id", ondelete="CASCADE"), primary_key=True)
    column: Mapped[str] = mapped_column("column_name", String(80), primary_key=True)
    place: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    changed: Mapped[int] = mapped_column(default=0)
    is_done: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Use:
    """Which keys the stored values hang on: rows by key id (hexadecimal), and how many a turning has yet to change.

    `orphaned` indexes were made under an earlier key and cannot be made anew: without that key they say nothing any more.
    """

    rows: dict[str, int]
    stale: int
    is_turning: bool
    missing: tuple[str, ...]
    orphaned: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether everything is under the first key and the chosen suite."""
        return not self.stale and not self.is_turning


@dataclass(frozen=True)
class Turned:
    """What a turning did: rows by column, rows no key opens by key id, and what is in use afterwards."""

    changed: dict[str, int]
    unreadable: dict[str, int]
    use: Use
    is_finished: bool


@dataclass
class _Run:
    """What one run carries along."""

    database: Database
    keyring: Keyring
    register: Register
    turn_id: int
    tell: Tell
    is_stopped: Callable[[], bool]
    unreadable: dict[str, int] = field(default_factory=dict)


def rotate(database: Database, keyring: Keyring, register: Register, clock: Clock, tell: Tell = lambda _name, _count: None,
           is_stopped: Callable[[], bool] = lambda: False) -> Turned:
    """Bring every sealed value and blind index under the first key and suite; goes on where an earlier run was ended.

    `tell` hears the column and how many of its rows are changed so far; `is_stopped` is asked after each transaction.
    """
    with database.reading() as session:
        settled = use(session, keyring, register).is_settled
    if settled:
        with database.reading() as session:
            return Turned({}, {}, use(session, keyring, register), is_finished=True)
    run = _Run(database, keyring, register, _open_turn(database, keyring, clock), tell, is_stopped)
    for _ in range(ROUNDS):
        if not _round(run):
            return _told(run, is_finished=False)
        with database.writing() as session:
            stale = _stale(session, keyring, register) - sum(run.unreadable.values())
            if stale <= 0:
                session.get_one(KeyTurn, run.turn_id).finished_at = clock.now()
                break
            _again(session, run.turn_id)
        run.unreadable.clear()
    return _told(run, is_finished=stale <= 0)


def use(session: Session, keyring: Keyring, register: Register) -> Use:
    """Count what hangs on which key; reads the head of every sealed value."""
    rows: dict[str, int] = {}
    stale = 0
    for head, count in _heads(session, register):
        rows[head[1:].hex()] = rows.get(head[1:].hex(), 0) + count
        stale += 0 if head == keyring.head else count
    missing = tuple(sorted(key_id for key_id in rows if not keyring.holds(key_id)))
    return Use(rows, stale, _unfinished(session, keyring) is not None, missing, _orphaned(session, keyring, register))


def _orphaned(session: Session, keyring: Keyring, register: Register) -> int:
    """Indexes without their text from before the latest turning towards the present key began."""
    began = session.scalar(select(func.max(KeyTurn.started_at)).where(KeyTurn.head == keyring.head.hex()))
    if began is None:
        return 0
    return sum(session.scalar(select(func.count()).where(one.such(), core(one.at) < began)) or 0
               for one in register if isinstance(one, Orphaned))


def is_under_way(session: Session, keyring: Keyring, oldest: Sequence[Sealed]) -> bool:
    """Whether keys have to be turned first, told at once: a turning is unfinished, or the oldest row is under another key.

    For work that compares blind indexes of the whole register with new ones, and would take everybody for strangers.
    """
    if session.scalar(select(KeyTurn.id).where(KeyTurn.finished_at.is_(None)).limit(1)) is not None:
        return True
    for one in oldest:
        column = core(one.column)
        first = session.scalar(select(column).where(column.is_not(None)).order_by(*table_of(one.column).primary_key).limit(1))
        if first is not None and not keyring.is_current(first):
            return True
    return False


def _round(run: _Run) -> bool:
    """Every column once; False when told to stop on the way."""
    sealed: list[Sealed | Copied] = [one for one in run.register if isinstance(one, Sealed)]
    copied: list[Sealed | Copied] = [one for one in run.register if isinstance(one, Copied)]
    return all(_column(run, one) for one in [*sealed, *copied])


def _column(run: _Run, one: Sealed | Copied) -> bool:
    name = name_of(one.column)
    with run.database.reading() as session:
        step = session.get(KeyTurnStep, (run.turn_id, name))
    place, changed, is_done = (step.place, step.changed, step.is_done) if step else (None, 0, False)
    while not is_done:
        if run.is_stopped():
            return False
        with run.database.reading() as session:
            chunk = (resealing.copies(session, one, place) if isinstance(one, Copied)
                     else resealing.stale_rows(session, run.keyring, one, place))
        for key_id, count in chunk.unreadable.items():
            run.unreadable[key_id] = run.unreadable.get(key_id, 0) + count
        place, is_done = chunk.place or place, chunk.is_last
        step = KeyTurnStep(turn_id=run.turn_id, column=name, place=place, changed=changed, is_done=is_done)
        changed = _write(run, one, chunk, step)
        run.tell(name, changed)
    return True


def _write(run: _Run, one: Sealed | Copied, chunk: Chunk, step: KeyTurnStep) -> int:
    """Rows and progress in one transaction; gives how many rows of the column are changed by now."""
    for _ in range(DEADLOCKS):
        try:
            return _write_chunk(run, one, chunk, step)
        except IntegrityError:
            # An address would stand twice with one resident: the older record takes the younger's place.
            with run.database.writing() as session:
                for row in chunk.rows:
                    resealing.fold(session, one, row)
        except OperationalError as error:
            # An import held the same rows in another order; the database ended one of the two.
            log.info("a chunk is written again", kind=type(error.orig).__name__)
    return _write_chunk(run, one, chunk, step)


def _write_chunk(run: _Run, one: Sealed | Copied, chunk: Chunk, step: KeyTurnStep) -> int:
    with run.database.writing() as session:
        written = resealing.write(session, run.register, one, chunk.rows)
        values = KeyTurnStep(turn_id=step.turn_id, column=step.column, place=step.place, is_done=step.is_done,
                             changed=step.changed + written)
        session.merge(values)
        return values.changed


def _open_turn(database: Database, keyring: Keyring, clock: Clock) -> int:
    with database.writing() as session:
        there = _unfinished(session, keyring)
        # A turning towards a key that is no longer the first is over, wherever it stopped.
        session.execute(delete(KeyTurn).where(KeyTurn.finished_at.is_(None), KeyTurn.head != keyring.head.hex()))
        if there is not None:
            return there
        turn = KeyTurn(head=keyring.head.hex(), started_at=clock.now())
        session.add(turn)
        session.flush()
        return turn.id


def _unfinished(session: Session, keyring: Keyring) -> int | None:
    return session.scalar(select(KeyTurn.id).where(KeyTurn.finished_at.is_(None), KeyTurn.head == keyring.head.hex()))


def _again(session: Session, turn_id: int) -> None:
    for step in session.scalars(select(KeyTurnStep).where(KeyTurnStep.turn_id == turn_id)):
        step.place, step.is_done = None, False


def _told(run: _Run, *, is_finished: bool) -> Turned:
    with run.database.reading() as session:
        steps = session.scalars(select(KeyTurnStep).where(KeyTurnStep.turn_id == run.turn_id))
        changed = {step.column: step.changed for step in steps if step.changed}
        return Turned(changed, dict(run.unreadable), use(session, run.keyring, run.register), is_finished)


def _heads(session: Session, register: Register) -> list[tuple[bytes, int]]:
    found: list[tuple[bytes, int]] = []
    for one in register:
        if isinstance(one, Sealed):
            column = core(one.column)
            head = func.substr(column, 1, HEAD_BYTES, type_=LargeBinary)
            rows = session.execute(select(head, func.count()).where(column.is_not(None)).group_by(head))
            found.extend((bytes(row[0]), row[1]) for row in rows)
    return found


def _stale(session: Session, keyring: Keyring, register: Register) -> int:
    return sum(count for head, count in _heads(session, register) if head != keyring.head)


__all__ = ["KeyTurn", "KeyTurnStep", "Place", "Turned", "Use", "is_under_way", "rotate", "use"]
