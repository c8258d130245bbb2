"""The small county, with a program that holds an editor's key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.staff import office
from tests.web.staff.office import Office


@pytest.fixture(scope="module")
def filled_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the small county in it."""
    folder = tmp_path_factory.mktemp("county")
    opened = office.open_office(folder)
    office.fill(opened.house)
    with opened.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.database.close()
    return folder / "zhida.db"


@pytest.fixture
def desk(tmp_path: Path, filled_county: Path) -> Iterator[Office]:
    """The county, to be changed at will."""
    opened = office.open_office(tmp_path, filled_county)
    yield opened
    opened.database.close()
