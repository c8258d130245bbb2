"""Two at the same batch in the same moment: what one plans anew while the other closes it is sent all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Contact
from push import calls, claims, dispatches, lost
from push.calls import Group, Prepared
from push.claims import Claim
from push.models import Attempt, Batch, Delivery, Dispatch
from push.planning import Word
from push.settings import PushSettings
from push.settling import Answered, settle
from push.states import DeliveryState
from push.sweep import recover, sweep
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone

SETTINGS = PushSettings(quiet_hours="")
# SQLite has one writer at a time.
two_writers = pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)


@pytest.fixture
def sent(county: County, both_databases: Database, channels: Channels, clock: SetClock) -> Database:
    """王家 is to get a text message."""
    return sent_to(("王家",), county, both_databases, channels, clock)


def sent_to(families: tuple[str, ...], county: County, database: Database, channels: Channels, clock: SetClock) -> Database:
    for number, name in enumerate(families, 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now(), deadline=None, channels=["sms"])
    county.session.commit()
    dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS)
    return database


def claimed(database: Database, clock: SetClock, worker: str) -> Claim:
    with database.writing() as session:
        claim = claims.claim_next(session, "sms", worker, clock.now(), SETTINGS)
    assert claim is not None
    return claim


def called(database: Database, keyring: Keyring, clock: SetClock) -> tuple[Claim, Group]:
    claim = claimed(database, clock, "first")
    group = calls.prepare(database, keyring, claim, "first", lambda rows, purpose: (
        [("aliyun", rows[place:place + 2]) for place in range(0, len(rows), 2)], 0), count=10, now=clock.now(), settings=SETTINGS)
    assert isinstance(group, Group)
    return claim, group


def slept_over(database: Database, keyring: Keyring, clock: SetClock) -> Prepared:
    """The one call of a worker that slept for five minutes; its batch was taken from it meanwhile."""
    claim, group = called(database, keyring, clock)
    clock.advance(timedelta(minutes=5))
    with database.writing() as session:
        recover(session, claim.batch_id, clock.now())
    (one,) = group.calls
    return one


def state_of(database: Database) -> tuple[str, str, str]:
    with database.reading() as session:
        return (str(session.scalars(select(Delivery.state)).one()), str(session.scalars(select(Batch.state)).one()),
                str(session.scalars(select(Dispatch.state)).one()))


@contextmanager
def beside(database: Database, answered: Answered, clock: SetClock) -> Iterator[Session]:
    """A transaction in whose middle an answer comes and is written down as far as it can be."""
    def write() -> None:
        with database.writing() as session:
            settle(session, [answered], clock.now())

    other = threading.Thread(target=write)
    with database.writing() as session:
        yield session
        other.start()
        # Long enough to be through where nothing holds it up.
        other.join(1)
    other.join()


@two_writers
@pytest.mark.parametrize("is_stopped", [False, True])
def test_what_a_late_answer_plans_while_another_closes_the_batch_is_not_forgotten(
        sent: Database, keyring: Keyring, clock: SetClock, is_stopped: bool) -> None:
    """The vendor is asked about a lost call and never had it, just when the worker that took the batch over has nothing left."""
    one = slept_over(sent, keyring, clock)
    with sent.writing() as session:
        session.execute(update(Batch).values(state="due"))
    second = claimed(sent, clock, "second")
    if is_stopped:
        with sent.writing() as session:
            dispatches.stop(session, one.dispatch_id, SENDER, clock.now())
    anew = Answered(one.call.attempt, one.batch_id, one.dispatch_id, {one.first: Word(DeliveryState.PLANNED, due_at=clock.now())})
    with beside(sent, anew, clock) as session:
        claims.give_back(session, second, "second", clock.now())
    sweep(sent, clock.now(), SETTINGS)
    assert state_of(sent) == (("skipped", "done", "stopped") if is_stopped else ("planned", "due", "running"))


@pytest.mark.parametrize("late", [DeliveryState.PLANNED, DeliveryState.FAILED])
def test_what_was_asked_about_goes_again_only_by_what_the_asking_tells(
        sent: Database, channels: Channels, keyring: Keyring, clock: SetClock, late: DeliveryState) -> None:
    """A machine slept in the middle of its calls. Where to ask is to repeat, the vendor may have what the sleeper never said,
    and what was refused to it.
    """
    one = slept_over(sent, keyring, clock)
    with sent.writing() as session:
        (question,) = lost.questions(session, keyring, "sms", "aliyun", channels.gateways["aliyun"].limits, clock.now(), SETTINGS)
    with sent.writing() as session:
        settle(session, [Answered(one.call.attempt, one.batch_id, one.dispatch_id, {one.first: Word(late, retires=True)}, clock.now())],
               clock.now())
        assert session.scalars(select(Contact.retired_at)).one() is None
    assert state_of(sent)[0] == "unknown"
    with sent.writing() as session:
        lost.settle_fates(session, question, {one.first: None}, clock.now())
        assert session.execute(select(Attempt.state, Attempt.ask_at.is_not(None))).one() == ("lost", True)
        lost.settle_fates(session, question, {one.first: Word(DeliveryState.PLANNED, due_at=clock.now())}, clock.now())
    assert state_of(sent) == ("planned", "due", "running")


@two_writers
def test_an_answer_and_the_end_of_its_lease_do_not_wait_for_each_other_crosswise(
        county: County, both_databases: Database, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    """The second call was answered first, just when the batch is taken from its worker, which begins with the first call."""
    sent = sent_to(("王家", "李家", "陈家", "赵家"), county, both_databases, channels, clock)
    claim, group = called(sent, keyring, clock)
    clock.advance(timedelta(minutes=5))
    taken = Word(DeliveryState.ACCEPTED)
    answers = [Answered(one.call.attempt, one.batch_id, one.dispatch_id, {one.first: taken, one.last: taken})
               for one in reversed(group.calls)]
    ended: list[str] = []

    def begin(name: str, work: Callable[[Session], None]) -> threading.Thread:
        def run() -> None:
            with sent.writing() as session:
                work(session)
            ended.append(name)
        thread = threading.Thread(target=run)
        thread.start()
        return thread

    with sent.writing() as session:
        session.execute(select(Delivery.id).where(Delivery.id == group.calls[0].first).with_for_update())
        first = begin("recover", lambda of: recover(of, claim.batch_id, clock.now()))
        until_waiting(sent, 1)
        second = begin("settle", lambda of: settle(of, answers, clock.now()))
        until_waiting(sent, 2)
    first.join()
    second.join()
    assert set(ended) == {"recover", "settle"}


def until_waiting(database: Database, count: int) -> None:
    """Until so many transactions wait for a row that another holds."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with database.reading() as session:
            waiting = session.scalar(text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
        if waiting == count:
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("is_asked", [False, True])
def test_what_a_sleeper_never_sent_is_sent_by_another_unless_it_was_asked_about(
        sent: Database, keyring: Keyring, clock: SetClock, is_asked: bool) -> None:
    """Its lease was over when it woke up. A gateway that cannot be asked would leave the message unknown for ever."""
    one = slept_over(sent, keyring, clock)
    with sent.writing() as session:
        session.execute(update(Attempt).values(ask_at=None, asked=int(is_asked)))
    with sent.writing() as session:
        calls.withdraw(session, [one], clock.now())
    sweep(sent, clock.now(), SETTINGS)
    assert state_of(sent) == (("unknown", "done", "finished") if is_asked else ("planned", "due", "running"))
