"""Spoils questions the way dictation, accents and chatter do, to train with and to measure by."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from random import Random

from knowledge.sounds import blur, syllable
from knowledge.wording import plain

_BEFORE = (
    "请问",
    "你好我想问一下",
    "那个",
    "嗯",
    "我想问问",
    "麻烦问一下",
    "请教一下",
    "就是那个",
    "师傅你好",
    "喂你好",
)
_WITHIN = ("那个", "嗯", "就是", "这个", "呃", "啊")
_AFTER = ("啊", "呢", "呀", "谢谢", "谢谢了", "急", "求解答", "怎么说呢", "麻烦了", "哈")


class Spoiling(StrEnum):
    """Kinds of harm a question comes to on its way."""

    HOMOPHONES = "homophones"
    ACCENT = "accent"
    FILLERS = "fillers"
    MIXED = "mixed"


def spoil(question: str, kind: Spoiling, chance: Random) -> str:
    """The question harmed in that way; the same generator state gives the same harm."""
    return _HARMS[kind](plain(question), chance)


def _homophones(text: str, chance: Random) -> str:
    return _misheard(text, chance, _same_sound(), syllable)


def _accent(text: str, chance: Random) -> str:
    return _misheard(text, chance, _same_ear(), lambda character: blur(syllable(character)))


def _misheard(text: str, chance: Random, writings: dict[str, str], sound: Callable[[str], str]) -> str:
    places = [place for place, character in enumerate(text) if len(writings.get(sound(character), "")) > 1]
    wrong = set(chance.sample(places, min(len(places), max(1, round(len(text) / 6)))))
    return "".join(
        chance.choice(writings[sound(character)].replace(character, "")) if place in wrong else character
        for place, character in enumerate(text)
    )


def _fillers(text: str, chance: Random) -> str:
    cut = chance.randrange(len(text) + 1)
    within = chance.choice(_WITHIN) if chance.random() < 0.6 else ""
    before = chance.choice(_BEFORE) if chance.random() < 0.7 else ""
    after = chance.choice(_AFTER) if chance.random() < 0.6 else ""
    return before + text[:cut] + within + text[cut:] + after


def _mixed(text: str, chance: Random) -> str:
    return _fillers(_accent(_homophones(text, chance), chance), chance)


_HARMS: dict[Spoiling, Callable[[str, Random], str]] = {
    Spoiling.HOMOPHONES: _homophones,
    Spoiling.ACCENT: _accent,
    Spoiling.FILLERS: _fillers,
    Spoiling.MIXED: _mixed,
}


@lru_cache(maxsize=1)
def _everyday_characters() -> str:
    rows = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(row.decode("gb2312", "ignore") for row in rows)


@lru_cache(maxsize=1)
def _same_sound() -> dict[str, str]:
    return _gathered(syllable)


@lru_cache(maxsize=1)
def _same_ear() -> dict[str, str]:
    return _gathered(lambda character: blur(syllable(character)))


def _gathered(sound: Callable[[str], str]) -> dict[str, str]:
    writings: dict[str, str] = {}
    for character in _everyday_characters():
        if heard := sound(character):
            writings[heard] = writings.get(heard, "") + character
    return writings
