"""What is not opened yet: a logistic of an item's categories with the person's attributes and what they opened before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from profiles.portraits.coding import Floats
from profiles.portraits.neighbours import trust

MOST_OPENINGS = 30_000
OTHERS_EACH = 3
STRENGTH = 0.3
SEED = 20_261_123
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tastes:
    """`weights` ((categories + 1) × (1 + attributes + categories)): log odds are item' × weights × person."""

    weights: Floats
    usual: Floats

    def log_share(self, attributes: Floats, opened: sparse.csr_matrix, categories: Floats) -> Floats:
        """Log chance that each person opens each item, people × items; `opened` and `categories` fit each other."""
        people = _people(attributes, _profiles(opened, categories, self.usual))
        odds: Floats = people @ self.weights.T @ _items(categories).T
        return -np.logaddexp(0.0, -odds)


def learn_tastes(opened: sparse.csr_matrix, attributes: Floats, categories: Floats) -> Tastes | None:
    """Learn from who opened what of the items that somebody opened; None where there is nothing to tell apart.

    Of the openings at most MOST_OPENINGS are used, each beside three items the person did not open, drawn with a fixed
    seed; the odds are set right for the drawing. A person's profile leaves out the very opening it should foretell.
    """
    shown = np.flatnonzero(np.asarray(opened.sum(axis=0)).ravel() > 0)
    if len(shown) < 2 or not categories.shape[1]:
        return None
    opened, categories = sparse.csr_matrix(opened[:, shown]), categories[shown]
    usual = _usual(opened, categories)
    person, item, label, correction = _drawn(opened)
    if label.all():
        return None
    features = _features(opened, attributes, categories, usual, person, item, label)
    model = LogisticRegression(C=STRENGTH, max_iter=60, tol=1e-3).fit(features, label)
    weights = model.coef_.reshape(categories.shape[1] + 1, -1).copy()
    weights[-1, 0] += float(model.intercept_[0]) + correction
    return Tastes(weights, usual)


def _usual(opened: sparse.csr_matrix, categories: Floats) -> Floats:
    counts = np.asarray(opened.sum(axis=0)).ravel()
    usual: Floats = counts @ categories / max(float(counts.sum()), 1.0)
    return usual


def _profiles(opened: sparse.csr_matrix, categories: Floats, usual: Floats) -> Floats:
    sums, sizes = opened @ categories, np.asarray(opened.sum(axis=1))
    return _leaning(sums, sizes, usual)


def _leaning(sums: Floats, sizes: Floats, usual: Floats) -> Floats:
    """How far a person's openings lean away from everybody's, nothing for somebody unknown."""
    leaning: Floats = (sums / np.maximum(sizes, 1e-9) - usual) * trust(sizes)
    return 3.0 * leaning


def _people(attributes: Floats, profiles: Floats) -> Floats:
    return np.hstack([np.ones((len(attributes), 1)), attributes, profiles])


def _items(categories: Floats) -> Floats:
    return np.hstack([categories, np.ones((len(categories), 1))])


def _drawn(opened: sparse.csr_matrix) -> tuple[Numbers, Numbers, npt.NDArray[np.bool_], float]:
    draw = np.random.default_rng(SEED)
    person, item = (part.astype(np.int64) for part in opened.nonzero())
    everything = opened.shape[0] * opened.shape[1]
    chosen = np.sort(draw.permutation(len(person))[:MOST_OPENINGS])
    seen = set((person * opened.shape[1] + item).tolist())
    other_person = np.repeat(person[chosen], OTHERS_EACH)
    other_item = draw.integers(0, opened.shape[1], len(other_person))
    fresh = np.array([key not in seen for key in (other_person * opened.shape[1] + other_item).tolist()], dtype=bool)
    taken = len(chosen) / max(len(person), 1)
    taken_others = max(int(fresh.sum()), 1) / max(everything - len(person), 1)
    correction = float(np.log(taken_others) - np.log(taken))
    label = np.r_[np.ones(len(chosen), bool), np.zeros(int(fresh.sum()), bool)]
    return (np.r_[person[chosen], other_person[fresh]], np.r_[item[chosen], other_item[fresh]], label, correction)


def _features(opened: sparse.csr_matrix, attributes: Floats, categories: Floats, usual: Floats, person: Numbers,
              item: Numbers, label: npt.NDArray[np.bool_]) -> sparse.csr_matrix:
    sums, sizes = (opened @ categories)[person], np.asarray(opened.sum(axis=1))[person]
    own = np.asarray(opened[person, item]).ravel()[:, None] * label[:, None]
    leaning = _leaning(sums - own * categories[item], np.maximum(sizes - own, 0.0), usual)
    people = sparse.csr_matrix(_people(attributes[person], np.round(leaning, 3)))
    items = sparse.csr_matrix(_items(categories)[item])
    return _row_products(items, people)


def _row_products(items: sparse.csr_matrix, people: sparse.csr_matrix) -> sparse.csr_matrix:
    """Each row's products of item and person columns, side by side: sparse, since an item has few categories."""
    columns = []
    for place in range(items.shape[1]):
        column = sparse.diags(np.asarray(items[:, [place]].todense()).ravel())
        columns.append(column @ people)
    return sparse.csr_matrix(sparse.hstack(columns))
