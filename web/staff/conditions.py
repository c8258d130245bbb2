"""The condition builder: rows of 信息项 · 怎么比 · 值 that stand for a condition, both ways.

A row joined by 或者 belongs to the row above it: one of the two is enough; rows joined by 并且 must all hold. Rows about
members that stand alone mean one and the same person. A condition that rows cannot say is shown as JSON and left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from profiles.facts import REGISTER, Catalogue, Fact, Family, Kind, Level

HOUSEHOLD, GROWN, MEMBER = "全户", "种养", "家庭成员"
AND, OR = "and", "or"
IS, NOT, AT_LEAST, AT_MOST, BETWEEN = "is", "not", "at_least", "at_most", "between"
OPERATORS = ((IS, "是"), (NOT, "不是"), (AT_LEAST, "不少于"), (AT_MOST, "不超过"), (BETWEEN, "在两数之间"))
NUMERIC = (AT_LEAST, AT_MOST, BETWEEN, IS)
WORDED = (IS, NOT)
_SEPARATORS = re.compile(r"[、，,；;\s]+")
_RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-|—|–|~|～|至|到)\s*(-?\d+(?:\.\d+)?)\s*\D*")
_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*\D{0,4}")


@dataclass(frozen=True)
class Choice:
    """One fact the builder offers, with what its row needs."""

    key: str
    label: str
    group: str
    operators: tuple[str, ...]
    unit: str = ""
    words: tuple[str, ...] = ()
    needs_name: bool = False
    needs_value: bool = True


@dataclass(frozen=True)
class Row:
    """One row as it is filled in; `name` is the crop or animal of an open family, `joint` ties it to the row above."""

    fact: str = ""
    name: str = ""
    operator: str = ""
    value: str = ""
    joint: str = AND

    @property
    def is_blank(self) -> bool:
        """Whether nothing was chosen."""
        return not self.fact


@dataclass(frozen=True)
class _Read:
    """A row that could be read: its number, its JSON, and whether it is about a member."""

    number: int
    leaf: dict[str, Any]
    is_member: bool


@dataclass(frozen=True)
class RowFault:
    """What is wrong with a row, and how to mend it; rows count from 0."""

    row: int
    words: str


@dataclass(frozen=True)
class Built:
    """The condition that rows stand for, the row behind each path of it, and what could not be read."""

    condition: dict[str, Any] | None
    paths: Mapping[str, int]
    faults: tuple[RowFault, ...] = ()

    def row_at(self, path: str) -> int | None:
        """The row a fault's path lies in."""
        inside = [known for known in self.paths if not known or path == known or path.startswith((f"{known}.", f"{known}["))]
        return self.paths[max(inside, key=len)] if inside else None


def choices(catalogue: Catalogue = REGISTER) -> tuple[Choice, ...]:
    """What the builder offers: facts of the household, what it grows and keeps, facts of its members."""
    single = [_choice(fact) for fact in catalogue.facts if fact.kind is not Kind.DIVISION]
    families = [_family(family) for family in catalogue.families]
    household = [one for one in single if one.group == HOUSEHOLD]
    return (*household, *families, *(one for one in single if one.group != HOUSEHOLD))


def build(rows: Sequence[Row], catalogue: Catalogue = REGISTER) -> Built:
    """The condition of the filled rows; no row at all is everybody."""
    offered = {choice.key: choice for choice in choices(catalogue)}
    groups: list[list[_Read]] = []
    faults: list[RowFault] = []
    for number, row in enumerate(rows):
        if row.is_blank:
            continue
        choice = offered.get(row.fact)
        leaf = "请选一个信息项" if choice is None else _leaf(row, choice)
        if isinstance(leaf, str) or choice is None:
            faults.append(RowFault(number, f"推送条件第 {number + 1} 行：{leaf}。"))
        elif row.joint == OR and groups:
            groups[-1].append(_Read(number, leaf, choice.group == MEMBER))
        else:
            groups.append([_Read(number, leaf, choice.group == MEMBER)])
    return _joined(groups, tuple(faults))


def rows_of(condition: Mapping[str, Any] | None, catalogue: Catalogue = REGISTER) -> tuple[Row, ...] | None:
    """The rows that stand for a condition, or None when rows cannot say it."""
    if condition is None:
        return ()
    parts = condition["all"] if set(condition) == {"all"} else [condition]
    if not isinstance(parts, list):
        return None
    rows: list[Row] = []
    for part in parts:
        alternatives = part["any"] if isinstance(part, dict) and set(part) == {"any"} else [part]
        if not isinstance(alternatives, list):
            return None
        for place, one in enumerate(alternatives):
            found = _rows_of_part(one, catalogue)
            if found is None or (len(found) > 1 and len(alternatives) > 1):
                return None
            rows.extend(replace(row, joint=OR if place else AND) for row in found)
    back = build(rows, catalogue)
    return tuple(rows) if not back.faults and back.condition == condition else None


def _choice(fact: Fact) -> Choice:
    group = MEMBER if fact.level is Level.MEMBER else HOUSEHOLD
    if fact.kind in (Kind.BOOLEAN, Kind.DERIVED):
        return Choice(fact.name, fact.label, group, WORDED, needs_value=False)
    if fact.kind.is_numeric:
        return Choice(fact.name, fact.label, group, NUMERIC, unit=fact.unit)
    return Choice(fact.name, fact.label, group, WORDED, words=(*fact.choices, *_collective(fact)))


def _collective(fact: Fact) -> tuple[str, ...]:
    """One word for each set of stored values that has a name of its own: 监测对象 for its three kinds."""
    named: dict[tuple[str, ...], str] = {}
    for alias, stored in fact.aliases:
        if len(stored) > 1:
            named.setdefault(stored, alias)
    return tuple(named.values())


def _family(family: Family) -> Choice:
    pattern = family.pattern
    return Choice(family.prefix, f"{family.verb}（{pattern.label}）", GROWN, NUMERIC, unit=pattern.unit, needs_name=True)


def _leaf(row: Row, choice: Choice) -> dict[str, Any] | str:
    """One row as JSON, or what is wrong with it."""
    if choice.needs_name and not row.name.strip():
        return f"请写明哪一种{choice.label.partition('（')[2].rstrip('）')}，例如玉米、肉牛"
    fact = choice.key + row.name.strip() if choice.needs_name else choice.key
    operator = row.operator if row.operator in choice.operators else choice.operators[0]
    if not choice.needs_value:
        return {"fact": fact, "is": operator == IS}
    if not row.value.strip():
        return f"“{choice.label}”没有填值"
    if choice.operators == NUMERIC:
        return _numeric(fact, choice.label, operator, row.value)
    words = [word for word in _SEPARATORS.split(row.value.strip()) if word]
    leaf: dict[str, Any] = {"fact": fact, **({"is": words[0]} if len(words) == 1 else {"in": words})}
    return {"not": leaf} if operator == NOT else leaf


def _numeric(fact: str, label: str, operator: str, value: str) -> dict[str, Any] | str:
    if operator == BETWEEN:
        both = _RANGE.fullmatch(value)
        if both is None:
            return f"“{label}”在两数之间，请写成 16-59 这样"
        return {"fact": fact, "between": [_number(both[1]), _number(both[2])]}
    one = _NUMBER.fullmatch(value)
    if one is None:
        return f"“{label}”的值“{value[:20]}”不是数字，请写成 3 或 0.5 这样"
    return {"fact": fact, operator: _number(one[1])}


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _joined(groups: list[list[_Read]], faults: tuple[RowFault, ...]) -> Built:
    """Put groups together; members' rows that stand alone become one `someone` at the end."""
    alone = [group[0] for group in groups if len(group) == 1 and group[0].is_member]
    others = [group for group in groups if not (len(group) == 1 and group[0].is_member)]
    is_many = len(others) + bool(alone) > 1
    parts: list[dict[str, Any]] = []
    paths: dict[str, int] = {}
    for group in others:
        place = f"all[{len(parts)}]" if is_many else ""
        inner = [{"someone": one.leaf} if one.is_member else one.leaf for one in group]
        for number, one in enumerate(group):
            paths[_under(place, f"any[{number}]") if len(group) > 1 else place] = one.number
        parts.append({"any": inner} if len(group) > 1 else inner[0])
    if alone:
        place = _under(f"all[{len(parts)}]" if is_many else "", "someone")
        for number, one in enumerate(alone):
            paths[f"{place}.all[{number}]" if len(alone) > 1 else place] = one.number
        leaves = [one.leaf for one in alone]
        parts.append({"someone": {"all": leaves} if len(leaves) > 1 else leaves[0]})
    condition = None if not parts else {"all": parts} if is_many else parts[0]
    return Built(condition, paths, faults)


def _under(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _rows_of_part(part: Any, catalogue: Catalogue) -> list[Row] | None:
    if not isinstance(part, dict):
        return None
    if set(part) == {"someone"}:
        inner = part["someone"]
        leaves = inner["all"] if isinstance(inner, dict) and set(inner) == {"all"} else [inner]
        found = [_row(leaf, catalogue) for leaf in leaves] if isinstance(leaves, list) else [None]
    else:
        found = [_row(part, catalogue)]
    rows = [row for row in found if row is not None]
    return rows if len(rows) == len(found) else None


def _row(leaf: Any, catalogue: Catalogue) -> Row | None:
    """A leaf, or a leaf under `not`, as a row."""
    if isinstance(leaf, dict) and set(leaf) == {"not"}:
        inner = _row(leaf["not"], catalogue)
        return Row(inner.fact, inner.name, NOT, inner.value) if inner is not None and inner.operator == IS else None
    if not isinstance(leaf, dict) or len(leaf) != 2 or not isinstance(leaf.get("fact"), str):
        return None
    name = leaf["fact"]
    operator, value = next((key, value) for key, value in leaf.items() if key != "fact")
    family = next((one.prefix for one in catalogue.families if name.startswith(one.prefix)), "")
    fact, own_name = (family, name.removeprefix(family)) if family else (name, "")
    if isinstance(value, bool):
        return Row(fact, own_name, IS if value else NOT) if operator == IS else None
    if operator == BETWEEN and isinstance(value, list) and len(value) == 2:
        return Row(fact, own_name, BETWEEN, f"{_plain(value[0])}-{_plain(value[1])}")
    if operator == "in" and isinstance(value, list):
        return Row(fact, own_name, IS, "、".join(str(one) for one in value))
    return Row(fact, own_name, operator, _plain(value)) if operator in (IS, AT_LEAST, AT_MOST) else None


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
