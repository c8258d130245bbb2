"""From an update of the Bot API, as a dictionary, to what a person did; private chats only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels import cleaning
from channels.messages import Incoming, IncomingKind
from kernel.clock import CHINA

_WORDLESS = ("photo", "video", "sticker", "document", "animation", "audio", "video_note", "contact", "venue", "poll", "dice")
_START = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
_SUBSCRIBE = re.compile(r"/subscribe(?:@\w+)?\s*")
_STOP = re.compile(r"/stop(?:@\w+)?\s*")
# Any other command; those named lead where a button of the account's menu leads, the rest to the help.
_COMMAND = re.compile(r"/([a-z_]{1,32})(?:@\w+)?(?:\s.*)?", re.DOTALL)
_KEYS = frozenset({"latest", "human", "help", "cases"})
_FOR_US = re.compile(r"/[a-z_]{1,32}@\w+.*|/(?:start|help)\b.*", re.DOTALL)


def incoming(update: Mapping[str, Any]) -> Incoming | None:
    """What a person said or did; None for groups, edits and everything else."""
    number = update.get("update_id")
    if not isinstance(number, int):
        return None
    key = f"telegram:{cleaning.clean(number, 20)}"
    pressed = _part(update, "callback_query")
    if pressed:
        choice, _, mark = cleaning.clean(pressed.get("data")).partition(".")
        told = _from_chat(_part(pressed, "message"), key, IncomingKind.TEXT, choice)
        return replace(told, mark=mark) if told is not None else None
    left = _part(update, "my_chat_member")
    if left:
        gone = _part(left, "new_chat_member").get("status") == "kicked"
        return _from_chat(left, key, IncomingKind.UNFOLLOW) if gone else None
    return _message(_part(update, "message"), key)


def _message(message: Mapping[str, Any], key: str) -> Incoming | None:
    text = cleaning.clean(message.get("text") or message.get("caption")).strip()
    start = _START.fullmatch(text)
    if start:
        return _from_chat(message, key, IncomingKind.FOLLOW, scene=start[1])
    if _SUBSCRIBE.fullmatch(text):
        return _from_chat(message, key, IncomingKind.TEXT, "订阅")
    if _STOP.fullmatch(text):
        return _from_chat(message, key, IncomingKind.TEXT, "退订")
    command = _COMMAND.fullmatch(text)
    if command:
        return _from_chat(message, key, IncomingKind.CLICK, scene=command[1] if command[1] in _KEYS else "help")
    if "location" in message:
        return _from_chat(message, key, IncomingKind.LOCATION, place=_place(_part(message, "location")))
    if "voice" in message:
        return _from_chat(message, key, IncomingKind.VOICE)
    if not text:
        is_wordless = any(name in message for name in _WORDLESS)
        return _from_chat(message, key, IncomingKind.IMAGE) if is_wordless else None
    return _from_chat(message, key, IncomingKind.TEXT, text)


def pressed(update: Mapping[str, Any]) -> str:
    """The id of a pressed button's query, which wants an answer or the button goes on turning; empty for anything else."""
    return cleaning.clean(_part(update, "callback_query").get("id"), 64)


def group_asked(update: Mapping[str, Any]) -> str:
    """The chat of a group where a command was meant for the bot; empty for all else that is said in groups."""
    message = _part(update, "message")
    chat, text = _part(message, "chat"), cleaning.clean(message.get("text"))
    is_group = chat.get("type") in ("group", "supergroup") and _is_number(chat.get("id"))
    return cleaning.clean(chat["id"], 24) if is_group and _FOR_US.fullmatch(text) else ""


def _from_chat(
    holder: Mapping[str, Any], key: str, kind: IncomingKind, text: str = "", *, scene: str | None = None,
    place: tuple[float, float] | None = None,
) -> Incoming | None:
    chat = _part(holder, "chat")
    if chat.get("type") != "private" or not _is_number(chat.get("id")):
        return None
    at = holder.get("date")
    moment = datetime.fromtimestamp(at, CHINA) if isinstance(at, int) and 0 < at < 4_102_444_800 else None
    return Incoming("telegram", cleaning.clean(chat["id"], 24), key, kind, text, scene, place, moment)


def _is_number(value: Any) -> bool:
    """A chat's number as Telegram has them: 52 bits at the most (core.telegram.org/bots/api, Chat)."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**52


def _part(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = holder.get(name)
    return part if isinstance(part, Mapping) else {}


def _place(location: Mapping[str, Any]) -> tuple[float, float] | None:
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    return (float(latitude), float(longitude)) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
