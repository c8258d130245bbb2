"""Brings a question into the plain form in which it is compared.

Width, case, punctuation, greetings, fillers and closing particles say nothing about what is asked.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 400
"""Characters of a phrasing or a question that are looked at; the gist of a message comes first."""

_NOT_SAID = re.compile(r"[^0-9a-z㐀-鿿豈-﫿]+")
_GREETING = re.compile(
    r"^(?:尊敬的.{0,6}(?:领导|部门|工作人员|您好|你好)|领导们?|各位领导|您好|你好|老师|同志|师傅|喂|哎|诶|唉|嗨|哈喽|请教一下|请教|"
    r"请问一下|请问下|请问|麻烦问一下|麻烦问下|麻烦您|麻烦|劳驾|打扰一下|打扰了|(?:我)?(?:就是)?(?:想|要|来)?"
    r"(?:问一下|问下|问问|咨询一下|咨询下|咨询|了解一下|了解下|打听一下|打听下)|我?想问|我?想知道|我?想了解)+"
)
_FILLER = re.compile(
    r"嗯+|呃+|额额+|唔+|哎呀|哎哟|那个啥|那个那个|就是说|怎么说呢|这个嘛|啊|呀|哦|噢|嘛|哈|呗|咯|喽"
)
_NORTH_WESTERN = re.compile(r"(?<=.)咧(?=$|[咋怎啥几还没要该能得谁哪我你他])")  # 水断咧, 卡丢咧咋办; elsewhere it is a slip of the pen
_CLOSING = re.compile(r"(?:谢谢(?:您|你|了)?|多谢|感谢|求解答?|求助|急|在线等|可以告诉我|告诉我一下|呢|嘞|哩|啦)+$")
_PARTICLES = re.compile(r"(?:吗|呢|吧|啦|么|嘞|哩|的)+$")


def fold(text: str) -> str:
    """Letters, digits and Han characters of the text in one width and case; everything else dropped."""
    return _NOT_SAID.sub("", unicodedata.normalize("NFKC", text[: 4 * LONGEST]).lower())[:LONGEST]


def plain(text: str) -> str:
    """The folded text without greeting, fillers and thanks; the folded text itself where nothing else is left."""
    folded = fold(text)
    bare = _FILLER.sub("", _NORTH_WESTERN.sub("了", folded))
    bare = _CLOSING.sub("", _GREETING.sub("", bare))
    return bare or folded


def bare(text: str) -> str:
    """The plain text without closing particles: two phrasings with one bare form ask the same."""
    core = plain(text)
    return _PARTICLES.sub("", core) or core
