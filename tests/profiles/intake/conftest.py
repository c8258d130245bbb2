"""A small county, and an import that needs only the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.divisions import import_divisions
from profiles.intake.households import import_households
from profiles.reports import ImportReport
from tests.profiles.intake.untidy import DIVISIONS, as_csv

Taking = Callable[..., ImportReport]


def _taking(database: Database, keyring: Keyring, clock: SetClock) -> Taking:
    import_divisions(database, DIVISIONS.encode(), clock.now(), SYSTEM)

    def take(table: list[list[Any]] | bytes, file_name: str = "农户.csv", **wishes: Any) -> ImportReport:
        data = table if isinstance(table, bytes) else as_csv(table)
        return import_households(database, keyring, data, file_name, now=clock.now(), actor=wishes.pop("actor", SYSTEM),
                                 **wishes)

    return take


@pytest.fixture
def take(database: Database, keyring: Keyring, clock: SetClock) -> Taking:
    """Import a table (rows of cells, or the bytes of a file) into the small county on SQLite."""
    return _taking(database, keyring, clock)


@pytest.fixture
def take_on_both(both_databases: Database, keyring: Keyring, clock: SetClock) -> Taking:
    """The same on SQLite and on PostgreSQL."""
    return _taking(both_databases, keyring, clock)
