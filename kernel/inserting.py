"""Inserts that know what to do where the row is there already, alike on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kernel.database import Base, table_of


def inserting(session: Session, table: type[Base] | Table) -> Any:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update` for the session's database."""
    return (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(table)


def inserting_often(table: type[Base], finish: Callable[[Any], Any]) -> Callable[[Connection], Any]:
    """An insert that every message runs, made once for either database; `finish` says what it does where the row is there.

    It is run by the connection of a session with the row as its parameters.
    """
    made = {"sqlite": finish(sqlite.insert(table_of(table))), "postgresql": finish(postgresql.insert(table_of(table)))}
    return lambda connection: made[connection.dialect.name]
