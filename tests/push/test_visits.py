"""入户名单: whom the village's cadres go and see."""

from __future__ import annotations

from sqlalchemy import select

from kernel.clock import SetClock
from kernel.database import Database
from profiles.models import Household
from push.visits import Visit, Why, ask_for
from tests.push.county import County


def _all(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        return [(reference, str(why), str(state)) for reference, why, state in session.execute(
            select(Household.reference, Visit.why, Visit.state).join(Visit, Visit.household_id == Household.id).order_by(Visit.id))]


def test_a_household_is_asked_for_once_a_dispatch(both_databases: Database, county: County, clock: SetClock) -> None:
    county.family("王家")
    county.family("李家")
    county.session.commit()
    with both_databases.writing() as session:
        assert ask_for(session, 1, select(Household.id).where(Household.reference == "王家"), Why.POSSIBLY, clock.now()) == 1
        assert ask_for(session, 1, select(Household.id), Why.NOT_REACHED, clock.now()) == 1
        assert ask_for(session, 1, select(Household.id), Why.NOT_REACHED, clock.now()) == 0
    assert _all(both_databases) == [("王家", "possibly", "open"), ("李家", "not_reached", "open")]


def test_another_dispatch_asks_again(both_databases: Database, county: County, clock: SetClock) -> None:
    county.family("王家")
    county.session.commit()
    with both_databases.writing() as session:
        assert ask_for(session, 1, select(Household.id), Why.POSSIBLY, clock.now()) == 1
        assert ask_for(session, 2, select(Household.id), Why.MUST_ARRIVE, clock.now()) == 1
