"""Receipts and replies of the SMS gateways: read row by row, named without showing a number, thanked as they expect."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from channels.contract import Request
from channels.failures import CallbackRefused
from channels.messages import IncomingKind, ReceiptKind
from channels.sms.gateways.aliyun.receipts import AliyunReceiver
from channels.sms.gateways.tencent.receipts import TencentReceiver
from channels.sms.networks import networks
from kernel.clock import CHINA
from kernel.crypto import Keyring

REPORT = {
    "phone_number": "13900000001", "send_time": "2026-11-23 10:00:00", "report_time": "2026-11-23 10:00:05", "success": True,
    "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "2", "biz_id": "900619746936498440^0", "out_id": "0190attempt",
}
REPLY = {"phone_number": "+8613900000001", "send_time": "2026-11-23 10:01:00", "content": " R ", "sign_name": "彭阳县",
         "dest_code": "1068", "sequence_id": 1234567890}
STATUS = {"user_receive_time": "2026-11-23 10:00:05", "nationcode": "86", "mobile": "13900000001", "report_status": "SUCCESS",
          "errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": "5000:104571"}


def posted(data: object, remote: str = "203.0.113.9") -> Request:
    body = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    return Request("POST", {}, {"content-type": "application/json"}, body, remote)


@pytest.fixture
def aliyun(keyring: Keyring) -> AliyunReceiver:
    return AliyunReceiver(keyring)


@pytest.fixture
def tencent(keyring: Keyring) -> TencentReceiver:
    return TencentReceiver(keyring)


def test_a_report_names_attempt_and_number(aliyun: AliyunReceiver) -> None:
    (receipt,) = aliyun.receive(posted([REPORT])).receipts
    assert (receipt.channel, receipt.kind, receipt.attempt, receipt.address) == (
        "sms", ReceiptKind.DELIVERED, "0190attempt", "13900000001")
    assert receipt.vendor_reference == "900619746936498440^0"
    assert receipt.at is not None
    assert receipt.at.isoformat() == "2026-11-23T10:00:05+08:00"


def test_a_repeated_report_has_the_same_key_and_one_that_says_something_else_another(aliyun: AliyunReceiver) -> None:
    first, again, other = aliyun.receive(posted([REPORT, REPORT, {**REPORT, "err_code": "MK:0001"}])).receipts
    assert first.key == again.key != other.key
    assert "13900000001" not in first.key


def test_reports_of_several_calls_mixed_up_keep_what_each_says(aliyun: AliyunReceiver) -> None:
    other = {**REPORT, "out_id": "other", "biz_id": "7^0", "success": False, "err_code": "UNDELIV", "err_msg": "关机"}
    number = {**REPORT, "success": 1}  # which is not the word "true"
    told = aliyun.receive(posted([REPORT, other, REPORT, number, {**other, "err_code": "MK:0001"}])).receipts
    assert [(one.attempt, one.kind.value, one.code) for one in told] == [
        ("0190attempt", "delivered", "DELIVERED"), ("other", "failed", "UNDELIV"), ("0190attempt", "delivered", "DELIVERED"),
        ("0190attempt", "failed", "DELIVERED"), ("other", "failed", "MK:0001")]


def test_a_number_that_does_not_exist_retires_but_one_switched_off_does_not(aliyun: AliyunReceiver) -> None:
    empty = {**REPORT, "success": False, "err_code": "UNDELIV", "err_msg": "空号"}
    off = {**REPORT, "success": False, "err_code": "MOBILE_NOT_ON_SERVICE", "err_msg": "停机、空号、暂停服务、关机、不在服务区"}
    assert [(receipt.kind, receipt.recipient_gone) for receipt in aliyun.receive(posted([empty, off])).receipts] == [
        (ReceiptKind.FAILED, True), (ReceiptKind.FAILED, False)]


@pytest.mark.parametrize("never", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_a_date_that_stands_for_none_is_none(aliyun: AliyunReceiver, tencent: TencentReceiver, never: str) -> None:
    (theirs,) = aliyun.receive(posted([{**REPORT, "report_time": never}])).receipts
    (other,) = tencent.receive(posted([{**STATUS, "user_receive_time": never}])).receipts
    assert (theirs.at, other.at, other.booked_at, other.kind) == (None, None, (), ReceiptKind.DELIVERED)


def test_a_bad_row_costs_no_good_one(aliyun: AliyunReceiver) -> None:
    rows = [{**REPORT, "phone_number": None}, REPORT, {"phone_number": "13900000002"}, "nonsense", 7,
            {**REPORT, "out_id": {"a": 1}, "biz_id": ["x"], "err_code": 12345678901234567890, "report_time": "yesterday"}]
    receipts = aliyun.receive(posted(rows)).receipts
    assert len(receipts) == 2
    assert (receipts[1].attempt, receipts[1].vendor_reference, receipts[1].at) == (None, None, None)


def test_what_cannot_be_stored_is_cleaned_away(aliyun: AliyunReceiver) -> None:
    body = (b'[{"phone_number":"13900000001","success":false,"err_code":"A\\u0000\\ud800B","err_msg":"' + b"x" * 5000 +
            b' 13900000001","out_id":"' + b"9" * 200 + b'"}]')
    (receipt,) = aliyun.receive(posted(body)).receipts
    assert receipt.code == "AB"
    assert len(receipt.words) == 200
    assert receipt.attempt is None
    receipt.code.encode()


def test_vendor_words_never_repeat_a_number(aliyun: AliyunReceiver) -> None:
    row = {**REPORT, "success": False, "err_msg": "号码13900000001欠费"}
    (receipt,) = aliyun.receive(posted([row])).receipts
    assert receipt.words == "号码139****0001欠费"
    assert "13900000001" not in repr(receipt)


def test_a_reply_is_something_a_person_said(aliyun: AliyunReceiver) -> None:
    (said,) = aliyun.receive(posted([REPLY])).incoming
    assert (said.channel, said.address, said.kind, said.text) == ("sms", "13900000001", IncomingKind.TEXT, "R")
    assert "13900000001" not in said.key + repr(said)


def test_aliyun_is_thanked_as_it_expects(aliyun: AliyunReceiver) -> None:
    answer = aliyun.acknowledge(aliyun.receive(posted([REPORT])), [])
    assert json.loads(answer.body) == {"code": 0, "msg": "成功"}


def test_a_tencent_status_names_the_serial_number(tencent: TencentReceiver) -> None:
    received = tencent.receive(posted([STATUS, {**STATUS, "sid": "5000:2", "report_status": "FAIL", "errmsg": "MI:0073"}]))
    assert [(one.vendor_reference, one.kind, one.recipient_gone) for one in received.receipts] == [
        ("5000:104571", ReceiptKind.DELIVERED, False), ("5000:2", ReceiptKind.FAILED, True)]
    # It may come before the answer that gives the serial number: then its moment tells of which message it speaks.
    assert {(one.gateway, one.booked_at, one.whole) for one in received.receipts} == {
        ("tencent", (datetime(2026, 11, 23, 10, 0, 5, tzinfo=CHINA),), True)}
    assert json.loads(tencent.acknowledge(received, []).body) == {"result": 0, "errmsg": "OK"}


def test_a_tencent_reply_comes_alone(tencent: TencentReceiver) -> None:
    row = {"extend": "01", "mobile": "13900000002", "nationcode": "86", "sign": "彭阳县", "text": "医保怎么交", "time": 1795399200}
    (said,) = tencent.receive(posted(row)).incoming
    assert (said.text, said.address) == ("医保怎么交", "13900000002")


@pytest.mark.parametrize("body", [b"", b"null", b"7", b'"x"', b"{", b"[1,2]", b"\xff\xfe", b"[" * 60_000, b"9" * 60_000])
@pytest.mark.parametrize("name", ["aliyun", "tencent"])
def test_what_is_no_list_of_records_is_refused(name: str, body: bytes, aliyun: AliyunReceiver, tencent: TencentReceiver) -> None:
    receiver = {"aliyun": aliyun, "tencent": tencent}[name]
    with pytest.raises(CallbackRefused) as refused:
        receiver.receive(posted(body))
    assert refused.value.status == 400


def test_callbacks_from_outside_the_listed_networks_are_refused(keyring: Keyring) -> None:
    receiver = AliyunReceiver(keyring, networks("203.0.113.0/24, 2001:db8::/32"))
    assert receiver.receive(posted([REPORT])).receipts
    for stranger in ("198.51.100.1", "", "nonsense"):
        with pytest.raises(CallbackRefused) as refused:
            receiver.receive(posted([REPORT], stranger))
        assert refused.value.status == 403
