"""One identity number in many households: pairs a clerk can decide, and no flood of them for a placeholder."""

from __future__ import annotations

from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.database import Database
from profiles.changes import doubles
from profiles.changes.doubles import MOST_OF_ONE_NUMBER
from profiles.models import Household, Resident

CLERK = Actor("马编辑", frozenset({"editor"}), "")


def registered(database: Database, clock: SetClock, count: int) -> int:
    """So many households with one number; how many pairs wait after looking twice."""
    with database.writing() as session:
        for place in range(count):
            home = Household(reference=f"H-{place}", division="640425100200", updated_at=clock.now())
            session.add(home)
            session.flush()
            session.add(Resident(reference=f"R-{place}", household_id=home.id, name=b"x", name_index=b"x", id_index=b"one number",
                                 updated_at=clock.now()))
        session.flush()
        doubles.look_for(session, clock.now())
        doubles.look_for(session, clock.now())
    with database.reading() as session:
        return doubles.count_undecided(session, CLERK)


def test_each_further_household_makes_one_pair(both_databases: Database, clock: SetClock) -> None:
    assert registered(both_databases, clock, 6) == 5


def test_a_number_that_half_a_village_has_is_a_placeholder_and_no_work(database: Database, clock: SetClock) -> None:
    assert registered(database, clock, MOST_OF_ONE_NUMBER + 1) == 0
