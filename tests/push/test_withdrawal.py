"""A notice is withdrawn while its messages leave: on the wire, what has not left stays, and what has left can be corrected."""

from __future__ import annotations

import time

import pytest

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices import lifecycle
from push import dispatches
from push.settings import PushSettings
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, publish
from tests.push.running import house_around

ON_SQLITE = pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)
SETTINGS = PushSettings(batch_size=20, quiet_hours="", lease=5, unknown_horizon=2)


@ON_SQLITE
def test_what_has_not_left_when_a_notice_is_withdrawn_stays(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    for number in range(1, 121):
        county.household_with_phone(f"户{number}", phone(number))
    approve_notice(county.session, clock.now())
    publish(county.session, clock.now())
    county.session.commit()
    with house_around(both_databases, keyring, clock.now(), SETTINGS,
                      {"ALIYUN_SMS_BULK": "2", "ALIYUN_SMS_PER_SECOND": "10"}) as house:
        number = dispatches.send(both_databases, house.channels, reference=REFERENCE, actor=SENDER, now=house.clock.now(),
                                 settings=SETTINGS).dispatch

        def is_held() -> bool:
            with both_databases.reading() as session:
                return dispatches.find(session, number).state == "paused"

        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 5, "some left")
            lifecycle.withdraw(county.session, REFERENCE, offices.EDITOR, clock.now(), reason="金额写错了")
            county.session.commit()
            house.until(is_held, "held")
            house.until(lambda: "sending" not in house.states(number), "nothing is in the air")
            left = house.vendors.ledger.messages
            time.sleep(1.0)
            assert house.vendors.ledger.messages == left
        assert house.states(number)["planned"] == 120 - left > 0
        with both_databases.reading() as session:
            assert "已撤下（金额写错了）" in dispatches.find(session, number).held_because
