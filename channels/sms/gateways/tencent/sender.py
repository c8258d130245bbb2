"""Sending through Tencent Cloud: up to 200 numbers a call, all with the same text, under one SessionContext."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from channels import exchange
from channels.addresses import host_and_path
from channels.contract import Limits
from channels.exchange import Said, Verdict, for_all
from channels.failures import Fate, FateKind, Fault, Outcome, OutcomeKind
from channels.messages import Call, Content, Message
from channels.sms.gateways.tencent import codes, reviews
from channels.sms.gateways.tencent.settings import TencentSettings
from channels.sms.gateways.tencent.signing import CONTENT_TYPE, authorization
from channels.sms.numbers import mobile
from channels.sms.reviews import Reviewed
from channels.sms.screening import screened
from channels.sms.talking import single_call
from channels.sms.templates import Register
from kernel.clock import Clock
from kernel.http import Client

VERSION = "2021-01-11"


class TencentSender:
    """The sending half of the Tencent gateway."""

    name = "sms"
    gateway = "tencent"

    def __init__(self, settings: TencentSettings, register: Register, clock: Clock) -> None:
        """`register` holds the signature and the templates approved at Tencent."""
        self._settings = settings
        self._register = register
        self._clock = clock
        self._host, self._path = host_and_path(settings.tencent_sms_url)
        self.limits = Limits(
            bulk=settings.tencent_sms_bulk, in_flight=settings.tencent_sms_in_flight,
            per_second=settings.tencent_sms_per_second, same_text_only=True, can_ask_fate=False,
        )

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for the approved template."""
        return self._register.complaints(content)

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """One request; messages whose text differs from the first one's are told to go in another call."""
        return await screened(call, self._register, self.limits.bulk, lambda good: self._send(client, call.attempt, good))

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """Tencent keeps no query by our reference: only the callback settles what is unknown."""
        return [Fate(message.reference, FateKind.NO_ANSWER) for message in call.messages]

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one message now, outside a dispatch."""
        call = single_call(message, self._register, self._clock.now())
        return (await self.send(client, call))[0]

    async def _send(self, client: Client, attempt: str, messages: tuple[Message, ...]) -> list[Outcome]:
        first = self._blanks(messages[0].content)
        same = [self._blanks(message.content) == first for message in messages]
        sendable = [message for message, is_same in zip(messages, same, strict=True) if is_same]
        sent = iter(await self._post(client, attempt, sendable, first))
        other = Verdict(OutcomeKind.THROTTLED, "other_text", "文字不同，要另发一次", fault=Fault.CONTENT)
        return [next(sent) if is_same else other.outcome(message) for message, is_same in zip(messages, same, strict=True)]

    async def reviewed(self, client: Client, vendor_id: str) -> Reviewed:
        """Ask how far a template's review has come."""
        if not vendor_id.isascii() or not vendor_id.isdigit():
            return Reviewed(fault="腾讯云的模板编号是一串数字。请核对编号。")
        said = await self._request(client, reviews.ACTION, reviews.question(vendor_id), self._clock.now())
        return reviews.reviewed(said, vendor_id)

    async def _post(self, client: Client, attempt: str, messages: Sequence[Message], blanks: list[str]) -> list[Outcome]:
        now = self._clock.now()
        said = await self._request(client, "SendSms", {
            "PhoneNumberSet": [f"+86{message.address}" for message in messages],
            "SmsSdkAppId": self._settings.tencent_sms_app_id,
            "SignName": self._register.signature,
            "TemplateId": self._register.vendor_id(messages[0].content.purpose),
            "TemplateParamSet": blanks,
            "SessionContext": attempt,
        }, now)
        if isinstance(said, Verdict):
            return for_all(said, messages)
        verdict = codes.judge_call(said, now)
        return self._each(said, messages) if verdict is None else for_all(verdict, messages)

    async def _request(self, client: Client, action: str, data: Mapping[str, Any], now: datetime) -> Said | Verdict:
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "content-type": CONTENT_TYPE, "host": self._host, "x-tc-action": action, "x-tc-version": VERSION,
            "x-tc-timestamp": str(int(now.timestamp())), "x-tc-region": self._settings.tencent_sms_region,
            "authorization": authorization(
                host=self._host, path=self._path, body=body, now=now,
                secret_id=self._settings.tencent_sms_secret_id, secret_key=self._settings.tencent_sms_secret_key),
        }
        address = f"{self._settings.tencent_sms_url}{'/' if self._path == '/' else ''}"
        return await exchange.post(client, address, body, headers)

    def _each(self, said: Said, messages: Sequence[Message]) -> list[Outcome]:
        statuses = said.data["Response"].get("SendStatusSet")
        found = {mobile(status.get("PhoneNumber")): status for status in statuses if isinstance(status, dict)} \
            if isinstance(statuses, list) else {}
        now = self._clock.now()
        return [(codes.judge_number(found[message.address], now) if message.address in found else _UNREADABLE)
                .outcome(message) for message in messages]

    def _blanks(self, content: Content) -> list[str]:
        return [content.variables.get(name, "") for name in self._register.templates[content.purpose].variables]


_UNREADABLE = Verdict(OutcomeKind.UNKNOWN, "unreadable", "平台没有说这个号码的结果，不知是否收到")
