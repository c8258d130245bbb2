"""The only engine and sessions: SQLite (WAL) by default, PostgreSQL for a fleet, the same code for both."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, Table, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from kernel.clock import CHINA
from kernel.turns import Turns

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# A connection that rested for so long is asked whether it still stands before it is used again; to ask each time takes as long
# as the question itself.
RESTED_SECONDS = 1.0


class Base(DeclarativeBase):
    """The one declarative base; every room's tables hang on its metadata."""

    metadata = MetaData(naming_convention=NAMING)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that are made once and run by a connection: a third of what a session takes."""
    return cast(Table, model.__table__)


class Moment(TypeDecorator[datetime]):
    """An instant: aware going in, aware in Asia/Shanghai coming out, UTC at rest on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments: a guessed zone is eight hours of wrong."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every moment back in China's zone."""
        if value is None:
            return None
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).astimezone(CHINA)


class Database:
    """One engine and two kinds of session: `reading` never commits, `writing` takes the write lock at once."""

    def __init__(self, url: str) -> None:
        """Open lazily; `url` is a SQLAlchemy address (`sqlite:///…`, `postgresql+psycopg://…`)."""
        self.url = make_url(url)
        self._turns: Turns | None = None
        if self.is_sqlite and self.url.database:
            _own_file(Path(self.url.database))
            if self.url.database != ":memory:":
                self._turns = Turns(Path(f"{self.url.database}-turns"))
        self.engine = _sqlite_engine(url, self._turns) if self.is_sqlite else _engine(url)
        # Made once: each is a view of the one engine, and to make one takes longer than a small transaction.
        self._writing = {durable: self.engine.execution_options(zhida_writing=True, zhida_durable=durable) for durable in (False, True)}
        self._looking = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose changes are never kept; what it read stays readable after it is closed."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            # An explicit rollback would expire what was read; closing ends the transaction without that.
            session.expunge_all()

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """`reading` for a question or two, asked often: on PostgreSQL each stands alone, for a third of the server's time.

        Nothing may be changed inside: it would be kept.
        """
        with Session(self._looking, expire_on_commit=False, autoflush=False) as session:
            yield session
            session.expunge_all()

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[Session]:
        """A session that commits at the end; on SQLite it begins IMMEDIATE.

        A deferred transaction that reads and then writes fails at once with "locked" when another process
        writes between; keep what happens inside under a second and never touch the network there.

        `durable`: what is committed, and everything before it, outlives a power cut. PostgreSQL always sees to that; SQLite
        otherwise leaves the last seconds to the operating system, which outlive a killed process but not the machine.
        """
        with Session(self._writing[durable], expire_on_commit=False) as session:
            yield session
            session.commit()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
        if self._turns is not None:
            self._turns.close()


def _own_file(path: Path) -> None:
    """Make a new SQLite file readable by its owner alone; its WAL takes the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if str(path) != ":memory:" and not path.exists():
        path.touch(mode=0o600)


def _engine(url: str) -> Engine:
    # Last in, first out: few connections do most of the work, and know its statements.
    engine = create_engine(url, pool_use_lifo=True, pool_size=8, max_overflow=16, hide_parameters=True)
    event.listen(engine, "checkin", lambda _, record: record.info.update(zhida_used=time.monotonic()))
    event.listen(engine, "checkout", lambda connection, record, _: _ask_who_rested(engine.dialect, connection, record.info))
    return engine


def _ask_who_rested(dialect: Dialect, connection: Any, info: dict[str, Any]) -> None:
    """After the server was restarted, let the pool begin anew instead of failing whoever comes first."""
    if time.monotonic() - info.get("zhida_used", time.monotonic()) < RESTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except Exception as error:
        if not dialect.is_disconnect(error, connection, None):  # type: ignore[arg-type]
            raise
        raise InvalidatePoolError from error


def _sqlite_engine(url: str, turns: Turns | None) -> Engine:
    # A failure is logged with its statement; the values beside it are of people.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, turns))
    if turns is not None:
        # Given back when a transaction has ended, a connection is free of the lock.
        event.listen(engine, "checkin", lambda _, record: turns.give_up() if record.info.pop("zhida_turn", False) else None)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON",
                   "temp_store=MEMORY", "cache_size=-65536"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection, turns: Turns | None) -> None:
    options = connection.get_execution_options()
    durable = bool(options.get("zhida_durable", False))
    if connection.info.get("zhida_durable", False) != durable:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.info["zhida_durable"] = durable
    if not options.get("zhida_writing", False):
        connection.exec_driver_sql("BEGIN")
        return
    # A detached connection is thrown away and never given back: a turn that it took would not end.
    if turns is not None and not connection.connection.is_detached and not connection.info.get("zhida_turn", False):
        connection.info["zhida_turn"] = turns.take()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
