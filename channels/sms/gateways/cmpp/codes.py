"""What CMPP's results and states mean for a message (CMPP 2.0 and 3.0, 7.4.1.2, 7.4.3.2, 7.4.5.1)."""

from __future__ import annotations

from datetime import timedelta

from channels.exchange import Verdict
from channels.failures import Fault, OutcomeKind
from channels.messages import ReceiptKind
from channels.sms.lines.verdicts import NO_LINE, flow

OK, REPEATED, TOO_FAST, BAD_NUMBER = 0, 3, 8, 13
_WORDS = {
    1: "消息结构错", 2: "命令字错", 3: "消息序号重复", 4: "消息长度错", 5: "资费代码错", 6: "超过最大信息长", 7: "业务代码错",
    8: "流量控制错", 9: "本网关不服务此号码或其他错误", 10: "接入号（Src_Id）错", 11: "企业代码（Msg_src）错", 12: "计费号码错", 13: "接收号码错",
}
# The same for every message: the account's data or the form of our frames.
_SETTINGS = frozenset({1, 2, 4, 5, 6, 7})
_SETTINGS_3 = _SETTINGS | {10, 11, 12}  # version 2.0 leaves everything above 8 to the carrier
_LOGIN = {
    1: "消息结构错", 2: "本机地址没有在运营商处登记", 3: "账号或口令不对", 4: "协议版本不对，请把 CMPP_URL 的 version 改成 2.0 或 3.0",
}
_ON_THE_WAY = frozenset({"ACCEPTD", "ENROUTE", "UNKNOWN", ""})


def judge(status: int, message_id: str, count: int, *, is_third: bool) -> Verdict:
    """The verdict on a submission to `count` numbers."""
    code = f"cmpp_{status}"
    words = _WORDS.get(status, "运营商拒收") if is_third or status <= TOO_FAST else "运营商拒收"
    if status == OK:
        return Verdict(OutcomeKind.ACCEPTED, vendor_reference=message_id)
    if status == TOO_FAST:
        return flow(code, words)
    if status == REPEATED:
        return Verdict(OutcomeKind.UNKNOWN, code, words)
    if status in (_SETTINGS_3 if is_third else _SETTINGS):
        return Verdict(OutcomeKind.MISCONFIGURED, code, words)
    if count > 1:
        # The fault is probably one number's (空号, 黑名单, 携号转网): each goes by itself.
        return Verdict(OutcomeKind.THROTTLED, code, words, timedelta(0), alone=True, fault=Fault.NUMBER)
    return Verdict(OutcomeKind.REFUSED, code, words, fault=Fault.NUMBER if is_third and status == BAD_NUMBER else Fault.GATEWAY)


def login_refusal(status: int) -> Verdict:
    """A refused login: the settings' fault, but for codes that may pass (too many connections, a gateway being looked after)."""
    if status in _LOGIN:
        return Verdict(OutcomeKind.MISCONFIGURED, f"cmpp_login_{status}", f"登录运营商网关被拒：{_LOGIN[status]}")
    return Verdict(OutcomeKind.THROTTLED, f"cmpp_login_{status}", "登录运营商网关被拒，可能连接数已满", NO_LINE.wait)


def kind_of(stat: str) -> ReceiptKind | None:
    """What a state says; None for one that is not the end."""
    if stat == "DELIVRD":
        return ReceiptKind.DELIVERED
    return None if stat in _ON_THE_WAY else ReceiptKind.FAILED
