"""How long each kind of data is kept: rooms state their rules, one run deletes what is over, in chunks, and says how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, delete, func, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from kernel.database import Base, Database, Moment
from kernel.sealing import core, table_of

AT_ONCE = 1000


class RetentionRun(Base):
    """What one run did with one kind of data."""

    __tablename__ = "retention_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    days: Mapped[int]
    count: Mapped[int] = mapped_column("ended")


@dataclass(frozen=True)
class Rule:
    """Rows of one kind end `days` after `since`; only those that `where` admits.

    `blank` names columns that are emptied instead, where the row itself has to stay (a body goes, the fact remains).
    """

    kind: str
    since: InstrumentedAttribute[Any]
    days: int
    where: tuple[ColumnElement[bool], ...] = ()
    blank: tuple[tuple[InstrumentedAttribute[Any], object], ...] = ()


def run(database: Database, rules: Sequence[Rule], now: datetime, is_stopped: Callable[[], bool] = lambda: False
        ) -> dict[str, int]:
    """Apply every rule and write down how much each ended; short transactions, so that others go on meanwhile."""
    ended: dict[str, int] = {}
    for rule in rules:
        count = _apply(database, rule, now, is_stopped)
        ended[rule.kind] = ended.get(rule.kind, 0) + count
        with database.writing() as session:
            session.add(RetentionRun(at=now, kind=rule.kind, days=rule.days, count=count))
    return ended


def last_run(session: Session) -> datetime | None:
    """When data were last tidied away, None when never."""
    return session.scalar(select(func.max(RetentionRun.at)))


def is_due(session: Session, now: datetime, every: timedelta = timedelta(hours=20)) -> bool:
    """Whether the last run is long enough ago for the next one."""
    last = last_run(session)
    return last is None or last <= now - every


def _apply(database: Database, rule: Rule, now: datetime, is_stopped: Callable[[], bool]) -> int:
    """One pass in the order of the primary key, so that no row is looked at twice; only the writing takes the lock."""
    keys = list(table_of(rule.since).primary_key)
    over = [core(rule.since) <= now - timedelta(days=rule.days), *rule.where]
    total = 0
    after: tuple[Any, ...] | None = None
    while not is_stopped():
        with database.reading() as session:
            beyond = [] if after is None else [_beyond(keys, after)]
            rows = [tuple(row) for row in session.execute(select(*keys).where(*over, *beyond).order_by(*keys).limit(AT_ONCE))]
        if rows:
            with database.writing() as session:
                total += _end(session, rule, rows, over)
            after = rows[-1]
        if len(rows) < AT_ONCE:
            break
    return total


def _beyond(keys: Sequence[Any], after: tuple[Any, ...]) -> ColumnElement[bool]:
    return tuple_(*keys) > after if len(keys) > 1 else keys[0] > after[0]


def _end(session: Session, rule: Rule, rows: Sequence[tuple[Any, ...]], over: Sequence[ColumnElement[bool]]) -> int:
    table = table_of(rule.since)
    keys = list(table.primary_key)
    chosen = keys[0].in_([row[0] for row in rows]) if len(keys) == 1 else tuple_(*keys).in_(rows)
    if rule.blank:
        blanks: Any = update(table).where(chosen, *over).values({core(column): value for column, value in rule.blank})
        return int(session.connection().execute(blanks).rowcount)
    return int(session.connection().execute(delete(table).where(chosen, *over)).rowcount)
