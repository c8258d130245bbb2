"""A migration is run on a register with people in it, forward and back, and loses nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from kernel.database import Database
from kernel.schema import downgrade, upgrade

RELEASED = "0007"
"""The schema of the first release: what offices have in use."""


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    url = f"sqlite:///{tmp_path / 'zhida.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = Database(url)
    yield opened
    opened.close()


def _people(database: Database) -> list[tuple[object, ...]]:
    with database.engine.connect() as connection:
        rows = connection.execute(text(
            "SELECT h.reference, k.kind, r.reference, c.channel FROM households h JOIN household_kinds k ON k.household_id = h.id"
            " JOIN residents r ON r.household_id = h.id JOIN contacts c ON c.resident_id = r.id"))
        return [tuple(row) for row in rows]


def test_a_register_in_use_is_carried_to_the_newest_schema_and_back(bare_database: Database) -> None:
    upgrade(bare_database, RELEASED)
    with bare_database.engine.begin() as connection:
        for statement in (
            "INSERT INTO households (id, reference, division, kinds_known, crops_known, livestock_known, roster_complete,"
            " roster_gaps, source, updated_at) VALUES (1, 'WANG', '640425100201', true, false, false, true, 0, 'import',"
            " '2026-11-01 00:00:00')",
            "INSERT INTO household_kinds (household_id, kind) VALUES (1, '脱贫户')",
            "INSERT INTO residents (id, reference, household_id, name, name_index, standing, is_head, updated_at)"
            " VALUES (1, 'R1', 1, 'x', 'y', 'present', true, '2026-11-01 00:00:00')",
            "INSERT INTO contacts (id, resident_id, channel, address, address_index, verified, preferred, shared, source,"
            " created_at) VALUES (1, 1, 'sms', 'x', 'y', false, false, false, 'import', '2026-11-01 00:00:00')",
        ):
            connection.execute(text(statement))
    before = _people(bare_database)
    assert len(before) == 1
    upgrade(bare_database)
    assert _people(bare_database) == before
    downgrade(bare_database, RELEASED)
    assert _people(bare_database) == before
