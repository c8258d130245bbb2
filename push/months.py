"""Deliveries by the month on PostgreSQL: each month has a block of numbers and a partition of its own. SQLite keeps one table.

The primary key stays the number: who names a number, or a range of them, reads one month. What was there before months
were kept, and whatever is numbered below the first block, lies in `deliveries_earlier`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import DDL, Connection, text
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.database import Database

BLOCK = 10**10
"""Numbers in a month."""
FIRST_BLOCK = 200001 * BLOCK
"""Where the months begin; far above any number given before."""
FILLFACTOR = 25
"""Per cent of a page filled at first: a call's hundred rows are neighbours and change together, each grows by more than a half
on its way, and of each the version before is still there until the next commit. Then every row stays on its page, and no index
is touched until it is delivered. At 40 every fourth row left its page when it was answered and wrote all three indexes anew;
the table and its indexes together ended a twentieth larger."""

# Any fixed number: whoever makes a month or turns the numbers holds it.
_LOCK = 640425_0020
_EARLIER = (f"CREATE TABLE deliveries_earlier PARTITION OF deliveries FOR VALUES FROM (MINVALUE) TO ({FIRST_BLOCK}) "
            "WITH (fillfactor = 70)")  # as it was made: its rows are settled


def earlier_partition() -> DDL:
    """What a new table needs on PostgreSQL before its first row."""
    return DDL(_EARLIER).execute_if(dialect="postgresql")  # type: ignore[no-untyped-call]


def block(moment: datetime) -> tuple[int, int]:
    """The first number of a moment's month in China, and that of the next month."""
    here = in_china(moment)
    following = here.year * 100 + here.month + 1 if here.month < 12 else (here.year + 1) * 100 + 1
    return (here.year * 100 + here.month) * BLOCK, following * BLOCK


def partition(moment: datetime) -> str:
    """The name of a month's partition: `deliveries_202611`."""
    return f"deliveries_{block(moment)[0] // BLOCK}"


def is_made(session: Session | Connection, moment: datetime) -> bool:
    """Whether a month's partition is there; always on SQLite."""
    if not _is_by_month(session):
        return True
    # From the catalogue itself: to_regclass may answer from what this session remembers of before another one made it.
    return session.execute(text("SELECT oid FROM pg_class WHERE relname = :name AND pg_table_is_visible(oid)"),
                           {"name": partition(moment)}).scalar() is not None


def make(database: Database, moment: datetime) -> bool:
    """Make a month's partition when it is missing; True when it was."""
    if database.is_sqlite:
        return False
    with database.engine.begin() as connection:
        return _make(connection, moment)


def keep_ahead(database: Database, now: datetime) -> None:
    """Have this month's and the next one's partition made, long before the first number of theirs is given."""
    if database.is_sqlite:
        return
    here = in_china(now)
    following = here.replace(day=1) + timedelta(days=32)
    with database.engine.connect() as connection:
        missing = [moment for moment in (here, following) if not is_made(connection, moment)]
    for moment in missing:
        make(database, moment)


def turn_to(session: Session, now: datetime) -> None:
    """Let the numbers of new deliveries go on in the block of this month, and make its partition when it is missing.

    In a transaction of its own, for the sequence knows none: a number from it must find its partition in every session.
    """
    if not _is_by_month(session) or _last_number(session) >= block(now)[0]:
        return
    engine = session.get_bind().engine
    with engine.begin() as connection:
        _make(connection, now)
    with engine.begin() as connection:
        _hold(connection)
        if _last_number(connection) < block(now)[0]:
            connection.execute(text("SELECT setval('deliveries_id_seq', :first, false)"), {"first": block(now)[0]})


def _is_by_month(session: Session | Connection) -> bool:
    bound = session if isinstance(session, Connection) else session.get_bind()
    return bound.dialect.name == "postgresql"


def _last_number(session: Session | Connection) -> int:
    return int(session.execute(text("SELECT last_value FROM deliveries_id_seq")).scalar_one())


def _hold(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _make(connection: Connection, moment: datetime) -> bool:
    if is_made(connection, moment):
        return False
    _hold(connection)
    if is_made(connection, moment):
        return False
    name, (first, following) = partition(moment), block(moment)
    # Made apart and attached: whoever reads and writes deliveries meanwhile goes on.
    connection.execute(text(f"CREATE TABLE {name} (LIKE deliveries INCLUDING DEFAULTS) WITH (fillfactor = {FILLFACTOR})"))
    connection.execute(text(f"ALTER TABLE deliveries ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({following})"))
    return True
