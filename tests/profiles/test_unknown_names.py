"""A condition on a crop or an animal that nobody has is told so, with the names that stand in the register."""

from __future__ import annotations

import pytest

from kernel.clock import SetClock
from kernel.database import Database
from profiles.facts import REGISTER
from profiles.models import Household, HouseholdCrop, HouseholdLivestock
from profiles.targeting.parsing import parse
from profiles.unknown_names import unknown_names
from tests.notices.offices import VILLAGE


def found_lists(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        for number, crops in enumerate((("小麦", "玉米"), ("小麦",), ("胡麻",))):
            household = Household(reference=f"H{number}", division=VILLAGE, updated_at=clock.now())
            session.add(household)
            session.flush()
            session.add_all(HouseholdCrop(household_id=household.id, name=name, mu=2) for name in crops)
            session.add(HouseholdLivestock(household_id=household.id, name="羊", head=3))


@pytest.mark.parametrize(("condition", "told"), [
    ({"fact": "crop.冬小麦", "at_least": 1}, ["没有一户登记过种冬小麦。登记得多的是：小麦、玉米、胡麻。请核对名字"]),
    ({"any": [{"fact": "crop.小麦", "at_least": 1}, {"not": {"fact": "livestock.山羊", "at_least": 1}}]},
     ["没有一户登记过养山羊。登记得多的是：羊。请核对名字"]),
    ({"fact": "crop.胡麻", "at_least": 1}, []),
    ({"someone": {"fact": "member.age", "at_least": 60}}, []),
    (None, []),
])
def test_only_names_that_nobody_has_are_told(database: Database, clock: SetClock, condition: object, told: list[str]) -> None:
    found_lists(database, clock)
    with database.reading() as session:
        assert [one.words for one in unknown_names(session, parse(condition, REGISTER))] == told


def test_where_nothing_is_registered_nothing_is_said(database: Database) -> None:
    with database.reading() as session:
        assert unknown_names(session, parse({"fact": "crop.冬小麦", "at_least": 1}, REGISTER)) == ()
