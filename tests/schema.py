"""Every room's tables, so that the metadata is whole."""

from __future__ import annotations

import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path

from sqlalchemy import inspect, make_url

from kernel.database import Base, Database

ROOMS_WITH_TABLES = ("kernel.audit", "kernel.knocks", "kernel.rotation", "kernel.retention", "channels.wechat.models",
                     "channels.sms.models", "channels.pauses", "channels.telegram.models", "profiles.models", "profiles.values",
                     "profiles.history", "profiles.access", "profiles.data_requests", "profiles.imports.models",
                     "profiles.changes.models",
                     "profiles.portraits.models", "knowledge.models", "knowledge.gap_models", "knowledge.case_models", "notices.models",
                     "qrcodes.models", "push.models", "push.broadcast_models", "push.replies", "push.tallies", "push.visits", "push.postings", "bot.models", "web.staff.models",
                     "profiles.code_requests", "profiles.sessions")


def load_models() -> None:
    """Import every module that declares tables."""
    for name in ROOMS_WITH_TABLES:
        import_module(name)


def found(url: str) -> Database:
    """Open a database that has the whole schema; a new SQLite file begins as a copy of one made once."""
    load_models()
    address = make_url(url)
    path = Path(address.database or ":memory:")
    if address.get_backend_name() == "sqlite" and str(path) != ":memory:" and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(_empty_file(len(Base.metadata.tables)))
        return Database(url)
    opened = Database(url)
    if not inspect(opened.engine).get_table_names():
        Base.metadata.create_all(opened.engine)
    return opened


@cache
def _empty_file(tables: int) -> bytes:
    """A SQLite file with so many tables and no row; a test that declares more tables gets a new one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        opened = Database(f"sqlite:///{path}")
        Base.metadata.create_all(opened.engine)
        with opened.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        opened.close()
        return path.read_bytes()
