"""What a table would change and what should be looked at, put so that a clerk can read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIRST_SHOWN = 8
ROWS_NAMED = 12
EVENTS = (("moved", "迁到别的村的户", "户"), ("returned", "又回来的户", "户"), ("joined", "转到别的户的人", "人"),
          ("died", "记为去世的人", "人"), ("away", "记为迁出的人", "人"), ("present", "重新记为健在的人", "人"))
_ROW = re.compile(r"^第 (\d+) 行：")
# What differs from one warning of a kind to the next: numbers, quoted values, references in brackets.
_OWN = re.compile(r"“[^”]*”|（[A-Za-z0-9][^（）]*）|\d[\d*.]*")


@dataclass(frozen=True)
class Sort:
    """One sort of change: how many, of what, and the first of them to look at."""

    name: str
    count: int
    unit: str
    first: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Kind:
    """Warnings of one kind: the first as it stands, how many there are, and in which rows."""

    words: str
    count: int
    rows: str


def difference(changes: Mapping[str, Any], place: str, name_of: Callable[[str], str]) -> tuple[Sort, ...]:
    """The changes a trial found, one sort a line; sorts of which there is none are left out but for the first two."""
    if not changes:
        return ()
    new, changed = (changes.get(name) or {} for name in ("new_households", "changed_households"))
    events = changes.get("events") or {}
    found = [
        Sort("新增的户", new.get("count", 0), "户", _named(new)), Sort("资料有变的户", changed.get("count", 0), "户", _named(changed)),
        *(_event(label, unit, events.get(event) or {}, name_of) for event, label, unit in EVENTS),
        Sort("没出现，留着不动的户", changes.get("staying_households", 0), "户", (),
             "" if place else "同村的户，表里没有。只收表里有的，没有的不动。"),
    ]
    if place:
        found.append(Sort("没出现，记为不在册的户", changes.get("left_households", 0), "户", _events(events.get("left") or {}, name_of),
                          f"因为您说这是{place}的完整名册。"))
    return tuple(one for number, one in enumerate(found) if one.count or number < 2 or one.name.startswith("没出现，记为"))


def grouped(warnings: Sequence[str]) -> tuple[Kind, ...]:
    """Warnings of one kind together, the most frequent first."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for sentence in warnings:
        found = _ROW.match(sentence)
        row, words = (found.group(1), sentence[found.end():]) if found else ("", sentence)
        kinds.setdefault(_OWN.sub("…", words), []).append((row, words))
    told = [_kind(members) for members in kinds.values()]
    return tuple(sorted(told, key=lambda kind: -kind.count))


def _named(told: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(told.get("first", ()))[:FIRST_SHOWN]


def _event(label: str, unit: str, told: Mapping[str, Any], name_of: Callable[[str], str]) -> Sort:
    return Sort(label, told.get("count", 0), unit, _events(told, name_of))


def _events(told: Mapping[str, Any], name_of: Callable[[str], str]) -> tuple[str, ...]:
    """`H-MA（姚河村 → 北洼村）` for a move, else the household alone, each once."""
    lines = []
    for one in told.get("first", ()):
        is_move = one["before"].isdigit() and one["after"].isdigit()
        lines.append(one["household"] + (f"（{name_of(one['before'])} → {name_of(one['after'])}）" if is_move else ""))
    return tuple(dict.fromkeys(lines))


def _kind(members: Sequence[tuple[str, str]]) -> Kind:
    rows = [row for row, _ in members if row]
    named = "、".join(rows[:ROWS_NAMED]) + ("……" if len(rows) > ROWS_NAMED else "")
    return Kind(members[0][1], len(members), f"第 {named} 行" if rows else "")
