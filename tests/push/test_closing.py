"""What happens to messages whose dispatch is closed beside them."""

from __future__ import annotations

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import dispatches
from push.models import Dispatch
from push.settings import PushSettings
from push.states import DispatchState
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone
from tests.push.running import house_around


def test_what_was_planned_while_its_dispatch_was_being_closed_still_leaves(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    settings = PushSettings(lease=2, unknown_horizon=1, quiet_hours="")
    with house_around(both_databases, keyring, clock.now(), settings, {}) as house:
        county.household_with_phone("王家", phone(1))
        approve_notice(county.session, house.clock.now(), REFERENCE, deadline=None)
        county.session.commit()
        number = dispatches.send(house.database, house.channels, reference=REFERENCE, actor=SENDER, now=house.clock.now(),
                                 settings=settings).dispatch
        with both_databases.writing() as session:
            session.get_one(Dispatch, number).state = DispatchState.FINISHED
        with house.worker():
            house.until_states(number, delivered=1)
