"""Bringing a database to the present schema, by Alembic's numbered migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from kernel.database import Database
from kernel.installation import ROOT

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic is imported where it is used: every other command starts without it.


def upgrade(database: Database, to: str = "head") -> str:
    """Create or migrate the schema; returns the revision it now has."""
    from alembic import command

    with database.engine.begin() as connection:
        command.upgrade(_config(database, connection), to)
    return current(database) or ""


def downgrade(database: Database, to: str) -> None:
    """Take the schema back to an earlier revision; what only later ones know is lost."""
    from alembic import command

    with database.engine.begin() as connection:
        command.downgrade(_config(database, connection), to)


def current(database: Database) -> str | None:
    """The revision the database has, None when it has none."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def newest() -> str | None:
    """The revision this code wants: the last of the numbered migrations."""
    return max((path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py")), default=None)


def _config(database: Database, connection: object) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", database.url.render_as_string(hide_password=True).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
