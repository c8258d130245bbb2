"""The small county, with a program that holds an editor's key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.staff import office
from tests.web.staff.office import Office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """The county, to be changed at will."""
    opened = office.open_office(tmp_path, office.filled_file())
    yield opened
    opened.database.close()
