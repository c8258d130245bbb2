"""What Tencent's codes mean for a message (cloud.tencent.com 382/59177 and 382/38780, 错误码)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from channels import cleaning
from channels.exchange import CLOCK_WORDS, THROTTLE_WAIT, Said, Verdict
from channels.failures import Fault, OutcomeKind
from channels.waits import HOUR, until_midnight

_REFUSED = frozenset({
    "FailedOperation.ContainSensitiveWord", "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.PhoneNumberOnBlacklist", "InvalidParameterValue.IncorrectPhoneNumber",
    "LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.PhoneNumberSameContentDailyLimit",
    "InvalidParameterValue.ContentLengthLimit", "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
    "UnsupportedOperation.UnsupportedRegion",
})
_NUMBERS = frozenset({code for code in _REFUSED if "PhoneNumber" in code} | {"UnsupportedOperation.UnsupportedRegion"})
# All of these count one number's messages.
_WAITS: Mapping[str, timedelta] = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": THROTTLE_WAIT,
    "LimitExceeded.PhoneNumberOneHourLimit": HOUR,
    "LimitExceeded.DeliveryFrequencyLimit": THROTTLE_WAIT,
}
_DAILY = frozenset({"LimitExceeded.AppDailyLimit", "LimitExceeded.AppMainlandChinaDailyLimit", "LimitExceeded.AppGlobalDailyLimit",
                    "LimitExceeded.AppCountryOrRegionDailyLimit", "LimitExceeded.DailyLimit"})
# These say that a setting, a balance or an approval is missing.
_SETTINGS = ("AuthFailure", "UnauthorizedOperation", "UnsupportedOperation", "FailedOperation", "InvalidParameter",
             "MissingParameter", "UnknownParameter", "InvalidAction", "NoSuch", "UnsupportedRegion", "UnsupportedProtocol",
             "IpNotInWhitelist", "IpInBlacklist", "ActionOffline")


def judge_number(status: Mapping[str, Any], now: datetime) -> Verdict:
    """What the vendor says of one number of the call."""
    code, words = cleaning.code(status.get("Code")), cleaning.words(status.get("Message"))
    if code == "Ok":
        return Verdict(OutcomeKind.ACCEPTED, code, words, vendor_reference=cleaning.reference(status.get("SerialNo")))
    return _judge(code, words, now, None)


def judge_call(said: Said, now: datetime) -> Verdict | None:
    """What the vendor says of the whole call; None when it answers number by number."""
    response = said.data.get("Response")
    if not isinstance(response, dict):
        return Verdict(OutcomeKind.UNKNOWN, "unreadable", "平台的回答读不懂，不知是否收到")
    error = response.get("Error")
    if isinstance(error, dict):
        return _judge(cleaning.code(error.get("Code")), cleaning.words(error.get("Message")), now, said.wait)
    if said.is_throttled:
        return Verdict(OutcomeKind.THROTTLED, "http_429", "", said.wait or THROTTLE_WAIT)
    return None


def _judge(code: str, words: str, now: datetime, wait: timedelta | None) -> Verdict:
    if code in _WAITS:
        return Verdict(OutcomeKind.THROTTLED, code, words, _WAITS[code], fault=Fault.NUMBER)
    if code in _DAILY:
        return Verdict(OutcomeKind.THROTTLED, code, words, until_midnight(now))
    if code.startswith("RequestLimitExceeded"):
        return Verdict(OutcomeKind.THROTTLED, code, words, wait or THROTTLE_WAIT)
    if code.startswith("InternalError") or not code:
        return Verdict(OutcomeKind.UNKNOWN, code or "unreadable", words)
    if code == "AuthFailure.SignatureExpire":  # X-TC-Timestamp is more than five minutes from the vendor's time
        return Verdict(OutcomeKind.MISCONFIGURED, code, CLOCK_WORDS)
    if code in _REFUSED or code.startswith("LimitExceeded"):
        return Verdict(OutcomeKind.REFUSED, code, words, fault=_fault(code))
    if code.startswith(_SETTINGS):
        return Verdict(OutcomeKind.MISCONFIGURED, code, words)
    return Verdict(OutcomeKind.REFUSED, code, words)


def _fault(code: str) -> Fault:
    """A number's fault, the words' (refused by every carrier's rule), or this vendor's own reason."""
    if code in _NUMBERS:
        return Fault.NUMBER
    return Fault.CONTENT if code in _REFUSED else Fault.GATEWAY
