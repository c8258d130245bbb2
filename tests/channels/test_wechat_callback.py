"""The WeChat callback: verified before it is parsed, plain and encrypted, answered in the same form."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from channels.contract import Request
from channels.failures import CallbackRefused
from channels.messages import IncomingKind, ReceiptKind, Reply
from channels.wechat.callback import WechatReceiver
from channels.wechat.settings import WechatSettings
from channels.wechat.signatures import Signatures
from kernel.clock import SetClock
from kernel.database import Database
from tests.channels.vendor_algorithms import wechat_decrypt, wechat_encrypt, wechat_sha1

TOKEN, APP_ID, AES_KEY = "atoken", "wx1234567890abcdef", "emhpZGEtZGVtby1vbmx5LW5vdC1hLXNlY3JldC1rZXk"
OPENID, ACCOUNT = "o-wang-0001", "gh_office"


def settings(**changes: object) -> WechatSettings:
    return WechatSettings.model_validate({
        "wechat_app_id": APP_ID, "wechat_token": TOKEN, "wechat_aes_key": AES_KEY, **changes})


@pytest.fixture
def receiver(clock: SetClock) -> WechatReceiver:
    return WechatReceiver(settings(), clock)


def message(kind: str, inner: str) -> str:
    return (f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>"
            f"<CreateTime>1795399190</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inner}</xml>")


TEXT = message("text", "<Content><![CDATA[医保怎么交]]></Content><MsgId>23456789012345678</MsgId>")


def signed(clock: SetClock, body: str | bytes, method: str = "POST", **query: str) -> Request:
    stamp, nonce = str(int(clock.now().timestamp())), "nonce-1"
    given = {"signature": wechat_sha1(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce, **query}
    return Request(method, given, {}, body if isinstance(body, bytes) else body.encode())


def sealed(clock: SetClock, xml: str | bytes, app_id: str = APP_ID, **query: str) -> Request:
    raw = xml if isinstance(xml, bytes) else xml.encode()
    encrypted = wechat_encrypt(raw, AES_KEY, app_id)
    stamp = str(int(clock.now().timestamp()))
    body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return signed(clock, body, **{
        "encrypt_type": "aes", "msg_signature": wechat_sha1(TOKEN, stamp, "nonce-1", encrypted), **query})


def refusal(receiver: WechatReceiver, request: Request) -> int:
    with pytest.raises(CallbackRefused) as refused:
        receiver.receive(request)
    assert OPENID not in refused.value.words
    return refused.value.status


def test_the_platforms_check_of_the_address_gets_its_echo_back(receiver: WechatReceiver, clock: SetClock) -> None:
    received = receiver.receive(signed(clock, b"", "GET", echostr="5927782489442352469"))
    assert received.response is not None
    assert received.response.body == b"5927782489442352469"
    assert refusal(receiver, signed(clock, b"", "GET", echostr="x", signature="0" * 40)) == 403


@pytest.mark.parametrize("form", [signed, sealed])
def test_a_text_is_read_plain_and_encrypted(form, receiver: WechatReceiver, clock: SetClock) -> None:
    received = receiver.receive(form(clock, TEXT))
    (said,) = received.incoming
    assert (said.channel, said.address, said.kind, said.text) == ("wechat", OPENID, IncomingKind.TEXT, "医保怎么交")
    assert said.key == "wechat:23456789012345678"
    assert received.in_place
    assert OPENID not in repr(received)


def test_the_reply_goes_back_to_the_person_in_the_same_form(receiver: WechatReceiver, clock: SetClock) -> None:
    reply = Reply("请问您问的是哪一项？", ("居民医保缴费", "医保报销"), "https://zd.example.gov.cn/ask")
    expected = "请问您问的是哪一项？\n1. 居民医保缴费\n2. 医保报销\nhttps://zd.example.gov.cn/ask"
    plain = receiver.acknowledge(receiver.receive(signed(clock, TEXT)), [reply]).body.decode()
    assert f"<ToUserName><![CDATA[{OPENID}]]></ToUserName>" in plain
    assert f"<FromUserName><![CDATA[{ACCOUNT}]]></FromUserName>" in plain
    assert expected in plain
    closed = receiver.acknowledge(receiver.receive(sealed(clock, TEXT)), [reply]).body.decode()
    fields = dict(re.findall(r"<(\w+)>(?:<!\[CDATA\[)?([^\]<]+)", closed.removeprefix("<xml>")))
    assert fields["MsgSignature"] == wechat_sha1(TOKEN, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    opened, app_id = wechat_decrypt(fields["Encrypt"], AES_KEY)
    assert app_id == APP_ID
    assert expected in opened


def test_a_reply_cannot_break_out_of_its_frame(receiver: WechatReceiver, clock: SetClock) -> None:
    import xmltodict

    answer = receiver.acknowledge(receiver.receive(signed(clock, TEXT)), [Reply("a]]></Content><Evil>b&<c>")])
    assert xmltodict.parse(answer.body)["xml"]["Content"] == "a]]></Content><Evil>b&<c>"
    assert "Evil" not in xmltodict.parse(answer.body)["xml"]


def test_a_reply_holds_at_most_2048_bytes_and_says_that_it_was_cut(receiver: WechatReceiver, clock: SetClock) -> None:
    answer = receiver.acknowledge(receiver.receive(signed(clock, TEXT)), [Reply("这一句话有十个字呢。" * 200)]).body.decode()
    content = re.search(r"<Content><!\[CDATA\[(.*?)\]\]>", answer, re.DOTALL)
    assert content is not None
    assert len(content[1].encode()) <= 2048
    assert content[1].endswith("未完）")


def test_nothing_to_say_is_success(receiver: WechatReceiver, clock: SetClock) -> None:
    assert receiver.acknowledge(receiver.receive(signed(clock, TEXT)), []).body == b"success"


@pytest.mark.parametrize(("kind", "inner", "expected"), [
    ("voice", "<MediaId>m</MediaId><Recognition><![CDATA[低保咋申请。]]></Recognition><MsgId>1</MsgId>",
     (IncomingKind.VOICE, "低保咋申请。", None, None)),
    ("voice", "<MediaId>m</MediaId><MsgId>1</MsgId>", (IncomingKind.VOICE, "", None, None)),
    ("image", "<PicUrl>p</PicUrl><MsgId>1</MsgId>", (IncomingKind.IMAGE, "", None, None)),
    ("location", "<Location_X>35.85</Location_X><Location_Y>106.63</Location_Y><Label><![CDATA[白阳镇]]></Label><MsgId>1</MsgId>",
     (IncomingKind.LOCATION, "白阳镇", None, pytest.approx((35.85038, 106.62585), abs=1e-4))),
    ("location", "<Location_X>nan</Location_X><Location_Y>1e999</Location_Y><MsgId>1</MsgId>",
     (IncomingKind.LOCATION, "", None, None)),
    ("event", "<Event>subscribe</Event><EventKey></EventKey>", (IncomingKind.FOLLOW, "", None, None)),
    ("event", "<Event>subscribe</Event><EventKey>qrscene_v640425100201</EventKey><Ticket>t</Ticket>",
     (IncomingKind.FOLLOW, "", "v640425100201", None)),
    ("event", "<Event>SCAN</Event><EventKey>v640425100201</EventKey>", (IncomingKind.SCAN, "", "v640425100201", None)),
    ("event", "<Event>CLICK</Event><EventKey>latest</EventKey>", (IncomingKind.CLICK, "", "latest", None)),
    ("event", "<Event>unsubscribe</Event>", (IncomingKind.UNFOLLOW, "", None, None)),
    ("video", "<MediaId>m</MediaId><MsgId>1</MsgId>", (IncomingKind.IMAGE, "", None, None)),
    ("link", "<Title>t</Title><Url>u</Url><MsgId>1</MsgId>", (IncomingKind.IMAGE, "", None, None)),
    ("something_new", "<MsgId>1</MsgId>", (IncomingKind.IMAGE, "", None, None)),
    ("event", "<Event>scancode_waitmsg</Event><EventKey>board</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType>"
              "<ScanResult>https://zd.example.gov.cn/q/AbCdEfGhIjKlMn-_</ScanResult></ScanCodeInfo>",
     (IncomingKind.SCAN, "", "AbCdEfGhIjKlMn-_", None)),
    ("event", "<Event>scancode_waitmsg</Event><ScanCodeInfo><ScanResult>https://elsewhere.example/</ScanResult></ScanCodeInfo>",
     (IncomingKind.SCAN, "", None, None)),
])
def test_everything_a_person_does_has_its_kind(kind: str, inner: str, expected: tuple, receiver: WechatReceiver,
                                               clock: SetClock) -> None:
    (said,) = receiver.receive(signed(clock, message(kind, inner))).incoming
    assert (said.kind, said.text, said.scene, said.place) == expected
    assert OPENID not in said.key


def test_repeats_of_an_event_have_one_key_and_other_events_others(receiver: WechatReceiver, clock: SetClock) -> None:
    scan = message("event", "<Event>SCAN</Event><EventKey>a</EventKey>")
    other = message("event", "<Event>SCAN</Event><EventKey>b</EventKey>")
    keys = [receiver.receive(signed(clock, xml)).incoming[0].key for xml in (scan, scan)]
    clock.advance(timedelta(seconds=1))
    assert keys[0] == keys[1] != receiver.receive(signed(clock, other)).incoming[0].key


@pytest.mark.parametrize(("status", "kind"), [
    ("success", ReceiptKind.DELIVERED), ("failed:user block", ReceiptKind.FAILED), ("failed: system failed", ReceiptKind.FAILED)])
def test_the_fate_of_a_template_message_is_a_receipt(
    status: str, kind: ReceiptKind, receiver: WechatReceiver, clock: SetClock
) -> None:
    xml = message("event", f"<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>3000000001</MsgID><Status>{status}</Status>")
    received = receiver.receive(sealed(clock, xml))
    (receipt,) = received.receipts
    assert (receipt.kind, receipt.vendor_reference, receipt.address, receipt.code) == (kind, "3000000001", OPENID, status)
    assert receiver.acknowledge(received, []).body == b"success"


@pytest.mark.parametrize("inner", [
    "<Event>VIEW</Event><EventKey>https://x</EventKey>", "<Event>LOCATION</Event><Latitude>1</Latitude>",
    "<Event>something_new</Event>", "<Event>scancode_push</Event>", "<Event>pic_sysphoto</Event>", ""])
def test_what_zhida_has_no_use_for_is_taken_quietly(inner: str, receiver: WechatReceiver, clock: SetClock) -> None:
    received = receiver.receive(signed(clock, message("event", inner)))
    assert received.incoming == received.receipts == ()
    assert received.response is not None
    assert received.response.body == b"success"


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_stale_timestamps_are_refused(seconds: int, receiver: WechatReceiver, clock: SetClock) -> None:
    request = signed(clock, TEXT)
    clock.advance(timedelta(seconds=seconds))
    assert refusal(receiver, request) == 403


def test_a_repeat_inside_the_window_is_the_platforms_own_retry(receiver: WechatReceiver, clock: SetClock) -> None:
    request = sealed(clock, TEXT)
    clock.advance(timedelta(seconds=15))
    assert receiver.receive(request).incoming == receiver.receive(request).incoming


@pytest.mark.parametrize("changes", [
    {"signature": ""}, {"signature": "0" * 40}, {"signature": "签名"}, {"nonce": "other"}, {"timestamp": ""},
    {"timestamp": "１７９５"}, {"timestamp": "9" * 30}])
def test_forged_callbacks_are_refused(changes: dict[str, str], receiver: WechatReceiver, clock: SetClock) -> None:
    assert refusal(receiver, signed(clock, TEXT, **changes)) == 403


@pytest.mark.parametrize("changes", [{"msg_signature": ""}, {"msg_signature": "0" * 40}, {"signature": "0" * 40}])
def test_forged_encrypted_callbacks_are_refused(changes: dict[str, str], receiver: WechatReceiver, clock: SetClock) -> None:
    assert refusal(receiver, sealed(clock, TEXT, **changes)) == 403


def test_an_encrypted_message_for_another_account_is_refused(receiver: WechatReceiver, clock: SetClock) -> None:
    assert refusal(receiver, sealed(clock, TEXT, app_id="wx-another")) == 400


def test_an_encrypted_callback_without_a_cipher_text_is_refused(receiver: WechatReceiver, clock: SetClock) -> None:
    assert refusal(receiver, signed(clock, TEXT, encrypt_type="aes", msg_signature="0" * 40)) == 400


def test_safe_only_refuses_plain_messages_and_still_echoes(clock: SetClock) -> None:
    receiver = WechatReceiver(settings(wechat_safe_only=True), clock)
    assert refusal(receiver, signed(clock, TEXT)) == 403
    assert receiver.receive(sealed(clock, TEXT)).incoming
    assert receiver.receive(signed(clock, b"", "GET", echostr="1")).response is not None


def test_without_a_key_encrypted_messages_are_refused_with_the_cure(clock: SetClock) -> None:
    receiver = WechatReceiver(settings(wechat_aes_key=""), clock)
    with pytest.raises(CallbackRefused, match="WECHAT_AES_KEY"):
        receiver.receive(sealed(clock, TEXT))


def test_safe_only_without_a_key_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="WECHAT_AES_KEY"):
        settings(wechat_aes_key="", wechat_safe_only=True)


HOSTILE = {
    "entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><xml><MsgType>&c;</MsgType></xml>',
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>text</MsgType><Content>&a;</Content></xml>',
    "not utf-8": b"<xml><MsgType>text</MsgType><Content>\xff\xfe</Content></xml>",
    "nothing": b"",
    "no xml": b"hello",
    "half": b"<xml><MsgType>text",
    "another root": b"<html><MsgType>text</MsgType></html>",
    "no kind": b"<xml><Content>x</Content></xml>",
    "kind twice": b"<xml><MsgType>text</MsgType><MsgType>text</MsgType></xml>",
    "event without a name": b"<xml><MsgType>event</MsgType><Event></Event></xml>",
    "kind with children": b"<xml><MsgType><a>b</a></MsgType></xml>",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("form", [signed, sealed])
def test_what_is_no_message_is_refused(form, name: str, receiver: WechatReceiver, clock: SetClock) -> None:
    assert refusal(receiver, form(clock, HOSTILE[name])) == 400


@pytest.mark.parametrize("inner", [
    "<Content><a>b</a></Content><MsgId>1</MsgId>", "<Content>a</Content><MsgId>abc</MsgId>", "<Content>a</Content>",
    f"<Content>a</Content><MsgId>{'9' * 5000}</MsgId>", "<Content>a</Content><Content>b</Content><MsgId>1</MsgId>"])
def test_fields_of_impossible_kinds_are_taken_without_harm(inner: str, receiver: WechatReceiver, clock: SetClock) -> None:
    received = receiver.receive(signed(clock, message("text", inner)))
    assert all(said.text in ("", "a") for said in received.incoming)


@pytest.mark.parametrize("form", [signed, sealed])
def test_tags_nested_to_the_limit_of_a_body_do_not_hold_us_up(form, receiver: WechatReceiver, clock: SetClock) -> None:
    deep = b"<xml><MsgType>text</MsgType>" + b"<a>" * 6000 + b"</a>" * 6000 + b"</xml>"
    received = receiver.receive(form(clock, deep))
    assert received.response is not None
    clock.advance(timedelta(seconds=1))
    assert refusal(receiver, form(clock, b"<a>" * 15_000)) == 400


def test_control_characters_never_reach_the_store(receiver: WechatReceiver, clock: SetClock) -> None:
    xml = message("text", "<Content>医保&#13;&#x85;怎么交</Content><MsgId>1</MsgId>")
    (said,) = receiver.receive(signed(clock, xml)).incoming
    assert said.text == "医保怎么交"


@pytest.mark.parametrize("form", [signed, sealed])
def test_a_signature_that_was_seen_signs_no_other_words(form, receiver: WechatReceiver, clock: SetClock) -> None:
    receiver.receive(form(clock, TEXT))
    assert receiver.receive(form(clock, TEXT)).incoming, "the platform's own retry is read again"
    assert refusal(receiver, signed(clock, TEXT.replace(OPENID, "o-li-0002").replace("医保怎么交", "解绑"))) == 403


@pytest.mark.parametrize("form", [signed, sealed])
def test_a_signature_that_another_process_saw_signs_no_other_words_here(form, both_databases: Database, clock: SetClock) -> None:
    here, there = (WechatReceiver(settings(), clock, Signatures(both_databases)) for _ in range(2))
    here.receive(form(clock, TEXT))
    if form is signed:
        assert there.receive(form(clock, TEXT)).incoming, "the platform's own retry may come anywhere"
    assert refusal(there, signed(clock, TEXT.replace(OPENID, "o-li-0002").replace("医保怎么交", "解绑"))) == 403
