"""A channel whose account is refused waits by itself; the others of the same push go on."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import dispatches
from push.models import Attempt
from push.states import AttemptState
from tests.push.county import County, phone
from tests.push.test_delivery import FAST, batch_due, open_house, people, release, state_of


def test_only_the_channel_whose_account_is_refused_stands_still_and_goes_on_once_it_is_mended(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    """Somebody changed the account's secret: the token is refused, and the renewed one too."""
    with open_house(both_databases, keyring, clock, FAST.model_copy(update={"lease": 300}), WECHAT_IN_FLIGHT="1",
                    WECHAT_PER_SECOND="5") as house:
        house.vendors.faults.add("errcode", 40001, vendor="wechat")
        people(county, 12, "wechat")
        for family in range(1, 5):
            county.household_with_phone(f"王{family}", phone(family))
        number = release(house, county)

        def note() -> str:
            with both_databases.reading() as session:
                return dispatches.find(session, number).held_because

        with house.worker():
            house.until(lambda: note().startswith("微信先停住了，其余通道照发"), "its sender is told")
            house.until_states(number, delivered=4, planned=12)
            house.until(lambda: batch_due(both_databases, "wechat") > house.clock.now() + timedelta(seconds=30), "it waits a minute")
            assert state_of(house, number) == "running"
            with both_databases.reading() as session:
                made = select(Attempt.id).where(Attempt.channel == "wechat", Attempt.state != AttemptState.UNSENT)
                # While the first answer was being heeded a second call may have left.
                assert len(session.scalars(made).all()) <= 2
            house.vendors.faults.clear()
            house.clock.start += timedelta(minutes=2)
            house.until(lambda: note() == "", "its sender is told no more")
            assert house.states(number).get("planned", 0) > 0
            house.until_states(number, delivered=16)
        assert house.vendors.ledger.twice() == {}
