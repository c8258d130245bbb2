"""Sending through Aliyun: one number by SendSms, up to a hundred by SendBatchSms, under one OutId."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from channels import exchange
from channels.addresses import host_and_path
from channels.contract import UNKNOWN_HORIZON, Limits
from channels.exchange import Said, Verdict, for_all
from channels.failures import Fate, Outcome, OutcomeKind
from channels.messages import Call, Content, Message
from channels.sms.gateways.aliyun import bodies, codes, reviews
from channels.sms.gateways.aliyun.fates import asked_fates
from channels.sms.gateways.aliyun.settings import AliyunSettings
from channels.sms.gateways.aliyun.signing import canonical_query, signed_headers
from channels.sms.reviews import Reviewed
from channels.sms.screening import screened
from channels.sms.talking import single_call
from channels.sms.templates import Register
from kernel.clock import Clock
from kernel.http import Client


class AliyunSender:
    """The sending half of the Aliyun gateway."""

    name = "sms"
    gateway = "aliyun"

    def __init__(self, settings: AliyunSettings, register: Register, clock: Clock,
                 unknown_horizon: timedelta = UNKNOWN_HORIZON) -> None:
        """`register` holds the signature and the templates approved at Aliyun."""
        self._settings = settings
        self._register = register
        self._clock = clock
        self._host, self._path = host_and_path(settings.aliyun_sms_url)
        self.limits = Limits(
            bulk=settings.aliyun_sms_bulk, in_flight=settings.aliyun_sms_in_flight,
            per_second=settings.aliyun_sms_per_second, can_ask_fate=True,
            unknown_horizon=unknown_horizon,
        )

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for the approved template."""
        return self._register.complaints(content)

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """One request; numbers that cannot be numbers, and purposes without a template, are refused beforehand."""
        return await screened(call, self._register, self.limits.bulk, lambda good: self._send(client, call.attempt, good))

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """Ask QuerySendDetails by number and date, and match by OutId."""
        return await asked_fates(call, self.limits.unknown_horizon, self._clock.now(),
                                 lambda parameters: self._query(client, parameters))

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one message now, outside a dispatch."""
        call = single_call(message, self._register, self._clock.now())
        return (await self.send(client, call))[0]

    async def reviewed(self, client: Client, vendor_id: str) -> Reviewed:
        """Ask how far a template's review has come."""
        return reviews.reviewed(await self._request(client, reviews.ACTION, {"TemplateCode": vendor_id}, b""))

    async def _send(self, client: Client, attempt: str, messages: tuple[Message, ...]) -> list[Outcome]:
        purpose = messages[0].content.purpose
        template = self._register.templates[purpose]
        template_id = self._register.vendor_id(purpose) or ""
        signature = self._register.signature
        if len(messages) == 1:
            parameters = bodies.single(messages[0], template=template, template_id=template_id, signature=signature,
                                       attempt=attempt)
            said = await self._request(client, "SendSms", parameters, b"")
        else:
            body = bodies.bulk(messages, template=template, template_id=template_id, signature=signature, attempt=attempt)
            said = await self._request(client, "SendBatchSms", {}, body)
        verdict = said if isinstance(said, Verdict) else codes.judge(said, len(messages), self._clock.now())
        return for_all(verdict, messages)

    async def _query(self, client: Client, parameters: Mapping[str, str]) -> Said | None:
        said = await self._request(client, "QuerySendDetails", parameters, b"")
        if isinstance(said, Verdict) or codes.judge(said, 1, self._clock.now()).kind is not OutcomeKind.ACCEPTED:
            return None
        return said

    async def _request(self, client: Client, action: str, parameters: Mapping[str, str], body: bytes) -> Said | Verdict:
        query = canonical_query(parameters)
        headers = signed_headers(
            action=action, host=self._host, path=self._path, query=query, body=body,
            key_id=self._settings.aliyun_sms_access_key_id, secret=self._settings.aliyun_sms_access_key_secret,
            now=self._clock.now(), nonce=uuid.uuid4().hex,
        )
        address = f"{self._settings.aliyun_sms_url}{'' if self._path != '/' else '/'}"
        return await exchange.post(client, f"{address}?{query}" if query else address, body, headers)
