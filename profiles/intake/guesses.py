"""What a column might hold, guessed from its heading's resemblance and from the look of its values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from kernel.logs import mask
from profiles.facts import HOUSEHOLD_KINDS, Fact
from profiles.intake import choices, dates, listings
from profiles.intake.cells import text_of
from profiles.intake.fields import SYNONYMS, Field
from profiles.intake.headers import plain
from profiles.intake.identity import IdNumber, read_id_number
from profiles.intake.people import read_phones

_LONGEST_EXAMPLE = 24
_LIKE = 0.6
_ENOUGH = 0.7
_RELATIONS = frozenset(["户主", "配偶", "妻", "妻子", "夫", "丈夫", "子", "女", "儿子", "女儿", "长子", "次子", "长女", "次女", "父亲", "母亲", "父", "母",
                        "儿媳", "女婿", "孙子", "孙女", "本人", "之子", "之女", "之妻"])
_SURNAMES = frozenset("王李张刘陈杨黄赵周吴徐孙马胡朱郭何罗高林郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟"
                      "熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤虎海兰撒妥")
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_GROUP = re.compile(r"第?[一二三四五六七八九十\d]{1,3}(?:组|社|队|小组)")
_NUMBERED = re.compile(r"(?=.*\d.*\d)[A-Za-z\d\-]{2,40}")
_ANIMALS = re.compile("[牛羊猪鸡鸭鹅蜂驴马兔鸽骡](?!铃)")
_NAMED_AMOUNT = re.compile(r"[\u4e00-\u9fff].*\d|\d.*[\u4e00-\u9fff]")
_FILLING = re.compile(r"[\s\-+()]")
_VILLAGE = re.compile(r"\d{12}(?:\.0)?")
_LONG_NUMBER = re.compile(r"(?<!\d)(\d{3})\d{4,}(\d{2}[\dXx])(?!\d)")


def by_resemblance(heading: str, own: Sequence[Fact]) -> Iterator[str]:
    """Standard headings whose known spellings look like this one, the nearest first."""
    known = {**{text: field.value for text, field in SYNONYMS.items() if not text.isascii()},
             **{plain(word): fact.label for fact in own for word in fact.headings}}
    text = plain(heading)
    inside = sorted((word for word in known if len(word) > 1 and word in text), key=len, reverse=True)
    for word in (*inside, *difflib.get_close_matches(text, known, n=4, cutoff=_LIKE)):
        yield known[word]


def by_look(heading: str, values: Sequence[Any]) -> Iterator[str]:
    """Standard headings whose values look like these; `values` are cells that are not empty."""
    texts = [text_of(value) for value in values]
    if not texts:
        return
    if set(texts) == {"无"}:
        return
    liked = [field for field, is_like in _LOOKS if sum(map(is_like, texts)) >= _ENOUGH * len(texts)]
    for field in liked:
        if field is Field.NAME and "户主" in heading:
            yield Field.HEAD.value
        yield field.value
    if not liked and all(_NUMBERED.fullmatch(text) for text in texts) and _in_runs(texts):
        # A number that several rows share, one after the other, is most likely the household's.
        yield Field.HOUSEHOLD.value


def masked_example(text: str) -> str:
    """A value as the wizard may show it: every telephone and identity number, also a broken one, masked; long ones cut."""
    digits = _FILLING.sub("", text)
    if len(digits) < 7 or not digits[:-1].isdigit() or _VILLAGE.fullmatch(text) or dates.birth(text, date.max).fault is None:
        shown = _LONG_NUMBER.sub(r"\1****\2", mask(text)) if _VILLAGE.fullmatch(text) is None else text
    else:
        shown = f"{digits[:3]}****{digits[-2:]}"
    return shown if len(shown) <= _LONGEST_EXAMPLE else shown[:_LONGEST_EXAMPLE - 1] + "…"


def _in_runs(texts: Sequence[str]) -> bool:
    changes = sum(one != other for one, other in pairwise(texts))
    return changes + 1 == len(set(texts)) < len(texts)


def _is_id(text: str) -> bool:
    found = read_id_number(text)
    return isinstance(found, IdNumber) and not found.is_other


def _is_birth(text: str) -> bool:
    found = dates.birth(text, date.max)
    return found.fault is None and found.precision == "day" and 1900 <= found.year <= 2100 and len(text) >= 8


def _is_crops(text: str) -> bool:
    found = listings.crops(text) if _NAMED_AMOUNT.search(text) else None
    return found is not None and bool(found.items) and _ANIMALS.search(text) is None


def _is_livestock(text: str) -> bool:
    found = listings.livestock(text) if _ANIMALS.search(text) else None
    return found is not None and bool(found.items)


def _is_kinds(text: str) -> bool:
    found = listings.kinds(text)
    return found is not None and any(name in HOUSEHOLD_KINDS for name in found.names)


def _is_mobile(text: str) -> bool:
    return len(text) >= 7 and bool(read_phones(text))


_LOOKS: tuple[tuple[Field, Callable[[str], bool]], ...] = (
    (Field.ID_NUMBER, _is_id),
    (Field.PHONE, _is_mobile),
    (Field.VILLAGE, lambda text: _VILLAGE.fullmatch(text) is not None),
    (Field.BIRTH, _is_birth),
    (Field.GENDER, lambda text: text in ("男", "女")),
    (Field.RELATION, lambda text: text in _RELATIONS),
    (Field.KINDS, _is_kinds),
    (Field.GROUP, lambda text: _GROUP.fullmatch(text) is not None),
    (Field.CROPS, lambda text: text == "无" or _is_crops(text)),
    (Field.LIVESTOCK, lambda text: text == "无" or _is_livestock(text)),
    (Field.HOUSE_GRADE, lambda text: len(text) <= 4 and not text.isdigit() and choices.house_grade(text)[1] and text != "无"),
    (Field.STANDING, lambda text: text in ("健在", "去世", "迁出", "死亡")),
    (Field.NAME, lambda text: text[0] in _SURNAMES and _NAME.fullmatch(text.replace(" ", "")) is not None),
)
