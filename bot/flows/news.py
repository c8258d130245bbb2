"""What is new where a person lives."""

from __future__ import annotations

from dataclasses import replace

from bot.flows.hearing import bare
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

LATEST = frozenset({"最新", "最近", "最新消息", "新消息", "有什么消息", "有啥消息", "有啥新消息", "有什么新消息", "news", "通知", "公告", "最近有什么消息", "最近有啥消息",
                    "看消息", "看通知", "看看通知", "村里有啥消息"})
SHOWN = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Show the newest notices of the person's village; ask for the village when it is not known."""
    clicked = incoming.kind is IncomingKind.CLICK and incoming.scene == "latest"
    if bare(incoming.text) not in LATEST and not clicked:
        return None
    if state.division is None:
        return Turn(replace(state, offered=(), awaiting="place"), (Reply(words.WHERE),))
    return show(state, library, incoming)


def show(state: State, library: Library, incoming: Incoming | None = None) -> Turn:
    """The newest notices as numbered choices."""
    found = list(library.news(state.division, incoming))[:SHOWN]
    place = library.name_of(state.division) if state.division else ""
    offered = tuple(f"notice:{one.reference}" for one in found)
    reply = Reply(words.news(place, [one.title for one in found]), tuple(one.title for one in found))
    return Turn(replace(state, offered=offered, awaiting=""), (reply,))
