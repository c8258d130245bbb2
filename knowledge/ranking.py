"""Weighs the signals of a question's candidates, says how sure it is, and decides: answer, offer three, hand over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders import HEAVY, LexicalOnly
from knowledge.features import NAMES
from knowledge.mentions import EVIDENCE

Matrix = NDArray[np.float64]

CIRCUMSTANCES = ("always", "long_phrasing", "long_question", "well_matched")
"""A weight may differ with circumstances: each feature has one weight for each, and they add up."""
_ANY = ("constant", "score", "lead", "crowd", "long_phrasing", "long_question", *NAMES, *EVIDENCE)
SIGNS = (*_ANY, *(f"{name}, letter" for name in _ANY))
"""What the confidence looks at: the score, the lead over the next entry, lengths, the features themselves, and what the
entry leaves out of the question. Each counts once more with letters: long questions to what is asked in few words."""
_PACKAGED = {LexicalOnly.name: "weights-lexical.json", HEAVY: "weights-heavy.json"}
"""Weights of their own for who answers without a model of meaning, or with both."""
_LATER = ("told_by_answer", "told_beside_best")
"""What weights learned before it was looked at do not name; it counts nothing then."""
MOST = 10
OFFERED = 3
_SECOND_LOOK = 3.0
"""What one of log odds weighs beside one of score when the first entries are compared again."""


class Decision(StrEnum):
    """What to do with a question."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may answer, with the probability that it does."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for a question; candidates best first."""

    decision: Decision
    candidates: tuple[Candidate, ...]


NOTHING = Finding(Decision.HAND_OVER, ())


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure to be to answer at once, and to offer entries at all."""

    answer: float = 0.6
    clarify: float = 0.25


@dataclass(frozen=True)
class Weights:
    """A trained fusion: how much each signal counts, and how a score becomes a probability."""

    ranking: Matrix
    """One row a circumstance, one column a feature."""
    confidence: NDArray[np.float64]
    thresholds: Thresholds = field(default_factory=Thresholds)

    def as_json(self) -> dict[str, Any]:
        """Names and numbers, so that a person can read what counts."""
        return {
            "ranking": {
                name: dict(zip(CIRCUMSTANCES, map(_short, self.ranking[:, column]), strict=True))
                for column, name in enumerate(NAMES)
            },
            "confidence": dict(zip(SIGNS, map(_short, self.confidence), strict=True)),
            "thresholds": {"answer": self.thresholds.answer, "clarify": self.thresholds.clarify},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Weights:
        """Weights from their file; KeyError, TypeError or ValueError where it is not such a file."""
        counted = {**{name: dict.fromkeys(CIRCUMSTANCES, 0.0) for name in _LATER}, **data["ranking"]}
        ranking = np.array([[float(counted[name][kind]) for name in NAMES] for kind in CIRCUMSTANCES])
        learned = {**dict.fromkeys(_LATER, 0.0), **data["confidence"]}
        # What was learned before letters were told apart holds for them too.
        confidence = np.array([float(learned[sign] if sign in _ANY else learned.get(sign, 0.0)) for sign in SIGNS])
        limits = data["thresholds"]
        return cls(ranking, confidence, Thresholds(float(limits["answer"]), float(limits["clarify"])))


def default_weights(model: str) -> Weights:
    """The weights that come with the package for a model of meaning, trained on a neutral base of everyday questions."""
    name = _PACKAGED.get(model, "weights.json")
    return Weights.from_json(json.loads(Path(__file__).with_name(name).read_text("utf-8")))


def circumstances(features: Matrix, asked_length: int, stored_lengths: NDArray[np.float64]) -> Matrix:
    """How far each circumstance holds, one row a candidate, columns as in CIRCUMSTANCES."""
    matched = features[:, NAMES.index("heard_asked_pairs")].max(initial=0.0)
    rows = np.ones((len(features), len(CIRCUMSTANCES)))
    rows[:, 1] = np.mean(_grown(stored_lengths, 45.0))
    rows[:, 2] = _grown(np.float64(asked_length), 45.0)
    rows[:, 3] = matched
    return rows


def scores(weights: Matrix, features: Matrix, held: Matrix) -> NDArray[np.float64]:
    """One score a candidate phrasing; only differences within a question mean something."""
    fused: NDArray[np.float64] = np.einsum("cf,nf,nc->n", weights, features, held)
    return fused


def best_of_entries(entries: Sequence[str], fused: NDArray[np.float64]) -> NDArray[np.intp]:
    """The rows of each entry's best phrasing, best entry first."""
    seen: set[str] = set()
    rows = [int(row) for row in np.argsort(-fused, kind="stable") if not _seen(entries[row], seen)]
    return np.array(rows, np.intp)


def signs(features: Matrix, held: Matrix, fused: NDArray[np.float64], left_out: Matrix) -> Matrix:
    """What the confidence looks at, one row an entry; rows are entries' best phrasings, best first.

    What is left out is known of the first entries alone: nobody is surer of one that comes after them.
    """
    rows = np.zeros((len(features), len(SIGNS)))
    if not len(features):
        return rows
    shifted = np.exp(fused - fused[0])
    next_best = np.full(len(fused), fused[0])
    next_best[0] = fused[1] if len(fused) > 1 else fused[0] - 4.0
    rows[:, 0] = 1.0
    rows[:, 1] = np.clip(fused / 10, -3, 3)
    rows[:, 2] = np.clip(fused - next_best, -6.0, 4.0)
    rows[:, 3] = shifted / shifted.sum()
    rows[:, 4:6] = held[:, 1:3]
    rows[:, 6 : 6 + len(NAMES)] = features
    rows[: len(left_out), 6 + len(NAMES) : len(_ANY)] = left_out
    rows[:, len(_ANY) :] = rows[:, : len(_ANY)] * (held[:, 2] * (1 - held[:, 1]))[:, None]
    return rows


def second_look(fused: NDArray[np.float64], seen: Matrix, weights: NDArray[np.float64]) -> NDArray[np.intp]:
    """The order of the entries once the first few are compared by how sure to be of each, which knows what each leaves out.

    Only where question and phrasings are short: of a long text much is left out by whatever is right.
    """
    order = np.arange(len(seen))
    if len(seen) > 1:
        long = seen[0, [SIGNS.index("long_phrasing"), SIGNS.index("long_question")]]
        share = _SECOND_LOOK * float(np.prod(np.clip(1 - 4 * long, 0.0, 1.0)))
        first = fused[:OFFERED] + share * (seen[:OFFERED] @ weights)
        order[:OFFERED] = np.argsort(-first, kind="stable")
    return order


def probabilities(weights: NDArray[np.float64], seen: Matrix) -> NDArray[np.float64]:
    """The probability of each entry to be right; never rising down the order."""
    logits = np.clip(seen @ weights, -30, 30)
    sure: NDArray[np.float64] = np.minimum.accumulate(1 / (1 + np.exp(-logits)))
    if len(sure) > 1:
        sure[1:] = np.minimum(sure[1:], 1 - sure[0])
    return sure


def decide(candidates: Sequence[Candidate], thresholds: Thresholds) -> Finding:
    """The finding for candidates ordered by probability."""
    kept = tuple(candidates[:MOST])
    if not kept:
        return NOTHING
    if kept[0].score >= thresholds.answer:
        return Finding(Decision.ANSWER, kept)
    if sum(one.score for one in kept[:OFFERED]) >= thresholds.clarify:
        return Finding(Decision.CLARIFY, kept)
    return Finding(Decision.HAND_OVER, kept)


def exact(ids: Sequence[str], others: Sequence[Candidate]) -> Finding:
    """The finding for a question that is word for word a phrasing of these entries."""
    share = 0.999 / len(ids)
    first = [Candidate(one, share) for one in ids]
    rest = [Candidate(one.id, min(one.score, 0.001)) for one in others if one.id not in ids]
    decision = Decision.ANSWER if len(ids) == 1 else Decision.CLARIFY
    return Finding(decision, tuple([*first, *rest][:MOST]))


def _grown(length: Any, middle: float) -> Any:
    return 1 / (1 + np.exp(-np.log((length + 1) / middle) / 0.25))


def _seen(one: str, seen: set[str]) -> bool:
    if one in seen:
        return True
    seen.add(one)
    return False


def _short(value: float) -> float:
    return round(float(value), 4)
