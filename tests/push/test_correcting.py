"""A correction reaches everybody it is owed to, once, and says whom it misses."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.database import Database
from push import dispatches
from push.correcting import Correction, foresee_correction
from push.dispatches import Planned
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import DeliveryState, DispatchState
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, rows


@pytest.fixture
def families(county: County, clock: SetClock) -> County:
    """Two families with a telephone each, a notice for them, and its correction."""
    for number, name in enumerate(("王家", "李家"), 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now())
    approve_notice(county.session, clock.now(), "PY-2", short_text="登记地点改为镇政府")
    county.session.commit()
    return county


def sent(database: Database, channels: Channels, clock: SetClock, **states: DeliveryState) -> int:
    """A dispatch that is over, its deliveries as told by family; what is not told was not sent."""
    planned = dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=PushSettings())
    end(database, planned.dispatch, *states.values())
    return planned.dispatch


def end(database: Database, number: int, *states: DeliveryState) -> None:
    with database.writing() as session:
        session.execute(update(Dispatch).where(Dispatch.id == number).values(state=DispatchState.STOPPED))
        for delivery, state in zip(session.query(Delivery).filter_by(dispatch_id=number, state="planned").order_by(Delivery.id), states, strict=True):
            delivery.state = state


def correct(database: Database, channels: Channels, clock: SetClock, number: int, reference: str = "PY-2") -> Planned:
    return dispatches.correct(database, channels, dispatch_id=number, reference=reference, actor=SENDER, now=clock.now(),
                              settings=PushSettings())


def foreseen(database: Database, channels: Channels, clock: SetClock, number: int) -> Correction:
    return foresee_correction(database, channels, dispatch_id=number, reference="PY-2", actor=SENDER, now=clock.now(),
                              settings=PushSettings())


REACHED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED


def test_a_correction_stopped_on_the_way_goes_on_to_those_who_lack_it(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = sent(both_databases, channels, clock, wang=REACHED, li=REACHED)
    half = correct(both_databases, channels, clock, first).dispatch
    end(both_databases, half, REACHED, DeliveryState.SKIPPED)
    assert foreseen(both_databases, channels, clock, first).again == 1
    rest = correct(both_databases, channels, clock, first)
    assert rows(both_databases, rest.dispatch) == {"李家": ("planned", "", "sms")}


def test_one_correction_is_owed_to_the_readers_of_two_dispatches(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = sent(both_databases, channels, clock, wang=REACHED, li=FAILED)
    again = sent(both_databases, channels, clock, li=REACHED)
    end(both_databases, correct(both_databases, channels, clock, first).dispatch, REACHED)
    assert rows(both_databases, correct(both_databases, channels, clock, again).dispatch) == {"李家": ("planned", "", "sms")}


def test_looking_ahead_tells_words_messages_and_cost_and_keeps_nothing(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = sent(both_databases, channels, clock, wang=REACHED, li=FAILED)
    told = foreseen(both_databases, channels, clock, first)
    assert (told.messages, told.missed, told.again) == ({"sms": 1}, {}, 0)
    assert "更正通知" in told.words["sms"]
    assert told.cost > 0
    planned = correct(both_databases, channels, clock, first)
    assert (planned.planned, planned.cost) == (1, told.cost)


def test_whom_no_channel_of_the_correction_leads_to_is_told(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = sent(both_databases, channels, clock, wang=REACHED, li=REACHED)
    with both_databases.writing() as session:
        session.execute(update(Delivery).where(Delivery.dispatch_id == first, Delivery.id == session.query(Delivery.id).limit(1)
                                               .scalar_subquery()).values(channel="telegram"))
    assert foreseen(both_databases, channels, clock, first).missed == {"telegram": 1}
    with both_databases.writing() as session:
        session.execute(update(Delivery).where(Delivery.dispatch_id == first).values(channel="telegram"))
    with pytest.raises(Refused, match="走不到那里"):
        correct(both_databases, channels, clock, first)


def test_the_very_words_are_no_correction_of_themselves(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = sent(both_databases, channels, clock, wang=REACHED, li=REACHED)
    with pytest.raises(Refused, match="一字不差，不是更正"):
        correct(both_databases, channels, clock, first, REFERENCE)
