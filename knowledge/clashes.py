"""Where two answers to one question say different things: amounts, days, telephones, yes and no. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]

_UNITS = {"块": "元", "块钱": "元", "元钱": "元", "％": "%", "个工作日": "工作日", "斤": "斤", "公斤": "公斤"}
_AMOUNT = re.compile(r"(?<![\d.\-:：])(\d[\d,，]*(?:\.\d+)?)\s*(万|千)?\s*(元钱|块钱|元|块|%|％|个工作日|工作日|个月|周岁|岁|天|亩|"
                     r"公斤|斤|头|只|次|年内)")
_DAY = re.compile(r"(?:(\d{4})\s*[年.\-/])?\s*(?<!\d)(\d{1,2})\s*[月.\-/]\s*(\d{1,2})\s*(?:日|号|(?=\D|$))")
_PHONE = re.compile(r"(?<!\d)(0\d{2,3}-?\d{7,8}|1[3-9]\d{9})(?!\d)")
_NO = re.compile(r"不能|不可以|不行|不用|不需要|无需|不收|不要|没有|不得|不再|不补|不发|不报|免费|取消|停止")
_YES = re.compile(r"能|可以|要|需要|得|行|有|收|补|发|报|是")
_FREE = re.compile(r"免费|不收[^，,。；;\n]{0,5}[钱费]|不要钱|不花钱")
_CHARGE = re.compile(r"(?<!不)(?:收取?|收费|工本费|手续费|办证费|服务费)[^，,。；;\n\d]{0,6}[1-9]\d*(?:\.\d+)?\s*(?:元|块)")
_LEAD = re.compile(r"[^。；;！!？?\n]+")


@dataclass(frozen=True)
class Clash:
    """One thing on which two texts differ, with the places in each."""

    about: str
    here: tuple[Span, ...]
    there: tuple[Span, ...]


def clashes(here: str, there: str) -> tuple[Clash, ...]:
    """What two answers contradict each other on; one that only says more does not contradict."""
    found = []
    ours, theirs = _facts(here), _facts(there)
    for about in sorted(ours.keys() & theirs.keys()):
        one, other = ours[about], theirs[about]
        if one.keys() <= other.keys() or other.keys() <= one.keys():
            continue
        found.append(Clash(about, _spans(one, other), _spans(other, one)))
    return (*found, *_opposed(here, there))


def _facts(text: str) -> dict[str, dict[str, list[Span]]]:
    """What a text states, by what about, then by the value in one spelling, with where it stands."""
    facts: dict[str, dict[str, list[Span]]] = {}
    for about, value, span in (*_amounts(text), *_days(text), *_phones(text), *_fees(text)):
        facts.setdefault(about, {}).setdefault(value, []).append(span)
    return facts


def _amounts(text: str) -> Iterator[tuple[str, str, Span]]:
    for found in _AMOUNT.finditer(text):
        unit = _UNITS.get(found[3], found[3])
        number = float(unicodedata.normalize("NFKC", found[1]).replace(",", "")) * {"万": 10000, "千": 1000}.get(found[2] or "", 1)
        yield ("金额" if unit == "元" else f"数目（{unit}）"), f"{number:g}{unit}", found.span()


def _days(text: str) -> Iterator[tuple[str, str, Span]]:
    for found in _DAY.finditer(text):
        month, day = int(found[2]), int(found[3])
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield "日期", f"{month}-{day}", found.span()


def _phones(text: str) -> Iterator[tuple[str, str, Span]]:
    for found in _PHONE.finditer(text):
        yield "电话", found[1].replace("-", ""), found.span()


def _fees(text: str) -> Iterator[tuple[str, str, Span]]:
    """That it costs something, and that it costs nothing; how much is an amount."""
    for value, pattern in (("收", _CHARGE), ("不收", _FREE)):
        for found in pattern.finditer(text):
            yield "收不收费", value, found.span()


def _opposed(here: str, there: str) -> Iterator[Clash]:
    """Yes against no in the first words of the answers."""
    ours, theirs = _leaning(here), _leaning(there)
    if ours is not None and theirs is not None and ours[0] != theirs[0]:
        yield Clash("能不能、要不要", (ours[1],), (theirs[1],))


def _leaning(text: str) -> tuple[bool, Span] | None:
    lead = _LEAD.search(text)
    if lead is None:
        return None
    no = _NO.search(text, lead.start(), lead.end())
    if no is not None:
        return False, no.span()
    yes = _YES.match(text, lead.start(), lead.end())
    return None if yes is None else (True, yes.span())


def _spans(one: dict[str, list[Span]], other: dict[str, list[Span]]) -> tuple[Span, ...]:
    return tuple(sorted(span for value, spans in one.items() if value not in other for span in spans))
