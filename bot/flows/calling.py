"""打12345没人接, 电话打不通: a call that nobody took is not argued about; the matter is written down here instead."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows import asking, consulting
from bot.flows.hearing import LEAST_OF_A_QUESTION, bare, plain
from bot.phrases import brief, words
from bot.phrases import calling as phrases
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

LONGEST = 40
LEAST_OF_A_NAME = 2
"""Characters left when all that is said of the call is taken away, from which on a matter was named: 停电."""
_NUMBER = r"(?:电话|热线|号码|座机|[1-9]\d{4,11}|0\d{9,11})"
UNANSWERED = re.compile(rf"(?:没人|没有人|没人来|无人|没个人|不)接(?:电话|听)|(?:{_NUMBER}|[打拨](?:了|过)?).{{0,10}}(?:(?:没人|没有人|没个人|无人|不|没)接(?!受|收|到|手|种|送|待)|占线|忙音|是?空号|不通(?!知|过))"
                        r"|^(?:都|一直|还是|总是?|老是?|根本)*(?:没有?人接|打不通|打不进去?|拨不通|占线)(?:听|啊|了)?$|[打拨]不进去?(?:电话)?$")
# Somebody of one's own who does not answer is no office, and 路打不通 is no call.
_OTHERS = re.compile(r"儿子|女儿|娃|孩子|老伴|老汉|我[妈爸爹娘]|媳妇|老婆|老公|亲戚|邻居|[他她]|[路洞井墙]打不通")
_EMERGENCY = re.compile(r"(?<!\d)1(?:10|19|20)(?!\d)")
_ONLY_THE_CALL = re.compile(rf"{UNANSWERED.pattern}|[一-龥]{{1,3}}(?:局|所|站|中心|大厅|窗口|卫生院|医院|学校|银行|公司|办公室|府)|{_NUMBER}|手机|[打拨]不[通进]去?|我们?|俺|你们?|您|给|[打拨过了都也的啊呢吗又再还个回次遍天好几多半]|老是?|一直|总是?|根本|就是|怎么|咋|为什么|为啥|怎么办|办|没用|[气急烦]死人?|真是?|这里?|那里?|上面"
                            r"|今天|昨天|刚才|早上|晚上|上午|下午|中午|周末|一|两|三|四|五|十|\d|政府|镇上?|乡上?|村里|村委会|单位|县里|[县局]")
_PARTS = re.compile(r"[，,。；;？?！!\s]+")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Offer to write the matter down: the one asked before, the one told beside the call, or the one to be told now."""
    text = incoming.text.strip()
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE) or len(text) > LONGEST:
        return None
    said = bare(text)
    if not UNANSWERED.search(said) or _OTHERS.search(said):
        return None
    if _EMERGENCY.search(said):
        return Turn(state, (Reply(phrases.EMERGENCY),))
    matter = "，".join(part for part in _PARTS.split(text) if part and not UNANSWERED.search(bare(part)))
    if len(plain(matter)) >= LEAST_OF_A_QUESTION and library.ask(matter, state.division).decision == "answer":
        answered = asking.ask(state, replace(incoming, text=matter), library)
        return answered and replace(answered, replies=(*answered.replies, Reply(phrases.OR_HERE)))
    if len(_ONLY_THE_CALL.sub("", said)) >= LEAST_OF_A_NAME:
        return Turn(replace(state, asked=text), brief.replies(phrases.THESE_WORDS, incoming.channel))
    if len(plain(state.asked)) >= consulting.LEAST_OF_A_MATTER:
        return Turn(state, brief.replies(phrases.ASKED.format(asked=words.shortened(state.asked)), incoming.channel))
    return Turn(replace(state, offered=(), awaiting="question", asked=""), (Reply(phrases.TELL_ME),))
