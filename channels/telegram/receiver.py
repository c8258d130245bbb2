"""The webhook of the bot: authenticated by a secret header, answered in place."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from channels.contract import Received, Request, Response
from channels.exchange import read_object
from channels.failures import CallbackRefused
from channels.messages import Reply
from channels.splitting import first_piece
from channels.telegram import reading, writing
from channels.telegram.settings import TelegramSettings
from channels.wording import CUT

LONGEST = 4096
JSON_TYPE = "application/json"
ASK_ALONE = "群里不便答复。请点我的名字，私下问我。"


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
        incoming, query = reading.incoming(update), reading.pressed(update)
        if incoming is None:
            group = reading.group_asked(update)
            return Received(response=_said(group, {"text": ASK_ALONE}) if group else _pressed(query) if query else _empty())
        # Only one thing can travel in the answer: a pressed button is set free there, and the words go by themselves.
        return Received(incoming=(incoming,), token={"chat": incoming.address, "query": query}, in_place=not query)

    def acknowledge(self, received: Received, replies: Sequence[Reply]) -> Response:
        """One request in the answer's body (core.telegram.org, Making requests when getting updates)."""
        if received.response is not None:
            return received.response
        if received.token.get("query"):
            return _pressed(received.token["query"])
        text, keyboard = first_piece(writing.words(replies), LONGEST, len, CUT), writing.buttons(replies)
        return _said(received.token["chat"], {"text": text, **({"reply_markup": keyboard} if keyboard else {})}) if text else _empty()


def _said(chat: str, message: Mapping[str, Any]) -> Response:
    return _request({"method": "sendMessage", "chat_id": int(chat), **message})


def _pressed(query: str) -> Response:
    return _request({"method": "answerCallbackQuery", "callback_query_id": query})


def _request(data: Mapping[str, Any]) -> Response:
    return Response(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), JSON_TYPE)


def _empty() -> Response:
    return Response(b"{}", JSON_TYPE)
