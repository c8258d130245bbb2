"""Trains the fusion on the knowledge base itself: no question of a resident is needed, none is kept.

A similar question is hidden and asked; questions are asked spoilt; and the questions of a hidden entry are asked as
such that the base cannot answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from knowledge.index import Index, rank
from knowledge.ranking import (
    OFFERED,
    SIGNS,
    Matrix,
    Thresholds,
    Weights,
    best_of_entries,
    default_weights,
    scores,
    signs,
)
from knowledge.shelf import Search, Shelf
from knowledge.spoiling import Spoiling, spoil
from knowledge.wording import bare

SEED = 20240601
_MOST_LESSONS = 4000
_TRUST = 1.0
"""How strongly the ranking is held to the weights it starts from."""
_CONFIDENCE_TRUST = 2.0
_MOST_OUTSIDE = 0.35
"""Of a base's own questions whose entry is hidden, at most so many may be answered: they share the very words of their
neighbours, which questions of people that no entry answers do half as often."""
_SUREST = 0.75


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question with its candidates and the entries that are right; none when it is out of scope."""

    search: Search
    right: frozenset[str]
    weight: float = 1.0
    """How much it counts beside the others for how sure to be."""

    @property
    def marks(self) -> NDArray[np.bool_]:
        """True at the candidates that are right."""
        return np.array([entry in self.right for entry in self.search.entries], bool)


def lessons(
    index: Index, seed: int = SEED, most: int = _MOST_LESSONS, about: Callable[[str], bool] | None = None
) -> list[Lesson]:
    """What the base teaches of itself, or of the entries `about` says yes to; the same base and seed teach the same."""
    chance = Random(seed)
    shelf = index.shelf
    asked = [row for row, phrasing in enumerate(shelf.phrasings) if about is None or about(phrasing.entry)]
    chance.shuffle(asked)
    taught: list[Lesson] = []
    for row in asked:
        if len(taught) >= most:
            break
        taught += _lessons_of(index, shelf, row, chance)
    return taught


def lesson_of(index: Index, question: str, entry: str) -> Lesson:
    """A question somebody confirmed for an entry; where the base has it word for word, that phrasing is hidden."""
    return _lesson(index, index.shelf, question, set(index.shelf.same_words(question)), frozenset((entry,)))


def _lessons_of(index: Index, shelf: Shelf, row: int, chance: Random) -> Iterable[Lesson]:
    phrasing = shelf.phrasings[row]
    siblings = shelf.rows(phrasing.entry)
    same = [other for other in shelf.same_words(phrasing.text) if bare(shelf.phrasings[other].text)]
    right = frozenset((phrasing.entry,))
    harm = spoil(phrasing.text, chance.choice(list(Spoiling)), chance)
    if len(siblings) > len(set(siblings) & {row, *same}):
        yield _lesson(index, shelf, phrasing.text, {row, *same}, right)
        if chance.random() < 0.5:
            yield _lesson(index, shelf, harm, {row, *same}, right)
    if chance.random() < 0.5:
        yield _lesson(index, shelf, harm, set(), right)
    if chance.random() < 0.5:
        yield _lesson(index, shelf, phrasing.text, {*siblings, *same}, frozenset())


def _lesson(index: Index, shelf: Shelf, question: str, unseen: set[int], right: frozenset[str]) -> Lesson:
    hidden = np.zeros(len(shelf.phrasings), bool)
    hidden[list(unseen)] = True
    return Lesson(index.search(question, shelf, hidden), right)


def fit_ranking(taught: Sequence[Lesson], start: Matrix, trust: float = _TRUST) -> Matrix:
    """Weights under which the right phrasings outscore the others, no farther from the start than that needs."""
    useful = [lesson for lesson in taught if lesson.right and lesson.marks.any() and not lesson.marks.all()]
    if not useful:
        return start
    table = np.vstack([_expanded(lesson.search) for lesson in useful])
    right = np.concatenate([lesson.marks for lesson in useful])
    sizes = np.array([len(lesson.search.entries) for lesson in useful])
    starts = np.cumsum(sizes) - sizes
    spread = table.std(axis=0) + 0.02
    table /= spread
    origin = start.ravel() * spread

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fused = table @ weights
        raised = np.exp(fused - np.repeat(np.maximum.reduceat(fused, starts), sizes))
        total = np.add.reduceat(raised, starts)
        good = np.add.reduceat(raised * right, starts) + 1e-12
        drift = weights - origin
        pull = raised / np.repeat(total, sizes) - raised * right / np.repeat(good, sizes)
        value = float(np.log(total / good).mean() + trust * drift @ drift)
        return value, table.T @ pull / len(sizes) + 2 * trust * drift

    weights: Matrix = (_lowest(loss, origin) / spread).reshape(start.shape)
    return weights


def fit_confidence(
    taught: Sequence[Lesson], ranking: Matrix, start: NDArray[np.float64], trust: float = _CONFIDENCE_TRUST,
    kept: Collection[str] = ()
) -> NDArray[np.float64]:
    """Weights that tell right candidates from wrong ones, by logistic regression over the first three of each.

    The `kept` signs stay as they start: the lessons have nothing to teach of them.
    """
    tables, marks, shares = [], [], []
    for lesson in taught:
        if not lesson.search.entries:
            continue
        fused = scores(ranking, lesson.search.features, lesson.search.held)
        rows = best_of_entries(lesson.search.entries, fused)
        left_out = lesson.search.evidence([lesson.search.entries[row] for row in rows[:OFFERED]])
        tables.append(signs(lesson.search.features[rows], lesson.search.held[rows], fused[rows], left_out)[:OFFERED])
        marks.append(lesson.marks[rows][:OFFERED])
        shares.append(lesson.weight * np.array([1.0, 0.3, 0.2])[: len(rows)])
    if not tables:
        return start
    table, right, share = np.vstack(tables), np.concatenate(marks), np.concatenate(shares)
    spread = table.std(axis=0) + 0.02
    spread[0] = 1.0
    table, origin = table / spread, start * spread
    free = np.array([sign not in kept for sign in SIGNS])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = table @ weights
        drift = weights - origin
        drift[0] *= 0.1
        value = float(
            (share * (np.logaddexp(0, logits) - right * logits)).sum() / share.sum() + trust * drift @ drift
        )
        wrong = share * (1 / (1 + np.exp(-logits)) - right)
        return value, free * (table.T @ wrong / share.sum() + 2 * trust * drift * np.r_[0.1, np.ones(len(SIGNS) - 1)])

    weights: NDArray[np.float64] = _lowest(loss, origin) / spread
    return weights


def train(index: Index, taught: Sequence[Lesson], *, also_order: bool) -> Weights:
    """Weights for this base, from those that come with the package; the index itself is left as it is.

    What the base teaches of itself says how sure to be. The order of what is found is learned only with questions of
    people (`also_order`): the base's own phrasings resemble each other more than people's words do.
    """
    start = default_weights(index.encoder.name)
    ranking = fit_ranking(taught, start.ranking) if also_order else start.ranking
    confidence = fit_confidence(taught, ranking, start.confidence)
    return Weights(ranking, confidence, Thresholds(_limit(taught, ranking, confidence, start), start.thresholds.clarify))


def _limit(taught: Sequence[Lesson], ranking: Matrix, confidence: NDArray[np.float64], start: Weights) -> float:
    """How sure to be to answer: as the package, surer where too many questions that no entry answers would be."""
    outside = [lesson.search for lesson in taught if not lesson.right]
    sure = [one[0].score if one else 0.0 for one in (rank(search, ranking, confidence) for search in outside)]
    if not sure:
        return start.thresholds.answer
    lowest = float(np.quantile(sure, 1 - _MOST_OUTSIDE))
    return round(min(max(start.thresholds.answer, lowest), _SUREST), 3)


def save_weights(weights: Weights, path: Path) -> None:
    """Write the weights where the next start finds them, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(weights.as_json(), ensure_ascii=False, indent=1), "utf-8")
    unfinished.replace(path)


def load_weights(path: Path) -> Weights | None:
    """The weights of a file; None where there is none or it is spoilt, then the package's own serve."""
    try:
        return Weights.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lowest(
    loss: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]], origin: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.optimize import minimize  # 30 MB that a process which only answers does without

    found = minimize(loss, origin, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    lowest: NDArray[np.float64] = found.x
    return lowest


def _expanded(search: Search) -> Matrix:
    table = search.held[:, :, None] * search.features[:, None, :]
    return table.reshape(len(search.features), -1)
