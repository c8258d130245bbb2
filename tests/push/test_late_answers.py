"""Answers, gateways and hours that come late: what they leave to be sent is neither forgotten nor sent out of time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import calls, claims, dispatches, lost
from push.calls import TRIES_OF_THE_PUT_OFF, Group, Halt
from push.claims import Claim
from push.models import Attempt, Batch, Delivery, Dispatch
from push.planning import Word
from push.settings import PushSettings
from push.settling import Answered, settle
from push.states import DeliveryState
from push.sweep import recover, sweep
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone

SETTINGS = PushSettings(quiet_hours="")


@pytest.fixture
def sent(county: County, both_databases: Database, channels: Channels, clock: SetClock) -> Database:
    """王家 is to get a text message."""
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now(), deadline=None, channels=["sms"])
    county.session.commit()
    dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS)
    return both_databases


def prepared(database: Database, keyring: Keyring, clock: SetClock) -> tuple[Claim, Group | Halt]:
    with database.writing() as session:
        claim = claims.claim_next(session, "sms", "worker", clock.now(), SETTINGS)
    assert claim is not None
    return claim, calls.prepare(database, keyring, claim, "worker", lambda rows, purpose: ([("aliyun", rows)], 0), count=10,
                                now=clock.now(), settings=SETTINGS)


def state_of(database: Database) -> tuple[str, str, str]:
    with database.reading() as session:
        return (str(session.scalars(select(Delivery.state)).one()), str(session.scalars(select(Batch.state)).one()),
                str(session.scalars(select(Dispatch.state)).one()))


def throttle(database: Database, group: Group, clock: SetClock) -> None:
    (one,) = group.calls
    with database.writing() as session:
        settle(session, [Answered(one.call.attempt, one.batch_id, one.dispatch_id, {
            one.first: Word(DeliveryState.PLANNED, due_at=clock.now())})], clock.now())


@pytest.mark.parametrize("is_noticed", [True, False])
def test_an_answer_later_than_the_lease_leaves_nothing_planned_in_a_closed_batch(
        sent: Database, keyring: Keyring, clock: SetClock, is_noticed: bool) -> None:
    """A machine that slept: its batch was closed by another one, then the vendor's "too fast" was read."""
    claim, group = prepared(sent, keyring, clock)
    assert isinstance(group, Group)
    clock.advance(timedelta(minutes=5))
    with sent.writing() as session:
        recover(session, claim.batch_id, clock.now())
        session.execute(update(Attempt).values(ask_at=None))
    sweep(sent, clock.now(), SETTINGS)
    assert state_of(sent) == ("unknown", "done", "finished")
    throttle(sent, group, clock)
    with sent.writing() as session:
        if is_noticed:
            claims.take_up(session, claim.batch_id, clock.now())
        else:
            claims.give_back(session, claim, "worker", clock.now())
    assert state_of(sent) == ("planned", "due", "running")


def test_a_gateway_that_is_back_is_asked_about_what_was_let_go(
        sent: Database, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    claim, _ = prepared(sent, keyring, clock)
    clock.advance(timedelta(minutes=5))
    with sent.writing() as session:
        recover(session, claim.batch_id, clock.now())
        lost.let_go(session, "sms", ["tencent"])
    sweep(sent, clock.now(), SETTINGS)
    assert state_of(sent) == ("unknown", "done", "finished")
    with sent.writing() as session:
        lost.ask_again(session, "sms", ["aliyun", "tencent"], clock.now(), SETTINGS)
        (question,) = lost.questions(session, keyring, "sms", "aliyun", channels.gateways["aliyun"].limits, clock.now(), SETTINGS)
    with sent.writing() as session:
        number = session.scalars(select(Delivery.id)).one()
        lost.settle_fates(session, question, {number: Word(DeliveryState.PLANNED)}, clock.now())
    assert state_of(sent) == ("planned", "due", "running")


def test_nothing_leaves_between_the_deadline_and_the_next_round(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        session.execute(update(Dispatch).values(deadline=clock.now() + timedelta(hours=1)))
    clock.advance(timedelta(hours=1, seconds=1))
    claim, found = prepared(sent, keyring, clock)
    assert isinstance(found, Halt)
    with sent.writing() as session:
        claims.give_back(session, claim, "worker", clock.now(), found.until)
        assert claims.claim_next(session, "sms", "worker", clock.now(), SETTINGS) is None
    sweep(sent, clock.now(), SETTINGS)
    assert state_of(sent)[0] == "skipped"


@pytest.mark.parametrize(("tries", "patient"), [(0, True), (TRIES_OF_THE_PUT_OFF, False)])
def test_what_a_cap_put_off_for_a_week_is_tried_as_others_are_but_not_for_ever(
        sent: Database, keyring: Keyring, clock: SetClock, tries: int, patient: bool) -> None:
    with sent.writing() as session:
        session.execute(update(Delivery).values(due_at=clock.now() + timedelta(days=7), tries=tries))
        session.execute(update(Dispatch).values(state="running"))
    clock.advance(timedelta(days=7, minutes=1))
    _, group = prepared(sent, keyring, clock)
    assert isinstance(group, Group)
    assert (group.calls[0].give_up_at > clock.now()) is patient
