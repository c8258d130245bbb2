"""What every test may ask for: a database of each kind, keys, and a clock that stands still."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Base, Database
from tests.schema import load_models
from tests.servers import start_postgres, start_redis


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
    load_models()
    opened = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a private PostgreSQL on a free port, ended with the session.

    Its folder is not one of pytest's: whenever another session starts, pytest takes the right to enter its own folders
    from every other user, and the server, which may not run as root, would lose its files.
    """
    with tempfile.TemporaryDirectory(prefix="zhida-postgres-") as folder, start_postgres(Path(folder)) as address:
        yield address


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    name = f"zhida_{os.getpid()}_{secrets.token_hex(4)}"
    admin = create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield f"{postgres_server}/{name}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The whole schema, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    load_models()
    opened = Database(request.getfixturevalue("postgres_url"))
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a private Redis on a free port, ended with the session."""
    with start_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address
