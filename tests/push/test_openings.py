"""An account without template messages: who gave it neither consent nor window gets a text message instead, at once."""

from __future__ import annotations

from typing import Any

import pytest

from channels.messages import Consent, Incoming, IncomingKind, Receipt, ReceiptKind
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push import calls, claims, dispatches, receipts
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, rows
from tests.push.running import house_around

TEMPLATE = "subscription-1"
BY_CONSENT = {"WECHAT_TEMPLATE_NOTICE": "", "WECHAT_SUBSCRIPTION_TEMPLATE": TEMPLATE}
SETTINGS = PushSettings(quiet_hours="")


@pytest.fixture
def account(both_databases: Database, keyring: Keyring, clock: SetClock) -> Channels:
    return open_channels(demo_config("http://127.0.0.1:9", BY_CONSENT), both_databases, keyring, clock)


@pytest.fixture
def followers(county: County, clock: SetClock) -> County:
    """王家 will consent, 李家 will talk, 张家 does neither, 赵家 neither and has no telephone; all follow the account."""
    for number, name in enumerate(("王家", "李家", "张家", "赵家"), 1):
        head = county.member(county.family(name), f"{name}户主", head=True)
        county.contact(head, f"oFollower{number}", "wechat")
        if name != "赵家":
            county.contact(head, phone(number))
    approve_notice(county.session, clock.now(), deadline=None, channels=["wechat", "sms"])
    county.session.commit()
    return county


def opened(channels: Channels, clock: SetClock) -> None:
    book: Any = channels.openings
    book.take([Consent("wechat", "oFollower1", TEMPLATE, True, clock.now())])
    book.note(Incoming("wechat", "oFollower2", "k", IncomingKind.TEXT, "好", at=clock.now()), clock.now())


def test_followers_who_opened_nothing_are_planned_over_the_next_channel(
        both_databases: Database, followers: County, account: Channels, clock: SetClock) -> None:
    opened(account, clock)
    number = dispatches.send(both_databases, account, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS).dispatch
    assert {name: (state, channel) for name, (state, _, channel) in rows(both_databases, number).items()} == {
        "王家": ("planned", "wechat"), "李家": ("planned", "wechat"), "张家": ("planned", "sms"), "赵家": ("planned", "wechat")}


def test_an_account_with_template_messages_asks_for_no_consent(
        both_databases: Database, followers: County, channels: Channels, clock: SetClock) -> None:
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS).dispatch
    assert {channel for _, _, channel in rows(both_databases, number).values()} == {"wechat"}


def test_a_consent_used_up_meanwhile_lets_the_message_go_as_a_text(
        both_databases: Database, followers: County, keyring: Keyring, clock: SetClock) -> None:
    with house_around(both_databases, keyring, clock.now(), SETTINGS, BY_CONSENT) as house:
        opened(house.channels, clock)
        number = dispatches.send(both_databases, house.channels, reference=REFERENCE, actor=SENDER, now=clock.now(),
                                 settings=SETTINGS).dispatch
        book: Any = house.channels.openings
        book.spend_consent("oFollower1", TEMPLATE)
        with house.worker():
            house.until(lambda: house.states(number) == {"accepted": 1, "delivered": 2, "failed": 2}, lambda: f"{house.states(number)}")
        assert {address: count for address, count in house.taken().items() if address in (phone(1), phone(3))} == {
            phone(1): 1, phone(3): 1}


@pytest.mark.parametrize("is_failing", [False, True])
def test_the_event_tells_of_a_message_whose_answer_was_lost(
        both_databases: Database, followers: County, keyring: Keyring, clock: SetClock, is_failing: bool) -> None:
    """Nobody can be asked about it, and the number that the event names came with the answer."""
    with house_around(both_databases, keyring, clock.now(), SETTINGS, BY_CONSENT) as house:
        opened(house.channels, clock)
        house.vendors.call(lambda: house.vendors.simulators.wechat.desk.consent("oFollower1", TEMPLATE))
        house.vendors.faults.add("lose_answer", vendor="wechat")
        if is_failing:
            house.vendors.faults.receipts.codes["oFollower1"] = "20001"
        number = dispatches.send(both_databases, house.channels, reference=REFERENCE, actor=SENDER, now=clock.now(),
                                 settings=SETTINGS).dispatch
        # What 李家 is told in a window that is open has no event, and stays unknown.
        wanted = {"unknown": 1, "failed": 2, "delivered": 2} if is_failing else {"unknown": 1, "failed": 1, "delivered": 2}
        with house.worker():
            house.until_states(number, **wanted)
        assert house.taken().get(phone(1), 0) == is_failing


def test_an_event_that_comes_again_tells_nothing_of_the_next_message(
        both_databases: Database, followers: County, account: Channels, keyring: Keyring, clock: SetClock) -> None:
    """Two notices within a minute, and the first one's event before its answer: nothing but follower and moment tell of whom."""
    opened(account, clock)
    approve_notice(followers.session, clock.now(), "PY-2026-002", deadline=None, channels=["wechat", "sms"])
    followers.session.commit()
    event = Receipt("wechat", ReceiptKind.DELIVERED, "wechat:sent:7:success", vendor_reference="7", address="oFollower1", code="0",
                    gateway="wechat", booked_at=(clock.now(),), whole=True)
    for reference in (REFERENCE, "PY-2026-002"):
        number = dispatches.send(both_databases, account, reference=reference, actor=SENDER, now=clock.now(), settings=SETTINGS).dispatch
        with both_databases.writing() as session:
            claim = claims.claim_next(session, "wechat", "worker", clock.now(), SETTINGS)
        assert claim is not None
        calls.prepare(both_databases, keyring, claim, "worker", lambda rows, purpose: ([("wechat", [row]) for row in rows], 0), count=10,
                      now=clock.now(), settings=SETTINGS)
        assert receipts.take(both_databases, keyring, [event], clock.now()) == (reference == REFERENCE)
        assert rows(both_databases, number)["王家"][0] == ("delivered" if reference == REFERENCE else "sending")
