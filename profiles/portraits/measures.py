"""How good an order is: NDCG and hit rate in the first ten, AUC over all, one figure a person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiles.portraits.coding import Floats

Flags = npt.NDArray[np.bool_]
FIRST = 10


def measure(scores: Floats, relevant: Flags, candidates: Flags) -> tuple[Floats, Floats, Floats]:
    """NDCG@10, HR@10 and AUC of each person with something relevant among the candidates (all people × items).

    NDCG with gain 1 and the discount 1/log2(rank + 1); ties stand in the order of the items.
    """
    ndcg, hits = measure_first(scores, relevant, candidates)
    relevant = relevant & candidates
    told = relevant.any(axis=1)
    scores, relevant, candidates = scores[told], relevant[told], candidates[told]
    auc: Floats = np.array([area(line[here], hit[here]) for line, hit, here in zip(scores, relevant, candidates, strict=True)])
    return ndcg, hits, auc


def measure_first(scores: Floats, relevant: Flags, candidates: Flags) -> tuple[Floats, Floats]:
    """NDCG@10 and HR@10 alone, as `measure` tells them."""
    relevant = relevant & candidates
    told = relevant.any(axis=1)
    scores, relevant, candidates = scores[told], relevant[told], candidates[told]
    ranked = np.where(candidates, scores, -np.inf)
    first = np.argsort(-ranked, axis=1, kind="stable")[:, :FIRST]
    hits = np.take_along_axis(relevant, first, axis=1)
    discount = 1.0 / np.log2(np.arange(2, first.shape[1] + 2))
    best = np.cumsum(discount)[np.minimum(relevant.sum(axis=1), first.shape[1]) - 1]
    gain: Floats = (hits * discount) / best[:, None]
    hit: Floats = np.asarray(hits.any(axis=1), dtype=np.float64)
    ndcg: Floats = np.asarray(gain.sum(axis=1))
    return ndcg, hit


def area(scores: Floats, relevant: Flags) -> float:
    """The chance that a relevant one stands before another; nan when all or none are relevant."""
    positives, negatives = np.sort(scores[relevant]), np.sort(scores[~relevant])
    if not len(positives) or not len(negatives):
        return float("nan")
    below = np.searchsorted(negatives, positives, side="left") + np.searchsorted(negatives, positives, side="right")
    return float(below.sum() / 2.0 / len(positives) / len(negatives))


def lift(scores: Floats, relevant: Flags, share: float = 0.1) -> float:
    """How much oftener the best-scored share is relevant than everybody."""
    count = max(1, round(len(scores) * share))
    best = np.argsort(-scores, kind="stable")[:count]
    return float(relevant[best].mean() / relevant.mean())
