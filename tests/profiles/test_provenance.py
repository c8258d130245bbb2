"""Each value knows where it comes from and of when; an outdated one goes on deciding, and is counted."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from kernel.clock import CHINA
from kernel.database import Database
from profiles.facts import Fact
from profiles.models import Household, Resident
from profiles.provenance import count_outdated, outdated_words, provenance
from profiles.reach import count
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.parsing import parse
from profiles.values import FactDate
from tests.profiles.targeting.population import stored
from tests.profiles.targeting.strategies import COUNTY

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
VILLAGE = "640425100209"


def fact(name: str) -> Fact:
    found = COUNTY.fact(name)
    assert found is not None
    return found


def homes(database: Database, *families: HouseholdFacts, stated: datetime = NOW) -> list[int]:
    with database.writing() as session:
        numbers = list(stored(session, families))
        for row in (*session.query(Household), *session.query(Resident)):
            row.stated_at, row.source = stated, "import"
    return numbers


def test_a_value_is_as_old_as_its_row_unless_it_has_a_date_of_its_own(database: Database) -> None:
    (home,) = homes(database, HouseholdFacts(division=VILLAGE, land=5.0, members=(MemberFacts(migrant=True),)))
    with database.writing() as session:
        person = session.query(Resident).filter_by(household_id=home, standing="present").one().id
        session.add(FactDate(household_id=home, resident_id=0, fact="household.land", source="office", at=NOW - timedelta(days=9)))
        session.add(FactDate(household_id=home, resident_id=0, fact="crop.", source="import", at=NOW - timedelta(days=400)))
    with database.reading() as session:
        household = session.get(Household, home)
        assert household is not None
        found = provenance(session, household)
    assert found.of(fact("household.kind")).words == "农户信息表 2026-11-23导入"
    assert found.of(fact("household.land")).words == "2026-11-14 工作人员登记"
    assert found.of(fact("crop.玉米")).words == "农户信息表 2025-10-19导入"
    assert found.of(fact("member.migrant"), person).words == "农户信息表 2026-11-23导入"


@pytest.mark.parametrize(("name", "days", "words"), [
    ("household.income_per_head", 366, ""), ("household.income_per_head", 368, "已超过一年，请核实"),
    ("livestock.羊", 200, "已超过半年，请核实"), ("household.land", 1200, "已超过三年，请核实"), ("household.group", 5000, ""),
])
def test_a_value_is_outdated_when_it_is_older_than_its_fact_may_be(database: Database, name: str, days: int, words: str) -> None:
    (home,) = homes(database, HouseholdFacts(division=VILLAGE), stated=NOW - timedelta(days=days))
    with database.reading() as session:
        household = session.get(Household, home)
        assert household is not None
        assert outdated_words(fact(name), provenance(session, household).of(fact(name)), TODAY) == words


def test_outdated_values_go_on_deciding_and_are_counted(both_databases: Database) -> None:
    corn = {"玉米": 5.0}
    homes(both_databases, HouseholdFacts(division=VILLAGE, crops=corn), stated=NOW - timedelta(days=400))
    with both_databases.writing() as session:
        fresh = list(stored_more(session, HouseholdFacts(division=VILLAGE, crops=corn), HouseholdFacts(division=VILLAGE, crops=corn),
                                 HouseholdFacts(division=VILLAGE, crops={"玉米": 1.0})))
        session.add(FactDate(household_id=fresh[1], resident_id=0, fact="crop.", source="import", at=NOW - timedelta(days=500)))
        session.add(FactDate(household_id=fresh[2], resident_id=0, fact="crop.", source="import", at=NOW - timedelta(days=500)))
    condition = parse({"fact": "crop.玉米", "at_least": 3}, COUNTY)
    with both_databases.reading() as session:
        assert count(session, condition, (), TODAY).surely == 3
        assert count_outdated(session, condition, (), TODAY) == 2
        assert count_outdated(session, condition, ("640426",), TODAY) == 0
        assert count_outdated(session, None, (), TODAY) == 0
        assert count_outdated(session, parse({"fact": "division", "within": "64"}, COUNTY), (), TODAY) == 0


def test_a_members_outdated_value_counts_only_where_it_is_known(both_databases: Database) -> None:
    homes(both_databases, HouseholdFacts(division=VILLAGE, members=(MemberFacts(migrant=True),)),
          HouseholdFacts(division=VILLAGE, members=(MemberFacts(study="小学"),)), stated=NOW - timedelta(days=400))
    either = parse({"any": [{"someone": {"fact": "member.migrant", "is": True}}, {"fact": "division", "within": "64"}]}, COUNTY)
    with both_databases.reading() as session:
        assert count(session, either, (), TODAY).surely == 2
        assert count_outdated(session, either, (), TODAY) == 1


def stored_more(session: object, *families: HouseholdFacts) -> dict[int, HouseholdFacts]:
    """More families of today beside those that are there."""
    return stored(session, families, first=100, stated=NOW)  # type: ignore[arg-type]
