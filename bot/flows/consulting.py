"""Handing a question to people, and asking how far it has come."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.phrases import words
from bot.state import Library, State, TakeConsultation, Turn
from channels.messages import Incoming, Reply
from kernel.ids import READABLE

ASK_FOR_HUMAN = frozenset({"人工", "转人工", "找人", "留言", "人工服务", "找工作人员"})
NUMBER = re.compile(rf"[{READABLE}]{{6}}")
LEAVE = frozenset({"算了", "取消", "不用了", "返回", "退出"})


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Take the question that waits for a person, ask for one, or tell where a number stands."""
    said = incoming.text.strip().rstrip("。！!")
    if said in ASK_FOR_HUMAN:
        if state.asked:
            return Turn(replace(state, asked="", offered=(), awaiting=""), (), (TakeConsultation(state.asked),))
        return Turn(replace(state, offered=(), awaiting="question"), (Reply(words.SAY_MORE),))
    if state.awaiting == "question":
        rested = replace(state, awaiting="", asked="")
        if said in LEAVE:
            return Turn(rested, (Reply(words.WELCOME),))
        if said:
            return Turn(rested, (), (TakeConsultation(incoming.text.strip()),))
    if NUMBER.fullmatch(said.upper()) and not said.isalpha():
        found = library.progress(said.upper())
        return Turn(state, (Reply(words.progress(*found) if found else words.NO_SUCH_NUMBER),))
    return None
