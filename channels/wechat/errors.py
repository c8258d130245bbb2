"""What WeChat's errcode means for a message (developers.weixin.qq.com, 全局返回码); an HTTP 200 may hold any of them."""

from __future__ import annotations

from datetime import datetime

from channels import cleaning
from channels.exchange import THROTTLE_WAIT, Said, Verdict
from channels.failures import Fault, OutcomeKind
from channels.waits import until_midnight

# The token is not, or no longer, the account's: renew once and try once more.
TOKEN_ENDED = frozenset({40001, 40014, 42001})
# No such openid, or the person no longer follows.
_GONE = frozenset({40003, 43004})
_SETTINGS = frozenset({40001, 40002, 40013, 40014, 40037, 40125, 40164, 41001, 41002, 41004, 42001, 48001, 48004, 50002, 61004})
_BUSY = -1
_TOO_FAST = frozenset({_BUSY, 45011})
_DAILY_QUOTA = 45009


def errcode(said: Said) -> int | None:
    """The code inside an answer; None when there is none, or it is no number."""
    value = said.data.get("errcode")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def judge(said: Said, now: datetime) -> Verdict:
    """What one answer means for its message."""
    code = errcode(said)
    if code == 0:
        kind = OutcomeKind.ACCEPTED if said.status < 400 else OutcomeKind.UNKNOWN
        return Verdict(kind, "0", "", vendor_reference=cleaning.reference(said.data.get("msgid")))
    text, words = str(code), cleaning.words(said.data.get("errmsg"))
    if code is None:
        return Verdict(OutcomeKind.UNKNOWN, "unreadable", words)
    if code in _GONE:
        return Verdict(OutcomeKind.RECIPIENT_GONE, text, words)
    if code == _DAILY_QUOTA:
        return Verdict(OutcomeKind.THROTTLED, text, words, until_midnight(now))
    if code in _TOO_FAST or said.is_throttled:
        return Verdict(OutcomeKind.THROTTLED, text, words, said.wait or THROTTLE_WAIT,
                       fault=Fault.LINE if code == _BUSY else Fault.GATEWAY)
    if code in _SETTINGS:
        return Verdict(OutcomeKind.MISCONFIGURED, text, words)
    # 43101 refused this kind of message, 47003 a field breaks its rule, 45015 and 45047 the 客服消息 window, 43019 …
    return Verdict(OutcomeKind.REFUSED, text, words)
