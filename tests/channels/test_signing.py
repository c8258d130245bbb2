"""Signatures, held against the vendors' published examples and against second implementations."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.simulators.proofs import aliyun_fault, tencent_fault
from channels.sms.gateways.aliyun.signing import canonical_query, signed_headers
from channels.sms.gateways.tencent.signing import authorization
from channels.wechat.envelope import Envelope, cipher_text, is_signed, signature
from tests.channels.vendor_algorithms import (
    acs3_signature,
    tc3_signature,
    wechat_decrypt,
    wechat_encrypt,
    wechat_sha1,
)

AES_KEY = "emhpZGEtZGVtby1vbmx5LW5vdC1hLXNlY3JldC1rZXk"
texts = st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
                        st.text(st.characters(codec="utf-8"), max_size=20), max_size=5)


def test_acs3_gives_the_signature_of_aliyuns_published_example() -> None:
    # help.aliyun.com 2593177, 签名示例: RunInstances with fixed parameters.
    query = canonical_query({"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"})
    headers = signed_headers(
        action="RunInstances", host="ecs.cn-shanghai.aliyuncs.com", path="/", query=query, body=b"",
        key_id="YourAccessKeyId", secret="YourAccessKeySecret", now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d", version="2014-05-26", content_type=None,
    )
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_tc3_gives_the_signature_of_tencents_published_example() -> None:
    # cloud.tencent.com 签名方法 v3: DescribeInstances with content-type;host signed.
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    made = authorization(
        host="cvm.tencentcloudapi.com", path="/", body=body, secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        secret_key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", now=datetime.fromtimestamp(1551113065, UTC), service="cvm")
    assert made.endswith("Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168")
    assert "Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request" in made


@given(parameters=texts, body=st.binary(max_size=100))
def test_acs3_agrees_with_a_second_implementation_for_any_parameters(parameters: dict[str, str], body: bytes) -> None:
    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    query = canonical_query(parameters)
    headers = signed_headers(action="SendSms", host="127.0.0.1:8300", path="/aliyun", query=query, body=body,
                             key_id="id", secret="秘密", now=now, nonce="n")
    given = headers.pop("authorization").rpartition("Signature=")[2]
    assert given == acs3_signature("秘密", "POST", "/aliyun", parameters, headers, body)
    signed = {**headers, "authorization": f"ACS3-HMAC-SHA256 Credential=id,SignedHeaders={';'.join(sorted(headers))},"
                                          f"Signature={given}"}
    assert aliyun_fault(signed, "/aliyun", query, body, ("id", "秘密"), now) is None
    assert aliyun_fault(signed, "/aliyun", query, body + b"x", ("id", "秘密"), now) == "SignatureDoesNotMatch"


@given(body=st.binary(max_size=100), stamp=st.integers(min_value=0, max_value=4_000_000_000))
def test_tc3_agrees_with_a_second_implementation_for_any_body(body: bytes, stamp: int) -> None:
    now = datetime.fromtimestamp(stamp, UTC)
    made = authorization(host="127.0.0.1:8300", path="/tencent", body=body, secret_id="id", secret_key="key", now=now)
    headers = {"content-type": "application/json; charset=utf-8", "host": "127.0.0.1:8300"}
    assert made.rpartition("Signature=")[2] == tc3_signature("key", "sms", stamp, headers, body, "/tencent")
    sent = {**headers, "authorization": made, "x-tc-timestamp": str(stamp)}
    assert tencent_fault(sent, "/tencent", body, ("id", "key"), now) is None
    assert tencent_fault(sent, "/tencent", body + b" ", ("id", "key"), now) == "AuthFailure.SignatureFailure"


@given(parts=st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=3, max_size=4))
def test_the_wechat_signature_agrees_with_a_second_implementation(parts: list[str]) -> None:
    assert signature(*parts) == wechat_sha1(*parts)
    assert is_signed(wechat_sha1(*parts), *parts)
    assert not is_signed(wechat_sha1(*parts)[:-1] + "-", *parts)


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_encrypted_messages_of_a_second_implementation_open_and_ours_open_there(text: str) -> None:
    envelope = Envelope("token", AES_KEY, "wx1")
    assert envelope.opened(wechat_encrypt(text.encode(), AES_KEY, "wx1")) == text
    closed = envelope.closed(text, "1700000000", "nonce")
    encrypted = cipher_text(closed.encode())
    assert encrypted is not None
    assert wechat_decrypt(encrypted, AES_KEY) == (text, "wx1")
    assert wechat_sha1("token", "1700000000", "nonce", encrypted) in closed


def test_a_message_for_another_account_does_not_open() -> None:
    with pytest.raises(Exception):  # noqa: B017 - whatever the library raises; the receiver's guard turns it into 400
        Envelope("token", AES_KEY, "wx1").opened(wechat_encrypt(b"<xml/>", AES_KEY, "wx2"))


def test_the_bulk_form_holds_what_urllib_would_have_written() -> None:
    import urllib.parse

    from channels.messages import Content, Message, Purpose
    from channels.sms.gateways.aliyun.bodies import bulk
    from channels.sms.templates import TEXTS, Template

    template = Template(Purpose.NOTICE, TEXTS[Purpose.NOTICE])
    filled = {"title": "买化肥“五折”&赠品 100%+", "deadline": "12月31日", "where": "A/B 座\\二楼", "phone": "0954-7012345"}
    messages = [Message(1, "13900000001", Content(Purpose.NOTICE, "", filled)),
                Message(2, "13900000002", Content(Purpose.NOTICE, "", {**filled, "title": "𠀀✓"}))]
    form = urllib.parse.parse_qs(
        bulk(messages, template=template, template_id="SMS_1", signature="彭阳县", attempt="a1").decode(), strict_parsing=True)
    assert json.loads(form["PhoneNumberJson"][0]) == ["13900000001", "13900000002"]
    assert json.loads(form["SignNameJson"][0]) == ["彭阳县", "彭阳县"]
    assert json.loads(form["TemplateParamJson"][0]) == [filled, {**filled, "title": "𠀀✓"}]
    assert form["OutId"] == ["a1"]
    assert form["TemplateCode"] == ["SMS_1"]
