"""What every test may ask for: a database of each kind, keys, and a clock that stands still."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, text

from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from tests.schema import found
from tests.servers import quick_folder, start_postgres, start_redis


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every application of every test has templates of its own; what compiling them gave is kept for the next."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": cache}


@pytest.fixture
def clock() -> SetClock:
    """Monday 23 November 2026, ten in the morning in China."""
    return SetClock(datetime(2026, 11, 23, 10, 0, tzinfo=CHINA))


@pytest.fixture
def keyring() -> Keyring:
    """A keyring with one key."""
    return Keyring([secrets.token_bytes(32)])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database with the whole schema."""
    opened = found(f"sqlite:///{tmp_path / 'zhida.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a private PostgreSQL on a free port, ended with the session.

    Its folder is not one of pytest's: whenever another session starts, pytest takes the right to enter its own folders
    from every other user, and the server, which may not run as root, would lose its files.
    """
    with (tempfile.TemporaryDirectory(prefix="zhida-postgres-", dir=quick_folder()) as folder,
          start_postgres(Path(folder)) as address):
        yield address


@contextmanager
def _database_on(server: str, like: str = "template0") -> Iterator[str]:
    """A database of a name of its own, a copy of another one, dropped at the end."""
    name = f"zhida_{os.getpid()}_{secrets.token_hex(4)}"
    admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    yield f"{server}/{name}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    with _database_on(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_schema(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database with the whole schema and no row, to be copied: sixty tables are made once, not for each test."""
    with _database_on(postgres_server) as url:
        found(url).close()
        yield url.rpartition("/")[2]


@pytest.fixture
def postgres_ready_url(postgres_server: str, postgres_schema: str) -> Iterator[str]:
    """A fresh PostgreSQL database with the whole schema."""
    with _database_on(postgres_server, postgres_schema) as url:
        yield url


@pytest.fixture
def postgres(postgres_ready_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(postgres_ready_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request: pytest.FixtureRequest) -> Database:
    """The whole schema, once on SQLite and once on PostgreSQL."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgres")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a private Redis on a free port, ended with the session."""
    with start_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address
