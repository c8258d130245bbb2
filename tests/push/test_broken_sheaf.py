"""A sheaf that is broken off: what of it never left counts as no try, and its trace says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import calls, claims, dispatches, trace
from push.calls import Group, Prepared
from push.models import Attempt, Batch, Delivery, Dispatch
from push.planning import Word
from push.settings import PushSettings
from push.settling import Answered, Sheaf, settle
from push.states import DeliveryState
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone

SETTINGS = PushSettings(quiet_hours="")


def called(database: Database, keyring: Keyring, clock: SetClock, singly: Sequence[str] = ("aliyun",)) -> Prepared:
    with database.writing() as session:
        session.execute(update(Batch).values(state="due", due_at=clock.now()))
        claim = claims.claim_next(session, "sms", "worker", clock.now(), SETTINGS)
        assert claim is not None
    group = calls.prepare(database, keyring, claim, "worker", lambda rows, purpose: ([("aliyun", rows)], 0), count=10, now=clock.now(),
                          settings=SETTINGS, singly=singly)
    assert isinstance(group, Group)
    (one,) = group.calls
    return one


def broken_off(database: Database, one: Prepared, first: Word, clock: SetClock) -> None:
    """The first message was answered, and after that none may leave any more."""
    clock.advance(timedelta(seconds=1))
    numbers = [message.reference for message in one.call.messages]
    with database.writing() as session:
        settle(session, [
            Answered(one.call.attempt, one.batch_id, one.dispatch_id, {numbers[0]: first}, sheaf=Sheaf.PART),
            Answered(one.call.attempt, one.batch_id, one.dispatch_id, dict.fromkeys(numbers[1:], Word(DeliveryState.PLANNED)),
                     sheaf=Sheaf.LAST)], clock.now())


def told(database: Database, place: int) -> tuple[int, list[str]]:
    """How often a family's message was tried, and what its trace says of its calls."""
    with database.reading() as session:
        one = session.scalars(select(Delivery).order_by(Delivery.id)).all()[place]
        (traced,) = trace.of_household(session, session.scalars(select(Dispatch)).one(), one.household_id)
        return one.tries, [step.what.value for step in traced.steps if step.what.value in ("called", "answered", "lost")]


def sent_to_two(county: County, database: Database, channels: Channels, clock: SetClock) -> Word:
    """A push to two families by text message; what a supplier says to whom it was too fast."""
    for number, name in enumerate(("王家", "李家"), 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now(), deadline=None, channels=["sms"])
    county.session.commit()
    dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS)
    return Word(DeliveryState.PLANNED, due_at=clock.now(), code="LIMIT", words="触发分钟级流控")


def test_what_of_a_sheaf_never_left_is_no_try_and_nothing_was_said_of_it(
        county: County, both_databases: Database, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    too_fast = sent_to_two(county, both_databases, channels, clock)
    broken_off(both_databases, called(both_databases, keyring, clock), too_fast, clock)
    assert told(both_databases, 0) == (1, ["called", "answered"])
    assert told(both_databases, 1) == (0, ["called", "lost"])


def test_a_later_trace_tells_of_no_sheaf_that_a_message_never_left_with(
        county: County, both_databases: Database, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    """Refused as too fast, then left behind by a sheaf, then taken: its trace tells of the first and of the last."""
    too_fast = sent_to_two(county, both_databases, channels, clock)
    together(both_databases, called(both_databases, keyring, clock, singly=()), too_fast, clock)
    broken_off(both_databases, called(both_databases, keyring, clock), too_fast, clock)
    together(both_databases, called(both_databases, keyring, clock, singly=()), Word(DeliveryState.ACCEPTED), clock)
    assert told(both_databases, 0) == (3, ["called", "answered"] * 3)
    assert told(both_databases, 1) == (2, ["called", "answered"] * 2)
    with both_databases.reading() as session:
        assert session.scalars(select(Attempt.size).order_by(Attempt.id)).all() == [2, 1, 2]
        sent = session.scalars(select(Dispatch)).one()
        (traced,) = trace.of_household(session, sent, session.scalars(select(Delivery.household_id).order_by(Delivery.id)).all()[1])
        assert [step.said for step in traced.steps if step.what.value == "answered"] == ["LIMIT　触发分钟级流控", ""]


def together(database: Database, one: Prepared, word: Word, clock: SetClock) -> None:
    """Both messages of one call were said the same of."""
    clock.advance(timedelta(seconds=1))
    with database.writing() as session:
        settle(session, [Answered(one.call.attempt, one.batch_id, one.dispatch_id,
                                  {message.reference: word for message in one.call.messages})], clock.now())
