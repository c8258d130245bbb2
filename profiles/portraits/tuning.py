"""How loud each voice speaks: chosen on people held out of the very data that is learnt from."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Floats
from profiles.portraits.measures import Flags, measure_first
from profiles.portraits.neighbours import learn_together, trust
from profiles.portraits.openings import Openings, folds
from profiles.portraits.popularity import learn_popularity
from profiles.portraits.ranking import Blend

SHRINKS = (3.0, 10.0, 30.0)
WEIGHTS = (0.0, 0.3, 0.5, 0.7, 1.0)
RIDGES = (60.0, 200.0, 600.0)
LOUDNESS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
HELD_LATEST = 0.2
PARTS = 4
SEED = 20_170_815
LEAST_PEOPLE = 40


def tune(openings: Openings, attributes: Floats, half_life_days: float = 0.0) -> Blend:
    """Choose the blend by NDCG@10 on a held-out quarter of the people; the middle of the road when there are few."""
    present = np.flatnonzero(np.bincount(openings.person, minlength=openings.people))
    if len(present) < LEAST_PEOPLE:
        return Blend()
    asked = np.zeros(openings.people, dtype=bool)
    asked[present[folds(len(present), PARTS, SEED) == 0]] = True
    shrink, weight = _for_newcomers(openings, attributes, asked, half_life_days)
    late = openings.latest(HELD_LATEST) & asked[openings.person]
    ridge, together = _for_histories(openings, attributes, asked, late, (shrink, weight), half_life_days)
    return Blend(shrink, weight, ridge, together)


def _for_newcomers(openings: Openings, attributes: Floats, asked: Flags, half_life: float) -> tuple[float, float]:
    others = ~asked
    learnt = openings.matrix(half_life)[others]
    truth = np.asarray((openings.matrix()[asked] > 0).todense())
    everything = np.ones_like(truth)
    found: dict[tuple[float, float], float] = {}
    for shrink, weight in product(SHRINKS, WEIGHTS):
        scores = learn_popularity(learnt, attributes[others], shrink, weight).log_share(attributes[asked])
        found[shrink, weight] = _ndcg(scores, truth, everything)
    return max(found, key=lambda choice: found[choice])


def _for_histories(openings: Openings, attributes: Floats, asked: Flags, late: Flags, speaking: tuple[float, float],
                   half_life: float) -> tuple[float, float]:
    known = openings.only(~late)
    learnt = known.matrix(half_life)
    truth = np.asarray((openings.only(late).matrix()[asked] > 0).todense())
    fresh = ~np.asarray((known.matrix()[asked] > 0).todense())
    history = sparse.csr_matrix(learnt[asked])
    base = learn_popularity(learnt, attributes, *speaking).log_share(attributes[asked])
    sure = trust(np.asarray(history.sum(axis=1)))
    found: dict[tuple[float, float], float] = {}
    for ridge in RIDGES:
        own = sure * np.asarray(history @ learn_together(learnt, ridge))
        for together in LOUDNESS:
            found[ridge, together] = _ndcg(base + together * own, truth, fresh)
    return max(found, key=lambda choice: found[choice])


def _ndcg(scores: Floats, truth: Flags, candidates: Flags) -> float:
    found = measure_first(scores, truth, candidates)[0]
    return float(found.mean()) if len(found) else 0.0
