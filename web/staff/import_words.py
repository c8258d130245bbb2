"""What a table would change and what should be looked at, put so that a clerk can read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIRST_SHOWN = 8
ROWS_NAMED = 12
_ROW = re.compile(r"^第 (\d+) 行：")
# What differs from one warning of a kind to the next: numbers, quoted values, references in brackets.
_OWN = re.compile(r"“[^”]*”|（[A-Za-z0-9][^（）]*）|\d[\d*.]*")


@dataclass(frozen=True)
class Sort:
    """One sort of change: how many households, and the first of them to look at."""

    name: str
    count: int
    first: tuple[str, ...]
    words: str = ""


@dataclass(frozen=True)
class Kind:
    """Warnings of one kind: the first as it stands, how many there are, and in which rows."""

    words: str
    count: int
    rows: str


def difference(changes: Mapping[str, Any], place: str) -> tuple[Sort, ...]:
    """The changes a trial found, one sort a line."""
    if not changes:
        return ()
    sorts = [_sort(label, changes.get(name) or {}) for name, label in (
        ("new_households", "新增的户"), ("changed_households", "资料有变的户"), ("moved_households", "换了村的户"))]
    absent = changes.get("left_households", 0)
    gone = changes.get("departed_members", 0)
    whole = f"因为您说这是{place}的完整名册。" if place else "只收表里有的；表里没有的户不动。"
    return (*sorts, Sort("记为不在册的户", absent, (), whole), Sort("记为迁出的人", gone, ()))


def grouped(warnings: Sequence[str]) -> tuple[Kind, ...]:
    """Warnings of one kind together, the most frequent first."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for sentence in warnings:
        found = _ROW.match(sentence)
        row, words = (found.group(1), sentence[found.end():]) if found else ("", sentence)
        kinds.setdefault(_OWN.sub("…", words), []).append((row, words))
    told = [_kind(members) for members in kinds.values()]
    return tuple(sorted(told, key=lambda kind: -kind.count))


def _sort(label: str, told: Mapping[str, Any]) -> Sort:
    return Sort(label, int(told.get("count", 0)), tuple(told.get("first", ()))[:FIRST_SHOWN])


def _kind(members: Sequence[tuple[str, str]]) -> Kind:
    rows = [row for row, _ in members if row]
    named = "、".join(rows[:ROWS_NAMED]) + ("……" if len(rows) > ROWS_NAMED else "")
    return Kind(members[0][1], len(members), f"第 {named} 行" if rows else "")
