"""Arriving: a follow, a scanned board, a village named in words, and leaving again."""

from __future__ import annotations

from dataclasses import replace

from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

GREETINGS = frozenset({"你好", "您好", "在吗", "喂", "hello", "hi", "/start", "/help", "帮助", "菜单"})


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Greet who follows, scans or says hello; say nothing to who leaves."""
    if incoming.kind is IncomingKind.UNFOLLOW:
        return Turn(State())
    if incoming.kind in (IncomingKind.FOLLOW, IncomingKind.SCAN):
        place_code = library.place_of_scene(incoming.scene) if incoming.scene else None
        if place_code is None:
            return Turn(_rested(state), (Reply(words.WELCOME),))
        arrived = replace(_rested(state), division=place_code)
        return Turn(arrived, (Reply(words.placed(library.name_of(place_code))),))
    if incoming.kind in (IncomingKind.IMAGE, IncomingKind.LOCATION):
        return Turn(state, (Reply(words.ONLY_WORDS),))
    if incoming.text.strip().lower().rstrip("。！!~～?？") in GREETINGS:
        return Turn(_rested(state), (Reply(words.WELCOME),))
    return None


def place(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Remember a village that the words are about, when they are about nothing else."""
    code = library.place_named(incoming.text)
    if code is None:
        return None
    arrived = replace(_rested(state), division=code)
    if state.awaiting == "place":
        from bot.flows import news

        return news.show(arrived, library)
    return Turn(arrived, (Reply(words.placed(library.name_of(code))),))


def _rested(state: State) -> State:
    return replace(state, offered=(), awaiting="")
