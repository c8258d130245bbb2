"""How good the orders are on data from outside, five folds by person, against popularity and popularity by segment.

The protocol. Only the first opening of an item by a person counts. People with openings are drawn into five folds with a
pinned seed; in each fold the people of the fold are asked and nothing of the data held out is learnt from, neither by
the models nor in choosing how loud they speak.

- cold: none of their openings is known; all of them are to be found among all items.
- warm: the earliest four fifths of each one's openings are known (and learnt from); the latest fifth, rounded down but
  at least one of two, is to be found among the items not opened before. Who opened only once is not asked.
- unseen: a fifth of the items, drawn with a pinned seed, is taken out of everybody's openings; the people of the fold
  keep the rest of theirs, and what they opened of the fifth is to be found among the fifth. `unseen_cold` is the same
  with nothing known of the people asked.

Figures are means over people asked in all folds: NDCG@10 (gain 1, discount 1/log2(rank + 1)), HR@10, AUC. The baselines:
popularity (share of openers), popularity by segment (the shrunk share among people of the very same attributes), and for
unseen items, of which neither is known, the mean of these over the opened items of the same categories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Floats
from profiles.portraits.measures import Flags, measure
from profiles.portraits.openings import Openings, first_only, folds
from profiles.portraits.popularity import share_by_segment
from profiles.portraits.ranking import Blend, learn_ranking
from profiles.portraits.tuning import tune

FOLDS = 5
SEED = 20_260_815
LATEST = 0.2
RANKINGS = ("model", "popularity", "popularity_by_segment")
Figures = dict[str, dict[str, dict[str, float]]]


@dataclass
class _Sums:
    """What each asked person's order was worth, by scenario and ranking."""

    kept: dict[tuple[str, str], list[tuple[Floats, Floats, Floats]]] = field(default_factory=dict)

    def add(self, scenario: str, ranking: str, scores: Floats, truth: Flags, candidates: Flags) -> None:
        self.kept.setdefault((scenario, ranking), []).append(measure(scores, truth, candidates))

    def figures(self) -> Figures:
        told: Figures = {}
        for (scenario, ranking), parts in self.kept.items():
            ndcg, hit, auc = (np.concatenate([part[place] for part in parts]) for place in range(3))
            means = {"people": float(len(ndcg)), "ndcg@10": _mean(ndcg), "hr@10": _mean(hit), "auc": _mean(auc)}
            told.setdefault(scenario, {})[ranking] = means
        return told


def evaluate(openings: Openings, attributes: Floats, categories: Floats, half_life_days: float = 0.0,
             tell: Callable[[str], None] = lambda words: None) -> tuple[Figures, list[Blend]]:
    """The figures by scenario and ranking, and the blend chosen in each fold; see the protocol above."""
    openings = first_only(openings)
    present = np.flatnonzero(np.bincount(openings.person, minlength=openings.people))
    fold_of = np.full(openings.people, -1)
    fold_of[present] = folds(len(present), FOLDS, SEED)
    item_fold = folds(openings.items, FOLDS, SEED + 1)
    sums, blends = _Sums(), []
    for number in range(FOLDS):
        asked = fold_of == number
        if not asked.any():
            continue
        others = openings.only(~asked[openings.person])
        blend = tune(others, attributes, half_life_days)
        blends.append(blend)
        around = _Around(openings, others, attributes, categories, asked, blend, half_life_days)
        _cold(around, sums)
        _warm(around, sums)
        _unseen(around, sums, item_fold == number)
        tell(f"第 {number + 1}/{FOLDS} 份已算完")
    return sums.figures(), blends


@dataclass(frozen=True)
class _Around:
    """One fold: everything, what the others opened, and who is asked."""

    openings: Openings
    others: Openings
    attributes: Floats
    categories: Floats
    asked: Flags
    blend: Blend
    half_life: float

    def flags(self, openings: Openings) -> Flags:
        """What the asked people opened, people × items."""
        return np.asarray((openings.matrix()[self.asked] > 0).todense())


def _cold(around: _Around, sums: _Sums) -> None:
    truth = around.flags(around.openings)
    learnt = sparse.csr_matrix(around.others.matrix(around.half_life)[~around.asked])
    nothing = sparse.csr_matrix(truth.shape)
    model = learn_ranking(learnt, around.attributes[~around.asked], around.categories, around.blend, with_histories=False)
    scores = model.score(around.attributes[around.asked], nothing, around.categories)
    plain, segment = _baselines(learnt, around)
    for ranking, one in zip(RANKINGS, (scores, plain, segment), strict=True):
        sums.add("cold", ranking, one, truth, np.ones_like(truth))


def _warm(around: _Around, sums: _Sums) -> None:
    late = around.openings.latest(LATEST) & around.asked[around.openings.person]
    known = around.openings.only(~late)
    truth, candidates = around.flags(around.openings.only(late)), ~around.flags(known)
    learnt = known.matrix(around.half_life)
    model = learn_ranking(learnt, around.attributes, around.categories, around.blend)
    scores = model.score(around.attributes[around.asked], sparse.csr_matrix(learnt[around.asked]), around.categories)
    plain, segment = _baselines(sparse.csr_matrix(learnt[~around.asked]), around)
    for ranking, one in zip(RANKINGS, (scores, plain, segment), strict=True):
        sums.add("warm", ranking, one, truth, candidates)


def _unseen(around: _Around, sums: _Sums, hidden: Flags) -> None:
    truth = around.flags(around.openings)
    candidates = np.broadcast_to(hidden, truth.shape)
    shown = around.openings.only(~hidden[around.openings.item]).matrix(around.half_life)
    others = sparse.csr_matrix(shown[~around.asked])
    model = learn_ranking(others, around.attributes[~around.asked], around.categories, around.blend, with_histories=False)
    history = sparse.csr_matrix(shown[around.asked])
    plain, segment = (_by_category(one, around.categories, ~hidden) for one in _baselines(others, around))
    for scenario, told in (("unseen", history), ("unseen_cold", sparse.csr_matrix(truth.shape))):
        scores = model.score(around.attributes[around.asked], told, around.categories)
        for ranking, one in zip(RANKINGS, (scores, plain, segment), strict=True):
            sums.add(scenario, ranking, one, truth, candidates)


def _baselines(learnt: sparse.csr_matrix, around: _Around) -> tuple[Floats, Floats]:
    people = around.attributes[around.asked]
    share = np.asarray(learnt.sum(axis=0)).ravel()
    plain = np.broadcast_to(share, (len(people), len(share)))
    return plain, share_by_segment(learnt, around.attributes[~around.asked], people)


def _by_category(shares: Floats, categories: Floats, shown: Flags) -> Floats:
    """Mean share of each category's shown items, averaged over an item's categories."""
    members = categories * shown[:, None]
    means = (shares @ members) / np.maximum(members.sum(axis=0), 1.0)
    told: Floats = (means @ categories.T) / np.maximum(categories.sum(axis=1), 1.0)
    return told


def _mean(values: Floats) -> float:
    return round(float(np.nanmean(values)), 4) if len(values) else float("nan")

