"""A thin Bot API: getMe, getUpdates, sendMessage, setWebhook, deleteWebhook."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from channels.simulators.ledger import Taken
from channels.simulators.world import Answered, Asked, World

BOT = {"id": 7000000001, "is_bot": True, "first_name": "直达", "username": "zhida_simulated_bot"}


class TelegramVendor:
    """One simulated bot; `say` puts an update where getUpdates finds it."""

    name = "telegram"

    def __init__(self, world: World) -> None:
        """The token is the settings' own."""
        self._world = world
        self._updates: deque[dict[str, Any]] = deque(maxlen=1000)
        self.blocked: set[int] = set()
        self.freed: list[str] = []
        self.keyboards: dict[int, Any] = {}

    def answer(self, asked: Asked) -> Answered:
        """Answer one method of the bot."""
        _, _, rest = asked.path.rpartition("/bot")
        token, _, method = rest.partition("/")
        if not token or token != self._world.config.telegram.telegram_token:
            return _error(401, "Unauthorized")
        given = _parameters(asked)
        if method.lower() == "sendmessage":
            return self._send(given)
        if method.lower() == "getupdates":
            return _result(self._waiting(int(given.get("offset") or 0)))
        if method.lower() == "getme":
            return _result(BOT)
        if method.lower() == "answercallbackquery":
            self.freed.append(str(given.get("callback_query_id", "")))
            return _result(True)
        if method.lower() in ("setwebhook", "deletewebhook"):
            return _result(True)
        return _error(404, "Not Found")

    def refusal(self, code: str) -> Answered:
        """A refusal: 429 says for how long."""
        parameters = {"parameters": {"retry_after": 7}} if code == "429" else {}
        return _error(int(code), "Too Many Requests: retry after 7" if code == "429" else "simulated refusal", parameters)

    def say(self, chat: int, text: str) -> None:
        """A person types something to the bot."""
        number, now = self._world.number(), int(self._world.clock.now().timestamp())
        message: dict[str, Any] = {
            "message_id": number, "date": now, "text": text, "chat": {"id": chat, "type": "private", "first_name": "王"},
            "from": {"id": chat, "is_bot": False, "first_name": "王"},
        }
        self._updates.append({"update_id": number, "message": message})

    def press(self, chat: int, data: str) -> str:
        """A person presses a button of the message that came last; gives the query's id."""
        number, now = self._world.number(), int(self._world.clock.now().timestamp())
        message = {"message_id": number, "date": now, "text": "", "chat": {"id": chat, "type": "private", "first_name": "王"}}
        self._updates.append({"update_id": number, "callback_query": {
            "id": str(number), "from": {"id": chat, "is_bot": False, "first_name": "王"}, "chat_instance": "1", "data": data, "message": message}})
        return str(number)

    def _waiting(self, offset: int) -> list[dict[str, Any]]:
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        return list(self._updates)

    def _send(self, given: Mapping[str, Any]) -> Answered:
        try:
            chat, text = int(given["chat_id"]), str(given["text"])
        except (KeyError, ValueError):
            return _error(400, "Bad Request: chat not found")
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if not 1 <= len(text) <= 4096:
            return _error(400, "Bad Request: message is too long")
        self.keyboards[chat] = given.get("reply_markup")
        return Answered(take=lambda: self._take(chat, text))

    def _take(self, chat: int, text: str) -> Mapping[str, Any]:
        now, number = self._world.clock.now(), self._world.number()
        self._world.ledger.book(Taken(self.name, "", now, str(number), (str(chat),), ({"text": text},)))
        self._world.inbox.say("telegram", str(chat), text, now, "in")
        return {"ok": True, "result": {
            "message_id": number, "date": int(now.timestamp()), "text": text, "chat": {"id": chat, "type": "private"}}}


def _parameters(asked: Asked) -> dict[str, Any]:
    if "json" in asked.headers.get("content-type", ""):
        try:
            data = json.loads(asked.body)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}
    return dict(parse_qsl(asked.body.decode("utf-8", "replace")))


def _result(value: object) -> Answered:
    return Answered({"ok": True, "result": value})


def _error(code: int, words: str, more: Mapping[str, Any] | None = None) -> Answered:
    return Answered({"ok": False, "error_code": code, "description": words, **(more or {})}, status=code)
