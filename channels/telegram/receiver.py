"""The webhook of the bot: authenticated by a secret header, answered in place."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence

from channels.contract import Received, Request, Response
from channels.exchange import read_object
from channels.failures import CallbackRefused
from channels.messages import Reply
from channels.splitting import first_piece
from channels.telegram import reading
from channels.telegram.settings import TelegramSettings
from channels.wording import CUT, together

LONGEST = 4096
JSON_TYPE = "application/json"


class TelegramReceiver:
    """Mounted at `/hooks/telegram` when TELEGRAM_WEBHOOK_SECRET is set."""

    name = "telegram"

    def __init__(self, settings: TelegramSettings) -> None:
        """The secret is compared with the header of every update."""
        self._secret = settings.telegram_webhook_secret.encode()

    def receive(self, request: Request) -> Received:
        """Verify and read an update; raises CallbackRefused."""
        if request.method != "POST":
            raise CallbackRefused(405, "Telegram 回调只用 POST。")
        given = request.headers.get("x-telegram-bot-api-secret-token", "").encode("utf-8", "replace")
        if not self._secret or not hmac.compare_digest(given, self._secret):
            raise CallbackRefused(403, "回调的 secret_token 不对，已拒收。请核对 TELEGRAM_WEBHOOK_SECRET。")
        update = read_object(request.body)
        if update is None:
            raise CallbackRefused(400, "回调的内容不是 JSON 对象，已拒收。")
        incoming = reading.incoming(update)
        if incoming is None:
            return Received(response=_empty())
        return Received(incoming=(incoming,), token={"chat": incoming.address}, in_place=True)

    def acknowledge(self, received: Received, replies: Sequence[Reply]) -> Response:
        """One sendMessage in the answer's body (core.telegram.org, Making requests when getting updates)."""
        text = first_piece(together(replies), LONGEST, len, CUT)
        if received.response is not None or not text:
            return received.response or _empty()
        said = {"method": "sendMessage", "chat_id": int(received.token["chat"]), "text": text}
        return Response(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"), JSON_TYPE)


def _empty() -> Response:
    return Response(b"{}", JSON_TYPE)
