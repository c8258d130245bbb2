"""A place to plan in earnest of which nothing is kept.

PostgreSQL takes a transaction back. SQLite has one writer, whom a look must not hold up: there the plan is written into
temporary tables that stand before the real ones, on a connection that nobody else will ever use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, text
from sqlalchemy.orm import Session

from kernel.database import Database
from push.caps import HORIZON, WEEK, planned_since
from push.models import Batch, Delivery, Dispatch
from push.planning import start_of

ROOMS = (Dispatch.__tablename__, Delivery.__tablename__, Batch.__tablename__)


@contextmanager
def rehearsal(database: Database, release_at: datetime, earlier: Sequence[int], *, counts_others: bool) -> Iterator[Session]:
    """A session to plan a release in; what is written there is gone at its end.

    `earlier`: dispatches whose deliveries the plan has to know; `counts_others`: it counts what others send about that day.
    """
    if not database.is_sqlite:
        with database.writing() as session:
            try:
                yield session
            finally:
                session.rollback()
        return
    with database.engine.connect() as connection:
        # Never given back: whoever came next would find its tables instead of the real ones.
        connection.detach()
        _lay_out(connection, _known(release_at, earlier, counts_others=counts_others))
        with Session(connection, expire_on_commit=False) as session:
            yield session


def _lay_out(connection: Connection, known: ColumnElement[bool]) -> None:
    made = text("SELECT sql FROM main.sqlite_master WHERE tbl_name = :room AND sql IS NOT NULL ORDER BY type DESC")
    orders = [order for room in ROOMS for order in connection.scalars(made, {"room": room})]
    for order in orders:
        order = re.sub(r"^CREATE TABLE ", "CREATE TEMP TABLE ", order)
        connection.exec_driver_sql(re.sub(r"^CREATE (UNIQUE )?INDEX ", r"CREATE \1INDEX temp.", order))
    numbers = list(connection.scalars(select(Dispatch.id).where(known).execution_options(schema_translate_map={None: "main"})))
    connection.exec_driver_sql("INSERT INTO temp.dispatches SELECT * FROM main.dispatches")
    for number in numbers:
        connection.exec_driver_sql("INSERT INTO temp.deliveries SELECT * FROM main.deliveries WHERE dispatch_id = ?", (number,))


def _known(release_at: datetime, earlier: Sequence[int], *, counts_others: bool) -> ColumnElement[bool]:
    since = start_of(release_at, -WEEK)
    lately = and_(planned_since(start_of(release_at, -WEEK - HORIZON)),
                  or_(Dispatch.finished_at.is_(None), Dispatch.finished_at >= since))
    return or_(Dispatch.id.in_(earlier), lately if counts_others else false())
