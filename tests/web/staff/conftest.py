"""The county is filled once; each test works on its own copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.staff import office
from tests.web.staff.office import Office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """The county with its staff, to be changed at will."""
    opened = office.open_office(tmp_path, office.filled_file())
    yield opened
    opened.database.close()
