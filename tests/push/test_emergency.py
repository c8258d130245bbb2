"""An emergency from the sender's hand to the telephones: by night, over every channel, before everything else."""

from __future__ import annotations

import pytest

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import dispatches
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone
from tests.push.running import House, house_around

ON_SQLITE = pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)
FAMILIES, IN_DANGER = 160, 30
# In the middle of the quiet hours, and one message a day is all a number gets.
NIGHT = PushSettings(batch_size=20, quiet_hours="09:00-24:00", daily_cap=1, lease=5, unknown_horizon=2)
SLOWLY = {"ALIYUN_SMS_BULK": "5", "ALIYUN_SMS_PER_SECOND": "20"}
EMERGENCY_TEMPLATE = "SMS_100000003"


def send(house: House, county: County, reference: str, **changes: object) -> int:
    approve_notice(county.session, house.clock.now(), reference, **changes)
    county.session.commit()
    return dispatches.send(house.database, house.channels, reference=reference, actor=SENDER, now=house.clock.now(),
                           settings=house.settings).dispatch


@ON_SQLITE
def test_an_emergency_goes_out_by_night_over_all_channels_before_all_others_which_then_go_on(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    for number in range(1, FAMILIES + 1):
        head = county.member(county.family(f"户{number}", corn=9 if number <= IN_DANGER else 5), "户主", head=True)
        county.contact(head, phone(number))
        county.contact(head, f"oFamily{number}", "wechat")
    county.session.commit()
    with house_around(both_databases, keyring, clock.now(), NIGHT, SLOWLY) as house:
        # Its deadline is today, so that the quiet hours do not hold it.
        ordinary = send(house, county, REFERENCE, channels=["sms"], deadline=f"{clock.now():%Y-%m-%d}")
        with house.worker():
            house.until(lambda: house.vendors.ledger.messages > 5, "the ordinary one is under way")
            urgent = send(house, county, "PY-急", kind="emergency", deadline=None, condition={"fact": "crop.玉米", "at_least": 8})
            house.until_states(urgent, delivered=2 * IN_DANGER)
            assert house.states(ordinary).get("planned", 0) > 0
            house.until_states(ordinary, delivered=FAMILIES)
        sms = [call for call in house.vendors.ledger.calls if call.template and call.template.startswith("SMS_")]
        places = [place for place, call in enumerate(sms) if call.template == EMERGENCY_TEMPLATE]
        # What was already written down to leave may stand between; nothing else does.
        assert places[-1] - places[0] + 1 - len(places) <= 4
        taken = house.taken()
        assert [taken[f"oFamily{number}"] for number in range(1, IN_DANGER + 1)] == [1] * IN_DANGER
        assert [taken[phone(number)] for number in range(1, FAMILIES + 1)] == [2] * IN_DANGER + [1] * (FAMILIES - IN_DANGER)
