"""Tries new weights for a knowledge base and takes them only where its answers, measured on what was held back, do not fall."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from knowledge.evaluation import Figures, figures
from knowledge.index import Index, rank
from knowledge.ranking import Weights, decide
from knowledge.training import Lesson, lesson_of, lessons, save_weights, train

ENOUGH_CONFIRMED = 120
"""From so many questions of people on, the order of what is found is learned too (measured: 120 to 240 do)."""
_FOLDS = 3
"""Every third entry and every third confirmed question is held back and only measured with."""
_LESSONS = 1500
_LEAST_OTHERWISE = 0.3
"""Share of entries with similar questions below which a base knows only copies of its own words, and would learn to
answer nothing else (measured: a third fewer questions answered)."""
_TOO_LITTLE = (
    f"能学的太少，沿用现在的权重。请给更多条目写上相似问法，或者等群众确认过的答案满 {ENOUGH_CONFIRMED} 条。"
)
_WRONG_COSTS = 4
"""Right answers that one wrong answer undoes."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One held-back set under the weights in use and under the new ones, and in what it fell, in plain Chinese."""

    of: str
    before: Figures
    after: Figures
    fallen: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        told = {when: _told(one) for when, one in (("before", self.before), ("after", self.after))}
        return {"of": self.of, **told, "fallen": list(self.fallen)}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial: the weights to answer with from now on, whether they are the new ones, and why."""

    weights: Weights
    taken: bool
    reason: str
    comparisons: tuple[Comparison, ...]
    confirmed: int

    def as_json(self) -> dict[str, Any]:
        """The record of the trial."""
        return {
            "taken": self.taken,
            "reason": self.reason,
            "confirmed": self.confirmed,
            "thresholds": asdict(self.weights.thresholds),
            "measured": [one.as_json() for one in self.comparisons],
        }


def learn(index: Index, confirmed: Sequence[tuple[str, str]] = ()) -> Trial:
    """Train on the base and on questions people confirmed (text, entry); the index goes on as it is.

    Held back are every third entry and every third confirmed question. The new weights are taken only if on neither set
    Recall@1, the AUROC of the confidence, or right answers less four times the wrong ones fall.
    """
    known = [(text, entry) for text, entry in confirmed if entry in index.shelf.entries]
    in_use, order = index.weights, len(known) >= ENOUGH_CONFIRMED
    if not order and _otherwise_asked(index) < _LEAST_OTHERWISE:
        return Trial(in_use, False, _TOO_LITTLE, (), len(known))
    taught = lessons(index, most=_LESSONS, about=lambda entry: not _held_back(entry))
    taught += [lesson_of(index, *pair) for pair in known if not _held_back(pair[0])]
    own = lessons(index, most=_LESSONS // 2, about=_held_back)
    asked = [lesson_of(index, *pair) for pair in known if _held_back(pair[0])]
    if not taught or not own:
        return Trial(in_use, False, _TOO_LITTLE, (), len(known))
    new = train(index, taught, also_order=order)
    sets = (("知识库自己的问法", own), ("群众问过、确认了答案的问题", asked))
    compared = tuple(_compared(name, held, in_use, new) for name, held in sets if held)
    fallen = [f"{one.of}：{'、'.join(one.fallen)}" for one in compared if one.fallen]
    if fallen:
        return Trial(in_use, False, f"新的权重没有采用，沿用现在的：{'；'.join(fallen)}。", compared, len(known))
    return Trial(new, True, "新的权重在没有拿来学的问题上不比现在的差，已采用。", compared, len(known))


def keep(trial: Trial, weights: Path, record: Path, at: datetime) -> None:
    """Write the record of the trial, and the weights where they were taken."""
    if trial.taken:
        save_weights(trial.weights, weights)
    record.parent.mkdir(parents=True, exist_ok=True)
    told = {"at": at.isoformat(timespec="seconds"), **trial.as_json()}
    record.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")


def _otherwise_asked(index: Index) -> float:
    entries = index.shelf.entries.values()
    return sum(len(entry.phrasings()) > 1 for entry in entries) / max(1, len(entries))


def _held_back(text: str) -> bool:
    return crc32(text.encode()) % _FOLDS == 0


def _compared(name: str, held: Sequence[Lesson], in_use: Weights, new: Weights) -> Comparison:
    before, after = _measured(held, in_use), _measured(held, new)
    measures = (
        ("第一条就对的比例", before.recall_at_1, after.recall_at_1),
        ("把握大小的分辨力", before.auroc or 0.0, after.auroc or 0.0),
        ("答对减去四倍答错", float(_gain(before)), float(_gain(after))),
    )
    fallen = tuple(f"{words}从 {old:.4g} 降到 {now:.4g}" for words, old, now in measures if now < old)
    return Comparison(name, before, after, fallen)


def _measured(held: Sequence[Lesson], weights: Weights) -> Figures:
    found = [
        decide(rank(lesson.search, weights.ranking, weights.confidence), weights.thresholds) for lesson in held
    ]
    return figures(found, [lesson.right for lesson in held])


def _gain(one: Figures) -> int:
    return one.answered_right - _WRONG_COSTS * one.answered_wrong


def _told(one: Figures) -> dict[str, Any]:
    kept = ("questions", "in_scope", "recall_at_1", "recall_at_3", "recall_at_5", "mrr", "answered_right",
            "answered_wrong", "clarified", "handed_over", "auroc")  # fmt: skip
    values = asdict(one)
    return {name: round(values[name], 4) if isinstance(values[name], float) else values[name] for name in kept}
