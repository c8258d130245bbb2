"""From JSON to the frozen tree; a bad condition is refused with the path of the fault, its reason and its cure.

Size and depth are limited, so that a hostile condition is refused before it is ever run.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from profiles.facts import Catalogue, Fact, Kind, Level
from profiles.failures import ConditionRefused
from profiles.targeting import operands
from profiles.targeting.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Derived,
    Everyone,
    Leaf,
    Not,
    OneOf,
    Someone,
)

MOST_NODES = 200
MOST_DEPTH = 12
MOST_TEXT = 200_000

GROUPS = ("all", "any", "not", "someone", "everyone")
_OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.NUMBER: ("is", "in", "at_least", "at_most", "between"),
    Kind.INTEGER: ("is", "in", "at_least", "at_most", "between"),
    Kind.AGE: ("is", "in", "at_least", "at_most", "between"),
    Kind.CHOICE: ("is", "in"),
    Kind.OPEN_CHOICE: ("is", "in"),
    Kind.BOOLEAN: ("is",),
    Kind.DIVISION: ("within", "is", "in"),
    Kind.DERIVED: ("is",),
}
OPERATORS = ("is", "in", "at_least", "at_most", "between", "within")
"""Every operator; which of them a fact takes is told by `operators_of`."""
EXAMPLE = '{"fact": "crop.玉米", "at_least": 3}'


def operators_of(fact: Fact) -> tuple[str, ...]:
    """The operators that may stand beside a fact."""
    return _OPERATORS[fact.kind]


def example_of(fact: Fact) -> dict[str, Any]:
    """A condition with this fact as it may be written, decoded JSON; of a member it stands inside `someone`."""
    if fact.kind in (Kind.BOOLEAN, Kind.DERIVED):
        leaf: dict[str, Any] = {"fact": fact.name, "is": True}
    elif fact.kind is Kind.DIVISION:
        leaf = {"fact": fact.name, "within": "640425100"}
    elif fact.kind is Kind.AGE:
        leaf = {"fact": fact.name, "between": [16, 59]}
    elif fact.kind.is_numeric:
        leaf = {"fact": fact.name, "at_most": 8000} if fact.unit == "元" else {"fact": fact.name, "at_least": 3}
    else:
        words = {"household.group": "一组", "member.relation": "配偶", "member.study": "高中", "member.skill": "电工"}
        leaf = ({"fact": fact.name, "in": [*fact.choices[:2]]} if fact.choices
                else {"fact": fact.name, "is": words.get(fact.name, fact.label)})
    return {"someone": leaf} if fact.level is Level.MEMBER else leaf


def parse_text(text: str, catalogue: Catalogue) -> Condition | None:
    """The condition written in `text` as JSON; ConditionRefused tells line and column of a slip in the writing."""
    if len(text) > MOST_TEXT:
        raise ConditionRefused("", f"条件太长（{len(text)} 个字）", f"请控制在 {MOST_TEXT} 个字以内")
    try:
        raw = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"第 {error.lineno} 行第 {error.colno} 个字附近"
        raise ConditionRefused("", f"{place}不是正确的 JSON", "请检查引号、逗号和括号是否成对、是否为英文符号") from error
    except (RecursionError, ValueError) as error:
        raise ConditionRefused("", "条件套得太深，或数字太长", f"请参照 {EXAMPLE} 改写") from error
    return parse(raw, catalogue)


def _refuse_constant(word: str) -> NoReturn:
    raise ConditionRefused("", f"“{word}”不是可用的数字", "请写普通数字，例如 3 或 0.5")


def parse(raw: object, catalogue: Catalogue) -> Condition | None:
    """The condition in decoded JSON `raw`; None (null) means everybody. Raises ConditionRefused."""
    return None if raw is None else _Reading(catalogue).node(raw, "", depth=1, member=False)


class _Reading:
    """One pass over one condition: it counts what it has read and refuses what is too much."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._nodes = 0
        self._budget = operands.Budget()

    def node(self, raw: object, path: str, *, depth: int, member: bool) -> Condition:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise ConditionRefused(path, f"条件超过 {MOST_NODES} 项", "请减少条件，或分成几条信息发送")
        if depth > MOST_DEPTH:
            raise ConditionRefused(path, f"条件套了超过 {MOST_DEPTH} 层", "请减少嵌套")
        if not isinstance(raw, dict):
            raise ConditionRefused(path, "这里要写一个条件", f"请写成 {EXAMPLE} 这样")
        for key in raw:
            if key not in (*GROUPS, *OPERATORS, "fact", "on"):
                cure = f"可用的有 fact、on、{'、'.join(OPERATORS + GROUPS)}"
                raise ConditionRefused(_at(path, operands.shown(key)), f"不认识的写法“{operands.shown(key)}”", cure)
        group = next((key for key in GROUPS if key in raw), None)
        if group is None:
            return self._leaf(raw, path, depth=depth, member=member)
        if len(raw) > 1:
            other = next(str(key) for key in raw if key != group)
            cure = "请把它们分开写，再用 all（并且）或 any（或者）合起来"
            raise ConditionRefused(_at(path, other), f"“{group}”旁边不能再写“{other}”", cure)
        return self._group(group, raw[group], _at(path, group), depth=depth, member=member)

    def _group(self, group: str, raw: object, path: str, *, depth: int, member: bool) -> Condition:
        if group in ("all", "any"):
            if not isinstance(raw, list):
                raise ConditionRefused(path, "这里要写一组条件", f"请写成 [{EXAMPLE}, …] 这样")
            if not raw:
                raise ConditionRefused(path, "这一组里没有条件", "请至少写一个条件，或删去这一组")
            parts = tuple(
                self.node(part, f"{path}[{number}]", depth=depth + 1, member=member)
                for number, part in enumerate(raw)
            )
            return AllOf(parts) if group == "all" else AnyOf(parts)
        if group == "not":
            return Not(self.node(raw, path, depth=depth + 1, member=member))
        if member:
            cure = "请把两个家庭成员条件并列写在 all 或 any 里"
            raise ConditionRefused(path, "someone、everyone 不能互相套着写", cure)
        part = self.node(raw, path, depth=depth + 1, member=True)
        return Someone(part) if group == "someone" else Everyone(part)

    def _leaf(self, raw: dict[Any, Any], path: str, *, depth: int, member: bool) -> Condition:
        if "fact" not in raw:
            raise ConditionRefused(path, "没有写明是哪一个信息项（fact）", f"请写成 {EXAMPLE} 这样")
        fact = self._fact(raw["fact"], _at(path, "fact"), member=member)
        operator = self._operator(fact, raw, path)
        place = _at(path, operator)
        if fact.kind is Kind.DERIVED:
            wanted = operands.truth(raw[operator], place)
            definition = self._definition(fact, path, depth=depth)
            self._refuse_date(fact, raw, path)
            return Derived(fact, wanted, definition)
        if fact.kind is Kind.BOOLEAN:
            self._refuse_date(fact, raw, path)
            return Leaf(fact, OneOf((operands.truth(raw[operator], place),)))
        if fact.kind is not Kind.AGE:
            self._refuse_date(fact, raw, path)
        on = operands.day(raw["on"], _at(path, "on")) if "on" in raw else None
        return Leaf(fact, operands.test(fact, operator, raw[operator], place, self._budget), on)

    def _fact(self, name: object, path: str, *, member: bool) -> Fact:
        fact = self._catalogue.fact(name) if isinstance(name, str) else None
        if fact is None:
            resembling = self._catalogue.resembling(name[:60]) if isinstance(name, str) else None
            cure = f"是不是“{resembling}”？" if resembling else "请从农户信息项清单中选用，例如 household.kind、crop.玉米"
            raise ConditionRefused(path, f"未知的信息项“{operands.shown(name)}”", cure)
        if fact.level is Level.MEMBER and not member:
            cure = '请放进 {"someone": …}（家里有人）或 {"everyone": …}（家里每个人）里'
            raise ConditionRefused(path, f"“{fact.label}”是家庭成员的信息", cure)
        if fact.level is Level.HOUSEHOLD and member:
            cure = "请移到 someone、everyone 外面，用 all 合起来"
            raise ConditionRefused(path, f"“{fact.label}”是全户的信息，不属于某个家庭成员", cure)
        return fact

    def _operator(self, fact: Fact, raw: dict[Any, Any], path: str) -> str:
        allowed = operators_of(fact)
        written = [key for key in OPERATORS if key in raw]
        cure = f"“{fact.label}”可用 {'、'.join(allowed)}"
        if not written:
            raise ConditionRefused(path, f"“{fact.label}”没有写比较方法", cure)
        if len(written) > 1:
            reason = f"一个条件里写了 {len(written)} 种比较方法"
            raise ConditionRefused(_at(path, written[1]), reason, "请分成几个条件，用 all 合起来；两头都有界限的用 between")
        if written[0] not in allowed:
            raise ConditionRefused(_at(path, written[0]), f"“{fact.label}”不能用 {written[0]}", cure)
        return written[0]

    def _refuse_date(self, fact: Fact, raw: dict[Any, Any], path: str) -> None:
        if "on" in raw:
            raise ConditionRefused(_at(path, "on"), f"“{fact.label}”不能写日期 on", "on 只用于 member.age，表示年龄算到哪一天")

    def _definition(self, fact: Fact, path: str, *, depth: int) -> Condition:
        return self.node(json.loads(fact.definition), path, depth=depth + 1, member=False)


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
