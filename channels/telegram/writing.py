"""A reply as Telegram shows it: the words, and a button for each choice; numbers stand for the buttons when they are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.messages import Reply
from channels.wording import lines

# core.telegram.org/bots/api, InlineKeyboardButton: callback_data has 1 to 64 bytes; longer words are cut by the app anyway.
LONGEST_BUTTON = 60


def words(replies: Sequence[Reply]) -> str:
    """The text of replies that travel in one message; of choices only the last ones are buttons, earlier ones stay lines."""
    last = _last_with_choices(replies)
    return "\n\n".join(filter(None, (_text(reply) if reply is last else lines(reply) for reply in replies)))


def buttons(replies: Sequence[Reply]) -> Mapping[str, Any] | None:
    """The inline keyboard under the message, a button a row; what is pressed says the number of its choice, and of which list."""
    last = _last_with_choices(replies)
    if last is None:
        return None
    rows = [[{"text": _cut(choice), "callback_data": f"{number}.{last.mark}"}] for number, choice in enumerate(last.choices, start=1)]
    return {"inline_keyboard": rows}


def _last_with_choices(replies: Sequence[Reply]) -> Reply | None:
    return next((reply for reply in reversed(replies) if reply.choices), None)


def _text(reply: Reply) -> str:
    return "\n".join(part for part in (reply.text, reply.link) if part)


def _cut(choice: str) -> str:
    return choice if len(choice) <= LONGEST_BUTTON else f"{choice[:LONGEST_BUTTON - 1]}…"
