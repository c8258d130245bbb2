"""A sheaf that is broken off: what of it never left counts as no try, and its trace says so."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import calls, claims, dispatches, trace
from push.calls import Group, Prepared
from push.models import Delivery, Dispatch
from push.planning import Word
from push.settings import PushSettings
from push.settling import Answered, Sheaf, settle
from push.states import DeliveryState
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone

SETTINGS = PushSettings(quiet_hours="")


def sheaf(database: Database, keyring: Keyring, clock: SetClock) -> Prepared:
    with database.writing() as session:
        claim = claims.claim_next(session, "sms", "worker", clock.now(), SETTINGS)
        assert claim is not None
    group = calls.prepare(database, keyring, claim, "worker", lambda rows, purpose: ([("aliyun", rows)], 0), count=10, now=clock.now(),
                          settings=SETTINGS, singly=["aliyun"])
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


def test_what_of_a_sheaf_never_left_is_no_try_and_nothing_was_said_of_it(
        county: County, both_databases: Database, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    for number, name in enumerate(("王家", "李家"), 1):
        county.household_with_phone(name, phone(number))
    approve_notice(county.session, clock.now(), deadline=None, channels=["sms"])
    county.session.commit()
    dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS)
    too_fast = Word(DeliveryState.PLANNED, due_at=clock.now(), code="LIMIT", words="触发分钟级流控")
    broken_off(both_databases, sheaf(both_databases, keyring, clock), too_fast, clock)
    assert told(both_databases, 0) == (1, ["called", "answered"])
    assert told(both_databases, 1) == (0, ["called", "lost"])
