"""What people think of an answer: 满意 to a consultation that was answered, 有用 or 没用 to an answer of the bot."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import JudgeAnswer, RateCase, ReopenCase
from bot.flows.hearing import BACK, OFF, bare, number
from bot.phrases import rating as phrases
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

_SAID = (("good", re.compile(r"(?:我|还|都|对答复|对这个答复)*(?:很|非常|挺|特别|十分)?满意(?:的|了|得很)?")),
         ("fair", re.compile(r"(?:我|还)*(?:基本|还算|比较|大体)(?:上)?满意(?:的)?")),
         ("bad", re.compile(r"(?:我|还|都|对答复|对这个答复)*(?:很|非常|一点也|特别)?(?:不|没)(?:太|大|怎么)?满意(?:的)?|不(?:太|大)满意")))
USEFUL = re.compile(r"(?:很|挺|特别|非常|还挺)?(?:有用|管用|有帮助|帮到我了|帮上(?:我)?(?:大)?忙了?|帮上了|帮大忙了|解决了)(?:的|"
                    r"了)?|说得(?:很|挺)?(?:清楚|明白)了?")
USELESS = re.compile(r"(?:根本|一点|完全|也|都|还是)*(?:没有?|不)(?:啥|什么|大|太|多大)?(?:用|管用|作用|有用|帮助|"
                     r"解决)(?:处)?(?:的|啊)?|没说清楚?|(?:也|都|根本|一点)*没有?(?:能)?帮(?:上|到|着)(?:我)?(?:什么|啥|个|"
                     r"多大)?(?:忙)?(?:的|啊)?|白说(?:了)?|白问(?:了)?")
# 还是没人来修 after an answer: the matter is not done, whatever was answered.
UNDONE = re.compile(r"(?:可是|但是|可|但)?(?:到现在|现在|今天|到今天|一直)?(?:还是|仍然|依然|还|都|也|根本|就是)+没有?(?:见)?(?:人|动静|消息|[一-龥]{0,4}?)"
                    r"(?:来|管|修|换|办|解决|弄|处理|清|联系|动).{0,12}|(?:事情?|问题)(?:还|都|也|根本)*没有?(?:给我?)?(?:解决|办成|办好|办|修好|弄好)(?:呢|啊|了)?")
LEAST_OF_A_REASON = 2
# So many answers pass before it is asked again whether one helped.
REST = 3


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Keep what is thought of the last answer, and why it was no good."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    said = bare(incoming.text)
    told = next((name for name, pattern in _SAID if pattern.fullmatch(said)), "")
    if told:
        case = state.rating or library.to_rate(incoming)
        return rated(state, case, told) if case else Turn(state, (Reply(phrases.NOTHING_TO_RATE),))
    if state.awaiting == "reason":
        return _reason(state, said, incoming.text.strip())
    if UNDONE.fullmatch(said) and not state.awaiting and (undone := state.rating or library.to_rate(incoming)):
        return Turn(replace(state, rating=undone), (Reply(phrases.UNDONE),))
    if USELESS.fullmatch(said):
        return judged(state, helpful=False)
    return judged(state, helpful=True) if USEFUL.fullmatch(said) else None


def rated(state: State, case: str, told: str) -> Turn:
    """The mark is given; whoever is not content says why."""
    rested = replace(state, offered=(), earlier=(), rating="", awaiting="")
    if told == "bad":
        rested = replace(rested, awaiting="reason", rating=case)
    return Turn(rested, (), (RateCase(case, told),))


def judged(state: State, *, helpful: bool) -> Turn:
    """Whether an answer helped; whoever it did not help is led to a person."""
    effects = (JudgeAnswer(state.note, helpful),) if state.note else ()
    rested = replace(state, note=0, useful=REST)
    if helpful:
        return Turn(rested, (Reply(phrases.THANKS),), effects)
    return Turn(replace(rested, missed=True), (Reply(phrases.SORRY if state.asked else words.PATIENCE),), effects)


def _reason(state: State, said: str, text: str) -> Turn | None:
    rested = replace(state, awaiting="", rating="")
    if OFF.fullmatch(said) or BACK.fullmatch(said):
        return Turn(rested, (Reply(phrases.THANKS),))
    if len(said) < LEAST_OF_A_REASON or number(text) is not None:
        return Turn(state, (Reply(phrases.ONCE_MORE),))
    return Turn(rested, (), (ReopenCase(state.rating, text),))
