"""Hearing what was meant: words without their trimmings, numbers as people say them, two questions in one breath."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from knowledge.sounds import syllable

LAST, MIDDLE = -1, -2
SPOKEN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "头一": 1, "最上面": 1, "最前面": 1, "中间": MIDDLE, "正中间": MIDDLE,
          "最后": LAST, "最后一": LAST, "末": LAST, "最下面": LAST, "最后面": LAST}
NUMBERED = re.compile(r"(?:(?:我?(?:就|想)?(?:选|回|按|要|问|说|问的是?|说的是?|是|要的是?))|就是|是)?第?([0-9]{1,2}|[一二两三四]|"
                      r"头一|正?中间|最(?:上|前|下|后)面|最后一?|末)(?:的)?(?:那|这)?一?(?:个|号|条|项|件)?(?:吧|呀|啊)?")
PARTS = re.compile(r"[？?；;。！!\n]+|[\s，,、：:]*(?:(?<!\d)[1-3][、.．：:）)](?!\d)|[①②③]|"
                   r"(?:^|(?<=[\s，,。；;：:]))第?[一二三][、，,：:])\s*|[，,、]?(?:还有(?:就是|一个|个事)?|另外|"
                   r"再问(?:一下|个)?)[，,：:]?")
DICTATED = {**{sign: str(value) for value, sign in enumerate("零一二三四五六七八九")}, "〇": "0", "幺": "1", "妖": "1", "腰": "1", "两": "2",
            "俩": "2", "拐": "7", "洞": "0", "灵": "0", "凌": "0", "久": "9", "酒": "9", "溜": "6"}
BEFORE_DIGITS = re.compile(r"^(?:我|咱|俺|家|的|手机|电话|号码|号|验证码|数字|短信|里|上|是|为|就|这个?|收到了?|哦|好|噢)+")
AFTER_DIGITS = re.compile(r"(?:啊|呀|吧|呢|哩|这个|对吗|对不对)+$")
ANNOUNCED = re.compile(r"(?:你好|您好)?(?:我)?(?:想|要)?(?:请问|问|咨询|打听)(?:一下|下|你|您)*(?:[两二三几23])(?:件|个)(?:事情?|问题)?")
LEAST_OF_A_QUESTION, MOST_QUESTIONS = 4, 3
LONG_STORY, LONGEST_GIST = 40, 24
_ASKS = re.compile(r"吗|么$|呢$|怎么|咋|如何|谁|哪|几|多少|多久|什么|啥|能不能|可不可以|要不要|有没有|是不是|[没不]$")
_OF_BOTH = re.compile(r"(?P<one>.{2,12}?)(?:和|跟|与|还有)(?P<other>.{2,12}?)(?:都|各|分别|"
                      r"一共)?(?P<asked>(?:要)?(?:怎么|咋个?|如何|在哪|去哪|到哪|找谁|带什么|带啥|什么时候|啥时候|几时|多少|"
                      r"能不能).{0,8})")
_TURN = re.compile(r"我?(?:就)?(?:想|要)(?:问|知道|打听|咨询|了解)(?:一下|下|你|您)*|请问(?:一下|下)?|"
                   r"给我?(?:说说|说一下|讲讲|看看)|(?:你|您)(?:说|看)|麻烦(?:你|您)?")
_TRIMMINGS = re.compile(r"[\W_]+")
FILLING = "啊呀哇呢哦噢哈嘛吧啦哩嘞咧呗哟喽"
_SPARED = re.compile(r"^(?:嗯|呃|额|唔|啊|哎呀?|诶|哟|哦|噢|嘿|喂|那个啥?|那啥|(?:这个){2,}|就是说|就是那个|怎么说呢|"
                     r"咋说呢|我说|你好|您好|同志|领导|老师|师傅|"
                     r"(?:就是)(?=那个|这个|$)|(?:那|这)(?=那个|个啥|$)|是这样(?:子)?的?)+")
BACK = re.compile(r"(?:我要|想|请)?(?:返回|退回|后退|往回|回去|倒回去?)(?:一?步|上一?[步级页层个]|去|前面|刚才的?)?|"
                  r"上一?[步级页个层]|回到?(?:上一?[步级页]|[前上]面|刚才)|刚才(?:那个|的)?(?:选项|菜单|列表|单子)")
OFF = re.compile(r"(?:那)?(?:算了|算[球逑求]了|取消|不用了|退出|没事了|没事|[不莫别](?:问|弄|办|搞|整|说)[了咯]|不要了|不看了|结束|"
                 r"改天再说|以后再说)(?:吧|算了)?")
SLIP = re.compile(r"(?:不好意思|对不起|哎呀|哦)*(?:我|刚才|不小心|手滑)*(?:打|发|按|点|写|输|摁|弄|拨|选|填)错(?:了|人|号码?|字|"
                  r"地方|行了)*(?:啊|不好意思|对不起|没事|没有事)*|手滑了?|误触|不小心(?:按|点|碰)(?:到|着)?(?:的|了)")


def plain(text: str) -> str:
    """Only letters and digits, in small letters and half width: no blanks, punctuation or pictures."""
    return _TRIMMINGS.sub("", unicodedata.normalize("NFKC", text).lower())


def bare(text: str) -> str:
    """The plain words without a particle at their end, as in 你好啊."""
    said = plain(text)
    return said.rstrip(FILLING) or said


def spared(text: str) -> str:
    """The bare words without what is only said while thinking: 嗯那个…, 就是那个."""
    return bare(_SPARED.sub("", plain(text)))


def number(text: str) -> int | None:
    """The choice that a text names and nothing else; `LAST` and `MIDDLE` are for the list to count."""
    found = NUMBERED.fullmatch(plain(text))
    if found is None:
        return None
    said = found[1]
    return int(said) if said.isascii() else SPOKEN[said]


def digits(text: str) -> str:
    """The digits of a number that was typed or read aloud, one by one: 幺九九 零六四, 验证码是一二三四五六; empty when it is none."""
    said = plain(text)
    for whole in (said, BEFORE_DIGITS.sub("", said), AFTER_DIGITS.sub("", BEFORE_DIGITS.sub("", said))):
        told = "".join(DICTATED.get(sign, sign) for sign in whole)
        if told and told.isascii() and told.isdigit():
            return told
    return ""


def by_sound(said: str, words: Mapping[tuple[str, ...], str]) -> str:
    """The text with the words of a table that its dictation wrote by their sound: 喝农要了 is 喝农药了."""
    lengths, sounds = sorted({len(one) for one in words}, reverse=True), [syllable(sign) for sign in said]
    told, place = "", 0
    while place < len(said):
        word = next((found for length in lengths if (found := words.get(tuple(sounds[place:place + length])))), said[place])
        told += word
        place += len(word)
    return told


def gist(text: str) -> str:
    """The end of a long story, where the question stands; empty for what is no story."""
    said = plain(text)
    if len(said) <= LONG_STORY:
        return ""
    told = re.split(_TURN, said)[-1]
    return told if LEAST_OF_A_QUESTION <= len(told) <= LONGEST_GIST else said[-LONGEST_GIST:]


def clauses(text: str) -> tuple[str, ...]:
    """The pieces between the commas of a short message, where there are two or three."""
    found = tuple(part for part in re.split(r"[，,、；;。？?\s]+", text.strip()) if part)
    return found if 2 <= len(found) <= 3 and all(len(plain(part)) >= LEAST_OF_A_QUESTION for part in found) else ()


def pair(text: str) -> tuple[str, ...]:
    """The two questions of 高龄津贴和残疾补贴都咋领: what is asked of both stands behind the second."""
    found = _OF_BOTH.fullmatch(bare(text))
    return (f"{found['one']}{found['asked']}", f"{found['other']}{found['asked']}") if found else ()


def questions(text: str) -> tuple[str, ...]:
    """The questions of a text that holds two or three; empty for one question, and for a long story."""
    found = tuple(part.strip(" ，,、") for part in PARTS.split(text))
    whole = tuple(part for part in found if len(plain(part)) >= LEAST_OF_A_QUESTION and not ANNOUNCED.fullmatch(plain(part)))
    # A comma parts no questions either, unless three in a row each ask something: A吗，B吗，C吗.
    each = tuple(one for part in whole for one in (clauses(part) or (part,)))
    if len(each) == MOST_QUESTIONS and all(map(_ASKS.search, each)):
        return each
    return whole if 2 <= len(whole) <= MOST_QUESTIONS else ()
