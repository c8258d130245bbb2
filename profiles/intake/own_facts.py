"""Cells of a county's own facts: read by the kind of the fact, one value each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from profiles.facts import NONE, Fact, Kind
from profiles.intake.cells import is_none
from profiles.intake.choices import yes_or_no
from profiles.intake.numbers import area, number

LONGEST_WORD = 40
_NOT_TAKEN = "一栏看不懂，已按未填处理；"


class OwnValue(NamedTuple):
    """What is known of an own fact: a number (1 and 0 for yes and no), or a word, 无 for known none."""

    number: float | None
    word: str | None


Reading = tuple[OwnValue | None, str | None]
"""The value, None when nothing is understood, and what is odd about it in words, with the cure."""


def reader_of(fact: Fact) -> Callable[[str], Reading]:
    """The reader of a fact's cells; a text that is not empty goes in."""
    if fact.kind.is_numeric:
        return lambda text: _number(fact, text)
    if fact.kind is Kind.BOOLEAN:
        return _truth
    return (lambda text: _chosen(fact, text)) if fact.kind is Kind.CHOICE else _word


def _number(fact: Fact, text: str) -> Reading:
    bare = text.removesuffix(fact.unit).strip() if fact.unit else text
    value = 0.0 if is_none(text) else area(text) if fact.unit == "亩" else number(bare)
    if value is None:
        return None, f"{_NOT_TAKEN}请填数字{f'（单位：{fact.unit}）' if fact.unit else ''}"
    if fact.kind is Kind.INTEGER and not value.is_integer():
        return None, "一栏应是整数，已按未填处理；请改成整数"
    return OwnValue(value, None), "的数字少见，请核对" if value < 0 else None


def _truth(text: str) -> Reading:
    value, understood = yes_or_no(text)
    return (OwnValue(float(value), None), None) if understood else (None, f"{_NOT_TAKEN}请填“是”或“否”")


def _chosen(fact: Fact, text: str) -> Reading:
    if is_none(text):
        return OwnValue(None, NONE), None
    word = text.replace(" ", "")
    stored = fact.stored(text) or fact.stored(word)
    if len(stored) == 1:
        return OwnValue(None, stored[0]), None
    return None, f"{_NOT_TAKEN}请填：{'、'.join(fact.choices[:12])}"


def _word(text: str) -> Reading:
    if is_none(text):
        return OwnValue(None, NONE), None
    if len(text) > LONGEST_WORD or not text.isprintable():
        return None, f"一栏太长，已按未填处理；请写成 {LONGEST_WORD} 个字以内的一项"
    return OwnValue(None, text), None
