"""Lists as one parameter: whatever stands in them comes back as it was, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table, insert, select, text

from kernel.database import Database
from push.among import as_array, as_json, listed, plan_once

AWKWARD = ("plain", 'a "quote"', "back\\slash", "{brace,comma}", "two\nlines", "NULL", "", "农户", "it's %s :name")
KEYS = (bytes(16), b"\\x41\x00\xff'\"" + bytes(9), bytes(range(16)))


@pytest.mark.parametrize(("column", "values", "strange"), [
    ("word", AWKWARD, "not there"), ("key", KEYS, b"not there"), ("number", (1, 2**40, -5), 7)])
def test_what_stands_in_a_list_is_found_and_nothing_else(both_databases: Database, column: str, values: tuple[object, ...],
                                                         strange: object) -> None:
    things = Table("things", MetaData(), Column("word", String(40)), Column("key", LargeBinary), Column("number", BigInteger))
    is_postgresql = not both_databases.is_sqlite
    among = as_array if is_postgresql else as_json
    with both_databases.writing() as session:
        things.create(session.connection())
        session.execute(insert(things), [{column: value} for value in (*values, strange)])
        of = things.c[column]
        found = session.execute(select(of).where(among(of, "these")), {"these": listed(is_postgresql, values)}).scalars().all()
    assert set(found) == set(values)


def test_a_statement_is_planned_once_for_all_its_values_until_the_commit_and_no_longer(postgres: Database) -> None:
    def plans() -> tuple[int, int]:
        """Plans made for any value and for one."""
        with postgres.reading() as session:
            made = session.execute(text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = 'look'")).one()
            return int(made[0]), int(made[1])

    with postgres.writing() as session:
        session.execute(text("PREPARE look (bigint) AS SELECT FROM pg_class WHERE oid = $1"))
        plan_once(session)
        session.execute(text("EXECUTE look (1)"))
    assert plans() == (1, 0)
    with postgres.writing() as session:
        session.execute(text("EXECUTE look (1)"))
    assert plans() == (1, 1)
