"""Small talk: thanks, leave-taking, anger, danger, and what nobody can read are answered as a neighbour would."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows.hearing import bare, number, plain
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

THANKS = re.compile(r"(?:好的?|嗯)?(?:太|多|非常|十分)?(?:谢谢|感谢|多谢|谢了|谢|麻烦|辛苦)(?:了|你|您|你们|您们|同志|领导|老师|大家|谢谢|啊|呀|哈|您嘞)*")
CLOSING = frozenset({"好", "好的", "好的好的", "好好", "行", "可以", "嗯", "嗯嗯", "中", "成", "对", "是", "是的", "知道了", "明白了", "明白", "晓得了",
                     "懂了", "收到", "ok", "好了", "没事了", "没有了", "没了", "再见", "拜拜", "回见", "88"})
WHO = re.compile(r"(?:你|您|你们|这)(?:到底)?(?:是谁|是哪个|是哪里|是哪的|是啥|是什么|叫啥|叫什么|是真人|是人|是机器人?|是不是(?:真人|人|机器人?|骗子|骗人的?)|是骗子)(?:吗|么|还是人)?")
UNHEARD = frozenset({"没听懂", "听不懂", "没懂", "不懂", "看不懂", "没看懂", "没听明白", "听不明白", "啥意思", "什么意思", "再说一遍", "再说一次", "不是"})
ANGER = ("狗屁", "放屁", "傻逼", "他妈", "你妈的", "王八", "混蛋", "滚蛋", "垃圾东西", "破玩意", "啥破", "什么破", "废物", "没球用", "日你", "骗人的", "滚", "去死", "神经病", "脑残", "弱智", "蠢", "笨蛋", "猪脑", "有病吧", "气死", "烦死", "扯淡", "吃干饭", "啥用没有", "糊弄", "你妈", "妈的", "操你", "草泥马", "畜生", "不是人")
LONGEST_CURSE = 16
A_QUESTION = re.compile("怎么|什么|吗$|如何|原因|怎样|哪")
PICTURE = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
ONLY_DIGITS = 3


def take(state: State, incoming: Incoming, _library: Library) -> Turn | None:
    """Answer what is no question; the choices last offered stay."""
    if incoming.kind is IncomingKind.VOICE and not plain(incoming.text):
        return Turn(state, (Reply(words.VOICE_NOT_HEARD),))
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = bare(incoming.text)
    if not said:
        return Turn(state, (Reply(words.WELCOME_BACK if PICTURE.search(incoming.text) else words.NO_WORDS),))
    told = answer(said)
    if told is not None:
        return Turn(replace(state, asked="" if told == words.PATIENCE else state.asked), (Reply(told),))
    if not state.offered and number(said) is not None:
        return Turn(state, (Reply(words.NOTHING_OFFERED),))
    if said.isdigit() and len(said) >= ONLY_DIGITS and said != "12345":
        return Turn(state, (Reply(words.ONLY_DIGITS),))
    return None


def answer(said: str) -> str | None:
    """What a neighbour would say to small talk; None when it is none."""
    if THANKS.fullmatch(said):
        return words.WELCOME_BACK
    if said in CLOSING:
        return words.AT_HAND
    if WHO.fullmatch(said):
        return words.WHO_WE_ARE
    if said in UNHEARD:
        return words.SAY_IT_OTHERWISE
    if len(said) <= LONGEST_CURSE and not A_QUESTION.search(said) and any(curse in said for curse in ANGER):
        return words.PATIENCE
    return None
