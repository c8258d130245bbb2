"""客服消息: words to one person within the platform's window (48 h after a message, 1 min after a click or scan)."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from channels import exchange
from channels.exchange import Said, Verdict
from channels.failures import Outcome, OutcomeKind
from channels.messages import Message
from channels.splitting import first_piece, utf8_length
from channels.wechat import errors
from channels.wechat.openings import Openings
from channels.wechat.settings import WechatSettings
from channels.wechat.token import Tokens
from channels.wording import CUT
from kernel.clock import Clock
from kernel.http import Client

_CLOSED = Verdict(OutcomeKind.REFUSED, "window_closed", "对方 48 小时内没有说过话，或这段时间里的条数已用完，微信不让主动发")
# Nothing may be sent to this follower any more until the follower does something.
WINDOW_OVER = frozenset({"45015", "45047"})


class WechatTalker:
    """Says something to one follower outside a dispatch, while a window is open; 45015 and 45047 tell that it is over."""

    def __init__(self, settings: WechatSettings, tokens: Tokens, clock: Clock, openings: Openings) -> None:
        """`tokens` and `openings` are shared with the sender."""
        self._settings = settings
        self._tokens = tokens
        self._clock = clock
        self._openings = openings

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one text message now; of whom nothing was ever heard here, the platform is asked."""
        ticket = await asyncio.to_thread(self._openings.spend_window, message.address, self._clock.now())
        if ticket is None and await asyncio.to_thread(self._openings.has_known_window, message.address):
            return _CLOSED.outcome(message)
        verdict = await self.post(client, message)
        if verdict.code in WINDOW_OVER:
            await asyncio.to_thread(self._openings.close_windows, message.address)
        elif ticket is not None and verdict.kind in (OutcomeKind.THROTTLED, OutcomeKind.MISCONFIGURED):
            await asyncio.to_thread(self._openings.give_back, ticket)
        return verdict.outcome(message)

    async def post(self, client: Client, message: Message) -> Verdict:
        """Make the request, whatever window is open."""
        text = message.content.text
        if message.content.link and message.content.link not in text:
            text = f"{text}\n{message.content.link}"
        data = {
            "touser": message.address, "msgtype": "text",
            "text": {"content": first_piece(text, self._settings.wechat_reply_bytes, utf8_length, CUT)},
        }

        async def request(token: str) -> Said | Verdict:
            address = f"{self._settings.wechat_api_url}/cgi-bin/message/custom/send?access_token={quote(token, safe='')}"
            return await exchange.post_json(client, address, data)

        said = await self._tokens.calling(client, request)
        return said if isinstance(said, Verdict) else errors.judge(said, self._clock.now())
