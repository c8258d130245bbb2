"""Aliyun SMS as it is seen over the wire: SendSms, SendBatchSms, QuerySendDetails, SmsReport, SmsUp."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from channels.simulators.ledger import Taken
from channels.simulators.postman import Letter
from channels.simulators.proofs import aliyun_fault
from channels.simulators.reviews import Shelf
from channels.simulators.world import Answered, Asked, World
from channels.sms.templates import Approval, Template
from channels.splitting import parts
from kernel.clock import in_china

_NUMBER = re.compile(r"1[3-9]\d{9}")
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_ESCAPES = tuple((f"%{ord(character):02X}", character) for character in '"\\[]{},: /()+&#;')
_WORDS = {
    "isv.BUSINESS_LIMIT_CONTROL": "触发分钟级流控Permits:1",
    "isv.AMOUNT_NOT_ENOUGH": "账户余额不足",
    "Throttling.User": "Request was denied due to user flow control.",
}
NOT_REACHED = "MOBILE_NOT_ON_SERVICE"
ARRIVES_AFTER = timedelta(seconds=1)


class AliyunVendor:
    """One simulated account."""

    name = "aliyun"

    def __init__(self, world: World) -> None:
        """Keys, signature and templates are those of the world's settings."""
        self._world = world
        self._settings = world.config.aliyun
        self._keys = (self._settings.aliyun_sms_access_key_id, self._settings.aliyun_sms_access_key_secret)
        self._signature = world.config.sms.sms_signature
        self.templates = Shelf(world.config.sms.templates, self._settings.vendor_ids)
        self._nonces: set[str] = set()

    def answer(self, asked: Asked) -> Answered:
        """Check the signature, then the parameters, then promise to take the messages."""
        fault = aliyun_fault(asked.headers, asked.path, asked.query, asked.body, self._keys, self._world.clock.now())
        if fault:
            return self.refusal(fault, status=400)
        nonce = asked.headers["x-acs-signature-nonce"]
        if nonce in self._nonces:
            return self.refusal("SignatureNonceUsed", status=400)
        self._nonces.add(nonce)
        form = _form(asked.query) | _form(asked.body.decode("utf-8", "replace"))
        action = asked.headers["x-acs-action"]
        if action == "SendSms":
            return self._single(form)
        if action == "SendBatchSms":
            return self._bulk(form)
        if action == "QuerySendDetails":
            return self._details(form)
        if action == "GetSmsTemplate":
            return self._template(form.get("TemplateCode", ""))
        return self.refusal("InvalidAction.NotFound", status=404)

    def refusal(self, code: str, *, status: int = 200) -> Answered:
        """A refusal; the business codes come with HTTP 200, those of the gateway with 4xx."""
        return Answered({"RequestId": self._request_id(), "Code": code, "Message": _WORDS.get(code, code)}, status=status)

    def _single(self, form: Mapping[str, str]) -> Answered:
        numbers = form.get("PhoneNumbers", "").split(",")
        try:
            blanks = json.loads(form.get("TemplateParam") or "{}")
        except ValueError:
            return self.refusal("isv.INVALID_JSON_PARAM")
        return self._sending(numbers, [form.get("SignName", "")], [blanks] * len(numbers), form)

    def _bulk(self, form: Mapping[str, str]) -> Answered:
        try:
            numbers, signatures, blanks = (json.loads(form.get(name, "")) for name in
                                           ("PhoneNumberJson", "SignNameJson", "TemplateParamJson"))
        except ValueError:
            return self.refusal("isv.INVALID_JSON_PARAM")
        if not (isinstance(numbers, list) and len(numbers) == len(signatures) == len(blanks)):
            return self.refusal("isv.INVALID_PARAMETERS")
        return self._sending(numbers, signatures, blanks, form)

    def _sending(self, numbers: Sequence[str], signatures: Sequence[str], blanks: Sequence[Mapping[str, str]],
                 form: Mapping[str, str]) -> Answered:
        template = self.templates.sendable(form.get("TemplateCode", ""))
        if len(numbers) > 100:
            return self.refusal("isv.MOBILE_COUNT_OVER_LIMIT")
        if set(signatures) != {self._signature}:
            return self.refusal("isv.SMS_SIGNATURE_ILLEGAL")
        if template is None:
            return self.refusal("isv.SMS_TEMPLATE_ILLEGAL")
        for number, filled in zip(numbers, blanks, strict=True):
            code = _fault(number, filled, template)
            if code:
                return self.refusal(code)
        return Answered(take=lambda: self._take(numbers, blanks, template, form))

    def _take(self, numbers: Sequence[str], blanks: Sequence[Mapping[str, str]], template: Template,
              form: Mapping[str, str]) -> Mapping[str, Any]:
        now = self._world.clock.now()
        business = f"{self._world.number():015d}^0"
        taken = Taken(self.name, form.get("OutId", ""), now, business, tuple(numbers), tuple(blanks),
                      form["TemplateCode"])
        self._world.ledger.book(taken)
        self._world.inbox.arrive(
            "sms", taken.addresses, now, lambda place: {"text": template.whole(taken.blanks[place], self._signature)})
        if self._world.postman.hooks is not None:
            size = str(parts(template.whole(blanks[0], self._signature)))
            for number in numbers:
                self._world.postman.put(Letter("aliyun", report=self._report(taken, number, size)))
        return {"RequestId": self._request_id(), "Code": "OK", "Message": "OK", "BizId": business}

    def _report(self, taken: Taken, number: str, size: str) -> dict[str, Any]:
        at = f"{in_china(taken.at):%Y-%m-%d %H:%M:%S}"
        code = self._code(number)
        return {
            "phone_number": number, "send_time": at, "report_time": at, "success": code == "DELIVERED", "err_code": code,
            "err_msg": "用户接收成功" if code == "DELIVERED" else "停机、空号、暂停服务、关机、不在服务区", "sms_size": size,
            "biz_id": taken.reference, "out_id": taken.attempt,
        }

    def _details(self, form: Mapping[str, str]) -> Answered:
        page, size = int(form.get("CurrentPage", "1")), int(form.get("PageSize", "10"))
        if size > 50:
            return self.refusal("isv.INVALID_PARAMETERS")
        day, number = form.get("SendDate", ""), form.get("PhoneNumber", "")
        of_day = [taken for taken in self._world.ledger.of(self.name, number) if f"{in_china(taken.at):%Y%m%d}" == day]
        shown = of_day[(page - 1) * size:page * size]
        return Answered({
            "RequestId": self._request_id(), "Code": "OK", "Message": "OK", "TotalCount": len(of_day),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": [self._detail(taken, number) for taken in shown]},
        })

    def _template(self, vendor_id: str) -> Answered:
        kept = self.templates.find(vendor_id)
        if kept is None:
            return self.refusal("isv.SMS_TEMPLATE_ILLEGAL")
        states = {Approval.PENDING: "0", Approval.APPROVED: "1", Approval.REJECTED: "2", Approval.UNFILED: "10"}
        return Answered({
            "RequestId": self._request_id(), "Code": "OK", "Message": "OK", "TemplateCode": vendor_id, "TemplateType": "1",
            "TemplateStatus": states[kept.state], "TemplateContent": kept.template.text,
            "AuditInfo": {"AuditDate": f"{in_china(self._world.clock.now()):%Y-%m-%d %H:%M:%S}", "RejectInfo": kept.reason},
        })

    def _detail(self, taken: Taken, number: str) -> dict[str, Any]:
        code = self._code(number)
        is_waiting = self._world.clock.now() - taken.at < ARRIVES_AFTER
        return {
            "PhoneNum": number, "OutId": taken.attempt, "TemplateCode": taken.template, "ErrCode": "" if is_waiting else code,
            "SendStatus": 1 if is_waiting else 3 if code == "DELIVERED" else 2,
            "SendDate": f"{in_china(taken.at):%Y-%m-%d %H:%M:%S}",
        }

    def _code(self, number: str) -> str:
        faults = self._world.faults
        return faults.receipts.codes.get(number, NOT_REACHED) if faults.fails(number) else "DELIVERED"

    def _request_id(self) -> str:
        return f"{self._world.number():08X}-0000-4000-8000-000000000000"


def reply_letter(number: str, text: str, at: datetime, sequence: int) -> bytes:
    """A SmsUp body: what a person wrote back."""
    row = {"phone_number": number, "send_time": f"{in_china(at):%Y-%m-%d %H:%M:%S}", "content": text,
           "sign_name": "", "dest_code": "1068000000", "sequence_id": sequence}
    return json.dumps([row], ensure_ascii=False).encode()


def _form(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {unquote_plus(name): _unescaped(value) for name, _, value in pairs}


def _unescaped(text: str) -> str:
    """unquote_plus, but the escapes of JSON in ASCII are undone all at once; anything else goes the long way."""
    quick = text.replace("+", " ")
    for escape, character in _ESCAPES:
        quick = quick.replace(escape, character)
    return quick.replace("%25", "%") if quick.count("%") == quick.count("%25") else unquote_plus(text)


def _fault(number: object, blanks: Mapping[str, str], template: Template) -> str | None:
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        return "isv.MOBILE_NUMBER_ILLEGAL"
    for name in template.variables:
        value = blanks.get(name)
        if not isinstance(value, str) or not value:
            return "isv.TEMPLATE_MISSING_PARAMETERS"
        if len(value) > template.longest_blank:
            return "isv.PARAM_LENGTH_LIMIT"
        if "." in value and _LINK.search(value):
            return "isv.PARAM_NOT_SUPPORT_URL"
    return None
