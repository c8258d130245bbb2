"""Whatever table may hold something of a person is copied for them and thought of when they are erased."""

from __future__ import annotations

from kernel.database import Base
from tests.schema import load_models
from web.holdings import HOLDINGS, NOT_PERSONAL

MARKS = ("resident_id", "household_id", "contact_id", "address_index", "address")


def test_every_table_is_some_rooms_or_said_to_hold_nobody() -> None:
    load_models()
    held = {holding.model.__tablename__ for holding in HOLDINGS}
    assert {name for name in Base.metadata.tables if name not in held and name not in NOT_PERSONAL} == set()
    assert held & set(NOT_PERSONAL) == set()
    assert set(NOT_PERSONAL) - set(Base.metadata.tables) - {"alembic_version"} == set()


def test_no_table_that_names_a_person_is_said_to_hold_nobody() -> None:
    load_models()
    assert {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() if table.name in NOT_PERSONAL
            for column in table.columns if column.name in MARKS} == set()


def test_whatever_is_kept_or_blanked_says_why() -> None:
    assert [holding.kind for holding in HOLDINGS
            if (holding.fate != "deleted" or holding.is_register) and not holding.why] == []
