"""How a text sounds, to a standard ear and to the ears of the north-west and south-west.

One reading a character is enough: dictated and mistyped words are compared with words read by the same table.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_FLAT = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}
_H_FOR_F = {"a": "ua", "ei": "ui", "an": "uan", "ang": "uang", "en": "un", "eng": "ong", "o": "uo", "u": "u"}
_FINALS = (
    ("iang", "ian"), ("uang", "uan"), ("ang", "an"), ("iong", "yn"), ("ong", "un"), ("eng", "en"), ("ing", "in"),
    ("ueng", "un"), ("ve", "ie"), ("ue", "ie"), ("v", "u"),
)  # fmt: skip


@cache
def syllable(character: str) -> str:
    """The commonest reading without tone; empty for what is not a Chinese character."""
    readings = readings_by_code().get(ord(character), "") if len(character) == 1 else ""
    from pypinyin.contrib.tone_convert import to_normal

    return str(to_normal(readings.split(",")[0])) if readings else ""


@cache
def readings_by_code() -> Mapping[int, str]:
    """Readings with tone by character code, the commonest first, separated by commas.

    The library's table of phrases (50 MB) is left out, as its manual offers (pypinyin: 环境变量).
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.pinyin_dict import pinyin_dict

    table: Mapping[int, str] = pinyin_dict
    return table


def split_syllable(sound: str) -> tuple[str, str]:
    """Initial and final of a syllable written in pinyin."""
    for initial in _INITIALS:
        if sound.startswith(initial):
            return initial, sound[len(initial) :]
    return "", sound


@cache
def blur(sound: str) -> str:
    """The syllable as an accent leaves it: zh=z, ch=c, sh=s, n=l, f=h(u), -ng=-n, ong=un.

    The confusions are those of 兰银官话 and 西南官话 as 中国语言地图集 (2nd ed., B1) describes the groups.
    """
    initial, final = split_syllable(sound)
    if initial == "f":
        initial, final = "h", _H_FOR_F.get(final, final)
    initial = _FLAT.get(initial, initial)
    for ending, blurred in _FINALS:
        if final == ending:
            final = blurred
            break
    return initial + final


@cache
def ear(character: str) -> str:
    """One character that stands for the blurred syllable, or the character itself where it has no reading.

    Texts in this alphabet can be compared by the same edit distances as texts in characters.
    """
    sound = syllable(character)
    return _letter(blur(sound)) if sound else character


@cache
def _letter(sound: str) -> str:
    number = 0
    for letter in sound:
        number = number * 27 + ord(letter) - 96
    return chr(0xF0000 + number % 0xFFF0)


def heard(text: str) -> str:
    """The text as it is heard: one letter a syllable, accents levelled."""
    return "".join(map(ear, text))
