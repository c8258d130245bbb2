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
popularity (share of openers), popularity by segment (the shrunk share among people of the very same attributes), for warm
people also EASE alone, and for unseen items, of which none is known, the mean share over the opened items of the same
categories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Floats
from profiles.portraits.measures import Flags, measure
from profiles.portraits.neighbours import learn_together
from profiles.portraits.openings import Openings, first_only, folds
from profiles.portraits.popularity import share_by_segment
from profiles.portraits.ranking import Blend, Histories, learn_ranking
from profiles.portraits.tuning import tune

FOLDS = 5
SEED = 20_260_815
LATEST = 0.2
RANKINGS = ("model", "popularity", "popularity_by_segment", "ease")
EASE_RIDGE = 100.0
Figures = dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True)
class Asked:
    """What was asked in one fold of a scenario: who, what the model said, among what, and what they opened in truth."""

    scenario: str
    fold: int
    people: Flags
    scores: Floats
    candidates: Flags
    truth: Flags


@dataclass
class _Sums:
    """What each asked person's order was worth, by scenario and ranking."""

    kept: dict[tuple[str, str], list[tuple[Floats, Floats, Floats]]] = field(default_factory=dict)

    def add(self, asked: Asked, *others: Floats) -> None:
        for ranking, scores in zip(RANKINGS, (asked.scores, *others), strict=False):
            measured = measure(scores, asked.truth, asked.candidates)
            self.kept.setdefault((asked.scenario, ranking), []).append(measured)

    def figures(self) -> Figures:
        told: Figures = {}
        for (scenario, ranking), parts in self.kept.items():
            ndcg, hit, auc = (np.concatenate([part[place] for part in parts]) for place in range(3))
            means = {"people": float(len(ndcg)), "ndcg@10": _mean(ndcg), "hr@10": _mean(hit), "auc": _mean(auc)}
            told.setdefault(scenario, {})[ranking] = means
        return told


def evaluate(openings: Openings, attributes: Floats, categories: Floats, half_life_days: float = 0.0,
             tell: Callable[[str], None] = lambda words: None,
             note: Callable[[Asked], None] = lambda asked: None) -> tuple[Figures, list[Blend]]:
    """The figures by scenario and ranking, and the blend chosen in each fold; see the protocol above.

    `note` hears what the model said in each fold of each scenario, so that others may reckon the figures again.
    """
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
        blend = tune(others, attributes, categories, half_life_days)
        blends.append(blend)
        around = _Around(openings, others, attributes, categories, asked, number, blend, half_life_days)
        for told, *plain in (_cold(around), _warm(around), *_unseen(around, item_fold == number)):
            sums.add(told, *plain)
            note(told)
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
    fold: int
    blend: Blend
    half_life: float

    def flags(self, openings: Openings) -> Flags:
        """What the asked people opened, people × items."""
        return np.asarray((openings.matrix()[self.asked] > 0).todense())

    def histories(self, openings: Openings) -> Histories:
        """What is known of the asked people's past."""
        return Histories.of(openings, self.blend, self.half_life).only(self.asked)

    def scores(self, openings: Openings, learners: Flags, histories: Histories, *, with_histories: bool) -> Floats:
        """What a model learnt from the learners' openings says to the asked people."""
        model = learn_ranking(openings, learners, self.attributes, self.categories, self.blend,
                              half_life_days=self.half_life, with_histories=with_histories)
        return model.score(self.attributes[self.asked], histories, self.categories)

    def told(self, scenario: str, scores: Floats, candidates: Flags, truth: Flags) -> Asked:
        """What was asked, to be measured."""
        return Asked(scenario, self.fold, self.asked, scores, candidates, truth)


Told = tuple[Asked, *tuple[Floats, ...]]


def _cold(around: _Around) -> Told:
    truth = around.flags(around.openings)
    scores = around.scores(around.others, ~around.asked, Histories.none(*truth.shape), with_histories=False)
    learnt = sparse.csr_matrix(around.others.matrix(around.half_life)[~around.asked])
    return (around.told("cold", scores, np.ones_like(truth), truth), *_baselines(learnt, around))


def _warm(around: _Around) -> Told:
    late = around.openings.latest(LATEST) & around.asked[around.openings.person]
    known = around.openings.only(~late)
    truth, candidates = around.flags(around.openings.only(late)), ~around.flags(known)
    scores = around.scores(known, np.ones(known.people, dtype=bool), around.histories(known), with_histories=True)
    learnt = known.matrix(around.half_life)
    ease = np.asarray(learnt[around.asked] @ learn_together(learnt, EASE_RIDGE))
    return (around.told("warm", scores, candidates, truth),
            *_baselines(sparse.csr_matrix(learnt[~around.asked]), around), ease)


def _unseen(around: _Around, hidden: Flags) -> tuple[Told, Told]:
    truth = around.flags(around.openings)
    candidates = np.broadcast_to(hidden, truth.shape)
    shown = around.openings.only(~hidden[around.openings.item])
    others = sparse.csr_matrix(shown.matrix(around.half_life)[~around.asked])
    plain = [_by_category(one, around.categories, ~hidden) for one in _baselines(others, around)]
    known, nothing = (around.scores(shown, ~around.asked, histories, with_histories=False)
                      for histories in (around.histories(shown), Histories.none(*truth.shape)))
    return ((around.told("unseen", known, candidates, truth), *plain),
            (around.told("unseen_cold", nothing, candidates, truth), *plain))


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
    told = values[~np.isnan(values)]
    return round(float(told.mean()), 4) if len(told) else 0.0

