"""How loud each voice speaks: chosen on people and items held out of the very data that is learnt from."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Floats
from profiles.portraits.measures import Flags, measure_first
from profiles.portraits.neighbours import joined, learn_following, learn_together, trust
from profiles.portraits.openings import Numbers, Openings, folds
from profiles.portraits.popularity import learn_popularity
from profiles.portraits.ranking import Blend
from profiles.portraits.tastes import learn_tastes

SHRINKS = (3.0, 10.0, 30.0, 100.0)
WEIGHTS = (0.0, 0.5, 0.75, 1.0)
RIDGES = (100.0, 400.0)
FOLLOWING = (0.0, 0.5, 1.0)
LATELY = (0.0, 0.6, 0.85)
LOUDNESS = (4.0, 16.0, 64.0)
SMOOTHS = (10.0, 40.0, 160.0)
LEANINGS = (1.0, 2.0, 3.0)
HELD_LATEST = 0.2
PARTS = 4
SEED = 20_170_815
LEAST_PEOPLE = 40


def tune(openings: Openings, attributes: Floats, categories: Floats, half_life_days: float = 0.0) -> Blend:
    """Choose the blend by NDCG@10 on held-out people and items; the middle of the road when there are few people."""
    present = np.flatnonzero(np.bincount(openings.person, minlength=openings.people))
    if len(present) < LEAST_PEOPLE:
        return Blend()
    part = np.full(openings.people, -1)
    part[present] = folds(len(present), PARTS, SEED)
    tuning = _Tuning(openings, attributes, categories, part, half_life_days)
    return tuning.for_new_items(tuning.for_histories(tuning.for_newcomers(Blend())))


class _Tuning:
    """The data, and to which of four parts each person belongs (-1: nobody with openings)."""

    def __init__(self, openings: Openings, attributes: Floats, categories: Floats, part: Numbers, half_life: float) -> None:
        self._openings = openings
        self._attributes = attributes
        self._categories = categories
        self._part = part
        self._half_life = half_life

    def for_newcomers(self, blend: Blend) -> Blend:
        """How attributes speak, each part told by the other three."""
        found: dict[tuple[float, float], float] = {}
        whole, plain = self._openings.matrix(self._half_life), self._openings.matrix()
        for number in range(PARTS):
            asked, others = self._part == number, (self._part >= 0) & (self._part != number)
            truth, learnt = _flags(plain[asked]), sparse.csr_matrix(whole[others])
            for choice in product(SHRINKS, WEIGHTS):
                scores = learn_popularity(learnt, self._attributes[others], *choice).log_share(self._attributes[asked])
                found[choice] = found.get(choice, 0.0) + _ndcg(scores, truth, np.ones_like(truth))
        shrink, weight = max(found, key=lambda choice: found[choice])
        return replace(blend, shrink=shrink, weight=weight)

    def for_histories(self, blend: Blend) -> Blend:
        """How own openings speak: the latest fifth of one part's is to be found."""
        asked = self._part == 0
        late = self._openings.latest(HELD_LATEST) & asked[self._openings.person]
        known = self._openings.only(~late)
        learnt = known.matrix(self._half_life)
        truth = _flags(self._openings.only(late).matrix()[asked])
        fresh = ~_flags(known.matrix()[asked])
        base = learn_popularity(learnt, self._attributes, blend.shrink, blend.weight).log_share(self._attributes[asked])
        sure = trust(np.asarray(learnt[asked].sum(axis=1)))
        last = {lately: known.matrix(self._half_life, lately=lately)[asked] for lately in LATELY}
        next_to = learn_following(known)
        found: dict[tuple[float, float, float, float], float] = {}
        for ridge in RIDGES:
            together = learn_together(learnt, ridge)
            for following in FOLLOWING:
                weights = joined(together, next_to, following)
                for lately, history in last.items():
                    own = sure * np.asarray(history @ weights)
                    for loud in LOUDNESS:
                        found[ridge, following, lately, loud] = _ndcg(base + loud * own, truth, fresh)
        ridge, following, lately, loud = max(found, key=lambda choice: found[choice])
        return replace(blend, ridge=ridge, following=following, lately=lately, together=loud)

    def for_new_items(self, blend: Blend) -> Blend:
        """How categories speak: a quarter of the items, and one part of the people, told by the rest."""
        found: dict[tuple[float, float], float] = {}
        item_part = folds(self._openings.items, PARTS, SEED + 1)
        plain = self._openings.matrix()
        for number in range(PARTS):
            hidden, asked = item_part == number, self._part == number
            others = (self._part >= 0) & ~asked
            shown = self._openings.only(~hidden[self._openings.item]).matrix(self._half_life)
            truth = _flags(plain[asked])
            candidates = np.broadcast_to(hidden, truth.shape)
            learnt, history = sparse.csr_matrix(shown[others]), sparse.csr_matrix(shown[asked])
            for choice in product(SMOOTHS, LEANINGS):
                tastes = learn_tastes(learnt, self._attributes[others], self._categories, *choice)
                if tastes is None:
                    return blend
                scores = tastes.log_share(self._attributes[asked], history, self._categories)
                found[choice] = found.get(choice, 0.0) + _ndcg(scores, truth, candidates)
        smooth, leaning = max(found, key=lambda choice: found[choice])
        return replace(blend, smooth=smooth, leaning=leaning)


def _flags(opened: sparse.csr_matrix) -> Flags:
    return np.asarray((opened > 0).todense())


def _ndcg(scores: Floats, truth: Flags, candidates: Flags) -> float:
    found = measure_first(scores, truth, candidates)[0]
    return float(found.mean()) if len(found) else 0.0
