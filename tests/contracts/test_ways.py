"""Every way of saying something that is no dispatch, against the same faults; and clocks and keys that are wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from channels.failures import Outcome, OutcomeKind
from channels.messages import Consent, Content, Message, Purpose
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from channels.simulators.running import Running, start_simulators
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from tests.channels.calling import HookCalls, call, run
from tests.channels.fixtures import ALL, Opens
from tests.servers import free_port

PHONE, OPENID, CHAT, TEMPLATE = "13900000001", "o-wang-0001", "700123001", "subscription-1"
CHANGES = {**ALL, "WECHAT_TEMPLATE_NOTICE": "", "WECHAT_SUBSCRIPTION_TEMPLATE": TEMPLATE}


@dataclass(frozen=True)
class Way:
    """One request, to which vendor, and an error that stands inside an answer."""

    vendor: str
    errcode: str
    means: OutcomeKind
    do: Callable[[Any, Channels, SetClock], Awaitable[Outcome]]


async def by_consent(client: Any, channels: Channels, clock: SetClock) -> Outcome:
    return (await channels.senders["wechat"].send(client, call(clock, OPENID)))[0]


async def in_a_window(client: Any, channels: Channels, clock: SetClock) -> Outcome:
    return await channels.talkers["wechat"].say(client, Message(0, OPENID, Content(Purpose.CONSULTATION, "医保缴到12月31日。")))


async def to_everybody(client: Any, channels: Channels, clock: SetClock) -> Outcome:
    assert channels.wechat is not None
    return await channels.wechat.broadcast(client, "b-1", "全县停水通知")


async def by_text(client: Any, channels: Channels, clock: SetClock) -> Outcome:
    return await channels.talkers["sms"].say(client, Message(0, PHONE, Content(Purpose.CODE, "", {"code": "123456", "minutes": "10"})))


async def by_telegram(client: Any, channels: Channels, clock: SetClock) -> Outcome:
    return await channels.talkers["telegram"].say(client, Message(0, CHAT, Content(Purpose.NOTICE, "全县停水通知")))


WAYS = {
    "wechat, by consent": Way("wechat", "43101", OutcomeKind.REFUSED, by_consent),
    "wechat, in a window": Way("wechat", "45015", OutcomeKind.REFUSED, in_a_window),
    "wechat, to everybody": Way("wechat", "45028", OutcomeKind.REFUSED, to_everybody),
    "sms, a code": Way("aliyun", "isv.AMOUNT_NOT_ENOUGH", OutcomeKind.MISCONFIGURED, by_text),
    "telegram": Way("telegram", "403", OutcomeKind.RECIPIENT_GONE, by_telegram),
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@pytest.fixture
def simulators(hooks: HookCalls, clock: SetClock):
    with start_simulators(hooks=hooks.address, clock=clock, changes=CHANGES) as running:
        running.call(lambda: running.simulators.wechat.desk.consent(OPENID, TEMPLATE))
        yield running


@pytest.fixture
def channels(simulators: Running, opens: Opens, clock: SetClock) -> Channels:
    opened = opens(simulators.address, CHANGES)
    assert opened.openings is not None
    opened.openings.take([Consent("wechat", OPENID, TEMPLATE, is_given=True, at=clock.now())])
    return opened


def done(way: Way, channels: Channels, network: Network, clock: SetClock) -> Outcome:
    outcome = run(network, lambda client: way.do(client, channels, clock))
    assert isinstance(outcome, Outcome)
    return outcome


@each_way
def test_what_is_taken_is_booked_once(way: Way, channels: Channels, network: Network, clock: SetClock, simulators: Running) -> None:
    assert done(way, channels, network, clock).kind is OutcomeKind.ACCEPTED
    assert simulators.ledger.messages == 1


@each_way
@pytest.mark.parametrize(("fault", "value", "kind", "booked"), [
    ("status", 429, OutcomeKind.THROTTLED, 0), ("status", 503, OutcomeKind.UNKNOWN, 0), ("drop", "", OutcomeKind.UNKNOWN, 0),
    ("lose_answer", "", OutcomeKind.UNKNOWN, 1), ("cut", "", OutcomeKind.UNKNOWN, 1), ("slow", 4, OutcomeKind.UNKNOWN, 1),
    ("garble", "", OutcomeKind.UNKNOWN, 1), ("status_after", 504, OutcomeKind.UNKNOWN, 1)])
def test_a_fault_says_what_it_is_and_nothing_goes_twice(
    way: Way, channels: Channels, network: Network, clock: SetClock, simulators: Running, fault: str, value: object,
    kind: OutcomeKind, booked: int,
) -> None:
    simulators.faults.add(fault, value, vendor=way.vendor, times=1)
    assert done(way, channels, network, clock).kind is kind
    assert simulators.ledger.messages == booked


@each_way
def test_an_error_inside_a_200_is_no_success(
    way: Way, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("errcode", way.errcode, vendor=way.vendor)
    outcome = done(way, channels, network, clock)
    assert (outcome.kind, simulators.ledger.messages) == (way.means, 0)


@each_way
def test_a_vendor_nobody_answers_at_leaves_it_unsent(way: Way, opens: Opens, network: Network, clock: SetClock) -> None:
    closed = opens(f"http://127.0.0.1:{free_port()}", CHANGES)
    assert closed.openings is not None
    closed.openings.take([Consent("wechat", OPENID, TEMPLATE, is_given=True, at=clock.now())])
    outcome = done(way, closed, network, clock)
    assert outcome.kind is OutcomeKind.THROTTLED
    assert "not_sent" in outcome.code


# A vendor that signs by time refuses a clock that is wrong by more than this (help.aliyun.com 2593177: 15 minutes;
# cloud.tencent.com 382/52071: 5 minutes). Nothing was taken, and every later call would be refused too: a setting's matter.
TOLERATED = {"aliyun": timedelta(minutes=15), "tencent": timedelta(minutes=5)}


@pytest.mark.parametrize(("gateway", "tolerated"), TOLERATED.items())
@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_is_wrong_is_a_matter_of_settings_and_says_so(
    gateway: str, tolerated: timedelta, sign: int, simulators: Running, database: Database, keyring: Keyring, network: Network,
    clock: SetClock,
) -> None:
    for off, kind in ((tolerated - timedelta(seconds=5), OutcomeKind.ACCEPTED),
                      (tolerated + timedelta(seconds=5), OutcomeKind.MISCONFIGURED)):
        ours = SetClock(clock.now() + sign * off)
        opened = open_channels(simulators.config, database, keyring, ours)
        (outcome,) = run(network, lambda client, opened=opened, ours=ours: opened.gateways[gateway].send(client, call(ours, PHONE)))
        assert outcome.kind is kind
    assert "请校准服务器的时间" in outcome.words
    assert simulators.ledger.messages == 1


@pytest.mark.parametrize(("vendor", "changes"), [
    ("aliyun", {"ALIYUN_SMS_ACCESS_KEY_SECRET": "another"}), ("aliyun", {"ALIYUN_SMS_ACCESS_KEY_ID": "another"}),
    ("tencent", {"TENCENT_SMS_SECRET_KEY": "another"}), ("tencent", {"TENCENT_SMS_SECRET_ID": "another"}),
    ("wechat", {"WECHAT_APP_SECRET": "another"}), ("telegram", {"TELEGRAM_TOKEN": "1:another"})])
def test_a_signature_the_vendor_does_not_know_is_a_matter_of_settings(
    vendor: str, changes: dict[str, str], simulators: Running, database: Database, keyring: Keyring, network: Network,
    clock: SetClock,
) -> None:
    opened = open_channels(demo_config(simulators.address, {**ALL, **changes}), database, keyring, clock)
    sender = opened.gateways.get(vendor) or opened.senders.get(vendor) or opened.talkers[vendor]
    address = {"wechat": OPENID, "telegram": CHAT}.get(vendor, PHONE)
    (outcome,) = run(network, lambda client: sender.send(client, call(clock, address, said=Content(Purpose.NOTICE, "停水", {
        "title": "停水", "deadline": "今天", "where": "全县", "phone": "12345"}))))
    assert outcome.kind is OutcomeKind.MISCONFIGURED
    assert simulators.ledger.messages == 0
