"""What Aliyun's codes mean for a message (help.aliyun.com document 101346 API 错误码, 101347 错误码)."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels import cleaning
from channels.exchange import CLOCK_WORDS, THROTTLE_WAIT, Said, Verdict
from channels.failures import Fault, OutcomeKind
from channels.waits import HOUR, until_midnight

LIMIT = "isv.BUSINESS_LIMIT_CONTROL"

# Somebody has to pay, apply or correct a setting before anything more can go.
_SETTINGS = frozenset({
    "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL",
    "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE", "isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL",
    "isv.SMS_SIGN_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.TEMPLATE_PARAMS_ILLEGAL", "isv.INVALID_PARAMETERS", "isv.INVALID_JSON_PARAM", "isv.EXTEND_CODE_ERROR",
    "isv.DENY_IP_RANGE", "isv.MONTH_LIMIT_CONTROL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.PHONENUMBERS_OVER_LIMIT",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "isp.RAM_PERMISSION_DENY", "SignatureDoesNotMatch",
    "InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive", "NoPermission",
    "Forbidden.RAM", "IncompleteSignature", "InvalidAction.NotFound", "MissingParameter", "InvalidVersion",
    "InvalidTimeStamp.Format", "MissingSignatureNonce", "UnsupportedHTTPMethod",
})
_CLOCK = frozenset({"InvalidTimeStamp.Expired"})
# The fault is one number's; in a bulk call the others go again, each alone.
_NUMBERS = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_LIST"})
# What these words are refused for is the carriers' rule, the same at every gateway.
_WORDS = frozenset({"isv.BLACK_KEY_CONTROL_LIMIT", "isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL",
                    "isv.SMS_CONTENT_ILLEGAL"})
# The vendor's machines failed, or saw our nonce before: nobody may say whether the message was taken.
_UNSURE = frozenset({"isp.SYSTEM_ERROR", "isp.UNKNOWN", "isp.GATEWAY_ERROR", "SignatureNonceUsed", "ServiceUnavailable",
                     "InternalError", "ServiceTimeout"})


def judge(said: Said, count: int, now: datetime) -> Verdict:
    """What one answer means for each of the call's `count` messages."""
    code, words = cleaning.code(said.data.get("Code")), cleaning.words(said.data.get("Message"))
    if code == "OK":
        kind = OutcomeKind.ACCEPTED if said.status < 400 else OutcomeKind.UNKNOWN
        return Verdict(kind, code, words, vendor_reference=cleaning.reference(said.data.get("BizId")))
    if code == LIMIT or code in _NUMBERS:
        return _about_a_number(code, words, count)
    if said.is_throttled or code.startswith("Throttling"):
        return Verdict(OutcomeKind.THROTTLED, code, words, said.wait or THROTTLE_WAIT)
    if code == "isv.DAY_LIMIT_CONTROL":
        return Verdict(OutcomeKind.THROTTLED, code, words, until_midnight(now))
    if code in _CLOCK:
        # Signed more than 15 minutes from the vendor's time; not tried with theirs: quiet hours and deadlines are wrong too.
        return Verdict(OutcomeKind.MISCONFIGURED, code, CLOCK_WORDS)
    if code in _SETTINGS:
        return Verdict(OutcomeKind.MISCONFIGURED, code, words)
    if code in _UNSURE or code.startswith("isp.") or (not code and said.status < 400):
        return Verdict(OutcomeKind.UNKNOWN, code or "unreadable", words)
    fault = Fault.CONTENT if code in _WORDS else Fault.GATEWAY
    return Verdict(OutcomeKind.REFUSED, code or f"http_{said.status}", words, fault=fault)


def _about_a_number(code: str, words: str, count: int) -> Verdict:
    if count > 1:
        return Verdict(OutcomeKind.THROTTLED, code, words, timedelta(0), alone=True, fault=Fault.NUMBER)
    wait = _limit_wait(words) if code == LIMIT else None
    if wait is None:
        return Verdict(OutcomeKind.REFUSED, code, words, fault=Fault.NUMBER)
    return Verdict(OutcomeKind.THROTTLED, code, words, wait, fault=Fault.NUMBER)


def _limit_wait(words: str) -> timedelta | None:
    """The per-number limits are told apart by their words: 触发分钟级流控, 触发小时级流控, 触发天级流控 (until tomorrow: refused)."""
    if "天级" in words or "日" in words:
        return None
    if "小时" in words:
        return HOUR
    return THROTTLE_WAIT
