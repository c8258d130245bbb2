"""Template messages: one request a message, de-duplicated by client_msg_id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote, urljoin

from channels import exchange
from channels.contract import Limits
from channels.exchange import Said, Verdict
from channels.failures import Fate, FateKind, Outcome, OutcomeKind
from channels.messages import Call, Content, Message
from channels.wechat import errors
from channels.wechat.settings import WechatSettings
from channels.wechat.token import Tokens
from kernel.clock import Clock
from kernel.http import Client

_NO_TEMPLATE = Verdict(OutcomeKind.MISCONFIGURED, "no_template", "没有设置模板消息的编号，请设置 WECHAT_TEMPLATE_NOTICE")
_FATES = {
    OutcomeKind.ACCEPTED: FateKind.TAKEN,
    OutcomeKind.REFUSED: FateKind.FAILED,
    OutcomeKind.RECIPIENT_GONE: FateKind.FAILED,
}


class WechatSender:
    """The sending half of the WeChat channel."""

    name = "wechat"
    gateway = "wechat"

    def __init__(self, settings: WechatSettings, tokens: Tokens, clock: Clock, public_url: str = "") -> None:
        """`tokens` is shared with everything that calls the platform."""
        self._public_url = public_url
        self._settings = settings
        self._templates = settings.templates
        self._tokens = tokens
        self._clock = clock
        self.limits = Limits(
            bulk=1, in_flight=settings.wechat_in_flight, per_second=settings.wechat_per_second, can_ask_fate=True,
            fate_window=timedelta(minutes=settings.wechat_repeat_minutes),
        )

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for the template's fields."""
        template = self._templates.get(content.purpose)
        return () if template is None else template.complaints(content)

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """Send the call's one message."""
        message = _only(call)
        return [(await self._send(client, call.attempt, message)).outcome(message)]

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """Repeat the request under the same client_msg_id while the platform de-duplicates it (10 minutes an openid).

        The platform has no query; the repetition makes sure that the message is taken exactly once and tells its
        msgid. After the window only the receipt can settle it.
        """
        message = _only(call)
        window = self.limits.fate_window
        if window is None or self._clock.now() - call.started_at > window:
            return [Fate(message.reference, FateKind.NO_ANSWER)]
        verdict = await self._send(client, call.attempt, message)
        return [Fate(message.reference, _FATES.get(verdict.kind, FateKind.NO_ANSWER), verdict.vendor_reference,
                     verdict.code, verdict.words, verdict.kind is OutcomeKind.RECIPIENT_GONE)]

    async def _send(self, client: Client, attempt: str, message: Message) -> Verdict:
        template = self._templates.get(message.content.purpose)
        if template is None:
            return _NO_TEMPLATE
        data = {
            "touser": message.address,
            "template_id": template.vendor_id,
            "data": template.data(message.content),
            "client_msg_id": attempt,
        }
        if message.content.link:
            # A notice names its page by path; the address in front of it is this installation's.
            data["url"] = urljoin(self._public_url, message.content.link)

        async def request(token: str) -> Said | Verdict:
            address = f"{self._settings.wechat_api_url}/cgi-bin/message/template/send?access_token={quote(token, safe='')}"
            return await exchange.post_json(client, address, data)

        said = await self._tokens.calling(client, request)
        return said if isinstance(said, Verdict) else errors.judge(said, self._clock.now())


def _only(call: Call) -> Message:
    if len(call.messages) != 1:
        raise ValueError("a template message goes alone in its call")
    return call.messages[0]
