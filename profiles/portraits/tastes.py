"""What is not opened yet: how much its categories are opened, and how far a person leans to them.

All in closed form: a ridge regression of the items' popularity on their categories, and for each category the log of what
a person opened of it over what everybody opens of it, held back by what people alike do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from profiles.portraits.coding import Floats

LEAST_ITEMS = 3
MOST_PAIRS = 400
SEGMENT_SHRINK = 100.0
SEGMENT_WEIGHT = 0.5
OWN_SHRINK = 10.0
Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tastes:
    """`popular` (kinds + 1): log share by kind and for all; `usual` (kinds): share of openings; `lifts` (attributes × kinds).

    A kind is a category or a pair of categories that some items have together; `pairs` says which.
    """

    pairs: Pairs
    popular: Floats
    usual: Floats
    lifts: Floats
    leaning: float

    def log_share(self, attributes: Floats, opened: sparse.csr_matrix, categories: Floats) -> Floats:
        """Log share that opens each item, people × items; `opened` and `categories` fit each other."""
        kinds = _kinds(categories, self.pairs)
        sizes = np.asarray(opened.sum(axis=1))
        alike = OWN_SHRINK * np.exp(SEGMENT_WEIGHT * (attributes @ self.lifts))
        leans = np.log((np.asarray(opened @ kinds) + alike) / (sizes * self.usual + OWN_SHRINK))
        each = kinds / np.sqrt(np.maximum(kinds.sum(axis=1), 1.0))[:, None]
        told: Floats = kinds @ self.popular[:-1] + self.popular[-1] + self.leaning * (leans @ each.T)
        return told

    def arrays(self) -> dict[str, Floats]:
        """What is kept in a file of numbers."""
        return {"taste_pairs": self.pairs.astype(np.float64), "taste_popular": self.popular, "taste_usual": self.usual,
                "taste_lifts": self.lifts, "taste_leaning": np.array([self.leaning])}

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Floats]) -> Tastes | None:
        """The tastes that `arrays` wrote, None where there were none."""
        if "taste_pairs" not in kept:
            return None
        return cls(kept["taste_pairs"].astype(np.int64).reshape(-1, 2), kept["taste_popular"], kept["taste_usual"],
                   kept["taste_lifts"], float(kept["taste_leaning"][0]))


def learn_tastes(opened: sparse.csr_matrix, attributes: Floats, categories: Floats, ridge: float = 80.0,
                 leaning: float = 2.0) -> Tastes | None:
    """Learn from who opened what of the items that somebody opened; None where there is nothing to tell apart."""
    counts = np.asarray(opened.sum(axis=0), dtype=np.float64).ravel()
    shown = np.flatnonzero(counts > 0)
    if len(shown) < 2 or not categories.shape[1]:
        return None
    pairs = _pairs(categories)
    kinds = _kinds(categories, pairs)
    log_share = np.log((counts[shown] + 0.5) / (opened.shape[0] + 1.0))
    centre, middle = kinds[shown].mean(axis=0), float(log_share.mean())
    spread = kinds[shown] - centre
    slopes = np.linalg.solve(spread.T @ spread + ridge * np.eye(kinds.shape[1]), spread.T @ (log_share - middle))
    usual = counts @ kinds / counts.sum()
    among = sparse.csr_matrix(attributes).T @ opened
    expected = np.asarray(among.sum(axis=1)) * usual
    lifts = np.log((np.asarray(among @ kinds) + SEGMENT_SHRINK) / (expected + SEGMENT_SHRINK))
    return Tastes(pairs, np.append(slopes, middle - float(centre @ slopes)), usual, lifts, leaning)


def _pairs(categories: Floats) -> Pairs:
    """Pairs of categories that at least LEAST_ITEMS items have together, the most common first."""
    both = np.triu(categories.T @ categories, 1)
    first, second = np.nonzero(both >= LEAST_ITEMS)
    most = np.argsort(-both[first, second], kind="stable")[:MOST_PAIRS]
    return np.stack([first[most], second[most]], axis=1).astype(np.int64)


def _kinds(categories: Floats, pairs: Pairs) -> Floats:
    return np.hstack([categories, categories[:, pairs[:, 0]] * categories[:, pairs[:, 1]]])
