"""Handing a question to people, and asking how far it has come."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import TakeConsultation
from bot.flows.hearing import bare, number, plain
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, Reply
from kernel.ids import READABLE

ASK_FOR_HUMAN = re.compile(r"(?:我要|我想|给我|帮我|请)*(?:转|找|叫|换|要|接)?(?:一?个|一下)?(?:人工|活人|真人|客服|工作人员|干部|管事的|人工客服|留言)(?:服务|说话|说|聊|问问?|回答)?"
                           r"|(?:我要|我想)?找人(?:说话|说|问问?)?")
COMPLAINT = re.compile(r"(?:我们?要|我们?想)?(?:投诉|举报|告|反映)(?!电话|热线|怎么|咋|找谁|在哪|渠道).{2,}")
HOW_FAR = frozenset({"进度", "查进度", "查留言", "我的留言", "留言进度", "办得咋样了", "办到哪了"})
NUMBER = re.compile(rf"(?:编号|查|进度)*([{READABLE}]{{6}})")
LEAVE = frozenset({"算了", "取消", "不用了", "返回", "退出", "没事了"})
LEAST_OF_A_MATTER = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Take the question that waits for a person, ask for one, or tell where a number stands."""
    said = bare(incoming.text)
    if ASK_FOR_HUMAN.fullmatch(said):
        return hand_over(state)
    found = NUMBER.fullmatch(plain(incoming.text).upper())
    if found and not found[1].isalpha() and not (found[1].isdigit() and state.awaiting):
        stands = library.progress(found[1], incoming)
        return Turn(state, (Reply(words.progress(stands) if stands else words.NO_SUCH_NUMBER),))
    if said in HOW_FAR:
        return Turn(state, (Reply(words.SAY_THE_NUMBER),))
    if state.awaiting == "question":
        return _matter(state, said, incoming.text.strip())
    if COMPLAINT.fullmatch(said):
        return Turn(replace(state, offered=(), awaiting="", asked=incoming.text.strip()), (Reply(words.COMPLAINT),))
    return None


def hand_over(state: State) -> Turn:
    """Hand the question asked last to people, or ask for it."""
    rested = replace(state, asked="", offered=(), awaiting="")
    if state.asked:
        return Turn(rested, (), (TakeConsultation(state.asked),))
    return Turn(replace(rested, awaiting="question"), (Reply(words.SAY_MORE),))


def _matter(state: State, said: str, text: str) -> Turn | None:
    rested = replace(state, awaiting="", asked="")
    if said in LEAVE:
        return Turn(rested, (Reply(words.LEFT_IT),))
    if len(said) < LEAST_OF_A_MATTER or number(said) is not None:
        return Turn(state, (Reply(words.SAY_MORE),)) if said else None
    return Turn(rested, (), (TakeConsultation(text),))
