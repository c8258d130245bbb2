"""The text message after a failed WeChat message: planned once, however the word of the failure comes, and from how many sides."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.messages import Receipt, ReceiptKind
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Contact, Resident
from push import calls, claims, receipts
from push.models import Attempt, Batch, Delivery, Dispatch
from push.planning import Word
from push.settings import PushSettings
from push.settling import Answered, settle
from push.states import DeliveryState, Reason
from tests.push.county import County, phone

KEYS = itertools.count()
FAMILIES = 6
FAILED = Word(DeliveryState.FAILED, Reason.RECIPIENT_GONE, code="43004", words="user is not a follower")


def openid(family: int, member: int) -> str:
    return f"oFamily{family}Member{member}"


@pytest.fixture
def told(both_databases: Database, county: County, clock: SetClock) -> Database:
    """Families of two who both follow the account, one of them with a telephone; each told over WeChat, not yet answered."""
    county.session.add(Dispatch(
        id=1, notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="running", to="residents",
        content={name: {"purpose": "notice", "text": "您家有一项可办事项", "variables": {}, "link": None} for name in ("wechat", "sms")},
        channels=["wechat", "sms"], divisions=[], sent_by="赵静", created_at=clock.now(), release_at=clock.now()))
    for family in range(1, FAMILIES + 1):
        household = county.family(f"户{family}")
        for member in (1, 2):
            resident = county.member(household, f"成员{member}", head=member == 1)
            contact = county.contact(resident, openid(family, member), "wechat")
            if member == 1:
                county.contact(resident, phone(family))
            delivery = Delivery(dispatch_id=1, household_id=household.id, resident_id=resident.id, contact_id=contact.id,
                                channel="wechat", address_index=contact.address_index, state="sending",
                                attempt_id=attempt(family, member))
            county.session.add(delivery)
            county.session.flush()
            county.session.add(Attempt(id=attempt(family, member), batch_id=1, dispatch_id=1, channel="wechat", gateway="wechat",
                                       state="open", first_id=delivery.id, last_id=delivery.id, size=1, started_at=clock.now()))
    county.session.add(Batch(dispatch_id=1, channel="wechat", state="claimed", due_at=clock.now(), first_id=1,
                             last_id=2 * FAMILIES))
    county.session.commit()
    return both_databases


def attempt(family: int, member: int) -> str:
    return f"{family}-{member}".ljust(26, "x")


def receipt(family: int, member: int, kind: ReceiptKind = ReceiptKind.FAILED) -> Receipt:
    return Receipt("wechat", kind, f"key-{next(KEYS)}", attempt=attempt(family, member), address=openid(family, member),
                   code="failed: system failed")


def answer(database: Database, family: int, member: int, clock: SetClock, word: Word = FAILED) -> None:
    with database.writing() as session:
        number = session.scalars(select(Attempt.first_id).where(Attempt.id == attempt(family, member))).one()
        settle(session, [Answered(attempt(family, member), 1, 1, {number: word})], clock.now())


def texts(database: Database) -> list[tuple[int, str]]:
    """Households with a text message, and where it stands."""
    with database.reading() as session:
        return [(one.household_id, str(one.state)) for one in session.execute(
            select(Delivery.household_id, Delivery.state).where(Delivery.channel == "sms").order_by(Delivery.household_id))]


def once_each(database: Database) -> bool:
    return [household for household, _ in texts(database)] == list(range(1, FAMILIES + 1))


def test_two_members_failing_in_one_callback_get_one_text_message(told: Database, keyring: Keyring, clock: SetClock) -> None:
    receipts.take(told, keyring, [receipt(family, member) for family in range(1, FAMILIES + 1) for member in (1, 2)], clock.now())
    assert once_each(told)


def test_the_same_failure_told_by_the_answer_and_by_receipts_in_any_order_counts_once(
        told: Database, keyring: Keyring, clock: SetClock) -> None:
    for order in itertools.permutations(("answer", "early", "again"), 3):
        family = 1 + len(texts(told))
        for way in order:
            if way == "answer":
                answer(told, family, 1, clock)
            else:
                receipts.take(told, keyring, [receipt(family, 1)], clock.now())
        assert texts(told)[-1] == (family, "planned")
    assert once_each(told)


def test_a_number_at_which_another_household_was_told_nothing_is_not_taken(
        told: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    """A man of the second household, at the first one's telephone, died before his message left."""
    contact = county.contact(county.session.get_one(Resident, 4), phone(1))
    county.session.add(Delivery(dispatch_id=1, household_id=2, resident_id=4, contact_id=contact.id, channel="sms",
                                address_index=contact.address_index, state="skipped", reason=Reason.LEFT))
    county.session.commit()
    receipts.take(told, keyring, [receipt(1, 1)], clock.now())
    assert texts(told) == [(1, "planned"), (2, "skipped")]


def test_each_says_which_delivery_it_replaces(told: Database, keyring: Keyring, clock: SetClock) -> None:
    receipts.take(told, keyring, [receipt(3, 2)], clock.now())
    with told.reading() as session:
        text = session.scalars(select(Delivery).where(Delivery.channel == "sms")).one()
        assert text.replaces is not None
        before = session.get_one(Delivery, text.replaces)
        assert (before.attempt_id, str(before.state)) == (attempt(3, 2), "failed")


def at_once(*works: Callable[[], object]) -> None:
    """Run works side by side, all let go at the same moment."""
    gate, failed = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            gate.wait()
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_members_failing_at_two_processes_at_once_get_one_text_message(
        told: Database, keyring: Keyring, clock: SetClock) -> None:
    for family in range(1, FAMILIES + 1):
        at_once(lambda family=family: receipts.take(told, keyring, [receipt(family, 1)], clock.now()),  # type: ignore[misc]
                lambda family=family: receipts.take(told, keyring, [receipt(family, 2)], clock.now()),  # type: ignore[misc]
                lambda family=family: answer(told, family, 2, clock))  # type: ignore[misc]
    assert once_each(told)


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_whoever_plans_holds_the_dispatch_until_the_commit(
        told: Database, keyring: Keyring, clock: SetClock) -> None:
    """The interleaving that planned two: both looked before either had committed."""
    other = threading.Thread(target=lambda: answer(told, 1, 2, clock))
    with told.writing() as session:
        number = session.scalars(select(Attempt.first_id).where(Attempt.id == attempt(1, 1))).one()
        settle(session, [Answered(attempt(1, 1), 1, 1, {number: FAILED})], clock.now())
        other.start()
        other.join(0.5)
        assert other.is_alive()
    other.join()
    assert texts(told) == [(1, "planned")]


def test_a_text_message_that_has_not_left_is_spared_when_the_first_one_arrived_after_all(
        told: Database, keyring: Keyring, clock: SetClock) -> None:
    receipts.take(told, keyring, [receipt(1, 1), receipt(2, 1)], clock.now())
    receipts.take(told, keyring, [receipt(1, 1, ReceiptKind.DELIVERED)], clock.now())
    settings = PushSettings(quiet_hours="")
    with told.writing() as session:
        claim = claims.claim_next(session, "sms", "worker", clock.now() + timedelta(seconds=1), settings)
    assert claim is not None
    group = calls.prepare(told, keyring, claim, "worker", lambda rows, purpose: ([("aliyun", rows)], 0), count=10,
                          now=clock.now() + timedelta(seconds=1), settings=settings)
    assert isinstance(group, calls.Group)
    assert [message.address for one in group.calls for message in one.call.messages] == [phone(2)]
    assert texts(told) == [(1, "skipped"), (2, "sending")]


def test_nothing_is_planned_after_a_stop(told: Database, keyring: Keyring, clock: SetClock) -> None:
    with told.writing() as session:
        session.execute(update(Dispatch).values(state="stopped"))
    receipts.take(told, keyring, [receipt(1, 1)], clock.now())
    assert texts(told) == []


def test_a_failure_told_twice_is_made_good_once_though_the_number_changed_in_between(
        told: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    receipts.take(told, keyring, [receipt(1, 1)], clock.now())
    old = county.session.scalars(select(Contact).where(Contact.channel == "sms").order_by(Contact.id)).first()
    assert old is not None
    old.retired_at = clock.now()
    county.contact(county.session.get_one(Resident, old.resident_id), phone(98))
    county.session.commit()
    answer(told, 1, 1, clock)
    assert texts(told) == [(1, "planned")]


def test_what_failed_for_being_too_late_is_not_sent_over_another_channel(told: Database, clock: SetClock) -> None:
    answer(told, 1, 1, clock, Word(DeliveryState.FAILED, Reason.TOO_LATE))
    assert texts(told) == []


def test_a_correction_goes_to_nobody_by_another_way(told: Database, keyring: Keyring, clock: SetClock) -> None:
    with told.writing() as session:
        session.execute(update(Dispatch).values(corrects=7))
    receipts.take(told, keyring, [receipt(1, 1)], clock.now())
    assert texts(told) == []


def test_a_member_with_a_telephone_of_their_own_gets_the_text_message_there(
        told: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    """Each resident has a message of their own: what fails for one is not made good by the other's."""
    second = county.session.scalars(select(Resident).where(Resident.household_id == 1).order_by(Resident.id)).all()[1]
    county.contact(second, phone(99))
    county.session.commit()
    receipts.take(told, keyring, [receipt(1, 1), receipt(1, 2)], clock.now())
    assert texts(told) == [(1, "planned"), (1, "planned")]


def test_a_number_that_stands_for_another_household_too_is_not_written_to_twice(
        told: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    heads = county.session.scalars(select(Resident).where(Resident.is_head).order_by(Resident.household_id)).all()
    for contact in county.session.scalars(select(Contact).where(Contact.channel == "sms", Contact.resident_id.in_(
            [one.id for one in heads[1:4]]))):
        county.session.delete(contact)
    for head in heads[1:4]:
        county.contact(head, phone(1))
    county.session.commit()
    receipts.take(told, keyring, [receipt(1, 1)], clock.now())
    receipts.take(told, keyring, [receipt(2, 1)], clock.now())
    receipts.take(told, keyring, [receipt(3, 1), receipt(4, 1)], clock.now())
    assert texts(told) == [(1, "planned"), (2, "skipped"), (3, "skipped"), (4, "skipped")]


def test_two_households_with_one_number_failing_at_once_get_one_text_message(
        told: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    head = county.session.scalars(select(Resident).where(Resident.is_head, Resident.household_id == 2)).one()
    for contact in county.session.scalars(select(Contact).where(Contact.channel == "sms", Contact.resident_id == head.id)):
        county.session.delete(contact)
    county.contact(head, phone(1))
    county.session.commit()
    receipts.take(told, keyring, [receipt(1, 1), receipt(2, 1)], clock.now())
    assert texts(told) == [(1, "planned"), (2, "skipped")]


def test_a_failure_told_after_the_deadline_plans_nothing(told: Database, keyring: Keyring, clock: SetClock) -> None:
    with told.writing() as session:
        session.execute(update(Dispatch).values(state="finished", deadline=clock.now() + timedelta(hours=1)))
    receipts.take(told, keyring, [receipt(1, 1)], clock.now() + timedelta(hours=2))
    assert texts(told) == []


def test_a_failure_told_after_the_correction_does_not_spread_what_was_wrong(
        told: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    county.session.add(Dispatch(
        id=2, notice_id=2, notice_reference="PY-2", digest="e", purpose="notice", state="running", content={}, channels=["wechat"],
        divisions=[], sent_by="赵静", created_at=clock.now(), release_at=clock.now(), corrects=1))
    county.session.commit()
    receipts.take(told, keyring, [receipt(1, 1)], clock.now())
    assert texts(told) == []


def test_what_is_planned_long_after_the_release_has_its_full_time_of_tries(
        told: Database, keyring: Keyring, clock: SetClock) -> None:
    late = clock.now() + timedelta(days=10)
    with told.writing() as session:
        session.execute(update(Dispatch).values(state="finished", finished_at=clock.now()))
    receipts.take(told, keyring, [receipt(1, 1)], late)
    with told.reading() as session:
        assert calls.orders(session, 1, "sms", late, PushSettings()).give_up_at > late
