"""Hearing what was meant: words without their trimmings, numbers as people say them, two questions in one breath."""

from __future__ import annotations

import re
import unicodedata

SPOKEN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "头一": 1, "最后一": -1}
NUMBERED = re.compile(r"(?:我?选|回|按|要)?第?([0-9]{1,2}|[一二两三四]|头一|最后一)(?:个|号|条|项|件)?(?:吧|呀|啊)?")
PARTS = re.compile(r"[？?；;。！!\n]+|[，,、]?(?:还有(?:就是|一个|个事)?|另外|再问(?:一下|个)?)[，,：:]?")
DICTATED = {**{sign: str(value) for value, sign in enumerate("零一二三四五六七八九")}, "〇": "0", "幺": "1", "妖": "1", "腰": "1", "两": "2",
            "俩": "2", "拐": "7", "洞": "0", "灵": "0", "凌": "0", "久": "9", "酒": "9", "溜": "6"}
BEFORE_DIGITS = re.compile(r"^(?:我|咱|俺|家|的|手机|电话|号码|号|验证码|数字|短信|里|上|是|为|就|这个?|收到了?|哦|好|噢)+")
AFTER_DIGITS = re.compile(r"(?:啊|呀|吧|呢|哩|这个|对吗|对不对)+$")
LEAST_OF_A_QUESTION = 4
FILLING = "啊呀哇呢哦噢哈嘛吧啦哩"


def plain(text: str) -> str:
    """Only letters and digits, in small letters and half width: no blanks, punctuation or pictures."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(sign for sign in folded if sign.isalnum())


def bare(text: str) -> str:
    """The plain words without a particle at their end, as in 你好啊."""
    said = plain(text)
    return said.rstrip(FILLING) or said


def number(text: str) -> int | None:
    """The choice that a text names and nothing else; -1 is the last one."""
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


def questions(text: str) -> tuple[str, ...]:
    """The questions of a text that holds two or three; empty for one question, and for a long story."""
    found = tuple(part.strip(" ，,、") for part in PARTS.split(text))
    whole = tuple(part for part in found if len(plain(part)) >= LEAST_OF_A_QUESTION)
    return whole if 2 <= len(whole) <= 3 else ()
