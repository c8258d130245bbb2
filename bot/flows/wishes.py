"""What a person wants to hear: leaving and coming back by one word, on any channel."""

from __future__ import annotations

from dataclasses import replace

from bot.flows.hearing import bare
from bot.phrases import words
from bot.state import Library, Refuse, Restore, State, Turn
from channels.messages import Incoming, Reply

LEAVE = frozenset({"退订", "我要退订", "退订短信", "不要再发", "不要再发了", "不要发了", "别再发了", "别发了", "别发短信了", "不要发短信了", "别给我发了", "不想收了", "不收了",
                   "td", "t", "r", "stop", "取消订阅", "拒收"})
RETURN = frozenset({"恢复", "我要恢复", "接收", "重新接收", "恢复接收", "订阅", "我要订阅", "还想收", "我还要收"})


def take(state: State, incoming: Incoming, _library: Library) -> Turn | None:
    """Keep a wish to hear less, or to hear again; says how to take it back."""
    said = bare(incoming.text)
    rested = replace(state, offered=(), awaiting="", asked="")
    if said in LEAVE:
        return Turn(rested, (Reply(words.REFUSED),), (Refuse(),))
    if said in RETURN:
        return Turn(rested, (Reply(words.RESTORED),), (Restore(),))
    return None
