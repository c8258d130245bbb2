"""A correction reaches everybody it is owed to, once, and says whom it misses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.registry import Channels
from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.database import Database
from profiles.models import Household
from push import dispatches, rounds
from push.correcting import Correction, foresee_correction
from push.dispatches import Planned
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import DeliveryState, DispatchState
from push.visits import VisitState, Why, ask_for
from tests.push.county import REFERENCE, SENDER, VILLAGE, County, approve_notice, phone, rows

CADRE = Actor("韩村干", frozenset({"cadre"}), VILLAGE)


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


def finish(database: Database, number: int) -> None:
    with database.writing() as session:
        session.execute(update(Dispatch).where(Dispatch.id == number).values(state=DispatchState.FINISHED))


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
    assert (told.messages, told.missed, told.again, told.visits) == ({"sms": 1}, {}, 0, 0)
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


def listed(database: Database, county: County, clock: SetClock) -> list[tuple[int, str, str]]:
    """What the village's list says: dispatch, household and why, of what is still to be seen."""
    with database.reading() as session:
        return [(errand.dispatch, home.reference, errand.why.value) for home in rounds.homes_of(session, county.keyring, VILLAGE, clock.now())
                for errand in home.errands if errand.state is not VisitState.DONE]


def at_home(database: Database, county: County, number: int, clock: SetClock, *told: str) -> None:
    """Every household is on the list of a dispatch; some were seen."""
    with database.writing() as session:
        ask_for(session, number, select(Household.id), Why.NOT_REACHED, clock.now())
        for name in told:
            rounds.tick(session, name, VisitState.DONE, CADRE, clock.now())


def test_who_was_told_at_home_is_told_of_the_correction_at_home_but_by_the_message_they_get(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    families.family("赵家")
    families.family("周家")
    families.session.commit()
    first = sent(both_databases, channels, clock, wang=REACHED, li=REACHED)
    finish(both_databases, first)
    at_home(both_databases, families, first, clock, "王家", "赵家")
    planned = correct(both_databases, channels, clock, first)
    assert sorted(listed(both_databases, families, clock)) == sorted([
        (planned.dispatch, "赵家", "corrected"), (planned.dispatch, "李家", "not_reached"), (planned.dispatch, "周家", "not_reached")])
    assert planned.visits == 3


def test_of_a_stopped_push_only_who_was_told_at_home_hears_of_the_correction_there(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    families.family("赵家")
    families.session.commit()
    first = sent(both_databases, channels, clock, wang=REACHED, li=FAILED)
    finish(both_databases, first)
    at_home(both_databases, families, first, clock, "赵家")
    with both_databases.writing() as session:
        session.execute(update(Dispatch).values(state=DispatchState.STOPPED))
    number = correct(both_databases, channels, clock, first).dispatch
    assert listed(both_databases, families, clock) == [(number, "赵家", "corrected")]


def test_who_was_told_at_home_alone_hears_of_the_correction_at_home_alone(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = sent(both_databases, channels, clock, wang=FAILED, li=FAILED)
    with pytest.raises(Refused, match="也没有人入户告知过"):
        correct(both_databases, channels, clock, first)
    finish(both_databases, first)
    at_home(both_databases, families, first, clock, "王家")
    told = foreseen(both_databases, channels, clock, first)
    assert (told.planned, told.visits, told.words) == (0, 2, {})
    planned = correct(both_databases, channels, clock, first)
    assert (planned.planned, planned.visits) == (0, 2)
    assert sorted(listed(both_databases, families, clock)) == sorted([
        (planned.dispatch, "王家", "corrected"), (planned.dispatch, "李家", "not_reached")])
    with both_databases.reading() as session:
        assert dispatches.find(session, planned.dispatch).state == DispatchState.FINISHED
    with pytest.raises(Refused, match="已经发过"):
        correct(both_databases, channels, clock, first)


def test_a_correction_that_was_stopped_leaves_the_list_as_it_was(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    first = sent(both_databases, channels, clock, wang=REACHED, li=FAILED)
    finish(both_databases, first)
    at_home(both_databases, families, first, clock, "王家")
    end(both_databases, correct(both_databases, channels, clock, first).dispatch, DeliveryState.SKIPPED)
    assert listed(both_databases, families, clock) == [(first, "李家", "not_reached")]


def test_visits_end_by_the_deadline_that_stands_by_now(
        both_databases: Database, families: County, channels: Channels, clock: SetClock) -> None:
    day = clock.now().date()
    approve_notice(families.session, clock.now(), deadline=f"{day + timedelta(days=1)}", short_text="明天截止")
    families.session.commit()
    first = sent(both_databases, channels, clock, wang=REACHED, li=FAILED)
    finish(both_databases, first)
    at_home(both_databases, families, first, clock)
    approve_notice(families.session, clock.now(), deadline=f"{day + timedelta(days=9)}", short_text="延到下周")
    families.session.commit()
    clock.advance(timedelta(days=5))
    assert {name for _, name, _ in listed(both_databases, families, clock)} == {"王家", "李家"}
    clock.advance(timedelta(days=5))
    assert listed(both_databases, families, clock) == []
