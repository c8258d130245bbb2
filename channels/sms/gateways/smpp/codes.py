"""What SMPP's command_status means for a message (v3.4, 5.1.3)."""

from __future__ import annotations

from smpplib import consts

from channels.exchange import Verdict
from channels.failures import Fault, OutcomeKind
from channels.sms.lines.verdicts import NO_LINE, flow

_TOO_FAST = frozenset({consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL})
# The message centre's own machines failed: nobody may say whether the message was taken.
_UNSURE = frozenset({consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RUNKNOWNERR})
_SETTINGS = frozenset({
    consts.SMPP_ESME_RINVMSGLEN, consts.SMPP_ESME_RINVCMDLEN, consts.SMPP_ESME_RINVCMDID, consts.SMPP_ESME_RINVBNDSTS,
    consts.SMPP_ESME_RINVREGDLVFLG, consts.SMPP_ESME_RINVSRCADR, consts.SMPP_ESME_RINVSRCTON, consts.SMPP_ESME_RINVSRCNPI,
    consts.SMPP_ESME_RINVDSTTON, consts.SMPP_ESME_RINVDSTNPI, consts.SMPP_ESME_RINVSERTYP, consts.SMPP_ESME_RINVESMCLASS,
    consts.SMPP_ESME_RINVSYSTYP,
})
_LOGIN = frozenset({consts.SMPP_ESME_RINVPASWD, consts.SMPP_ESME_RINVSYSID, consts.SMPP_ESME_RINVSYSTYP,
                    consts.SMPP_ESME_RINVCMDID, consts.SMPP_ESME_RBINDFAIL})


def judge(status: int, message_id: str) -> Verdict:
    """The verdict on a submission."""
    code, words = f"smpp_0x{status:02x}", consts.DESCRIPTIONS.get(status, "")
    if status == consts.SMPP_ESME_ROK:
        return Verdict(OutcomeKind.ACCEPTED, vendor_reference=message_id)
    if status in _TOO_FAST:
        return flow(code, words)
    if status in _UNSURE:
        return Verdict(OutcomeKind.UNKNOWN, code, words)
    if status in _SETTINGS:
        return Verdict(OutcomeKind.MISCONFIGURED, code, words)
    return Verdict(OutcomeKind.REFUSED, code, words,
                   fault=Fault.NUMBER if status == consts.SMPP_ESME_RINVDSTADR else Fault.GATEWAY)


def login_refusal(status: int) -> Verdict:
    """A refused bind: the settings' fault, but for what may pass (bound already, a centre being looked after)."""
    code, words = f"smpp_login_0x{status:02x}", consts.DESCRIPTIONS.get(status, "")
    if status in _LOGIN:
        return Verdict(OutcomeKind.MISCONFIGURED, code, f"登录短信中心被拒，请核对账号、口令和 system_type：{words}")
    return Verdict(OutcomeKind.THROTTLED, code, f"登录短信中心被拒：{words}", NO_LINE.wait)
