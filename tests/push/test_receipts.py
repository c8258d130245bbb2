"""Receipts: once, by our reference and the number, in any order, and never a step back from `delivered`."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from channels.messages import Receipt, ReceiptKind
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.logs import mask
from profiles.models import Contact
from push import receipts
from push.models import Attempt, Batch, Delivery, Dispatch, ReceiptEntry
from tests.push.county import County, phone

KEYS = itertools.count()
ATTEMPT = "a" * 26


@pytest.fixture
def sent(both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> Database:
    """One bulk call of three text messages, taken by the vendor under the name 900."""
    for number, name in enumerate(("王家", "李家", "陈家"), 1):
        county.household_with_phone(name, phone(number))
    contacts = county.session.scalars(select(Contact).order_by(Contact.id)).all()
    county.session.add(Dispatch(
        id=1, notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="running", content={"sms": {}},
        channels=["sms"], divisions=[], sent_by="赵静", created_at=clock.now(), release_at=clock.now()))
    deliveries = [Delivery(dispatch_id=1, household_id=number, resident_id=contact.resident_id, contact_id=contact.id,
                           channel="sms", address_index=contact.address_index, state="sending", attempt_id=ATTEMPT)
                  for number, contact in enumerate(contacts, 1)]
    county.session.add_all(deliveries)
    county.session.flush()
    first, last = deliveries[0].id, deliveries[-1].id
    county.session.add(Batch(id=1, dispatch_id=1, channel="sms", state="claimed", due_at=clock.now(), first_id=first,
                             last_id=last))
    county.session.add(Attempt(id=ATTEMPT, batch_id=1, dispatch_id=1, channel="sms", gateway="aliyun", state="open",
                               first_id=first, last_id=last, size=3, started_at=clock.now(), vendor_reference="900"))
    county.session.commit()
    return both_databases


def receipt(number: int, kind: str = "delivered", **more: object) -> Receipt:
    made = Receipt("sms", ReceiptKind(kind), f"key-{next(KEYS)}", attempt=ATTEMPT, address=phone(number), code="DELIVERED")
    return replace(made, **more)  # type: ignore[arg-type]


def take(database: Database, keyring: Keyring, clock: SetClock, *given: Receipt) -> int:
    return receipts.take(database, keyring, given, clock.now())


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return [str(state) for state in session.scalars(select(Delivery.state).order_by(Delivery.id))]


def mark(database: Database, state: str) -> None:
    with database.writing() as session:
        session.execute(update(Delivery).values(state=state))


def test_a_receipt_finds_its_delivery_by_attempt_and_number(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    assert take(sent, keyring, clock, receipt(2)) == 1
    assert states(sent) == ["sending", "delivered", "sending"]


@pytest.mark.parametrize(("gateway", "is_alone", "first"), [
    ("aliyun", True, "delivered"), ("tencent", True, "sending"), ("aliyun", False, "sending")])
def test_number_and_moment_name_one_only_where_no_other_can_be_meant(
        sent: Database, keyring: Keyring, clock: SetClock, gateway: str, is_alone: bool, first: str) -> None:
    """Not where another gateway carried it, nor where the household has a second one on its way."""
    if not is_alone:
        with sent.writing() as session:
            household, index = session.execute(select(Delivery.household_id, Delivery.address_index).where(Delivery.id == 1)).one()
            session.execute(update(Delivery).where(Delivery.id == 2).values(household_id=household, address_index=index))
    take(sent, keyring, clock, receipt(1, attempt=None, gateway=gateway, booked_at=(clock.now(),), whole=True))
    assert states(sent) == [first, "sending", "sending"]


def test_of_two_in_a_callback_the_one_that_is_known_hides_nothing_of_the_other(sent: Database, clock: SetClock) -> None:
    """While keys are turned: the first is found under the new key and was told, the second only under the old one."""
    old, turned = Keyring([b"o" * 32]), Keyring([b"n" * 32, b"o" * 32])
    with sent.writing() as session:
        for number, keys, state in ((1, turned, "delivered"), (2, old, "sending")):
            session.execute(update(Delivery).where(Delivery.id == number).values(
                address_index=keys.index(phone(number), "phone"), state=state))
    take(sent, turned, clock, receipt(1), receipt(2))
    assert states(sent) == ["delivered", "delivered", "sending"]


def test_who_has_heard_of_the_first_message_takes_a_nameless_word_for_the_second(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        household, index = session.execute(select(Delivery.household_id, Delivery.address_index).where(Delivery.id == 1)).one()
        session.execute(update(Delivery).where(Delivery.id == 2).values(household_id=household, address_index=index))
        session.execute(update(Delivery).where(Delivery.id == 1).values(state="delivered"))
    take(sent, keyring, clock, receipt(1, attempt=None, gateway="aliyun", booked_at=(clock.now(),), whole=True))
    assert states(sent) == ["delivered", "delivered", "sending"]


def test_a_receipt_finds_its_delivery_by_the_vendors_name_and_number(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    assert take(sent, keyring, clock, receipt(3, attempt=None, vendor_reference="900")) == 1
    assert states(sent) == ["sending", "sending", "delivered"]


def test_a_repeated_receipt_counts_once(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    one = receipt(1)
    assert take(sent, keyring, clock, one, one) == 1
    clock.advance(timedelta(minutes=5))
    assert take(sent, keyring, clock, one) == 0
    with sent.reading() as session:
        assert session.scalars(select(Delivery.settled_at).where(Delivery.state == "delivered")).one() == clock.now() - timedelta(minutes=5)


def test_a_repeated_failure_counts_once(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    one = receipt(1, "failed")
    assert take(sent, keyring, clock, one, one) == 1
    assert take(sent, keyring, clock, one) == 0
    with sent.reading() as session:
        assert len(session.scalars(select(ReceiptEntry.id)).all()) == 1


def test_two_numbers_of_one_call_that_failed_alike_have_both_failed(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    alike = [receipt(number, "failed", key="aliyun:one", code="MK:0001") for number in (1, 3)]
    assert take(sent, keyring, clock, *alike) == 2
    assert states(sent) == ["failed", "sending", "failed"]
    with sent.reading() as session:
        assert not any(phone(number) in key for number in (1, 3) for key in session.scalars(select(ReceiptEntry.key)))


def test_of_what_arrived_the_delivery_alone_keeps_moment_and_words(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    take(sent, keyring, clock, receipt(1, words="用户接收成功 13900000001"), receipt(2, attempt=None, vendor_reference="900", words="已收"))
    with sent.reading() as session:
        arrived = session.scalars(select(Delivery).where(Delivery.state == "delivered").order_by(Delivery.id)).all()
        assert session.scalars(select(ReceiptEntry.id)).all() == []
    assert [(one.vendor_code, one.vendor_words, one.settled_at) for one in arrived] == [
        ("DELIVERED", mask("用户接收成功 13900000001"), clock.now()), ("DELIVERED", "已收", clock.now())]
    assert "13900000001" not in arrived[0].vendor_words


def test_a_number_is_sought_only_in_the_call_that_its_receipt_names(
        sent: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    """Two calls carried something to the same telephones; each tells of one of them."""
    with sent.writing() as session:
        first = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        session.add(Dispatch(id=2, notice_id=2, notice_reference="PY-2", digest="d", purpose="notice", state="running", content={"sms": {}},
                             channels=["sms"], divisions=[], sent_by="赵静", created_at=clock.now(), release_at=clock.now()))
        again = [Delivery(dispatch_id=2, household_id=one.household_id, channel="sms", address_index=one.address_index, state="accepted",
                          attempt_id="b" * 26) for one in first]
        session.add_all(again)
        session.flush()
        session.add(Attempt(id="b" * 26, batch_id=2, dispatch_id=2, channel="sms", gateway="aliyun", state="answered",
                            first_id=again[0].id, last_id=again[-1].id, size=3, started_at=clock.now()))
    assert take(sent, keyring, clock, receipt(1), receipt(2, attempt="b" * 26)) == 2
    assert states(sent) == ["delivered", "sending", "sending", "accepted", "delivered", "accepted"]


@pytest.mark.parametrize("change", [
    {"attempt": "b" * 26}, {"address": phone(9)}, {"attempt": None, "vendor_reference": "901"}, {"address": None},
    {"attempt": None},
])
def test_an_unsigned_receipt_for_nothing_of_ours_is_not_even_kept(
        sent: Database, keyring: Keyring, clock: SetClock, change: dict[str, object]) -> None:
    assert take(sent, keyring, clock, receipt(1, **change)) == 0
    assert states(sent) == ["sending"] * 3
    with sent.reading() as session:
        assert session.scalars(select(ReceiptEntry.id)).all() == []


@pytest.mark.parametrize("state", ["planned", "sending", "accepted", "unknown"])
def test_a_failed_receipt_settles_what_is_open(
        sent: Database, keyring: Keyring, clock: SetClock, state: str) -> None:
    mark(sent, state)
    take(sent, keyring, clock, receipt(1, "failed", code="MK:0012", words="停机"))
    with sent.reading() as session:
        failed = session.scalars(select(Delivery).where(Delivery.state == "failed")).one()
    assert (failed.reason, failed.vendor_code, failed.vendor_words) == ("not_delivered", "MK:0012", "停机")


def test_the_failure_of_an_earlier_attempt_does_not_end_what_is_on_its_way_again(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        session.execute(update(Delivery).where(Delivery.household_id == 1).values(attempt_id="b" * 26))
    take(sent, keyring, clock, receipt(1, "failed"), receipt(2, "failed"))
    assert states(sent) == ["sending", "failed", "sending"]


@pytest.mark.parametrize("order", [("failed", "delivered"), ("delivered", "failed")])
def test_delivered_beats_failed_whichever_comes_first(
        sent: Database, keyring: Keyring, clock: SetClock, order: tuple[str, str]) -> None:
    for kind in order:
        take(sent, keyring, clock, receipt(1, kind))
    assert states(sent)[0] == "delivered"
    with sent.reading() as session:
        assert session.scalars(select(Delivery.reason)).first() == ""


def test_a_skipped_delivery_is_never_moved(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    mark(sent, "skipped")
    take(sent, keyring, clock, receipt(1), receipt(2, "failed"))
    assert states(sent) == ["skipped"] * 3


def test_a_dead_number_is_retired_with_the_reason(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    take(sent, keyring, clock, receipt(1, "failed", recipient_gone=True), receipt(2, "failed"))
    with sent.reading() as session:
        retired = session.scalars(select(Contact).where(Contact.retired_at.is_not(None))).all()
    assert [keyring.decrypt(one.address, "phone") for one in retired] == [phone(1)]
    assert retired[0].retired_reason == "号码停用或已取消关注"


def test_a_number_that_a_message_reached_stays_though_the_same_callback_calls_it_dead(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    take(sent, keyring, clock, receipt(1, "failed", attempt=None, vendor_reference="900", recipient_gone=True),
         receipt(1, attempt=None, vendor_reference="900"))
    assert states(sent)[0] == "delivered"
    with sent.reading() as session:
        assert session.scalars(select(Contact).where(Contact.retired_at.is_not(None))).all() == []


def test_a_signed_receipt_that_comes_before_its_reference_waits_for_it(
        sent: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    openid = county.contact(county.member(county.family("微信户"), "户主"), "oWang", "wechat")
    county.session.execute(delete(Attempt))
    county.session.execute(update(Delivery).where(Delivery.id == 1).values(
        channel="wechat", address_index=openid.address_index, contact_id=openid.id))
    county.session.add(Attempt(id="w" * 26, batch_id=1, dispatch_id=1, channel="wechat", gateway="wechat", state="open",
                               first_id=1, last_id=1, size=1, started_at=clock.now()))
    county.session.commit()
    early = Receipt("wechat", ReceiptKind.DELIVERED, "w-1", vendor_reference="77", address="oWang")
    assert take(sent, keyring, clock, early) == 1
    assert states(sent)[0] == "sending"
    with sent.writing() as session:
        assert receipts.match_waiting(session, clock.now()) == 0
        session.execute(update(Attempt).values(vendor_reference="77"))
        assert receipts.match_waiting(session, clock.now()) == 1
        assert session.scalar(receipts.WAITING, {"since": clock.now() - receipts.MATCHED_WITHIN}) is None
    assert states(sent)[0] == "delivered"


@pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(coming=st.permutations([(1, "delivered"), (1, "failed"), (2, "failed"), (3, "delivered")]), again=st.integers(0, 3))
def test_any_order_of_receipts_ends_the_same(
        sent: Database, keyring: Keyring, clock: SetClock, coming: list[tuple[int, str]], again: int) -> None:
    mark(sent, "accepted")
    given = [receipt(number, kind) for number, kind in coming]
    for one in (*given, given[again]):
        take(sent, keyring, clock, one)
    assert states(sent) == ["delivered", "failed", "delivered"]


def test_what_comes_at_once_is_taken_together_each_once_and_a_strangers_harms_nobody(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    intake = receipts.Intake(sent, keyring)
    brought = [receipt(1), receipt(2), receipt(2), receipt(3, "failed"), receipt(9)]
    with ThreadPoolExecutor(len(brought)) as threads, intake._arriving._writing:
        taking = [threads.submit(intake.take, [one], clock.now()) for one in brought]
        # All that say of a number that it was reached wait for one commit.
        while len(intake._arriving._waiting) < 4:
            threading.Event().wait(0.01)
    taken = [one.result() for one in taking]
    assert states(sent) == ["delivered", "delivered", "failed"]
    assert taken[-1] == 0
