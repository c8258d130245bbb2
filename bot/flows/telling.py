"""Hearing a household's own answer to the missing question: a number as people say it, yes or no, a listed word."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import KeepAnswer
from bot.flows import courtesy
from bot.flows.amounts import amount, nothing
from bot.flows.hearing import BACK, OFF, SLIP, bare, number
from bot.phrases import claiming as words
from bot.phrases.leaving import SAY_IT_ANEW
from bot.state import Asked, Claims, Expected, Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

FACT = "fact"
SHOWN = 3
LONGEST = 20
LONGEST_WORD = 8
QUESTION = re.compile("怎么|什么|吗|哪|多少|能|咋|啥|办|钱|几|谁|为何|最新|人工|你")
UNSURE = re.compile(r"(?:我|咱|俺|这个?|那个?)?(?:也|还|真|都|可)?(?:不知道|不太?清楚|不晓得|晓不得|不明白|不懂|不记得|想不起来?|"
                    r"说不(?:准|清楚?|上来?|来)|记不(?:得|清楚?|住)|忘了|不好说"
                    r"|弄不清楚?|谁(?:知道|晓得))(?:啊|呀|了|呢|么|嘛)*"
                    r"|跳过(?:这个?|这题|这条)?|(?:问|换)?下一?[个题条]|换一?[个题条]|过"
                    r"|(?:这|那)?(?:个)?(?:得|要|你)?(?:去)?问(?:我)?(?:娃|儿子|女儿|老伴|掌柜|当家|老汉|媳妇)(?:的|们)?")
LATER = frozenset({"算了", "不说", "不说了", "不想说", "不告诉你", "不想告诉你", "取消", "不用了", "以后再说", "不问了", "别问了", "不想答", "不答"})
WHY = re.compile(r"(?:你们?|您)?(?:问|打听)(?:我)?(?:这|那|些|个|家|事)*(?:是)?(?:干啥|干什么|干嘛|做啥|做什么|有啥用|有什么用|咋)(?:呢|哩|用|的)*"
                 r"|(?:你们?)?(?:为啥|为什么|凭啥|凭什么|咋)(?:要|还|老|总)*(?:问|告诉|说给)(?:我|你)?(?:们)?(?:这|那|些|个)*|"
                 r"关你(?:啥|什么|屁)?事?|查户口(?:呢|啊|吗)?|凭啥|说(?:了|这个?)有(?:啥|什么)用")
YES = re.compile(r"(?:我们?家?|咱家?|俺家?|家里)?(?:都|就|应该|好像|大概)?(?:是|是的|是啊|是着|就是|对|对的|对啊|对着|对头|有|有的|"
                 r"有啊|有着|嗯|嗯嗯|种了|种着|养了|养着|参加了|参加过|办了|办过|搬了|搬过)(?:是|有|的|呢|哩)?")
YES_AND_MORE = re.compile(r"是(?!不|吗|啥|什么|怎)[^不没吗啥咋怎么]{1,9}")
NO = re.compile(r"(?:我们?家?|咱家?|俺家?|家里)?(?:都)?(?:不是|不是的|不算|没有|没|没得|没有的|无|不|不种|没种|不养|没养|没参加|"
                r"没办|没搬|没有(?:搬|办|参加|种|养)|否|一个也没有|一点也没有)(?:啊|呀|了|过|呢|哩|吧|的)*")
UNHEARD = frozenset({"没听懂", "听不懂", "没懂", "看不懂", "啥意思", "什么意思", "再说一遍", "再说一次", "咋说", "咋回", "怎么回", "咋答", "怎么答", "你说啥", "说啥"})
CORRECTION = re.compile(r"^(?:刚才?|我)*(?:不对|不是|错了|说错了?|记错了?|改成|改一下|改为)+(?:了|啦)?[，,。！! ]*(?:应该是|是|改成)?(.+)$")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Take the answer to the question that was asked last; anything else is left to the other flows."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE) or not (state.told_fact or state.awaiting == FACT):
        return None
    said = bare(incoming.text)
    if not said or len(said) > LONGEST:
        return None
    return _corrected(state, incoming, library) or (_answered(state, incoming, library, said) if state.awaiting == FACT else None)


def reminded(state: State, incoming: Incoming, library: Library) -> Reply | None:
    """The question that still waits, after something else was said in between."""
    asked = _asked(state, incoming, library)
    return Reply(words.still_open(asked)) if asked else None


def _answered(state: State, incoming: Incoming, library: Library, said: str) -> Turn | None:
    asked = _asked(state, incoming, library)
    if asked is None:
        return None
    if said in LATER or OFF.fullmatch(said) or BACK.fullmatch(said):
        return Turn(_rested(state), (Reply(words.LEFT_OPEN),))
    if SLIP.fullmatch(said):
        return Turn(state, (Reply(SAY_IT_ANEW if state.told_fact else words.explained(asked)),))
    if WHY.fullmatch(said):
        return Turn(state, (Reply(words.why_asked(asked)),))
    if said in UNHEARD:
        return Turn(state, (Reply(words.explained(asked)),))
    if UNSURE.fullmatch(said):
        skipped = (*state.skipped, asked.fact)
        following = library.claims(incoming, {}, skipped)
        return _next(replace(_rested(state), skipped=skipped), following)
    chosen = number(incoming.text)
    if chosen is not None and state.offered and chosen <= len(state.offered):
        return None  # the number of something on offer; an amount is said with its unit
    corrected = CORRECTION.fullmatch(incoming.text.strip())
    value = heard(incoming.text, asked)
    if value is None and corrected:
        value = heard(corrected[1], asked)
    return _once_more(state, incoming, library, asked) if value is None else _noted(state, incoming, library, asked, value)


def _corrected(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """不对，是六亩: the answer given last, said anew."""
    found = CORRECTION.fullmatch(incoming.text.strip())
    asked = library.question(state.told_fact) if found and state.told_fact else None
    value = heard(found[1], asked) if found and asked else None
    return _noted(state, incoming, library, asked, value) if asked and value is not None else None


def _noted(state: State, incoming: Incoming, library: Library, asked: Asked, value: bool | float | str) -> Turn | None:
    judged = library.claims(incoming, {asked.fact: value}, state.skipped)
    if judged is None:
        return None
    noted = told(replace(_rested(state), told_fact=asked.fact), judged, begin=words.noted(asked, value))
    return replace(noted, effects=(KeepAnswer(asked.fact, value),))


def _asked(state: State, incoming: Incoming, library: Library) -> Asked | None:
    claims = library.claims(incoming, {}, state.skipped)
    asked = claims.question if claims else None
    return asked if asked is not None and asked.fact == state.asked_fact else None


def left(state: State) -> State:
    """The state of a talk that was laid down: no question of a household waits any more."""
    return replace(state, awaiting="" if state.awaiting == FACT else state.awaiting, asked_fact="", told_fact="")


def told(state: State, claims: Claims, *, begin: str = "") -> Turn:
    """What may be applied for, and the question that is still open; the next words may answer it."""
    shown = claims.offers[:SHOWN]
    spoken = tuple(dict.fromkeys(one.words for one in shown))
    text = words.claims(len(claims.offers), spoken, claims.question, claims.ask, begin=begin, is_told=claims.is_told)
    waits = replace(state, awaiting=FACT, asked_fact=claims.question.fact) if claims.question else state
    offered = tuple(f"claim:{one.reference}" for one in shown)
    return Turn(replace(waits, offered=offered), (Reply(text, tuple(one.title for one in shown)),))


def heard(text: str, asked: Asked) -> bool | float | str | None:
    """The value a text gives to what was asked; None when it gives none."""
    said = bare(text)
    if asked.expected is Expected.TRUTH:
        return True if YES.fullmatch(said) or YES_AND_MORE.fullmatch(said) else False if NO.fullmatch(said) else None
    if asked.expected is Expected.NUMBER:
        return 0.0 if nothing(said, asked) else amount(text, asked)
    return _word(said, asked)


def _word(said: str, asked: Asked) -> str | None:
    """One of the listed words, perhaps with 级; for an open list any short word."""
    found = [choice for choice in asked.choices if choice.lower() in (said, said.removesuffix("级"), said.removeprefix("是"))]
    if found:
        return found[0]
    if NO.fullmatch(said):
        return "无" if not asked.choices or "无" in asked.choices else None
    inside = [choice for choice in asked.choices if len(choice) > 1 and choice in said]
    if inside:
        return max(inside, key=len)
    is_open = not asked.choices and len(said) <= LONGEST_WORD and not YES.fullmatch(said) and not QUESTION.search(said)
    return said.removeprefix("是") or None if is_open else None


def _once_more(state: State, incoming: Incoming, library: Library, asked: Asked) -> Turn | None:
    """What is no answer, and no question anybody knows, is asked for once more; any other talk goes its way."""
    said = bare(incoming.text)
    is_begun = asked.expected is not Expected.TRUTH and YES.fullmatch(said) is not None
    if is_begun:
        return Turn(state, (Reply(words.how_to_answer(asked)),))
    if state.reminded or courtesy.answer(said) or QUESTION.search(said):
        return None
    if library.ask(incoming.text.strip(), state.division).decision == "answer":
        return None
    return Turn(replace(state, reminded=state.reminded + 1), (Reply(words.not_heard(asked)),))


def _next(state: State, claims: Claims | None) -> Turn:
    if claims is None or claims.question is None:
        return Turn(state, (Reply(words.ASK_THE_VILLAGE),))
    return Turn(replace(state, awaiting=FACT, asked_fact=claims.question.fact), (Reply(words.next_question(claims.question)),))


def _rested(state: State) -> State:
    return replace(state, awaiting="", asked_fact="", told_fact="", reminded=0)
