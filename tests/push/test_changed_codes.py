"""A notice approved under a village's old code reaches its households under the new one, counted, shown and planned alike."""

from __future__ import annotations

from typing import Any

import pytest

from channels.registry import Channels
from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices import reading
from profiles.division_changes import import_changes
from profiles.models import Division
from push import dispatches
from push.failures import Refused
from push.foresight import foresee
from push.settings import PushSettings
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, VILLAGE, County, approve_notice, phone, rows

ELSEWHERE, NEW = "640425101", "640425101208"
CORN = {"fact": "crop.玉米", "at_least": 3}


def the_village_is_recoded(database: Database, clock: SetClock) -> None:
    changed = import_changes(database, f"old,new\n{VILLAGE},{NEW}\n".encode(), clock.now(), SYSTEM)
    assert changed.lines.rejected == 0


@pytest.mark.parametrize("condition", [
    CORN,
    {"all": [{"fact": "division", "within": VILLAGE}, CORN]},
    {"all": [{"fact": "division", "is": VILLAGE}, {"someone": {"fact": "member.age", "at_least": 16}}]},
    {"not": {"fact": "division", "within": f"{ELSEWHERE}209"}},
], ids=["place of the notice", "within", "is", "not within"])
def test_households_under_the_new_code_are_planned_by_a_notice_that_names_the_old(
        both_databases: Database, county: County, channels: Channels, keyring: Keyring, clock: SetClock, condition: dict[str, Any]) -> None:
    county.household_with_phone("王家", phone(1))
    county.household_with_phone("李家", phone(2), division=ELSEWHERE + "209")
    county.session.merge(Division(code=ELSEWHERE + "209", name="李家村", parent=ELSEWHERE))
    approve_notice(county.session, clock.now(), divisions=[VILLAGE], condition=condition)
    county.session.commit()
    the_village_is_recoded(both_databases, clock)
    with both_databases.reading() as session:
        view = reading.working(session, REFERENCE)
        assert view is not None
        shown = foresee(both_databases, channels, view, clock.now(), PushSettings())
    planned = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(), now=clock.now())
    assert rows(both_databases, planned.dispatch) == {"王家": ("planned", "", "sms")}
    assert (shown.reached, len(shown.recipients)) == (1, 1)


def test_who_is_left_out_under_the_old_code_is_left_out_under_the_new(
        both_databases: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), condition={"not": {"fact": "division", "within": VILLAGE}})
    county.session.commit()
    the_village_is_recoded(both_databases, clock)
    with pytest.raises(Refused, match="没有农户"):
        dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, settings=PushSettings(), now=clock.now())


def test_two_who_share_a_number_get_one_message_after_their_village_was_recoded(
        both_databases: Database, county: County, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    for name in ("王家", "李家"):
        county.household_with_phone(name, phone(1))
    approve_notice(county.session, clock.now(), divisions=[VILLAGE], condition=None)
    county.session.commit()
    the_village_is_recoded(both_databases, clock)
    with both_databases.reading() as session:
        view = reading.working(session, REFERENCE)
        assert view is not None
        shown = foresee(both_databases, channels, view, clock.now(), PushSettings())
    assert (shown.reached, shown.unsent) == (1, 1)
    assert offices.VILLAGE == VILLAGE
