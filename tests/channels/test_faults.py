"""For whose sake a vendor did not take a message: decides whether another gateway may carry it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.exchange import Said, Verdict
from channels.failures import Fault, OutcomeKind
from channels.sms.gateways.aliyun import codes as aliyun
from channels.sms.gateways.cmpp import codes as cmpp
from channels.sms.gateways.smpp import codes as smpp
from channels.sms.gateways.tencent import codes as tencent
from channels.wechat import errors as wechat

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def of_aliyun(code: str, words: str = "", count: int = 1) -> Verdict:
    return aliyun.judge(Said(200, {"Code": code, "Message": words}), count, NOW)


def of_tencent(code: str) -> Verdict:
    return tencent.judge_number({"Code": code, "Message": ""}, NOW)


def of_wechat(code: int) -> Verdict:
    return wechat.judge(Said(200, {"errcode": code, "errmsg": ""}), NOW)


@pytest.mark.parametrize(("verdict", "kind", "fault"), [
    (of_aliyun("isv.MOBILE_NUMBER_ILLEGAL"), OutcomeKind.REFUSED, Fault.NUMBER),
    (of_aliyun("isv.BLACK_LIST"), OutcomeKind.REFUSED, Fault.NUMBER),
    (of_aliyun("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"), OutcomeKind.THROTTLED, Fault.NUMBER),
    (of_aliyun("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:40"), OutcomeKind.REFUSED, Fault.NUMBER),
    (of_aliyun("isv.BLACK_KEY_CONTROL_LIMIT"), OutcomeKind.REFUSED, Fault.CONTENT),
    (of_aliyun("isv.PARAM_NOT_SUPPORT_URL"), OutcomeKind.REFUSED, Fault.CONTENT),
    (of_aliyun("isv.SOMETHING_NEW"), OutcomeKind.REFUSED, Fault.GATEWAY),
    (of_aliyun("Throttling.User"), OutcomeKind.THROTTLED, Fault.GATEWAY),
    (of_aliyun("isv.DAY_LIMIT_CONTROL"), OutcomeKind.THROTTLED, Fault.GATEWAY),
    (of_tencent("FailedOperation.ContainSensitiveWord"), OutcomeKind.REFUSED, Fault.CONTENT),
    (of_tencent("FailedOperation.PhoneNumberInBlacklist"), OutcomeKind.REFUSED, Fault.NUMBER),
    (of_tencent("LimitExceeded.PhoneNumberOneHourLimit"), OutcomeKind.THROTTLED, Fault.NUMBER),
    (of_tencent("LimitExceeded.AppDailyLimit"), OutcomeKind.THROTTLED, Fault.GATEWAY),
    (of_tencent("LimitExceeded.AppMainlandChinaDailyLimit"), OutcomeKind.THROTTLED, Fault.GATEWAY),
    (of_tencent("LimitExceeded.SomethingNew"), OutcomeKind.REFUSED, Fault.GATEWAY),
    (cmpp.judge(13, "", 1, is_third=True), OutcomeKind.REFUSED, Fault.NUMBER),
    (cmpp.judge(9, "", 1, is_third=True), OutcomeKind.REFUSED, Fault.GATEWAY),
    (cmpp.judge(8, "", 1, is_third=True), OutcomeKind.THROTTLED, Fault.GATEWAY),
    (smpp.judge(0x0B, ""), OutcomeKind.REFUSED, Fault.NUMBER),
    (smpp.judge(0x45, ""), OutcomeKind.REFUSED, Fault.GATEWAY),
    (of_wechat(-1), OutcomeKind.THROTTLED, Fault.LINE),
    (of_wechat(45009), OutcomeKind.THROTTLED, Fault.GATEWAY),
])
def test_a_refusal_says_for_whose_sake(verdict: Verdict, kind: OutcomeKind, fault: Fault) -> None:
    assert (verdict.kind, verdict.fault) == (kind, fault)


def test_only_a_gateway_or_its_line_is_a_reason_to_go_elsewhere() -> None:
    assert {fault for fault in Fault if fault.may_shift} == {Fault.GATEWAY, Fault.LINE}
