"""Amounts as people say them aloud: 三亩半, 五六亩, 十来头, 两百只, 三千五, 玉米五亩洋芋两亩, and nothing at all."""

from __future__ import annotations

import re

from bot.flows.courtesy import PICTURE, SIGN
from bot.state import Asked
from profiles.intake import numbers

PEOPLE = {"人": 1.0, "口人": 1.0, "口": 1.0, "个人": 1.0}
LIVESTOCK = ("头", "只", "箱")
SPOKEN_NAMES = {"玉米": ("包谷", "苞谷", "苞米", "棒子"), "马铃薯": ("洋芋", "土豆"), "小麦": ("麦子",), "牛": ("肉牛", "黄牛", "奶牛"), "羊": ("绵羊", "山羊"),
                "肉牛": ("牛", "黄牛"), "猪": ("生猪",)}
"""What a crop or an animal is also called at home."""
_HOME = r"(?:我们?家?|咱们?家?|俺们?家?|家里|今年|现在|总|屋里)*"
_DOES = "种|养|喂|参加|办|搬|弄|搞"
_END = r"(?:啊|呀|了|过|的|呢|哩|么|嘛|地)*"
_GONE = re.compile(r"(?:早就?|都|全)*(?:卖|死|处理)(?:光|完|掉)?了")
_LEADING = re.compile(r"^(?:我们?家?|咱们?家?|俺们?家?|家里|屋里|今年|现在|大约莫|大概齐|大概|大约|约莫|差不多|可能|应该|好像|估计|"
                      r"我?记得|顶多|最多|怕有|怕|合|也就|就|都|有个|有|是|种着|养着|喂着"
                      r"|种了?|养了?|喂了?|一共|总共|共|一年|每人|人均|平均|呢|哩|，|,)+")
_TRAILING = re.compile(r"(?:左右|上下|多点|来|吧|啊|呀|呢|哩|么|嘛|的|样子)+$")
_DIGIT = "一二两三四五六七八九"
_RANGE = re.compile(rf"([{_DIGIT}])([{_DIGIT}])(?=[十百千万亩头只箱口个人元块]|$)")
_FROM_TO = re.compile(rf"(\d+(?:\.\d+)?|[{_DIGIT}十百千万]+)(?:亩|头|只|个|口)?(?:-|~|—|－|、|到|至|"
                      rf"或者?)(?=[\d{_DIGIT}十])(?:\d+(?:\.\d+)?|[{_DIGIT}十百千万]+)")
_TENS = re.compile(r"(?<=[十百千\d])(?:几|来|多)")
_HEARD_MU = re.compile(rf"(?<=[\d{_DIGIT}十百半])[木母姆牟某目畝](?=$|[半{_DIGIT}地多来])")
_LARGE = {"百": "十", "千": "百", "万": "千"}
_SHORT = re.compile(r"^(.*?[一二两三四五六七八九])([百千万])([一二三四五六七八九])$")
_WIDE = {sign + 0xFEE0: sign for sign in range(0x21, 0x7F)}
"""Signs as wide as a character, as many keyboards type digits, and what they are otherwise."""
_FULL = "一二三四五六七八九十两零〇半百千万"


def nothing(said: str, asked: Asked) -> bool:
    """Whether somebody says: none at all."""
    names = "|".join(map(re.escape, _names(asked))) or "(?!)"
    unit = re.escape(asked.unit) or "个"
    none = (rf"{_HOME}(?:早就?|再|都|也)*(?:没有?|没得|不|无|否|没有再|没再)(?:{_DOES})?(?:过)?(?:{names}|地)?{_END}"
            rf"|.*一(?:{unit}|个|分|点|棵)(?:都|也)(?:没有?|没得|不)(?:{_DOES})?{_END}"
            rf"|.*今年(?:就|都)?(?:没有?|不)(?:{_DOES}){_END}")
    if re.fullmatch(none, said):
        return True
    return asked.unit in LIVESTOCK and _GONE.fullmatch(said) is not None


def amount(text: str, asked: Asked) -> float | None:
    """An amount in the unit of the fact, whole where it must be; of 五六亩 the lower, since an office will look."""
    said = "".join(PICTURE.sub("", SIGN.sub("", text)).translate(_WIDE).replace("\ufe0f", "").split()).rstrip("。.!,")
    units = _units(asked)
    said = _of_the_thing(_corrected(_trimmed(said), asked), asked, units)
    said = _trimmed(said)
    said = _TENS.sub("", _FROM_TO.sub(r"\1", _RANGE.sub(r"\1", said)))
    said = re.sub(r"(?<=[亩分头只箱])(?:多|来)?(?:地|田)$", "", said) if asked.unit else said
    value = numbers.number(said)
    if value is None and units:
        value = numbers.amount(_spelled(said), units)
    if value is None:
        value = _spoken(said.removesuffix("钱").removesuffix("块").removesuffix("来").removesuffix("多").removesuffix(asked.unit or "个"))
    if value is None or value < 0 or (asked.is_whole and not float(value).is_integer()):
        return None
    return value


def _trimmed(said: str) -> str:
    previous = ""
    while said != previous:
        previous, said = said, _TRAILING.sub("", _LEADING.sub("", said))
    return said


def _units(asked: Asked) -> dict[str, float]:
    if asked.unit == "亩":
        return numbers.MU
    return numbers.HEAD if asked.unit in LIVESTOCK else PEOPLE if asked.unit == "人" else {asked.unit or "个": 1.0}


def _corrected(said: str, asked: Asked) -> str:
    """The words that dictation writes for the unit, and 俩 for two."""
    said = said.replace("俩", "两")
    return _HEARD_MU.sub("亩", said) if asked.unit == "亩" else said


def _names(asked: Asked) -> tuple[str, ...]:
    """What the thing asked for is called: the crop or the animal, as the register and as people say it."""
    family, _, name = asked.fact.partition(".")
    return (name, *SPOKEN_NAMES.get(name, ())) if family in ("crop", "livestock") and name else ()


def _of_the_thing(said: str, asked: Asked, units: dict[str, float]) -> str:
    """The amount that stands beside the thing's name, where several things are named; else all that was said."""
    any_unit = numbers.any_of(tuple(units))
    digits = rf"(?:\d+(?:\.\d+)?|[{_DIGIT}十百千半几]+)(?:{any_unit})?(?:半|[{_DIGIT}\d]分?)?(?:多|左右|来)?"
    for name in sorted(_names(asked), key=len, reverse=True):
        if name not in said:
            continue
        before = re.search(rf"({digits})(?:地)?的?(?:{re.escape(name)})", said)
        after = re.search(rf"{re.escape(name)}(?:地|有|种了?|养了?|大概|大约|差不多|是|,|、)*({digits})", said)
        found = before or after
        return found[1] if found else said.replace(name, "")
    return said


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
