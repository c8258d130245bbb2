"""The SQL reading of a condition finds exactly the households of which the verdict is yes, or not no."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.database import Database
from profiles.models import Household, Resident
from profiles.reach import count, missing_facts
from profiles.targeting.clauses import possibly, surely
from profiles.targeting.conditions import Condition
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import Answer, judge
from tests.profiles.targeting.population import NOW, invented, resident, stored
from tests.profiles.targeting.strategies import COUNTY, TODAY, conditions

TREES = int(os.environ.get("TARGETING_TREES", "2000"))


def found(session: Session, clause: Any) -> set[int]:
    return set(session.scalars(select(Household.id).where(clause)))


@pytest.mark.timeout(600)
def test_sql_and_verdicts_agree_on_every_condition_and_household(both_databases: Database) -> None:
    with both_databases.writing() as session:
        households = stored(session, invented(100, seed=2026))

    with both_databases.reading() as session:

        @given(conditions())
        @settings(max_examples=TREES, deadline=None)
        def agree(raw: Any) -> None:
            condition = parse(raw, COUNTY)
            answers = {number: judge(condition, facts, TODAY).answer for number, facts in households.items()}
            sure = found(session, surely(condition, (), TODAY))
            possible = found(session, possibly(condition, (), TODAY))
            assert sure == {number for number, answer in answers.items() if answer is Answer.YES}
            assert possible == {number for number, answer in answers.items() if answer is not Answer.NO}

        agree()


def test_a_clause_is_never_null_and_may_be_denied(both_databases: Database) -> None:
    with both_databases.writing() as session:
        households = stored(session, invented(60, seed=7))

    with both_databases.reading() as session:

        @given(conditions())
        @settings(max_examples=max(TREES // 20, 50), deadline=None)
        def split(raw: Any) -> None:
            condition = parse(raw, COUNTY)
            for clause in (surely(condition, (), TODAY), possibly(condition, (), TODAY)):
                assert found(session, clause) | found(session, ~clause) == set(households)

        split()


def test_a_missing_fact_is_one_that_the_verdict_would_ask_for(both_databases: Database) -> None:
    with both_databases.writing() as session:
        households = stored(session, invented(60, seed=31))

    with both_databases.reading() as session:

        @given(conditions())
        @settings(max_examples=max(TREES // 40, 30), deadline=None)
        def asked(raw: Any) -> None:
            condition = parse(raw, COUNTY)
            missing = {entry.fact.name for entry in missing_facts(session, condition, (), TODAY)}
            asks = {ask.fact.name for facts in households.values() for ask in judge(condition, facts, TODAY).ask}
            assert missing <= asks

        asked()


WANG = HouseholdFacts(
    division="640425100209", kinds=frozenset({"脱贫户"}), crops={"玉米": 5.0}, livestock={}, roster_complete=True,
    members=(MemberFacts(birth_date=date(1980, 5, 1)), MemberFacts(birth_date=date(2015, 5, 1))),
)  # fmt: skip
LI = HouseholdFacts(division="640425101201", kinds=frozenset({"一般农户"}), crops={"玉米": 2.0}, roster_complete=True)
CHEN = HouseholdFacts(
    division="640425100210", kinds=frozenset({"监测对象"}), members=(MemberFacts(),), roster_complete=True
)
CORN: dict[str, Any] = {"fact": "crop.玉米", "at_least": 3}


@pytest.fixture
def village(both_databases: Database) -> Database:
    """王家 qualifies for the corn subsidy, 李家 does not, of 陈家 the crops are unknown."""
    with both_databases.writing() as session:
        stored(session, [WANG, LI, CHEN])
    return both_databases


def parsed(raw: Any) -> Condition | None:
    return parse(raw, COUNTY)


def test_counts_tell_sure_and_possible_households_and_sure_residents(village: Database) -> None:
    with village.reading() as session:
        counts = count(session, parsed(CORN), (), TODAY)
    assert (counts.surely, counts.possibly, counts.undecided, counts.residents) == (1, 2, 1, 2)


def test_everybody_is_counted_without_a_condition(village: Database) -> None:
    with village.reading() as session:
        counts = count(session, None, (), TODAY)
        nobody = count(session, None, ("640426",), TODAY)
    assert (counts.surely, counts.possibly, counts.residents) == (3, 3, 3)
    assert (nobody.surely, nobody.possibly, nobody.residents) == (0, 0, 0)


@pytest.mark.parametrize(
    ("divisions", "households"),
    [(["640425"], 3), (["640425100"], 2), (["640425100000"], 2), (["640425100209", "640425101"], 2), (["640425102"], 0)],
)
def test_only_households_of_the_divisions_are_reached(village: Database, divisions: list[str], households: int) -> None:
    with village.reading() as session:
        assert count(session, None, divisions, TODAY).surely == households


def test_a_household_that_left_is_not_reached(village: Database) -> None:
    with village.writing() as session:
        session.scalars(select(Household).order_by(Household.id)).first().left_at = NOW  # type: ignore[union-attr]
    with village.reading() as session:
        assert count(session, parsed(CORN), (), TODAY).surely == 0


def test_who_died_or_moved_counts_for_nobody(village: Database) -> None:
    raw = {"someone": {"fact": "member.age", "at_least": 90}}
    with village.writing() as session:
        first = session.scalars(select(Household.id).order_by(Household.id)).first()
        assert first is not None
        session.add(resident(first, MemberFacts(birth_date=date(1930, 1, 1)), "died"))  # type: ignore[arg-type]
    with village.reading() as session:
        assert count(session, parsed(raw), (), TODAY).surely == 0


def test_a_clause_works_inside_a_statement_that_reads_residents_itself(village: Database) -> None:
    condition = parsed({"someone": {"fact": "member.age", "at_most": 17}})
    with village.reading() as session:
        reached = (
            select(Resident.id)
            .join(Household, Household.id == Resident.household_id)
            .where(surely(condition, (), TODAY), Resident.standing == "present")
        )
        assert len(session.scalars(reached).all()) == 2


def test_the_fact_that_could_settle_most_households_is_named_first(village: Database) -> None:
    condition = parsed({"all": [CORN, {"fact": "household.income_per_head", "at_most": 8000}]})
    with village.reading() as session:
        missing = missing_facts(session, condition, (), TODAY)
    assert [(entry.fact.name, entry.households) for entry in missing] == [
        ("household.income_per_head", 2), ("crop.玉米", 1),
    ]  # fmt: skip


def test_a_fact_that_could_settle_nothing_is_not_called_missing(village: Database) -> None:
    condition = parsed({"any": [CORN, {"fact": "household.kind", "is": "脱贫户"}]})
    with village.reading() as session:
        missing = missing_facts(session, condition, (), TODAY)
        assert missing_facts(session, None, (), TODAY) == ()
    assert [entry.fact.name for entry in missing] == ["crop.玉米"]


def test_a_roster_with_gaps_is_named_as_missing(both_databases: Database) -> None:
    with both_databases.writing() as session:
        stored(session, [HouseholdFacts(division="640425100209", roster_complete=False)])
    with both_databases.reading() as session:
        missing = missing_facts(session, parsed({"someone": {"fact": "member.age", "at_least": 60}}), (), TODAY)
    assert [(entry.fact.name, entry.households) for entry in missing] == [("household.roster", 1)]


def test_a_value_kept_under_another_kind_is_unknown_to_both_readings(both_databases: Database) -> None:
    """The county may turn a number into a choice; until the tables are taken in again the old values say nothing."""
    odd = HouseholdFacts(division="640425100209", own={"household.cellars": "两口", "household.road": 3.0, "household.insured": "是"})
    with both_databases.writing() as session:
        (number,) = stored(session, [odd])
    leaves = ({"fact": "household.cellars", "at_least": 1}, {"fact": "household.road", "is": "硬化"},
              {"fact": "household.insured", "is": True})
    with both_databases.reading() as session:
        for raw in (*leaves, *({"not": leaf} for leaf in leaves)):
            assert judge(parsed(raw), odd, TODAY).answer is Answer.UNKNOWN
            assert found(session, surely(parsed(raw), (), TODAY)) == set()
            assert found(session, possibly(parsed(raw), (), TODAY)) == {number}


def test_an_own_fact_is_missing_where_nothing_is_kept_of_it(both_databases: Database) -> None:
    with both_databases.writing() as session:
        stored(session, [HouseholdFacts(division="640425100209", own=own) for own in ({}, {"household.insured": 1.0})])
    with both_databases.reading() as session:
        missing = missing_facts(session, parsed({"fact": "household.insured", "is": True}), (), TODAY)
    assert [(entry.fact.label, entry.households) for entry in missing] == [("参加农险", 1)]
