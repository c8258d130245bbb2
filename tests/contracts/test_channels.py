"""One table for every channel: what a sender may answer to whatever a vendor does, and a receiver to whatever comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Received, Receiver, Request, Response, Sender
from channels.failures import CallbackRefused, FateKind, OutcomeKind
from channels.messages import Call, ReceiptKind, Reply
from channels.registry import Channels
from channels.simulators.identity import demo_config
from channels.simulators.running import Running
from kernel.clock import SetClock
from kernel.http import Network
from tests.channels.calling import HookCalls, call, content, eventually, run, speaking
from tests.channels.fixtures import Opens
from tests.channels.vendor_algorithms import wechat_encrypt, wechat_sha1
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
    opened = {*channels.senders.values(), *channels.gateways.values(), *channels.talkers.values()}
    known = {row.find(channels) for row in SENDERS.values()}
    assert {one for one in opened if hasattr(one, "ask_fate")} == known
    assert set(RECEIVERS) == set(channels.receivers) | {"telegram"}


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
    ("lose_answer", ""), ("cut", ""), ("garble", ""), ("slow", 2), ("status_after", 500), ("status_after", 504)])
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


# --- the receiving half -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReceiverRow:
    """A receiver: how a genuine callback is wrapped around a body, and a body that says something."""

    genuine: Callable[[bytes, SetClock, Channels], Request]
    good: bytes
    forged: Callable[[Request], Request] | None


def changed(request: Request, **query: str) -> Request:
    return Request(request.method, {**request.query, **query}, request.headers, request.body)


def wechat_plain(body: bytes, clock: SetClock, _: object) -> Request:
    stamp = str(int(clock.now().timestamp()))
    return Request("POST", {"timestamp": stamp, "nonce": "n", "signature": wechat_sha1("simulatedtoken", stamp, "n")}, {}, body)


def wechat_sealed(body: bytes, clock: SetClock, _: object) -> Request:
    account = demo_config("http://127.0.0.1:1").wechat
    encrypted, plain = wechat_encrypt(body, account.wechat_aes_key, account.wechat_app_id), wechat_plain(body, clock, _)
    signature = wechat_sha1("simulatedtoken", plain.query["timestamp"], "n", encrypted)
    xml = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    return Request("POST", {**plain.query, "encrypt_type": "aes", "msg_signature": signature}, {}, xml)


def posted(body: bytes, *_: object) -> Request:
    return Request("POST", {}, {"x-telegram-bot-api-secret-token": "hooksecret"}, body, "203.0.113.7")


WECHAT_TEXT = ("<xml><ToUserName>gh</ToUserName><FromUserName>o-wang-0001</FromUserName><CreateTime>1795399190</CreateTime>"
               "<MsgType>text</MsgType><Content>医保</Content><MsgId>1</MsgId></xml>").encode()
RECEIVERS: dict[str, tuple[ReceiverRow, ...]] = {
    "wechat": (
        ReceiverRow(wechat_plain, WECHAT_TEXT, lambda request: changed(request, signature="0" * 40)),
        ReceiverRow(wechat_sealed, WECHAT_TEXT, lambda request: changed(request, msg_signature="0" * 40)),
    ),
    "aliyun": (ReceiverRow(posted, b'[{"phone_number":"13900000001","success":true,"biz_id":"1","out_id":"a"}]', None),),
    "tencent": (ReceiverRow(posted, b'[{"mobile":"13900000001","report_status":"SUCCESS","sid":"1"}]', None),),
    "telegram": (ReceiverRow(
        posted, b'{"update_id":1,"message":{"text":"hi","chat":{"id":700123001,"type":"private"}}}',
        lambda request: Request("POST", {}, {}, request.body)),),
}
ROWS = [(name, row) for name, rows in RECEIVERS.items() for row in rows]
each_receiver = pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name}-{row.genuine.__name__}" for name, row in ROWS])

HOSTILE = {
    "empty": b"",
    "not utf-8": b"\xff\xfe<xml>\xc3\x28</xml>",
    "nul": b"\x00" * 100,
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>',
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>',
    "nested tags": (b"<a>" * 9000) + (b"</a>" * 9000),
    "tags never closed": b"<a>" * 21_000,
    "nested lists": b"[" * 64_000,
    "nested objects": b'{"a":' * 12_000,
    "long number": b'{"update_id":' + b"9" * 60_000 + b"}",
    "json constants": b"[NaN, Infinity, null, true]",
    "list of lists": b"[[[]]]",
    "surrogates": b'[{"phone_number":"13900000001","content":"\\ud800\\u0000"}]',
    "a page": b"<html><body>hello</body></html>",
}


def receiver(name: str, unplugged: Channels) -> Receiver:
    if name != "telegram":
        return unplugged.receivers[name]
    from channels.telegram.receiver import TelegramReceiver
    from channels.telegram.settings import TelegramSettings

    return TelegramReceiver(TelegramSettings.model_validate({"telegram_token": "1:x", "telegram_webhook_secret": "hooksecret"}))


def taken(receiver: Receiver, request: Request) -> Received | None:
    """What was received, or None when it was refused as it should be."""
    refusal = None
    try:
        received = receiver.receive(request)
    except CallbackRefused as refused:
        refusal = refused
    if refusal is not None:
        assert 400 <= refusal.status < 500
        assert refusal.words.endswith("。")
        return None
    answer = receiver.acknowledge(received, [Reply("好的")] if received.incoming else [])
    assert isinstance(answer, Response)
    assert answer.status == 200
    for one in (*received.incoming, *received.receipts):
        json.dumps([one.key]).encode()
        assert "13900000001" not in repr(one) + one.key
        assert "o-wang-0001" not in repr(one) + one.key
    return received


@each_receiver
def test_a_genuine_callback_is_read_and_thanked(name: str, row: ReceiverRow, unplugged: Channels, clock: SetClock) -> None:
    received = taken(receiver(name, unplugged), row.genuine(row.good, clock, unplugged))
    assert received is not None
    assert len(received.incoming) + len(received.receipts) == 1


@each_receiver
def test_repeated_callbacks_carry_the_same_keys(name: str, row: ReceiverRow, unplugged: Channels, clock: SetClock) -> None:
    keys = []
    for _ in range(2):
        received = taken(receiver(name, unplugged), row.genuine(row.good, clock, unplugged))
        assert received is not None
        keys.append([one.key for one in (*received.incoming, *received.receipts)])
    assert keys[0] == keys[1]


@each_receiver
def test_a_forged_callback_is_refused_where_the_vendor_signs(
    name: str, row: ReceiverRow, unplugged: Channels, clock: SetClock
) -> None:
    if row.forged is None:
        # Aliyun and Tencent do not sign: what they say counts only where a delivery of ours is named.
        received = taken(receiver(name, unplugged), row.genuine(row.good, clock, unplugged))
        assert received is not None
        assert all(receipt.attempt or receipt.vendor_reference for receipt in received.receipts)
        return
    with pytest.raises(CallbackRefused) as refused:
        receiver(name, unplugged).receive(row.forged(row.genuine(row.good, clock, unplugged)))
    assert refused.value.status == 403


@each_receiver
@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_other_methods_are_refused(name: str, row: ReceiverRow, method: str, unplugged: Channels, clock: SetClock) -> None:
    good = row.genuine(row.good, clock, unplugged)
    assert taken(receiver(name, unplugged), Request(method, good.query, good.headers, good.body)) is None


@each_receiver
@pytest.mark.parametrize("what", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies_in_genuine_callbacks_do_no_harm(
    name: str, row: ReceiverRow, what: bytes, unplugged: Channels, clock: SetClock
) -> None:
    taken(receiver(name, unplugged), row.genuine(what, clock, unplugged))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["phone_number", "success", "content", "biz_id", "out_id", "err_code", "mobile", "report_status", "text", "sid", "time",
         "update_id", "message", "chat", "id", "type", "date", "location", "my_chat_member", "report_time", "sequence_id"],
    ), inner | st.just("13900000001") | st.just("private"), max_size=6), max_leaves=25)
xml_values = st.lists(st.tuples(
    st.sampled_from(["MsgType", "Event", "EventKey", "FromUserName", "ToUserName", "CreateTime", "Content", "MsgId", "MsgID",
                     "Status", "Location_X", "Location_Y", "Recognition", "Ticket"]),
    st.sampled_from(["text", "event", "voice", "location", "subscribe", "SCAN", "CLICK", "TEMPLATESENDJOBFINISH", "1", "-1", "",
                     "1e99", "<a>b</a>", "&amp;", "9" * 30, "qrscene_a", "<![CDATA[x]]>"]) | st.text(max_size=8)), max_size=10)


@each_receiver
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_body_in_a_genuine_callback_ends_in_an_answer_or_a_refusal(
    name: str, row: ReceiverRow, unplugged: Channels, clock: SetClock, data: st.DataObject
) -> None:
    body = data.draw(st.one_of(
        st.binary(max_size=200),
        json_values.map(lambda value: json.dumps(value).encode()),
        xml_values.map(lambda rows: ("<xml>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in rows) + "</xml>")
                       .encode("utf-8", "replace"))))
    taken(receiver(name, unplugged), row.genuine(body, clock, unplugged))


@pytest.mark.parametrize("vendor", ["aliyun", "tencent", "wechat"])
def test_receipts_that_come_twice_early_and_mixed_up_still_name_each_message_once(
    vendor: str, channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    habits = simulators.faults.receipts
    habits.duplicate, habits.early, habits.out_of_order = 1.0, True, True
    sender = channels.gateways.get(vendor) or channels.senders[vendor]
    addresses = OPENIDS if vendor == "wechat" else PHONES
    one = call(clock, *addresses)
    outcomes = run(network, lambda client: sender.send(client, one))
    assert eventually(lambda: simulators.simulators.world.postman.is_idle)
    receipts = [receipt for request in hooks.of(vendor) for receipt in channels.receivers[vendor].receive(request).receipts]
    assert len(receipts) == 2 * len(addresses)
    assert len({receipt.key for receipt in receipts}) == len(addresses)
    assert {receipt.kind for receipt in receipts} == {ReceiptKind.DELIVERED}
    assert {receipt.address for receipt in receipts} == set(addresses)
    references = {outcome.vendor_reference for outcome in outcomes}
    assert all(receipt.attempt == one.attempt or receipt.vendor_reference in references for receipt in receipts)
