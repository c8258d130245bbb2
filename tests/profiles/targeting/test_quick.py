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
from profiles.targeting.quick import Look, Parts, Quick
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
        assert quick.holds(Look(household, TODAY)) is weigh(condition, household, None, TODAY).holds


@given(st.lists(conditions(), min_size=2, max_size=6), households())
@settings(max_examples=300, deadline=None)
def test_conditions_that_share_their_parts_answer_as_if_each_were_asked_alone(raws: list[Any], household: HouseholdFacts) -> None:
    known: Parts = {}
    asked = [parse(raw, COUNTY) for raw in raws]
    together, look = [Quick(one, known) for one in asked if one is not None], Look(household, TODAY)
    apart = [(Quick(one), Look(household, TODAY)) for one in asked if one is not None]
    assert [quick.holds(look) for quick in together] == [quick.holds(alone) for quick, alone in apart]
    for quick, (lone, alone) in zip(together, apart, strict=True):
        assert quick.holds(look) is lone.holds(alone)
        assert look.missing == alone.missing
        for name in sorted(alone.missing):
            assert quick.settling(name, look) == lone.settling(name, Look(household, TODAY))


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
            undecided = [facts for facts in rows.values() if quick.holds(Look(facts, TODAY)) is None]
            settling = {fact.name: sum(quick.settling(fact.name, Look(facts, TODAY)) > 0 for facts in undecided)
                        for fact in open_facts(condition)}
            counted = {entry.fact.name: entry.households for entry in missing_facts(session, condition, (), TODAY)}
            assert {name: count for name, count in settling.items() if count} == counted

        agree()


def test_one_answer_settles_only_what_hangs_on_it_alone() -> None:
    both = parse({"all": [{"any": [{"fact": "household.land", "at_least": 5}, {"fact": "household.insured", "is": True}]},
                          {"someone": {"fact": "member.age", "at_least": 60}}]}, COUNTY)
    assert both is not None
    quick, look = Quick(both), Look(HouseholdFacts(land=1.0, members=(MemberFacts(),), roster_complete=False), TODAY)
    assert quick.holds(look) is None
    assert look.missing == {"household.insured", "member.age", ROSTER.name}
    assert [quick.settling(name, look) for name in ("household.insured", "member.age", ROSTER.name)] == [1, 0, 0]
