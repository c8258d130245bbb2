"""Notices to followers: template messages, de-duplicated by client_msg_id; without them, what consents and windows allow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urljoin

from channels import exchange
from channels.contract import Limits
from channels.exchange import Verdict
from channels.failures import Fate, FateKind, Outcome, OutcomeKind
from channels.messages import Call, Content, Message
from channels.wechat import errors
from channels.wechat.customer import WINDOW_OVER, WechatTalker
from channels.wechat.openings import Openings
from channels.wechat.settings import WechatSettings
from channels.wechat.templates import CardTemplate
from channels.wechat.token import Tokens
from kernel.clock import Clock
from kernel.http import Client

# 43101: the follower has taken the consent back, or it was used up elsewhere.
REFUSED_BY_FOLLOWER = "43101"
_NO_TEMPLATE = Verdict(OutcomeKind.MISCONFIGURED, "no_template", "没有设置模板消息的编号，请设置 WECHAT_TEMPLATE_NOTICE 或 WECHAT_SUBSCRIPTION_TEMPLATE")
_NO_OPENING = Verdict(OutcomeKind.REFUSED, "no_opening", "对方没有可用的订阅同意，48 小时内也没有说过话，微信不让发")
# Written down together: so many more may have to be asked about when a worker is killed, times WECHAT_IN_FLIGHT.
SHEAF = 16
# Two groups leave side by side, each with a content read anew; a few more are under way or asked about.
GROUPS = 8
_FATES = {
    OutcomeKind.ACCEPTED: FateKind.TAKEN,
    OutcomeKind.REFUSED: FateKind.FAILED,
    OutcomeKind.RECIPIENT_GONE: FateKind.FAILED,
}


class WechatSender:
    """The sending half of the WeChat channel."""

    name = "wechat"
    gateway = "wechat"

    def __init__(self, settings: WechatSettings, tokens: Tokens, clock: Clock, openings: Openings, public_url: str = "") -> None:
        """`tokens` and `openings` are shared with everything that calls the platform."""
        self._public_url = public_url
        self._openings = openings
        self._talker = WechatTalker(settings, tokens, clock, openings)
        self._subscription = settings.subscription
        self._settings = settings
        self._templates = settings.templates
        self._tokens = tokens
        self._clock = clock
        self._written: dict[int, tuple[Content, bytes]] = {}
        self.limits = Limits(
            bulk=1, in_flight=settings.wechat_in_flight, per_second=settings.wechat_per_second,
            can_ask_fate=bool(self._templates), fate_window=timedelta(minutes=settings.wechat_repeat_minutes),
            per_day=settings.wechat_daily, needs_opening=not self._templates and self._subscription is not None,
            consent_for="" if self._subscription is None else self._subscription.vendor_id,
            sheaf=SHEAF if self._templates else 1,
        )

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for the template's fields."""
        template = self._templates.get(content.purpose) or self._subscription
        return () if template is None else template.complaints(content)

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """Send the call's one message."""
        message = _only(call)
        return [(await self._send(client, call.name_of(message), message)).outcome(message)]

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """Repeat the request under the same client_msg_id while the platform de-duplicates it (10 minutes an openid).

        The platform has no query; the repetition makes sure that the message is taken exactly once and tells its
        msgid. After the window only the receipt can settle it, which is then known by follower and moment.
        """
        return await asyncio.gather(*(self._fate(client, call, message) for message in call.messages))

    async def _fate(self, client: Client, call: Call, message: Message) -> Fate:
        window = self.limits.fate_window
        if message.content.form and self.complaints(message.content):
            # To ask is to say it again, and it is not said in a form that nobody approved.
            return Fate(message.reference, FateKind.NO_ANSWER)
        if message.content.purpose not in self._templates or window is None or self._clock.now() - call.started_at > window:
            return Fate(message.reference, FateKind.NO_ANSWER)
        verdict = await self._send(client, call.name_of(message), message)
        return Fate(message.reference, _FATES.get(verdict.kind, FateKind.NO_ANSWER), verdict.vendor_reference,
                    verdict.code, verdict.words, verdict.kind is OutcomeKind.RECIPIENT_GONE)

    async def _send(self, client: Client, name: str, message: Message) -> Verdict:
        template = self._templates.get(message.content.purpose)
        if template is None:
            return await self._by_opening(client, message)
        to = f'{{"touser":{exchange.written(message.address)},"client_msg_id":{exchange.written(name)},'
        return await self._post(client, "template/send", to.encode("utf-8", "replace") + self._card(template, message.content))

    def _card(self, template: CardTemplate, content: Content) -> bytes:
        """What the messages of one group have in common, written once: a template message from its third field on."""
        known = self._written.get(id(content))
        if known is None:
            data = {"template_id": template.vendor_id, "data": template.data(content)}
            if content.link:
                # A notice names its page by path; the address in front of it is this installation's.
                data["url"] = urljoin(self._public_url, content.link)
            if len(self._written) >= GROUPS:
                self._written.clear()
            # Kept with its content, so that no other can stand at the same place meanwhile.
            known = self._written[id(content)] = content, exchange.written(data).encode("utf-8", "replace")[1:]
        return known[1]

    async def _by_opening(self, client: Client, message: Message) -> Verdict:
        """No template for this purpose: a consent is used up, else a message of an open window.

        Neither is de-duplicated by the platform: what is unknown stays so until its event tells.
        """
        if self._subscription is None:
            return _NO_TEMPLATE
        openings, template = self._openings, self._subscription
        ticket = await asyncio.to_thread(openings.spend_consent, message.address, template.vendor_id)
        if ticket is not None:
            data = _data(template, message)
            if message.content.link:
                data["page"] = urljoin(self._public_url, message.content.link)
            verdict = await self._post(client, "subscribe/bizsend", exchange.written(data).encode("utf-8", "replace"))
        else:
            ticket = await asyncio.to_thread(openings.spend_window, message.address, self._clock.now())
            if ticket is None:
                return _NO_OPENING
            verdict = await self._talker.post(client, self._with_address(message))
        if verdict.code == REFUSED_BY_FOLLOWER:
            await asyncio.to_thread(openings.close_consents, message.address, template.vendor_id)
        elif verdict.code in WINDOW_OVER:
            await asyncio.to_thread(openings.close_windows, message.address)
        elif verdict.kind in (OutcomeKind.THROTTLED, OutcomeKind.MISCONFIGURED):
            await asyncio.to_thread(openings.give_back, ticket)
        return verdict

    def _with_address(self, message: Message) -> Message:
        link = message.content.link
        return message if not link else replace(message, content=replace(
            message.content, link=urljoin(self._public_url, link)))

    async def _post(self, client: Client, path: str, body: bytes) -> Verdict:
        said = await self._tokens.calling(client, lambda token: exchange.post(
            client, _address(self._settings.wechat_api_url, path, token), body, exchange.JSON_HEADERS))
        return said if isinstance(said, Verdict) else errors.judge(said, self._clock.now())


@lru_cache(maxsize=16)
def _address(api: str, path: str, token: str) -> str:
    return f"{api}/cgi-bin/message/{path}?access_token={quote(token, safe='')}"


def _data(template: CardTemplate, message: Message) -> dict[str, Any]:
    return {"touser": message.address, "template_id": template.vendor_id, "data": template.data(message.content)}


def _only(call: Call) -> Message:
    if len(call.messages) != 1:
        raise ValueError("a template message goes alone in its call")
    return call.messages[0]
