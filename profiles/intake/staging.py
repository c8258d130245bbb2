"""A private waiting room for an import: temporary tables that are filled unhurriedly and swapped in at one stroke."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import Connection, Executable, Result, Table
from sqlalchemy.orm import Session

from kernel.database import Database

# Any number will do so long as every import of one database uses the same.
_ONE_IMPORT_AT_A_TIME = 0x7A686964


class Stage:
    """One connection of its own, whose temporary tables vanish with it, whatever happens.

    Filling them takes no lock on SQLite's main file, so that the worker goes on sending meanwhile.
    """

    def __init__(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Create the temporary tables."""
        self._connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        if self.is_sqlite:
            # Spilling to a file keeps a big import within its memory; SQLite takes this outside a transaction only.
            # Nothing is ever undone there: what is not kept goes with the connection.
            driver: Any = connection.connection.dbapi_connection
            for pragma in ("temp_store=FILE", "temp.cache_size=-65536", "temp.journal_mode=OFF"):
                driver.execute(f"PRAGMA {pragma}")
        for table in tables:
            table.create(connection)
        connection.commit()

    @classmethod
    @contextmanager
    def open(cls, database: Database, tables: Sequence[Table]) -> Iterator[Self]:
        """A stage on a connection that is thrown away at the end; what was not swapped in leaves no trace."""
        with database.engine.connect() as connection:
            connection.detach()
            yield cls(connection, tables)

    def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run one statement on the stage's connection."""
        return self._connection.execute(statement, parameters)

    def rowcount(self, statement: Executable) -> int:
        """Run one changing statement and tell how many rows it changed."""
        return int(self._connection.execute(statement).rowcount)

    def load(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put rows into a table: their values in the order of its first columns, as the driver takes them."""
        if not rows:
            return
        columns = list(table.columns)[:len(rows[0])]
        names = ", ".join(column.name for column in columns)
        if self.is_sqlite:
            blanks = ", ".join("?" * len(columns))
            self._connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({blanks})", list(rows))
            return
        driver: Any = self._connection.connection.dbapi_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def settle(self, tables: Iterable[Table]) -> None:
        """End the filling: keep what was loaded and let PostgreSQL's planner know how much there is."""
        for table in tables if not self.is_sqlite else ():
            self._connection.exec_driver_sql(f"ANALYZE {table.name}")
        self._connection.commit()

    @contextmanager
    def swapping(self, *, keep: bool) -> Iterator[Session]:
        """One transaction that holds the write lock; undone when `keep` is false or anything fails."""
        self._connection.rollback()
        if self.is_sqlite:
            self._connection.execution_options(zhida_writing=True)
        try:
            if not self.is_sqlite:
                self._connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_IMPORT_AT_A_TIME})")
            with Session(self._connection, expire_on_commit=False) as session:
                yield session
                session.flush()
                if keep:
                    self._connection.commit()
                else:
                    self._connection.rollback()
        except BaseException:
            self._connection.rollback()
            raise
