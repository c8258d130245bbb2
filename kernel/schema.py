"""Bringing a database to the present schema, by Alembic's numbered migrations."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kernel.database import Database
from kernel.installation import ROOT


def upgrade(database: Database) -> str:
    """Create or migrate the schema; returns the revision it now has."""
    with database.engine.begin() as connection:
        command.upgrade(_config(database, connection), "head")
    return current(database) or ""


def current(database: Database) -> str | None:
    """The revision the database has, None when it has none."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision this code wants."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def _config(database: Database, connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", database.url.render_as_string(hide_password=True).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
