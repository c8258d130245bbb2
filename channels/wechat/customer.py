"""客服消息: words to one person within the platform's window (48 h after a message, 1 min after a click or scan)."""

from __future__ import annotations

from urllib.parse import quote

from channels import exchange
from channels.exchange import Said, Verdict
from channels.failures import Outcome
from channels.messages import Message
from channels.splitting import first_piece, utf8_length
from channels.wechat import errors
from channels.wechat.settings import WechatSettings
from channels.wechat.token import Tokens
from channels.wording import CUT
from kernel.clock import Clock
from kernel.http import Client


class WechatTalker:
    """Says something to one follower outside a dispatch; 45015 and 45047 tell that the window is over."""

    def __init__(self, settings: WechatSettings, tokens: Tokens, clock: Clock) -> None:
        """`tokens` is shared with the sender."""
        self._settings = settings
        self._tokens = tokens
        self._clock = clock

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one text message now."""
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
        verdict = said if isinstance(said, Verdict) else errors.judge(said, self._clock.now())
        return verdict.outcome(message)
