"""A reply as lines of text, for channels that have no buttons: numbers stand for choices."""

from __future__ import annotations

from collections.abc import Sequence

from channels.messages import Reply

CUT = "……（内容较长，未完）"


def lines(reply: Reply) -> str:
    """The text, its numbered choices and its link, each on a line."""
    numbered = [f"{number}. {choice}" for number, choice in enumerate(reply.choices, start=1)]
    return "\n".join(part for part in (reply.text, *numbered, reply.link) if part)


def together(replies: Sequence[Reply]) -> str:
    """Several replies as one text, where a channel carries only one."""
    return "\n\n".join(filter(None, (lines(reply) for reply in replies)))
