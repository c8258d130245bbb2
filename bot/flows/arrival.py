"""Arriving: a follow, a scanned board, a village named in words, and leaving again."""

from __future__ import annotations

from dataclasses import replace

from bot.flows import news
from bot.flows.hearing import bare
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

GREETINGS = frozenset({"你好", "您好", "你好你好", "你们好", "大家好", "在吗", "在不在", "有人吗", "有人没", "有人没有", "喂", "喂喂", "喂喂喂", "喂你好", "喂您好",
                       "早上好", "上午好", "中午好", "下午好", "晚上好", "早", "同志你好", "领导好", "领导你好", "老师好", "hello", "hi", "start", "help",
                       "帮助", "菜单", "测试", "试试", "咋用", "怎么用", "这个咋用"})
MOST_PLACES = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Greet who follows, scans or says hello; say nothing to who leaves."""
    if incoming.kind is IncomingKind.UNFOLLOW:
        return Turn(State())
    if incoming.kind in (IncomingKind.FOLLOW, IncomingKind.SCAN):
        place_code = library.place_of_scene(incoming.scene) if incoming.scene else None
        return Turn(_rested(state), (Reply(words.WELCOME),)) if place_code is None else settle(state, place_code, library)
    if incoming.kind in (IncomingKind.IMAGE, IncomingKind.LOCATION):
        return Turn(state, (Reply(words.ONLY_WORDS),))
    if bare(incoming.text) in GREETINGS:
        return Turn(_rested(state), (Reply(words.WELCOME),))
    return None


def place(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Remember a village that the words are about and nothing else; ask which when several have the name."""
    codes = tuple(library.places_named(incoming.text))
    if not codes:
        return None
    if len(codes) == 1:
        return settle(state, codes[0], library)
    shown = codes[:MOST_PLACES]
    offered = tuple(f"place:{code}" for code in shown)
    return Turn(replace(state, offered=offered), (Reply(words.WHICH_PLACE, tuple(map(library.name_of, shown))),))


def settle(state: State, code: str, library: Library) -> Turn:
    """Keep where the person is, and show the news when they were waited for."""
    arrived = replace(_rested(state), division=code)
    if state.awaiting == "place":
        return news.show(arrived, library)
    return Turn(arrived, (Reply(words.placed(library.name_of(code))),))


def _rested(state: State) -> State:
    return replace(state, offered=(), awaiting="", asked="")
