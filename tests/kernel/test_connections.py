"""Connections to PostgreSQL: the last used first, asked whether they stand after a rest only, and looks without a transaction."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import text

import kernel.database
from kernel.database import Database


@pytest.fixture
def remote(postgres_url: str) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    opened = Database(postgres_url)
    yield opened
    opened.close()


def backend(database: Database) -> int:
    """Which of the server's processes answers."""
    with database.reading() as session:
        return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def cut(database: Database, postgres_url: str) -> None:
    """Let the server end every connection of a pool, as a restart does."""
    other = Database(postgres_url)
    with other.reading() as session:
        session.execute(text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                             "WHERE datname = current_database() AND pid <> pg_backend_pid()"))
    other.close()


def test_who_comes_after_a_restart_finds_a_new_connection(
        remote: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel.database, "RESTED_SECONDS", 0.0)
    before = backend(remote)
    cut(remote, postgres_url)
    assert backend(remote) != before


def test_a_connection_that_was_just_used_is_not_asked_whether_it_stands(remote: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(remote.engine.dialect, "do_ping", asked.append)
    for _ in range(3):
        backend(remote)
    assert asked == []


def test_the_connection_used_last_is_used_again(remote: Database) -> None:
    with remote.reading() as one, remote.reading() as other:
        pids = [int(session.execute(text("SELECT pg_backend_pid()")).scalar_one()) for session in (one, other)]
    # The inner one is given back first, the outer one last.
    assert [backend(remote) for _ in range(3)] == [pids[0]] * 3


def test_a_look_begins_no_transaction(remote: Database) -> None:
    with remote.looking() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
        raw = session.connection().connection.driver_connection
        assert raw is not None
        assert raw.info.transaction_status == TransactionStatus.IDLE
    with remote.writing() as session:
        session.execute(text("SELECT 1"))
        raw = session.connection().connection.driver_connection
        assert raw is not None
        assert raw.info.transaction_status == TransactionStatus.INTRANS


def test_a_look_sees_what_is_there(both_databases: Database) -> None:
    with both_databases.looking() as session:
        assert session.execute(text("SELECT count(*) FROM dispatches")).scalar_one() == 0
