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
    table = table_of(rule.since)
    keys = list(table.primary_key)
    over = [core(rule.since) <= now - timedelta(days=rule.days), *rule.where]
    total = 0
    while not is_stopped():
        with database.writing() as session:
            rows = session.execute(select(*keys).where(*over).limit(AT_ONCE)).all()
            if rows:
                _end(session, rule, [tuple(row) for row in rows])
        total += len(rows)
        if len(rows) < AT_ONCE:
            break
    return total


def _end(session: Session, rule: Rule, rows: Sequence[tuple[Any, ...]]) -> None:
    table = table_of(rule.since)
    keys = list(table.primary_key)
    if len(keys) == 1:
        chosen: ColumnElement[bool] = keys[0].in_([row[0] for row in rows])
    else:
        chosen = tuple_(*keys).in_(rows)
    if rule.blank:
        session.execute(update(table).where(chosen).values({core(column): value for column, value in rule.blank}))
    else:
        session.execute(delete(table).where(chosen))
