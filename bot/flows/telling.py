"""Hearing a household's own answer to the missing question: a number as people say it, yes or no, a listed word."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows.hearing import bare, plain
from bot.phrases import claiming as words
from bot.state import Asked, Claims, Expected, KeepAnswer, Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply
from profiles.intake import numbers

FACT = "fact"
SHOWN = 3
PEOPLE = {"人": 1.0, "口人": 1.0, "口": 1.0, "个人": 1.0}
LONGEST = 20
LONGEST_WORD = 8
QUESTION = re.compile("怎么|什么|吗|哪|多少|能|咋|啥|办|钱|几|谁|为何|最新|人工|你")
UNSURE = re.compile(r"(?:我|咱|俺)?(?:也|还|真|都)?(?:不知道|不清楚|不晓得|不明白|不懂|说不(?:准|清楚?|上来?)|记不(?:得|清楚?)|忘了|不好说|弄不清楚?)(?:啊|呀|了|呢)*")
LATER = frozenset({"算了", "不说了", "不想说", "不告诉你", "取消", "不用了", "以后再说", "跳过", "不问了", "别问了"})
YES = re.compile(r"(?:我们?家?|咱家?|俺家?|家里)?(?:都)?(?:是|是的|是啊|对|对的|对啊|有|有的|有啊|嗯|嗯嗯|种了|养了|参加了|办了|搬了)(?:是|有)?")
NO = re.compile(r"(?:我们?家?|咱家?|俺家?|家里)?(?:都)?(?:不是|不是的|没有|没|没得|没有的|无|不|不种|没种|不养|没养|没参加|没办|没搬|否|一个也没有|一点也没有)(?:啊|呀|了|过)?")
FILLER = re.compile(r"^(?:我们?家?|咱们?家?|俺们?家?|家里|大概|大约|差不多|可能|应该|也就|就|有|是|种了?|养了?|一共|总共|共|一年|每人|人均|平均)+|(?:左右|上下|多点|来|吧|啊|呀|的样子)+$")
_LARGE = {"百": "十", "千": "百", "万": "千"}
_SHORT = re.compile(r"^(.*?[一二两三四五六七八九])([百千万])([一二三四五六七八九])$")
_FULL = "一二三四五六七八九十两零〇半百千万"


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Take the answer to the question that was asked last; anything else is left to the other flows."""
    if state.awaiting != FACT or incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    claims = library.claims(incoming, {}, state.skipped)
    asked = claims.question if claims else None
    said = bare(incoming.text)
    if asked is None or asked.fact != state.asked_fact or len(said) > LONGEST:
        return None
    if said in LATER:
        return Turn(_rested(state), (Reply(words.LEFT_OPEN),))
    if UNSURE.fullmatch(said):
        skipped = (*state.skipped, asked.fact)
        following = library.claims(incoming, {}, skipped)
        return _next(replace(_rested(state), skipped=skipped), following)
    if incoming.text.strip().isdigit() and state.offered and int(plain(incoming.text)) <= len(state.offered):
        return None  # the number of something on offer; an amount is said with its unit
    value = heard(incoming.text, asked)
    if value is None:
        return _once_more(state, said, asked)
    judged = library.claims(incoming, {asked.fact: value}, state.skipped)
    if judged is None:
        return None
    return replace(told(_rested(state), judged, begin=words.NOTED), effects=(KeepAnswer(asked.fact, value),))


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
        return True if YES.fullmatch(said) else False if NO.fullmatch(said) else None
    if asked.expected is Expected.NUMBER:
        return 0.0 if NO.fullmatch(said) else amount(text, asked)
    return _word(said, asked)


def amount(text: str, asked: Asked) -> float | None:
    """三亩半, 3.5亩, 两百只, 三千五, 1.2万: an amount in the unit of the fact, whole where it must be."""
    said = "".join(text.replace("，", ",").split()).rstrip("。.！!,")
    previous = ""
    while said != previous:
        previous, said = said, FILLER.sub("", said)
    known = numbers.MU if asked.unit == "亩" else numbers.HEAD if asked.unit in ("头", "只", "箱") else PEOPLE if asked.unit == "人" else {
        asked.unit or "个": 1.0}
    value = numbers.number(said)
    if value is None and known:
        value = numbers.amount(_spelled(said), known)
    if value is None:
        value = _spoken(said.removesuffix("钱").removesuffix("块").removesuffix(asked.unit or "个"))
    if value is None or value < 0 or (asked.is_whole and not float(value).is_integer()):
        return None
    return value


def _spoken(said: str) -> float | None:
    """A Chinese numeral up to the ten thousands, with the short forms 三千五 and 一万二."""
    said = _spelled(said)
    if not said or set(said) - set(_FULL):
        return None
    head, ten_thousand, tail = said.rpartition("万")
    left, right = numbers.plain(head) if ten_thousand else 0.0, numbers.plain(tail) if tail else 0.0
    return None if left is None or right is None else left * 10_000 + right


def _spelled(said: str) -> str:
    short = _SHORT.fullmatch(said)
    return f"{short[1]}{short[2]}{short[3]}{_LARGE[short[2]]}" if short else said


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


def _once_more(state: State, said: str, asked: Asked) -> Turn | None:
    """Somebody who began to answer is told how; any other talk goes its way, and nothing waits any more."""
    is_begun = asked.expected is not Expected.TRUTH and YES.fullmatch(said) is not None
    return Turn(state, (Reply(words.how_to_answer(asked)),)) if is_begun else None


def _next(state: State, claims: Claims | None) -> Turn:
    if claims is None or claims.question is None:
        return Turn(state, (Reply(words.ASK_THE_VILLAGE),))
    return Turn(replace(state, awaiting=FACT, asked_fact=claims.question.fact), (Reply(words.next_question(claims.question)),))


def _rested(state: State) -> State:
    return replace(state, awaiting="", asked_fact="")
