"""Sending public words to those who asked for them; a 429 stops the whole account for as long as it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from channels import cleaning, exchange
from channels.contract import Limits
from channels.exchange import LONGEST_WAIT, THROTTLE_WAIT, Said, Verdict
from channels.failures import Fate, FateKind, Outcome, OutcomeKind
from channels.messages import Call, Content, Incoming, Message, Purpose, Reply
from channels.pauses import Pauses
from channels.splitting import split_text
from channels.telegram import writing
from channels.telegram.receiver import LONGEST
from channels.telegram.settings import TelegramSettings
from kernel.http import Client

_NOTHING = Verdict(OutcomeKind.REFUSED, "empty", "没有文字，没有发送")


class TelegramSender:
    """The sending half, which is also the talker; nothing targeted goes this way (个人信息保护法 §36)."""

    name = "telegram"
    gateway = "telegram"

    def __init__(self, settings: TelegramSettings, pauses: Pauses) -> None:
        """One for the account: the pause after a 429 binds every chat, and every process through `pauses`."""
        self._settings = settings
        self._pauses = pauses
        self.limits = Limits(bulk=1, in_flight=8, per_second=settings.telegram_per_second, longest=LONGEST,
                             throttle_wait=timedelta(seconds=5))

    def complaints(self, content: Content) -> tuple[str, ...]:
        """Only its length can be wrong."""
        if len(content.text) > LONGEST:
            return (f"Telegram 消息有 {len(content.text)} 字，最多 {LONGEST} 字。请缩短。",)
        return ()

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """Send the call's one message."""
        if len(call.messages) != 1:
            raise ValueError("a Telegram message goes alone in its call")
        return [await self.say(client, call.messages[0])]

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """The Bot API keeps no reference of ours: what is unknown stays unknown."""
        return [Fate(message.reference, FateKind.NO_ANSWER) for message in call.messages]

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one message now, a long one in pieces that follow each other."""
        text = message.content.text
        if message.content.link and message.content.link not in text:
            text = f"{text}\n{message.content.link}"
        pieces = split_text(text, LONGEST) or [""]
        verdict = _NOTHING
        for number, piece in enumerate(pieces, start=1):
            verdict = await self._send(client, message.address, piece)
            if verdict.kind is not OutcomeKind.ACCEPTED:
                return (verdict if number == 1 else _incomplete(verdict, number, len(pieces))).outcome(message)
        return verdict.outcome(message)

    async def reply(self, client: Client, incoming: Incoming, reply: Reply) -> Outcome:
        """Answer what came, with a button for each choice under the last piece."""
        message = Message(0, incoming.address, Content(Purpose.CONSULTATION, writing.words([reply])))
        pieces = split_text(message.content.text, LONGEST) or [""]
        verdict = _NOTHING
        for number, piece in enumerate(pieces, start=1):
            verdict = await self._send(client, message.address, piece, writing.buttons([reply]) if number == len(pieces) else None)
            if verdict.kind is not OutcomeKind.ACCEPTED:
                break
        return verdict.outcome(message)

    async def _send(self, client: Client, address: str, text: str, keyboard: Mapping[str, Any] | None = None) -> Verdict:
        rest = await asyncio.to_thread(self._pauses.rest)
        if rest:
            return Verdict(OutcomeKind.THROTTLED, "429", "平台要求暂停", rest)
        if not address.lstrip("-").isdigit():
            return Verdict(OutcomeKind.REFUSED, "bad_chat", "不是 Telegram 会话，没有发送")
        if not text.strip():
            return _NOTHING
        url = f"{self._settings.telegram_api_url}/bot{self._settings.telegram_token}/sendMessage"
        data = {"chat_id": int(address), "text": text, **({"reply_markup": keyboard} if keyboard else {})}
        said = await exchange.post_json(client, url, data)
        verdict = said if isinstance(said, Verdict) else judge(said)
        if verdict.code in ("429", "http_429"):
            await asyncio.to_thread(self._pauses.pause, verdict.wait)
        return verdict


def _incomplete(verdict: Verdict, number: int, total: int) -> Verdict:
    """The first pieces are with the reader: the whole is not sent again, whatever became of the rest."""
    words = f"分 {total} 段发，第 {number} 段没有发成：{verdict.words}"
    kind = verdict.kind if verdict.kind in (OutcomeKind.UNKNOWN, OutcomeKind.RECIPIENT_GONE) else OutcomeKind.REFUSED
    return Verdict(kind, f"part_{number}:{verdict.code}", words)


def judge(said: Said) -> Verdict:
    """What one answer of the Bot API means (core.telegram.org/bots/api, Making requests)."""
    words = cleaning.words(said.data.get("description"))
    result, parameters = said.data.get("result"), said.data.get("parameters")
    if said.data.get("ok") is True and said.status < 400:
        number = result.get("message_id") if isinstance(result, dict) else None
        return Verdict(OutcomeKind.ACCEPTED, "ok", "", vendor_reference=cleaning.reference(number))
    given = said.data.get("error_code")
    code = given if isinstance(given, int) else said.status
    if code == 429:
        return Verdict(OutcomeKind.THROTTLED, "429", words, _retry_after(parameters) or said.wait or THROTTLE_WAIT)
    if code >= 500 or code < 400:
        return Verdict(OutcomeKind.UNKNOWN, str(code), words)
    if code == 403 or "chat not found" in words.lower():
        return Verdict(OutcomeKind.RECIPIENT_GONE, str(code), words)
    if code in (401, 404):
        return Verdict(OutcomeKind.MISCONFIGURED, str(code), words)
    return Verdict(OutcomeKind.REFUSED, str(code), words)


def _retry_after(parameters: object) -> timedelta | None:
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**6:
        return None
    return min(timedelta(seconds=seconds), LONGEST_WAIT)
