"""What is known already stays so, whoever tidies up beside it: a message that arrived, a push that was stopped, a batch at work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.messages import Receipt, ReceiptKind
from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import dispatches, lost, receipts
from push.calls import Prepared
from push.models import Attempt, Batch, Delivery, Dispatch
from push.planning import Word
from push.settling import Answered, settle
from push.states import DeliveryState
from push.sweep import recover, sweep
from tests.push.county import SENDER, County, phone
from tests.push.test_crossing import SETTINGS, called, sent_to

ARRIVED = ["delivered", "sending"]


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


@pytest.fixture
def half(database: Database, county: County, channels: Channels, keyring: Keyring, clock: SetClock) -> Prepared:
    """A call to two families of which the first has arrived; its report came before the answer."""
    sent_to(("王家", "李家"), county, database, channels, clock)
    _, group = called(database, keyring, clock)
    (one,) = group.calls
    report = Receipt("sms", ReceiptKind.DELIVERED, "early", attempt=one.call.attempt, address=phone(1))
    assert receipts.take(database, keyring, [report], clock.now()) == 1
    assert states(database) == ARRIVED
    return one


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return [str(state) for state in session.scalars(select(Delivery.state).order_by(Delivery.id))]


def answer(half: Prepared, **word: bool) -> Answered:
    """The platform took none of the call, for the reason that the word tells."""
    return Answered(half.call.attempt, half.batch_id, half.dispatch_id,
                    {number: Word(DeliveryState.PLANNED, **word) for number in (half.first, half.last)})


def test_what_arrived_is_not_lost_with_the_worker_that_sent_it_and_nobody_is_asked_about_it(
        half: Prepared, database: Database, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    clock.advance(timedelta(minutes=5))
    with database.writing() as session:
        recover(session, half.batch_id, clock.now())
    assert states(database) == ["delivered", "unknown"]
    with database.writing() as session:
        (question,) = lost.questions(session, keyring, "sms", "aliyun", channels.gateways["aliyun"].limits, clock.now(), SETTINGS)
    assert [message.address for message in question.call.messages] == [phone(2)]


def test_a_deadline_takes_back_nothing_that_left(half: Prepared, database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        session.execute(update(Dispatch).values(deadline=clock.now() + timedelta(seconds=1)))
    clock.advance(timedelta(seconds=2))
    sweep(database, clock.now(), SETTINGS)
    assert states(database) == ARRIVED


def test_a_batch_at_work_is_not_offered_to_others_for_what_an_answer_plans_anew(
        half: Prepared, database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        settle(session, [answer(half)], clock.now())
        assert session.execute(select(Batch.state, Batch.leased_by)).one() == ("claimed", "first")
    assert states(database) == ["delivered", "planned"]


def test_a_wrong_setting_does_not_wake_a_push_that_was_stopped(half: Prepared, database: Database, clock: SetClock) -> None:
    """Paused, somebody could resume it."""
    with database.writing() as session:
        dispatches.stop(session, half.dispatch_id, SENDER, clock.now())
    with database.writing() as session:
        settle(session, [answer(half, holds=True)], clock.now())
        assert session.execute(select(Dispatch.state, Dispatch.held_because)).one() == ("stopped", "")
        assert session.scalars(select(Attempt.state)).one() == "answered"
