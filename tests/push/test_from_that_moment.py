"""No message from that moment: what changed since the planning holds when a worker takes the deliveries in hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.messages import Purpose
from channels.registry import Channels
from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles import consent, contacts
from profiles.models import Contact, Household, Resident, Standing
from push import calls, claims, dispatches
from push.calls import Group, Halt, Row
from push.models import Batch, Delivery
from push.planning import QuietHours, waits_until
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, rows

SETTINGS = PushSettings(quiet_hours="")


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


def planned(county: County, database: Database, channels: Channels, clock: SetClock, **notice: Any) -> int:
    """王家 and 李家 with a telephone each, and a notice planned for both."""
    for number, name in enumerate(("王家", "李家"), 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now(), **{"deadline": None, **notice})
    county.session.commit()
    return dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS).dispatch


def taken_in_hand(database: Database, keyring: Keyring, now: datetime, settings: PushSettings = SETTINGS) -> list[str]:
    """The addresses of the calls that a worker would make now; its batch is given back afterwards."""
    with database.writing() as session:
        claim = claims.claim_next(session, "sms", "worker", now, settings)
    if claim is None:
        return []
    found = calls.prepare(database, keyring, claim, "worker", by_tens, count=100, now=now, settings=settings)
    if isinstance(found, Halt):
        with database.writing() as session:
            claims.give_back(session, claim, "worker", now, found.until)
        return []
    assert isinstance(found, Group)
    with database.writing() as session:
        claims.close(session, claim.batch_id, now)
    return [message.address for call in found.calls for message in call.call.messages]


def by_tens(rows: Sequence[Row], purpose: Purpose) -> tuple[list[tuple[str, Sequence[Row]]], int]:
    """Ten messages a call, all over one gateway."""
    return [("aliyun", rows[start:start + 10]) for start in range(0, len(rows), 10)], 0


Change = Callable[[Any, Resident, Contact, Household, datetime], None]


def _dies(_s: Any, resident: Resident, _c: Contact, _h: Household, _now: datetime) -> None:
    resident.standing = Standing.DIED


def _moves(_s: Any, resident: Resident, _c: Contact, _h: Household, _now: datetime) -> None:
    resident.standing = Standing.MOVED


def _leaves(_s: Any, _r: Resident, _c: Contact, household: Household, now: datetime) -> None:
    household.left_at = now


def _marries(session: Any, resident: Resident, _c: Contact, _h: Household, now: datetime) -> None:
    other = Household(reference="新家", division="640425100200", updated_at=now)
    session.add(other)
    session.flush()
    resident.household_id = other.id


def _retires(session: Any, _r: Resident, contact: Contact, _h: Household, now: datetime) -> None:
    contacts.retire(session, [contact.id], "号码不用了", now)


def _is_collected(_s: Any, _r: Resident, contact: Contact, _h: Household, _now: datetime) -> None:
    contact.shared = True


def _refuses(session: Any, resident: Resident, _c: Contact, _h: Household, now: datetime) -> None:
    consent.refuse(session, consent.PERSON, "", "种植", "web", now, resident.id)


@pytest.mark.parametrize(("change", "reason"), [
    (_dies, "left"), (_moves, "left"), (_leaves, "left"), (_marries, "left"), (_retires, "address_retired"),
    (_is_collected, "collected"), (_refuses, "refused")])
def test_what_changed_since_the_planning_stops_the_message(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring, change: Change,
        reason: str) -> None:
    number = planned(county, database, channels, clock, topic="种植", condition={"fact": "crop.玉米", "at_least": 3})
    with database.writing() as session:
        household = session.scalars(select(Household).where(Household.reference == "王家")).one()
        resident = session.scalars(select(Resident).where(Resident.household_id == household.id)).one()
        contact = session.scalars(select(Contact).where(Contact.resident_id == resident.id)).one()
        change(session, resident, contact, household, clock.now())
    assert taken_in_hand(database, keyring, clock.now()) == [phone(2)]
    found = rows(database, number)
    assert (found["王家"][:2], found["李家"][0]) == (("skipped", reason), "sending")


def test_what_is_owed_by_law_goes_also_to_who_refused_since(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    planned(county, database, channels, clock, topic="医保")
    with database.writing() as session:
        consent.refuse(session, keyring.index(phone(1), "phone"), "", "", "sms", clock.now())
    assert sorted(taken_in_hand(database, keyring, clock.now())) == [phone(1), phone(2)]


def test_a_village_notice_goes_on_to_a_number_that_became_a_collecting_one(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    planned(county, database, channels, clock, condition=None)
    with database.writing() as session:
        for contact in session.scalars(select(Contact)):
            contact.shared = True
    assert len(taken_in_hand(database, keyring, clock.now())) == 2


def at(clock: SetClock, hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, 0, tzinfo=CHINA)


def wish_of_wang(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        consent.only_by_day(session, keyring.index(phone(1), "phone"), "sms", clock.now())


def test_who_wants_messages_by_day_gets_the_evenings_in_the_morning(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    number = planned(county, database, channels, clock)
    wish_of_wang(database, keyring, clock)
    assert taken_in_hand(database, keyring, at(clock, 21)) == [phone(2)]
    assert rows(database, number)["王家"][:2] == ("planned", "")
    with database.reading() as session:
        assert session.scalars(select(Delivery.due_at).where(Delivery.state == "planned")).one() == at(clock, 8) + timedelta(days=1)
        next_due = session.scalars(select(Batch.due_at).where(Batch.channel == "sms")).one()
        assert next_due == at(clock, 8) + timedelta(days=1)
    assert taken_in_hand(database, keyring, at(clock, 8) + timedelta(days=1)) == [phone(1)]


def test_by_day_it_goes_at_once(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    planned(county, database, channels, clock)
    wish_of_wang(database, keyring, clock)
    assert len(taken_in_hand(database, keyring, at(clock, 15))) == 2


@pytest.mark.parametrize("notice", [{"kind": "emergency"}, {"deadline": "2026-11-23"}])
def test_an_emergency_and_what_would_come_too_late_do_not_wait_for_the_day(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring,
        notice: dict[str, Any]) -> None:
    planned(county, database, channels, clock, **notice)
    wish_of_wang(database, keyring, clock)
    assert len(taken_in_hand(database, keyring, at(clock, 21))) == 2


def test_in_the_quiet_hours_only_an_emergency_leaves_also_from_a_dispatch_begun_before(
        database: Database, county: County, channels: Channels, clock: SetClock, keyring: Keyring) -> None:
    planned(county, database, channels, clock, topic="医保")
    quiet = PushSettings(quiet_hours="22:00-07:00")
    assert taken_in_hand(database, keyring, at(clock, 23), quiet) == []
    with database.reading() as session:
        assert session.scalars(select(Batch.due_at).where(Batch.channel == "sms")).one() == at(clock, 7) + timedelta(days=1)
    assert len(taken_in_hand(database, keyring, at(clock, 7) + timedelta(days=1), quiet)) == 2


def test_the_day_begins_again_at_its_hour() -> None:
    day = QuietHours.parse("08:00-20:00")
    noon, night = datetime(2026, 11, 23, 12, tzinfo=CHINA), datetime(2026, 11, 23, 2, tzinfo=CHINA)
    assert waits_until(noon, day, None, urgent=False) is None
    assert waits_until(night, day, None, urgent=False) == datetime(2026, 11, 23, 8, tzinfo=CHINA)
    assert waits_until(night, day, None, urgent=True) is None
    assert waits_until(night, None, None, urgent=False) is None
