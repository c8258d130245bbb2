"""One table for every receiver: what it may make of whatever comes, genuine, forged, hostile, early, twice or mixed up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Received, Receiver, Request, Response
from channels.failures import CallbackRefused
from channels.messages import ReceiptKind, Reply
from channels.registry import Channels
from channels.simulators.identity import demo_config
from channels.simulators.running import Running
from kernel.clock import SetClock
from kernel.http import Network
from tests.channels.calling import HookCalls, call, eventually, run
from tests.channels.vendor_algorithms import wechat_encrypt, wechat_sha1

PHONES = tuple(f"139{number:08d}" for number in range(1, 4))
OPENIDS = ("o-wang-0001",)


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


WECHAT_CONSENT = b"""<xml><ToUserName>gh</ToUserName><FromUserName>o-wang-0001</FromUserName><CreateTime>1795399190</CreateTime>
<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent><List><TemplateId>t</TemplateId>
<SubscribeStatusString>accept</SubscribeStatusString></List></SubscribeMsgPopupEvent></xml>"""
WECHAT_JOB = b"""<xml><ToUserName>gh</ToUserName><FromUserName>o-wang-0001</FromUserName><CreateTime>1795399190</CreateTime>
<MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>7</MsgID><Status>err(10001)</Status></xml>"""
WECHAT_TEXT = ("<xml><ToUserName>gh</ToUserName><FromUserName>o-wang-0001</FromUserName><CreateTime>1795399190</CreateTime>"
               "<MsgType>text</MsgType><Content>医保</Content><MsgId>1</MsgId></xml>").encode()
RECEIVERS: dict[str, tuple[ReceiverRow, ...]] = {
    "wechat": (
        ReceiverRow(wechat_plain, WECHAT_TEXT, lambda request: changed(request, signature="0" * 40)),
        ReceiverRow(wechat_sealed, WECHAT_TEXT, lambda request: changed(request, msg_signature="0" * 40)),
        ReceiverRow(wechat_sealed, WECHAT_CONSENT, lambda request: changed(request, msg_signature="0" * 40)),
        ReceiverRow(wechat_plain, WECHAT_JOB, lambda request: changed(request, signature="0" * 40)),
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


def test_every_receiver_is_in_the_table(channels: Channels) -> None:
    assert set(RECEIVERS) == set(channels.receivers) | {"telegram"}


@each_receiver
def test_a_genuine_callback_is_read_and_thanked(name: str, row: ReceiverRow, unplugged: Channels, clock: SetClock) -> None:
    received = taken(receiver(name, unplugged), row.genuine(row.good, clock, unplugged))
    assert received is not None
    assert len(received.incoming) + len(received.receipts) + len(received.consents) + len(received.jobs) == 1


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
                     "Status", "Location_X", "Location_Y", "Recognition", "Ticket", "SubscribeMsgPopupEvent", "SubscribeMsgSentEvent", "List",
                     "MsgId", "TotalCount"]),
    st.sampled_from(["text", "event", "voice", "location", "subscribe", "SCAN", "CLICK", "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH", "subscribe_msg_popup_event",
                     "subscribe_msg_sent_event", "<List><MsgID>1</MsgID><ErrorCode>0</ErrorCode></List>", "1", "-1", "",
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
    assert len({(receipt.key, receipt.address) for receipt in receipts}) == len(addresses)
    assert {receipt.kind for receipt in receipts} == {ReceiptKind.DELIVERED}
    assert {receipt.address for receipt in receipts} == set(addresses)
    references = {outcome.vendor_reference for outcome in outcomes}
    assert all(receipt.attempt == one.attempt or receipt.vendor_reference in references for receipt in receipts)
