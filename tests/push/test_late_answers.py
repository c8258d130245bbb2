"""Answers, gateways and hours that come late: what they leave to be sent is neither forgotten nor sent out of time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Contact
from push import calls, caps, claims, dispatches, joining, lost
from push.calls import TRIES_OF_THE_PUT_OFF, Group, Halt
from push.claims import Claim
from push.failures import Refused
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
    return claim, calls.prepare(database, keyring, claim, "worker", lambda rows, purpose: ([("aliyun", rows)] * bool(rows), 0), count=10,
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
    planned_anew = ("planned", "due", "running")
    claim, group = prepared(sent, keyring, clock)
    assert isinstance(group, Group)
    clock.advance(timedelta(minutes=5))
    with sent.writing() as session:
        recover(session, claim.batch_id, clock.now())
        session.execute(update(Attempt).values(ask_at=None))
    sweep(sent, clock.now(), SETTINGS)
    assert state_of(sent) == ("unknown", "done", "finished")
    throttle(sent, group, clock)
    assert state_of(sent) == planned_anew
    with sent.writing() as session:
        # As if the other machine had closed it in the same moment, unseen by the answer.
        session.execute(update(Batch).values(state="done"))
        session.execute(update(Dispatch).values(state="finished"))
        if is_noticed:
            claims.take_up(session, claim.batch_id, clock.now())
        else:
            claims.give_back(session, claim, "worker", clock.now())
    assert state_of(sent) == planned_anew


def test_what_is_taken_back_before_it_left_counts_as_no_try(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    _, group = prepared(sent, keyring, clock)
    assert isinstance(group, Group)
    with sent.writing() as session:
        assert session.scalars(select(Delivery.tries)).one() == 1
        calls.withdraw(session, group.calls, clock.now())
    with sent.reading() as session:
        assert session.execute(select(Delivery.state, Delivery.tries)).one() == ("planned", 0)


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


def test_nobody_is_asked_before_absence_is_a_proof(
        sent: Database, channels: Channels, keyring: Keyring, clock: SetClock) -> None:
    """A worker was killed: its lease is over long before a vendor's "not found" may be believed."""
    claim, _ = prepared(sent, keyring, clock)
    called_at, limits = clock.now(), channels.gateways["aliyun"].limits
    clock.advance(SETTINGS.lease_time + timedelta(seconds=1))
    assert clock.now() < called_at + SETTINGS.horizon
    with sent.writing() as session:
        recover(session, claim.batch_id, clock.now())
        assert lost.questions(session, keyring, "sms", "aliyun", limits, clock.now(), SETTINGS) == []
        assert session.scalars(select(Attempt.ask_at)).one() == called_at + SETTINGS.horizon
        clock.advance(SETTINGS.horizon)
        assert len(lost.questions(session, keyring, "sms", "aliyun", limits, clock.now(), SETTINGS)) == 1


@pytest.mark.parametrize(("minutes", "state", "asked"), [(5, "running", 1), (11, "running", 0), (5, "stopped", 0)])
def test_where_to_ask_is_to_send_nobody_is_asked_after_a_stop_or_after_the_vendor_forgot(
        sent: Database, channels: Channels, keyring: Keyring, clock: SetClock, minutes: int, state: str, asked: int) -> None:
    claim, _ = prepared(sent, keyring, clock)
    limits = replace(channels.gateways["aliyun"].limits, fate_window=timedelta(minutes=10))
    clock.advance(timedelta(minutes=minutes))
    with sent.writing() as session:
        recover(session, claim.batch_id, clock.now())
        session.execute(update(Dispatch).values(state=state))
    with sent.writing() as session:
        assert len(lost.questions(session, keyring, "sms", "aliyun", limits, clock.now(), SETTINGS)) == asked
    with sent.reading() as session:
        assert session.scalars(select(Attempt.ask_at.is_not(None))).one() == bool(asked)


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


def test_a_reminder_is_spared_whichever_of_the_households_messages_arrived_in_the_end(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    """WeChat, then a text message, then the reminder that replaces the text: the receipt comes for the first of them."""
    with sent.writing() as session:
        planned = session.scalars(select(Delivery)).one()
        same = {"dispatch_id": 1, "household_id": planned.household_id, "resident_id": planned.resident_id}
        session.add_all([Delivery(**same, channel="wechat", state="delivered"), Delivery(**same, channel="telegram", state="failed")])
        session.flush()
        planned.replaces = session.scalar(select(Delivery.id).where(Delivery.state == "failed"))
        session.execute(update(Dispatch).values(channels=["wechat", "telegram", "sms"]))
    _, group = prepared(sent, keyring, clock)
    assert isinstance(group, Group)
    assert not group.calls


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_who_plans_at_the_same_moment_sees_what_the_other_gives_a_number(
        sent: Database, county: County, channels: Channels, clock: SetClock) -> None:
    """Two notices of nine o'clock and a cap of one a day: the second number of the day waits, whoever planned it."""
    approve_notice(county.session, clock.now(), "PY-2026-002", deadline=None, channels=["sms"])
    county.session.commit()
    capped = PushSettings(quiet_hours="", daily_cap=1)
    with sent.writing() as session:
        session.execute(delete(Delivery))
        session.execute(update(Batch).values(state="done"))
    other = threading.Thread(target=lambda: dispatches.send(
        sent, channels, reference="PY-2026-002", actor=SENDER, now=clock.now(), settings=capped))
    with sent.writing() as session:
        caps.one_at_a_time(session)
        contact = session.scalars(select(Contact)).one()
        session.add(Delivery(dispatch_id=1, household_id=1, resident_id=contact.resident_id, contact_id=contact.id, channel="sms",
                             address_index=contact.address_index, state="planned"))
        other.start()
        other.join(1)
        assert other.is_alive()
    other.join()
    with sent.reading() as session:
        assert session.scalars(select(Delivery.due_at).where(Delivery.dispatch_id == 2)).one() is not None


def test_late_joiners_get_no_more_of_what_was_corrected(sent: Database, county: County, clock: SetClock) -> None:
    county.household_with_phone("李家", phone(2))
    county.session.add(Dispatch(
        id=2, notice_id=2, notice_reference="PY-2", digest="e", purpose="notice", state="running", content={}, channels=["sms"],
        divisions=[], sent_by="赵静", created_at=clock.now(), release_at=clock.now(), corrects=1))
    county.session.commit()
    with sent.writing() as session:
        session.execute(update(Dispatch).where(Dispatch.id == 1).values(state="finished"))
    with pytest.raises(Refused, match="更正"):
        joining.join(sent, 1, SENDER, clock.now(), SETTINGS)
