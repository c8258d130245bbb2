"""What a person wants to hear: leaving and coming back by one word, on any channel."""

from __future__ import annotations

from dataclasses import replace

from bot.phrases import words
from bot.state import Library, Refuse, Restore, State, Turn
from channels.messages import Incoming, Reply

LEAVE = frozenset({"退订", "不要再发", "别再发了", "td", "t", "r", "/stop", "取消订阅", "拒收"})
RETURN = frozenset({"恢复", "接收", "重新接收", "恢复接收", "订阅"})


def take(state: State, incoming: Incoming, _library: Library) -> Turn | None:
    """Keep a wish to hear less, or to hear again; says how to take it back."""
    said = incoming.text.strip().lower().rstrip("。！!")
    rested = replace(state, offered=(), awaiting="")
    if said in LEAVE:
        return Turn(rested, (Reply(words.REFUSED),), (Refuse(),))
    if said in RETURN:
        return Turn(rested, (Reply(words.RESTORED),), (Restore(),))
    return None
