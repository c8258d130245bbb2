"""One at a time: whoever writes entries, reviews them or abolishes what they rest on sees what the one before did."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_LOCK = 640425_0031


def take_turn(session: Session) -> None:
    """Hold the others until this transaction ends; to be called before anything of an entry is read in it.

    SQLite has one writer anyway. On PostgreSQL a text that nobody reviewed would answer when it was written in the moment in
    which the one before it was reviewed.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
