"""Data from outside as tables: events (`person,item,time`), people and items with their columns, and the ranking back."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from profiles.portraits.coding import Floats, learn_coding
from profiles.portraits.evaluation import Asked
from profiles.portraits.failures import PortraitRefused
from profiles.portraits.openings import Openings
from profiles.portraits.ranking import Histories, learn_ranking
from profiles.portraits.tuning import tune

LEAST_PEOPLE = 20
LEAST_ITEMS = 5
MOST_ROWS = 5_000_000
FIRST_OF_EACH = 200


@dataclass(frozen=True)
class Outside:
    """The three files, numbered: everybody and everything that any of them names."""

    people: tuple[str, ...]
    items: tuple[str, ...]
    openings: Openings
    attributes: Floats
    categories: Floats


def read_outside(events: Path, people: Path, items: Path) -> Outside:
    """Read the three files; raises PortraitRefused with file, line and cure."""
    told = [_event(events, number, row) for number, row in _rows(events, ("person", "item", "time"))]
    attributes, categories = _described(people, "person"), _described(items, "item")
    for person, item, _ in told:
        attributes.setdefault(person, {})
        categories.setdefault(item, {})
    if not told:
        raise PortraitRefused(f"{events.name}：没有一条记录。请给出 person,item,time 三列的数据。")
    person_at = {name: place for place, name in enumerate(attributes)}
    item_at = {name: place for place, name in enumerate(categories)}
    openings = Openings(
        np.array([person_at[person] for person, _, _ in told]), np.array([item_at[item] for _, item, _ in told]),
        np.array([time for _, _, time in told]), np.ones(len(told)), len(person_at), len(item_at))
    who, what = list(attributes.values()), list(categories.values())
    return Outside(tuple(attributes), tuple(categories), openings,
                   learn_coding(who, LEAST_PEOPLE).encode(who), learn_coding(what, LEAST_ITEMS).encode(what))


def write_ranking(outside: Outside, out: Path, half_life_days: float = 0.0) -> int:
    """Learn from every event and write `person,item,score` for everybody and all they have not opened, the best first.

    People without events and items without openings are ranked too. Above MOST_ROWS rows each person gets the first 200.
    """
    openings = outside.openings
    blend = tune(openings, outside.attributes, outside.categories, half_life_days)
    learners = np.bincount(openings.person, minlength=openings.people) > 0
    model = learn_ranking(openings, learners, outside.attributes, outside.categories, blend, half_life_days=half_life_days)
    histories = Histories.of(openings, blend, half_life_days)
    most = len(outside.items) if len(outside.people) * len(outside.items) <= MOST_ROWS else FIRST_OF_EACH
    written = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("person", "item", "score"))
        for person, name in enumerate(outside.people):
            scores = model.score(outside.attributes[[person]], histories.only([person]), outside.categories)[0]
            known = set(histories.whole[[person]].indices.tolist())
            order = [place for place in np.argsort(-scores, kind="stable").tolist() if place not in known][:most]
            lines.writerows((name, outside.items[place], f"{scores[place]:.6f}") for place in order)
            written += len(order)
    return written


class HeldOut:
    """Writes what the model said in the folds: `scenario,fold,person,item,score,opened`, the best first of each person."""

    def __init__(self, outside: Outside, out: Path) -> None:
        """Begin the file."""
        self._outside = outside
        self._out = out
        with out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(("scenario", "fold", "person", "item", "score", "opened"))

    def note(self, asked: Asked) -> None:
        """Add the first FIRST_OF_EACH candidates of everybody asked, and what they opened further down."""
        ranked = np.where(asked.candidates, asked.scores, -np.inf)
        order = np.argsort(-ranked, axis=1, kind="stable")
        with self._out.open("a", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            for line, person in enumerate(np.flatnonzero(asked.people).tolist()):
                for place, item in enumerate(order[line].tolist()):
                    opened = bool(asked.truth[line, item])
                    if asked.candidates[line, item] and (opened or place < FIRST_OF_EACH):
                        lines.writerow((asked.scenario, asked.fold + 1, self._outside.people[person],
                                        self._outside.items[item], f"{asked.scores[line, item]:.6f}", int(opened)))


def _rows(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in wanted if name not in (reader.fieldnames or ())]
            if missing:
                raise PortraitRefused(f"{path.name} 第 1 行：缺少列 {'、'.join(missing)}。请补上表头。")
            for row in reader:
                if None in row:
                    raise PortraitRefused(f"{path.name} 第 {reader.line_num} 行：比表头多出了格子。请检查逗号和引号。")
                yield reader.line_num, {name: value or "" for name, value in row.items()}
    except UnicodeDecodeError as error:
        raise PortraitRefused(f"{path.name}：不是 UTF-8 文本。请另存为 UTF-8 的 CSV。") from error


def _described(path: Path, key: str) -> dict[str, dict[str, str]]:
    return {row.pop(key): row for _, row in _rows(path, (key,))}


def _event(path: Path, number: int, row: dict[str, str]) -> tuple[str, str, float]:
    try:
        return row["person"], row["item"], _seconds(row["time"])
    except ValueError as error:
        raise PortraitRefused(
            f"{path.name} 第 {number} 行：时间“{row['time']}”看不懂。请写秒数，或 2026-11-23T10:00 这样的时间。") from error


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
