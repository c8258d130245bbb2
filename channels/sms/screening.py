"""What must not even be asked of a gateway: impossible numbers, purposes without a template, too many at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from channels.exchange import Verdict
from channels.failures import Fault, Outcome, OutcomeKind
from channels.messages import Call, Message, Purpose
from channels.sms.numbers import mobile
from channels.sms.templates import Register

_NO_NUMBER = Verdict(OutcomeKind.REFUSED, "bad_number", "不是手机号，没有发送", fault=Fault.NUMBER)
_NO_TEMPLATE = Verdict(OutcomeKind.MISCONFIGURED, "no_template", "这一类短信没有审核通过的模板，请在“系统管理→短信模板”登记")
_NO_SIGNATURE = Verdict(OutcomeKind.MISCONFIGURED, "no_signature", "没有短信签名，请设置 SMS_SIGNATURE")
_MIXED = Verdict(OutcomeKind.MISCONFIGURED, "mixed_purposes", "一次请求里混了两类短信，没有发送", fault=Fault.CONTENT)


async def screened(
    call: Call, register: Register, bulk: int, send: Callable[[tuple[Message, ...]], Awaitable[list[Outcome]]]
) -> Sequence[Outcome]:
    """Send those of a call's messages that can be sent; one outcome a message, in the call's order."""
    if len(call.messages) > bulk:
        raise ValueError(f"a call of {len(call.messages)} messages is over the bulk size of {bulk}")
    await register.freshen()
    known = frozenset(purpose for purpose in {message.content.purpose for message in call.messages}
                      if register.vendor_id(purpose) is not None)
    faults = {message.reference: _fault(message, call, register, known) for message in call.messages}
    good = tuple(message for message in call.messages if faults[message.reference] is None)
    if len(good) == len(call.messages):
        return await send(good)
    sent = iter(await send(good) if good else ())
    outcomes = []
    for message in call.messages:
        fault = faults[message.reference]
        outcomes.append(next(sent) if fault is None else fault.outcome(message))
    return outcomes


def _fault(message: Message, call: Call, register: Register, known: frozenset[Purpose]) -> Verdict | None:
    if mobile(message.address) != message.address:
        return _NO_NUMBER
    if not register.signature:
        return _NO_SIGNATURE
    if message.content.purpose not in known:
        return _NO_TEMPLATE
    if message.content.purpose is not call.messages[0].content.purpose:
        return _MIXED
    return None
