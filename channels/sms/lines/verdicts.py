"""What a line that cannot be used, or fell silent, means for a message."""

from __future__ import annotations

from datetime import timedelta

from channels.exchange import NOT_SENT_WAIT, Verdict
from channels.failures import Fault, OutcomeKind

NO_LINE = Verdict(OutcomeKind.THROTTLED, "not_sent", "与运营商网关没有连上，短信没有发出", NOT_SENT_WAIT, fault=Fault.LINE)
NO_ANSWER = Verdict(OutcomeKind.UNKNOWN, "answer_lost", "运营商网关没有回答，不知是否收到")
# Only the beginning of a long message left: nobody received it whole, so it goes again whole.
INCOMPLETE = Verdict(OutcomeKind.THROTTLED, "incomplete", "长短信只发出了前几段，将整条重发", NOT_SENT_WAIT, fault=Fault.LINE)
HOST_REFUSED = Verdict(OutcomeKind.MISCONFIGURED, "host_refused", "运营商网关的地址不在允许访问的范围内，请检查地址设置")
NO_CARRIER = Verdict(OutcomeKind.MISCONFIGURED, "not_a_gateway", "地址上不是运营商的短信网关，请检查地址设置")
CLOSED_HERE = Verdict(OutcomeKind.MISCONFIGURED, "line_closed", "这个进程不连运营商网关（见 CMPP_SITE_LINE、SMPP_SITE_LINE）")
OTHER_TEXT = Verdict(OutcomeKind.THROTTLED, "other_text", "文字不同，要另发一次", fault=Fault.CONTENT)


def flow(code: str, words: str = "超过运营商限定的速度", wait: timedelta = NOT_SENT_WAIT) -> Verdict:
    """Too fast: surely not taken, and a short rest is enough, for carriers count by the second."""
    return Verdict(OutcomeKind.THROTTLED, code, words, wait)
