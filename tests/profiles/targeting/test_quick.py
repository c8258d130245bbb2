"""The quick reading finds what the thorough one finds, and says which missing fact would settle an answer."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.database import Database
from profiles.facts import ROSTER
from profiles.reach import missing_facts
from profiles.targeting.conditions import Range, leaves, open_facts
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.parsing import parse
from profiles.targeting.quick import Quick
from profiles.targeting.weighing import weigh
from tests.profiles.targeting.population import invented, stored
from tests.profiles.targeting.strategies import COUNTY, TODAY, conditions, households


@given(conditions(), st.lists(households(), min_size=1, max_size=5))
@settings(max_examples=600, deadline=None)
def test_quick_and_thorough_readings_agree(raw: Any, families: list[HouseholdFacts]) -> None:
    condition = parse(raw, COUNTY)
    assert condition is not None
    quick = Quick(condition)
    for household in families:
        assert quick.holds(household, TODAY) is weigh(condition, household, None, TODAY).holds


def test_the_facts_that_settle_are_those_that_the_database_counts(both_databases: Database) -> None:
    with both_databases.writing() as session:
        rows = stored(session, invented(60, seed=77))

    with both_databases.reading() as session:

        @given(conditions())
        @settings(max_examples=60, deadline=None)
        def agree(raw: Any) -> None:
            condition = parse(raw, COUNTY)
            assert condition is not None
            if any(isinstance(leaf.test, Range) and leaf.test.on(TODAY) is None for leaf in leaves(condition)):
                return  # a line of later days is a gap in the rule, which no household can fill
            quick = Quick(condition)
            undecided = [facts for facts in rows.values() if quick.holds(facts, TODAY) is None]
            settling = {fact.name: sum(quick.settling(fact.name, facts, TODAY) > 0 for facts in undecided)
                        for fact in open_facts(condition)}
            counted = {entry.fact.name: entry.households for entry in missing_facts(session, condition, (), TODAY)}
            assert {name: count for name, count in settling.items() if count} == counted

        agree()


def test_one_answer_settles_only_what_hangs_on_it_alone() -> None:
    both = parse({"all": [{"any": [{"fact": "household.land", "at_least": 5}, {"fact": "household.insured", "is": True}]},
                          {"someone": {"fact": "member.age", "at_least": 60}}]}, COUNTY)
    assert both is not None
    quick, household = Quick(both), HouseholdFacts(land=1.0, members=(MemberFacts(),), roster_complete=False)
    assert quick.holds(household, TODAY) is None
    assert [quick.settling(name, household, TODAY) for name in ("household.insured", "member.age", ROSTER.name)] == [1, 0, 0]
