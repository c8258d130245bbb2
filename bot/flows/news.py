"""What is new where a person lives, and what their household may claim."""

from __future__ import annotations

from dataclasses import replace

from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

LATEST = frozenset({"最新", "最近", "最新消息", "新消息", "有什么消息", "/news", "通知", "公告"})
CLAIM = ("我能办什么", "我能办啥", "我能享受啥", "我能领啥", "我能享受什么", "我家能享受什么", "我能领什么", "我家能领什么", "我有什么补贴", "我家有什么政策", "我能享受哪些政策")
SHOWN = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Show the newest notices of the person's village; ask for the village when it is not known."""
    said = incoming.text.strip().rstrip("。？?！!")
    clicked = incoming.kind is IncomingKind.CLICK and incoming.scene == "latest"
    if said in CLAIM:
        return Turn(replace(state, offered=(), awaiting=""), (Reply(words.WHAT_CAN_I_CLAIM),))
    if said not in LATEST and not clicked:
        return None
    if state.division is None:
        return Turn(replace(state, offered=(), awaiting="place"), (Reply(words.WHERE),))
    return show(state, library)


def show(state: State, library: Library) -> Turn:
    """The newest notices as numbered choices."""
    found = list(library.news(state.division))[:SHOWN]
    place = library.name_of(state.division) if state.division else ""
    offered = tuple(f"notice:{one.reference}" for one in found)
    reply = Reply(words.news(place, [one.title for one in found]), tuple(one.title for one in found))
    return Turn(replace(state, offered=offered, awaiting=""), (reply,))
