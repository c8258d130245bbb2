"""A condition as one Chinese sentence, and single findings as phrases.

Negation is pushed down to the leaves (De Morgan holds in three-valued logic), so no phrase says "not (…)".
A comma means *and*; 或 and 且 never stand side by side without brackets.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from profiles.facts import NONE, Fact, Kind
from profiles.targeting.conditions import (
    AllOf,
    AnyOf,
    Bound,
    Condition,
    Dated,
    Derived,
    Everyone,
    Leaf,
    Not,
    OneOf,
    Range,
    Someone,
    Within,
)

EVERYBODY = "全部农户"
AND, OR = "且", "或"

DivisionName = Callable[[str], str]


class _Phrase(NamedTuple):
    """A phrase, and when it is a group its parts and the word that joins them."""

    text: str
    joint: str = ""
    parts: tuple[_Phrase, ...] = ()


def sentence(condition: Condition | None, division_name: DivisionName) -> str:
    """The whole condition in one sentence without a full stop; `division_name` turns a code into its name."""
    if condition is None:
        return EVERYBODY
    parts = list(_conjuncts(condition))
    places = next((part for part in parts if _names_only_divisions(part)), None)
    kinds = next((part for part in parts if isinstance(part, Leaf) and part.fact.name == "household.kind"), None)
    rest = [part for part in parts if part is not places and part is not kinds]
    phrases = [_phrase(part, division_name) for part in rest]
    clauses = [inner.text for phrase in phrases for inner in _clauses(phrase)]
    if places is None and kinds is None:
        return f"{clauses[0]}的农户" if len(clauses) == 1 and not phrases[0].joint else f"农户：{'，'.join(clauses)}"
    place = "" if places is None else f"{'、'.join(_place_names(places, division_name))}的"
    who = "农户" if kinds is None else OR.join(_words_of(kinds))
    return "，".join([place + who, *clauses])


def clause(condition: Condition) -> str:
    """A part of a condition in words, as it stands inside a sentence; division codes stay codes."""
    return _phrase(condition, str).text


def finding(leaf: Leaf, observed: object, *, holds: bool) -> str:
    """What was found against a leaf, as in "玉米 5 亩，不少于 3 亩"; the place of a household is not spelled out."""
    fact = leaf.fact
    if fact.kind is Kind.DIVISION:
        return "住在通知范围内" if holds else "不住在通知范围内"
    if fact.kind is Kind.BOOLEAN:
        return fact.affirmed if observed else fact.denied
    if fact.kind.is_choice:
        values = sorted(observed) if isinstance(observed, frozenset) else [str(observed)]
        found = fact.denied if values == [NONE] and fact.denied else _beside(f"{fact.label}是", "、".join(values))
        return found if holds else f"{found}，{_choice_words(leaf, denied=True, opening='')}"
    number = observed if isinstance(observed, int | float) else 0
    comparison = "、".join(phrase.text for phrase in _comparisons(leaf, denied=not holds)) or "已登记"
    return f"{fact.label} {_amount(number, fact)}，{comparison}"


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, AllOf):
        return tuple(inner for part in condition.parts for inner in _conjuncts(part))
    return (condition,)


def _clauses(phrase: _Phrase) -> tuple[_Phrase, ...]:
    return phrase.parts if phrase.joint == AND else (phrase,)


def _names_only_divisions(part: Condition) -> bool:
    if isinstance(part, AnyOf):
        return all(_names_only_divisions(inner) for inner in part.parts)
    return isinstance(part, Leaf) and part.fact.kind is Kind.DIVISION


def _place_names(part: Condition, division_name: DivisionName) -> tuple[str, ...]:
    if isinstance(part, AnyOf):
        return tuple(name for inner in part.parts for name in _place_names(inner, division_name))
    if not isinstance(part, Leaf):
        return ()
    codes = (part.test.code,) if isinstance(part.test, Within) else _words_of(part)
    return tuple(division_name(code) for code in codes)


def _words_of(leaf: Leaf) -> tuple[str, ...]:
    return tuple(str(value) for value in leaf.test.values) if isinstance(leaf.test, OneOf) else ()


def _phrase(part: Condition, division_name: DivisionName, *, denied: bool = False) -> _Phrase:
    match part:
        case Leaf():
            return _leaf(part, division_name, denied=denied)
        case Derived(fact=fact, wanted=wanted):
            return _Phrase(fact.affirmed if wanted is not denied else fact.denied)
        case Not(inner):
            return _phrase(inner, division_name, denied=not denied)
        case AllOf(parts) | AnyOf(parts):
            joint = AND if isinstance(part, AllOf) is not denied else OR
            return _joined([_phrase(inner, division_name, denied=denied) for inner in parts], joint)
        case Someone(inner):
            opening = "家里没有" if denied else "家里有"
            return _Phrase(_beside(opening, _phrase(inner, division_name).text, "的人"))
        case Everyone(inner):
            opening = "并非全家每个人都" if denied else "全家每个人都"
            return _Phrase(_beside(opening, _bracketed(_phrase(inner, division_name))))


def _joined(phrases: list[_Phrase], joint: str) -> _Phrase:
    flat = [inner for phrase in phrases for inner in (phrase.parts if phrase.joint == joint else (phrase,))]
    if len(flat) == 1:
        return flat[0]
    return _Phrase(joint.join(_bracketed(phrase) for phrase in flat), joint, tuple(flat))


def _bracketed(phrase: _Phrase) -> str:
    return f"（{phrase.text}）" if phrase.joint else phrase.text


def _beside(opening: str, text: str, closing: str = "") -> str:
    """Chinese beside a digit or a Latin letter takes a space."""
    before = " " if opening and _is_latin(text[:1]) else ""
    after = " " if closing and _is_latin(text[-1:]) else ""
    return f"{opening}{before}{text}{after}{closing}"


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _leaf(leaf: Leaf, division_name: DivisionName, *, denied: bool) -> _Phrase:
    fact = leaf.fact
    if fact.kind is Kind.DIVISION:
        names = "、".join(_place_names(leaf, division_name))
        return _Phrase(f"不在{names}" if denied else f"在{names}")
    if fact.kind is Kind.BOOLEAN:
        is_wanted = isinstance(leaf.test, OneOf) and leaf.test.values == (True,)
        return _Phrase(fact.affirmed if is_wanted is not denied else fact.denied)
    if fact.kind.is_choice:
        return _Phrase(_choice_words(leaf, denied=denied, opening=fact.words))
    if fact.denied and leaf.test in (OneOf((0.0,)), Range(high=0.0)):
        return _Phrase(fact.affirmed if denied else fact.denied)
    opening = _age_opening(leaf.on) if fact.kind is Kind.AGE else fact.words
    return _joined([_Phrase(_beside(opening, inner.text)) for inner in _comparisons(leaf, denied=denied)], OR)


def _choice_words(leaf: Leaf, *, denied: bool, opening: str) -> str:
    fact, words = leaf.fact, _words_of(leaf)
    if words == (NONE,) and fact.denied:
        return fact.affirmed if denied else fact.denied
    listed, link = "、".join(words), fact.links[int(denied)]
    if len(words) == 1 or (denied and fact.is_many):
        return _beside(opening + link, listed)
    return _beside(f"{opening}不在", listed, "之列") if denied else _beside(opening + link, listed, "之一")


def _age_opening(on: date | None) -> str:
    return "" if on is None else f"{_day(on)}时"


def _comparisons(leaf: Leaf, *, denied: bool) -> list[_Phrase]:
    """The comparison in words; alternatives are several phrases."""
    fact, test = leaf.fact, leaf.test
    if isinstance(test, OneOf):
        numbers = [_amount(float(value), fact) for value in test.values]
        listed = "、".join(numbers)
        if len(numbers) == 1:
            opening = "不是" if denied else "" if fact.kind is Kind.AGE else "等于"
            return [_Phrase(_beside(opening, listed) if opening else listed)]
        return [_Phrase(_beside("不在", listed, "之列") if denied else _beside("为", listed, "之一"))]
    if not isinstance(test, Range):
        return []
    low = None if test.low is None else _bound(test.low, fact)
    high = None if test.high is None else _bound(test.high, fact)
    if test.low is not None and test.high is not None:
        ends = f"{_end(test.low)}—{_end(test.high)} {fact.unit}"
        if fact.kind is Kind.AGE:
            return [_Phrase(f"不在 {ends}之间" if denied else ends)]
        return [_Phrase(f"不在 {ends}之间" if denied else f"在 {ends}之间")]
    if low is not None:
        return [_Phrase(_beside(("不满" if fact.kind is Kind.AGE else "少于") if denied else _at_least(fact), low))]
    return [_Phrase(_beside("超过" if denied else "不超过", high or ""))]


def _at_least(fact: Fact) -> str:
    return "年满" if fact.kind is Kind.AGE else "不少于"


def _bound(bound: Bound, fact: Fact) -> str:
    if not isinstance(bound, Dated):
        return _amount(bound, fact)
    steps = [
        f"{_amount(step.value, fact)}（{_day(step.since)}起{f'，依据{step.clause}' if step.clause else ''}）"
        for step in bound.steps
    ]
    return "、".join(steps)


def _end(bound: Bound) -> str:
    return "" if isinstance(bound, Dated) else _number(bound)


def _amount(number: float, fact: Fact) -> str:
    return f"{_number(number)} {fact.unit}".strip()


def _number(number: float) -> str:
    if float(number).is_integer():
        return str(int(number))
    return f"{number:.12f}".rstrip("0").rstrip(".") or "0"


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
