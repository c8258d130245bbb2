"""What is new where a person lives."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows.hearing import bare
from bot.phrases import brief, words
from bot.state import Library, State, Turn
from channels.messages import Incoming, Reply

LATEST = frozenset({"最新", "最近", "最新消息", "新消息", "有什么消息", "有啥消息", "有啥新消息", "有什么新消息", "news", "通知", "公告", "最近有什么消息", "最近有啥消息",
                    "看消息", "看通知", "看看通知", "村里有啥消息"})
ASKED = re.compile(r"(?:请问|帮我|给我|我想|我要|想)*(?:看看?|查|听|知道|了解|说说)?(?:一下|下)?(?:我们?村|我村|咱们?村|村里|村上|"
                   r"队里|镇上|本村|这里|县里)?(?:的)?(?:最近|近期|这几天|今天|最新|新)?(?:的)?(?:都)?(?:又)?(?:有)?"
                   r"(?:没有|没|什么|啥|哪些)?(?:最新|新)?(?:的)?(?:通知|公告|消息|新闻|政策|动态|信息)(?:没有|没|吗|么)?"
                   r"|(?:我们?|咱们?|俺们?)?(?:村|镇)(?:里|上)?(?:最近|近期|这几天|这阵子?)(?:都)?(?:又)?有(?:没有|没|什么|"
                   r"啥)?(?:新鲜|大)?事情?(?:没有|没|吗|么)?")
# 公示: what names people hangs at the village for as long as it must, and is told to nobody here.
LISTS = re.compile(r"(?:请问|帮我|给我|我想|我要|想|要|能不能|可以|在哪(?:里|儿)?|到哪(?:里|儿)?|去哪(?:里|儿)?|哪里?|怎么|咋)*(?:看看?|查看?|找|有)?(?:一下|下|到)?"
                   r"(?:(?:我们?|咱们?)?(?:村|镇)(?:里|上)?)?(?:的)?(?:低保|补贴|补助|资金|项目|评议|脱贫|危房改造)?(?:的)?"
                   r"(?:公示(?:名单|栏|表|信息)?|公开栏|名单公示|补贴名单|低保名单)(?:是)?(?:在哪(?:里|儿)?|贴(?:在)?哪(?:里|儿)?(?:了)?)?(?:能|可以)?(?:看|查)?(?:到)?(?:吗|呢|么)?"
                   r"|(?:请|麻烦|帮我|给我|能不能)*(?:把)?(?:我们?|咱们?)?(?:全|本)?(?:村|镇|县|组)(?:里|上)?(?:的)?(?:所有|全部)?(?:的)?(?:低保户?|五保户?|贫困户?|脱贫户?|残疾人?|补贴)(?:的)?名单"
                   r"(?:都)?(?:发|给|传|告诉)(?:给)?(?:我|我看|我看看|我一下)?")
SHOWN = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Show the newest notices of the person's village; ask for the village when it is not known."""
    said = bare(incoming.text)
    if LISTS.fullmatch(said) and library.ask(incoming.text.strip(), state.division).decision != "answer":
        return Turn(replace(state, asked=incoming.text.strip()), brief.replies(words.LISTS, incoming.channel))
    if not is_asked(said):
        return None
    if state.division is None:
        return Turn(replace(state, offered=(), awaiting="place"), (Reply(words.WHERE),))
    return show(state, library, incoming)


def is_asked(said: str) -> bool:
    """Whether bare words ask what is new."""
    return said in LATEST or ASKED.fullmatch(said) is not None


def show(state: State, library: Library, incoming: Incoming | None = None) -> Turn:
    """The newest notices as numbered choices."""
    found = list(library.news(state.division, incoming))[:SHOWN]
    place = library.name_of(state.division) if state.division else ""
    offered = tuple(f"notice:{one.reference}" for one in found)
    reply = Reply(words.news(place, [one.title for one in found]), tuple(one.title for one in found))
    return Turn(replace(state, offered=offered, earlier=state.offered, awaiting="", subject=""), (reply,))
