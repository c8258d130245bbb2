"""One table for every sender: what it may answer to whatever a vendor does. The receivers' table stands in test_receivers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from channels.contract import Sender
from channels.failures import FateKind, OutcomeKind
from channels.messages import Call
from channels.registry import Channels
from channels.simulators.running import Running
from channels.sms.roads import Roads
from kernel.clock import SetClock
from kernel.http import Network
from tests.channels.calling import HookCalls, call, content, run, speaking
from tests.channels.fixtures import Opens
from tests.servers import free_port

PHONES = tuple(f"139{number:08d}" for number in range(1, 4))
OPENIDS = ("o-wang-0001",)
CHATS = ("700123001",)


@dataclass(frozen=True)
class SenderRow:
    """A sender, how to reach it, whom it writes to, an error the vendor puts inside an answer, and what that means."""

    find: Callable[[Channels], Any]
    vendor: str
    addresses: tuple[str, ...]
    errcode: str
    means: OutcomeKind
    # What asking about an unknown call says when the vendor took it, and when it did not (after the horizon).
    taken: FateKind
    lost: FateKind
    # How long the vendor's "too fast" rests: HTTP says it, a carrier's code does not.
    rests: timedelta = timedelta(seconds=3)
    is_line: bool = False


LINE_RESTS = timedelta(seconds=5)
SENDERS = {
    "aliyun, one number": SenderRow(lambda c: c.gateways["aliyun"], "aliyun", PHONES[:1], "isv.AMOUNT_NOT_ENOUGH",
                                    OutcomeKind.MISCONFIGURED, FateKind.DELIVERED, FateKind.NOT_FOUND),
    "aliyun, bulk": SenderRow(lambda c: c.gateways["aliyun"], "aliyun", PHONES, "isv.BUSINESS_LIMIT_CONTROL",
                              OutcomeKind.THROTTLED, FateKind.DELIVERED, FateKind.NOT_FOUND),
    "tencent": SenderRow(lambda c: c.gateways["tencent"], "tencent", PHONES, "LimitExceeded.PhoneNumberDailyLimit",
                         OutcomeKind.REFUSED, FateKind.NO_ANSWER, FateKind.NO_ANSWER),
    "cmpp, one number": SenderRow(lambda c: c.gateways["cmpp"], "cmpp", PHONES[:1], "13", OutcomeKind.REFUSED,
                                  FateKind.NO_ANSWER, FateKind.NO_ANSWER, LINE_RESTS, is_line=True),
    "cmpp, bulk": SenderRow(lambda c: c.gateways["cmpp"], "cmpp", PHONES, "7", OutcomeKind.MISCONFIGURED,
                            FateKind.NO_ANSWER, FateKind.NO_ANSWER, LINE_RESTS, is_line=True),
    "smpp": SenderRow(lambda c: c.gateways["smpp"], "smpp", PHONES[:1], "0x0b", OutcomeKind.REFUSED,
                      FateKind.NO_ANSWER, FateKind.NO_ANSWER, LINE_RESTS, is_line=True),
    # Asking WeChat repeats the message under its client_msg_id, so after it the message is taken in either case.
    "wechat": SenderRow(lambda c: c.senders["wechat"], "wechat", OPENIDS, "43101", OutcomeKind.REFUSED,
                        FateKind.TAKEN, FateKind.TAKEN),
    "telegram": SenderRow(lambda c: c.talkers["telegram"], "telegram", CHATS, "403", OutcomeKind.RECIPIENT_GONE,
                          FateKind.NO_ANSWER, FateKind.NO_ANSWER),
}
each_sender = pytest.mark.parametrize("row", SENDERS.values(), ids=SENDERS.keys())


def begun(row: SenderRow, clock: SetClock) -> Call:
    return call(clock, *row.addresses, said=replace(content(), text="请于12月31日前办理。"))


def sent(row: SenderRow, channels: Channels, network: Network, one: Call) -> list:
    outcomes = run(network, lambda client: row.find(channels).send(client, one))
    assert [outcome.reference for outcome in outcomes] == [message.reference for message in one.messages]
    for address in row.addresses:
        assert address not in repr(outcomes) + repr(one)
    return outcomes


def kinds(outcomes: list) -> set[OutcomeKind]:
    return {outcome.kind for outcome in outcomes}


def test_every_channel_is_in_the_table(channels: Channels) -> None:
    # Several gateways behind one channel are each a row of their own.
    opened = {*channels.senders.values(), *channels.gateways.values(), *channels.talkers.values()}
    opened = {one for one in opened if not isinstance(one, Roads)}
    known = {row.find(channels) for row in SENDERS.values()}
    assert {one for one in opened if hasattr(one, "ask_fate")} == known


@each_sender
def test_a_message_that_is_taken_is_accepted_and_booked_once(
    row: SenderRow, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    outcomes = sent(row, channels, network, begun(row, clock))
    assert kinds(outcomes) == {OutcomeKind.ACCEPTED}
    assert all(outcome.vendor_reference for outcome in outcomes)
    assert simulators.ledger.addresses() == dict.fromkeys(row.addresses, 1)


@each_sender
def test_an_error_inside_the_answer_is_no_success(
    row: SenderRow, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("errcode", row.errcode, vendor=row.vendor)
    outcomes = sent(row, channels, network, begun(row, clock))
    assert kinds(outcomes) == {row.means}
    assert all(row.errcode in outcome.code for outcome in outcomes)
    assert simulators.ledger.messages == 0


@each_sender
def test_a_429_is_throttled_for_as_long_as_the_vendor_says(
    row: SenderRow, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("status", 429, vendor=row.vendor)
    outcomes = sent(row, channels, network, begun(row, clock))
    assert kinds(outcomes) == {OutcomeKind.THROTTLED}
    assert {outcome.wait for outcome in outcomes} == {row.rests}
    assert all(outcome.kind.may_be_sent_again for outcome in outcomes)


@each_sender
@pytest.mark.parametrize(("fault", "value"), [
    ("lose_answer", ""), ("cut", ""), ("garble", ""), ("slow", 4), ("status_after", 500), ("status_after", 504)])
def test_what_was_taken_without_an_answer_is_unknown_and_never_sent_twice(
    row: SenderRow, fault: str, value: object, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add(fault, value, vendor=row.vendor, times=1)
    one = begun(row, clock)
    outcomes = sent(row, channels, network, one)
    assert kinds(outcomes) == {OutcomeKind.UNKNOWN}
    assert not any(outcome.kind.may_be_sent_again for outcome in outcomes)
    clock.advance(timedelta(seconds=130))
    fates = run(network, lambda client: row.find(channels).ask_fate(client, one))
    assert [fate.reference for fate in fates] == [message.reference for message in one.messages]
    assert fates[0].kind is row.taken
    assert FateKind.NOT_FOUND not in {fate.kind for fate in fates}
    assert simulators.ledger.addresses() == dict.fromkeys(row.addresses, 1)


@each_sender
@pytest.mark.parametrize(("fault", "value"), [("drop", ""), ("status", 500), ("status", 503)])
def test_what_was_lost_before_it_was_taken_is_unknown_too(
    row: SenderRow, fault: str, value: object, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add(fault, value, vendor=row.vendor, times=1)
    one = begun(row, clock)
    assert kinds(sent(row, channels, network, one)) == {OutcomeKind.UNKNOWN}
    early = run(network, lambda client: row.find(channels).ask_fate(client, one))
    assert FateKind.NOT_FOUND not in {fate.kind for fate in early}
    clock.advance(timedelta(seconds=130))
    fates = run(network, lambda client: row.find(channels).ask_fate(client, one))
    assert {fate.kind for fate in fates} == {row.lost}


@each_sender
def test_a_vendor_nobody_answers_at_leaves_the_message_unsent(
    row: SenderRow, opens: Opens, clock: SetClock, network: Network
) -> None:
    channels = opens(f"http://127.0.0.1:{free_port()}", {})
    outcomes = sent(row, channels, network, begun(row, clock))
    assert kinds(outcomes) == {OutcomeKind.THROTTLED}
    assert all("not_sent" in outcome.code for outcome in outcomes)


@each_sender
def test_an_address_that_is_no_vendors_is_a_matter_of_settings(
    row: SenderRow, hooks: HookCalls, opens: Opens, clock: SetClock, network: Network
) -> None:
    hooks.answer = lambda name, request: (404, b"<h1>Not Found</h1>")
    with speaking(b"HTTP/1.1 404 Not Found\r\n\r\n<h1>Not Found</h1>") as stranger:
        channels = opens(stranger if row.is_line else hooks.address, {})
        assert kinds(sent(row, channels, network, begun(row, clock))) == {OutcomeKind.MISCONFIGURED}


@each_sender
@pytest.mark.parametrize("answer", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"Response":[]}', b'{"Code":[]}',
                                    b'{"errcode":"0"}', b'{"ok":1}', b"[" * 100_000])
def test_an_answer_nobody_can_read_is_unknown(
    row: SenderRow, answer: bytes, hooks: HookCalls, opens: Opens, clock: SetClock, network: Network, simulators: Running
) -> None:
    token = json.dumps({"access_token": "t", "expires_in": 7200}).encode()
    hooks.answer = lambda name, request: (200, token if name == "stable_token" else answer)
    # A carrier's line is logged in to before it can answer with anything.
    simulators.faults.add("garble", answer.hex() or "00", vendor=row.vendor if row.is_line else "nobody")
    channels = opens(simulators.address if row.is_line else hooks.address, {})
    assert kinds(sent(row, channels, network, begun(row, clock))) == {OutcomeKind.UNKNOWN}


@each_sender
def test_a_sender_declares_what_it_can_carry(row: SenderRow, channels: Channels, clock: SetClock, network: Network) -> None:
    sender: Sender = row.find(channels)
    assert sender.name
    assert sender.gateway
    assert sender.limits.bulk >= len(row.addresses)
    too_many = call(clock, *(row.addresses[:1] * (sender.limits.bulk + 1)))
    with pytest.raises(ValueError, match="call"):
        run(network, lambda client: sender.send(client, too_many))
