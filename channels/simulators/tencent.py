"""Tencent Cloud SMS as it is seen over the wire: SendSms and its status reports."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.simulators.aliyun import NOT_REACHED
from channels.simulators.ledger import Taken
from channels.simulators.postman import Letter
from channels.simulators.proofs import tencent_fault
from channels.simulators.reviews import Shelf
from channels.simulators.world import Answered, Asked, World
from channels.sms.templates import Approval, Template
from kernel.clock import in_china

_NUMBER = re.compile(r"\+861[3-9]\d{9}")


class TencentVendor:
    """One simulated application."""

    name = "tencent"

    def __init__(self, world: World) -> None:
        """Keys, signature and templates are those of the world's settings."""
        self._world = world
        self._settings = world.config.tencent
        self._signature = world.config.sms.sms_signature
        self.templates = Shelf(world.config.sms.templates, self._settings.vendor_ids)

    def answer(self, asked: Asked) -> Answered:
        """Check the signature, then the parameters, then promise to take the messages."""
        keys = (self._settings.tencent_sms_secret_id, self._settings.tencent_sms_secret_key)
        fault = tencent_fault(asked.headers, asked.path, asked.body, keys, self._world.clock.now())
        if fault:
            return self.refusal(fault)
        action = asked.headers.get("x-tc-action")
        if action not in ("SendSms", "DescribeSmsTemplateList") or asked.headers.get("x-tc-version") != "2021-01-11":
            return self.refusal("InvalidAction")
        try:
            data = json.loads(asked.body)
        except ValueError:
            return self.refusal("InvalidParameter")
        return self._sending(data) if action == "SendSms" else self._listing(data)

    def _sending(self, data: Mapping[str, Any]) -> Answered:
        template = self.templates.sendable(str(data.get("TemplateId")))
        if data.get("SmsSdkAppId") != self._settings.tencent_sms_app_id:
            return self.refusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        if data.get("SignName") != self._signature or template is None:
            return self.refusal("FailedOperation.TemplateIncorrectOrUnapproved")
        if len(data["PhoneNumberSet"]) > 200:
            return self.refusal("LimitExceeded.PhoneNumberCountLimit")
        if len(data.get("TemplateParamSet", [])) != len(template.variables):
            return self.refusal("FailedOperation.TemplateParamSetNotMatchApprovedTemplate")
        return Answered(take=lambda: self._take(data, template))

    def refusal(self, code: str) -> Answered:
        """A refusal, always with HTTP 200."""
        return Answered({"Response": {"Error": {"Code": code, "Message": code}, "RequestId": str(self._world.number())}})

    def _listing(self, data: Mapping[str, Any]) -> Answered:
        states = {Approval.APPROVED: 0, Approval.PENDING: 1, Approval.REJECTED: -1, Approval.UNFILED: -1}
        found = [(number, self.templates.find(str(number))) for number in data.get("TemplateIdSet", ())]
        return Answered({"Response": {"RequestId": str(self._world.number()), "DescribeTemplateStatusSet": [
            {"TemplateId": number, "International": 0, "StatusCode": states[kept.state], "ReviewReply": kept.reason,
             "TemplateName": "通知", "CreateTime": 1795399190, "TemplateContent": _numbered(kept.template)}
            for number, kept in found if kept is not None]}})

    def _take(self, data: Mapping[str, Any], template: Template) -> Mapping[str, Any]:
        now = self._world.clock.now()
        blanks = dict(zip(template.variables, data["TemplateParamSet"], strict=True))
        session = str(data.get("SessionContext", ""))
        statuses, taken = [], []
        for number in data["PhoneNumberSet"]:
            is_good = bool(_NUMBER.fullmatch(number))
            serial = f"5000:{self._world.number():020d}" if is_good else ""
            code = "Ok" if is_good else "InvalidParameterValue.IncorrectPhoneNumber"
            statuses.append({"SerialNo": serial, "PhoneNumber": number, "Fee": int(is_good), "SessionContext": session,
                             "Code": code, "Message": "send success" if is_good else code, "IsoCode": "CN"})
            if is_good:
                taken.append((number[3:], serial))
        self._book(taken, blanks, template, session, str(data["TemplateId"]))
        for number, serial in taken:
            self._world.postman.put(Letter("tencent", report=self._report(number, serial)))
        return {"Response": {"SendStatusSet": statuses, "RequestId": f"{now.timestamp():.0f}"}}

    def _book(self, taken: Sequence[tuple[str, str]], blanks: Mapping[str, str], template: Template, session: str,
              template_id: str) -> None:
        if not taken:
            return
        now = self._world.clock.now()
        numbers = tuple(number for number, _ in taken)
        self._world.ledger.book(Taken(self.name, session, now, taken[0][1], numbers, (blanks,) * len(numbers), template_id))
        self._world.inbox.arrive("sms", numbers, now, lambda _: {"text": template.whole(blanks, self._signature)})

    def _report(self, number: str, serial: str) -> dict[str, Any]:
        fails = self._world.faults.fails(number)
        return {
            "user_receive_time": f"{in_china(self._world.clock.now()):%Y-%m-%d %H:%M:%S}", "nationcode": "86",
            "mobile": number, "report_status": "FAIL" if fails else "SUCCESS", "sid": serial,
            "errmsg": self._world.faults.receipts.codes.get(number, NOT_REACHED) if fails else "DELIVRD",
            "description": "用户短信接收失败" if fails else "用户短信送达成功",
        }


def _numbered(template: Template) -> str:
    """The wording as this vendor keeps it: {1}, {2} … in the blanks' order."""
    text = template.text
    for number, name in enumerate(template.variables, start=1):
        text = text.replace(f"${{{name}}}", f"{{{number}}}").replace(f"{{{name}}}", f"{{{number}}}")
    return text
