"""Inserts that know what to do where the row is there already, alike on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kernel.database import Base


def inserting(session: Session, table: type[Base] | Table) -> Any:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update` for the session's database."""
    return (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(table)
