"""The register as values: what is known of a household comes back as it was stored, and gaps stay gaps."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import NoResultFound

from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Household, Standing
from profiles.register import facts_of, household_by_reference, members_of
from profiles.targeting.households import MemberFacts
from tests.profiles.targeting.population import NOW, invented, resident, stored


def test_what_is_stored_of_a_household_comes_back_the_same(both_databases: Database) -> None:
    with both_databases.writing() as session:
        rows = stored(session, invented(80, seed=5))
    with both_databases.reading() as session:
        for number, facts in rows.items():
            assert facts_of(session, number) == facts


def test_a_household_is_found_by_its_reference_with_stray_blanks(database: Database) -> None:
    with database.writing() as session:
        stored(session, invented(2, seed=5))
    with database.reading() as session:
        found = household_by_reference(session, " H00001 ")
        assert found is not None
        assert found.reference == "H00001"
        assert household_by_reference(session, "H99999") is None


def test_an_unknown_household_has_no_facts(database: Database) -> None:
    with database.reading() as session, pytest.raises(NoResultFound):
        facts_of(session, 404)


def test_members_are_listed_head_first_with_masked_names(database: Database, keyring: Keyring) -> None:
    with database.writing() as session:
        household = Household(reference="H1", division="640425100209", updated_at=NOW)
        session.add(household)
        session.flush()
        for name, relation, standing in (("王小明", "子", Standing.PRESENT), ("王建国", "户主", Standing.DIED)):
            member = resident(household.id, MemberFacts(relation=relation), standing)
            member.name, member.is_head = keyring.encrypt(name, "name"), relation == "户主"
            session.add(member)
        number = household.id
    with database.reading() as session:
        masked = members_of(session, keyring, number)
        whole = members_of(session, keyring, number, masked=False)
    assert [(line.name, line.relation) for line in whole] == [("王建国", "户主"), ("王小明", "子")]
    assert whole[0].standing is Standing.DIED
    assert all("*" in line.name and line.name != full.name for line, full in zip(masked, whole, strict=True))
