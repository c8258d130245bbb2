"""What is opened together, and what is opened next: one table of weights from item to item, solved at once.

Together: the closed form of EASE (H. Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019, eq. 8).
Next: how often one item is opened soon after another, against how often both are opened at all.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from profiles.portraits.coding import Floats
from profiles.portraits.openings import Openings, first_only

MOST_ITEMS = 6000
STEPS = 40
HALF_STEPS = 10.0
BEFORE, AFTER = 0.7, 0.5
"""How strongly the popularity of the item before and of the item after is taken out."""


def learn_together(opened: sparse.csr_matrix, ridge: float) -> Floats:
    """Weights (items × items, nothing on the diagonal) that foretell an opening from the person's others.

    Beyond MOST_ITEMS items only the most opened ones are learnt; the others get no weight.
    """
    counts = np.asarray(opened.sum(axis=0)).ravel()
    learnt = np.sort(np.argsort(-counts, kind="stable")[:MOST_ITEMS])
    learnt = learnt[counts[learnt] > 0]
    weights = np.zeros((opened.shape[1], opened.shape[1]))
    if not len(learnt):
        return weights
    part = opened[:, learnt]
    gram = np.asarray((part.T @ part).todense(), dtype=np.float64)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = _inverse(gram)
    solved = -inverse / np.diag(inverse)
    np.fill_diagonal(solved, 0.0)
    weights[np.ix_(learnt, learnt)] = solved
    return weights


def learn_following(openings: Openings) -> sparse.csr_matrix:
    """How much oftener than their popularity tells an item (column) is opened soon after another (row)."""
    openings = first_only(openings)
    order = np.lexsort((openings.item, openings.time, openings.person))
    person, item = openings.person[order], openings.item[order]
    shape = (openings.items, openings.items)
    found = sparse.csr_matrix(shape)
    for step in range(1, min(STEPS, len(item))):
        same = person[step:] == person[:-step]
        weights = np.full(int(same.sum()), 0.5 ** (step / HALF_STEPS))
        found = found + sparse.csr_matrix((weights, (item[:-step][same], item[step:][same])), shape=shape)
    counts = np.bincount(openings.item, minlength=openings.items) + 1.0
    return sparse.csr_matrix(sparse.diags(counts ** -BEFORE) @ found @ sparse.diags(counts ** -AFTER))


def joined(together: Floats, following: sparse.csr_matrix, share: float) -> Floats:
    """One table of both: `share` times as loud what follows as what is opened together."""
    loud, own = float(np.abs(together).sum()), float(following.sum())
    if share <= 0 or loud <= 0 or own <= 0:
        return together
    both: Floats = together + np.asarray((following * (share * loud / own)).todense())
    return both


def _inverse(gram: Floats) -> Floats:
    """Of a symmetric positive matrix, by Cholesky: a third of the time of a general inverse."""
    factor, failed = lapack.dpotrf(gram, lower=1, overwrite_a=1)
    lower, lost = lapack.dpotri(factor, lower=1, overwrite_c=1)
    if failed or lost:
        raise np.linalg.LinAlgError("the table of what is opened together has no inverse; the ridge is too small")
    inverse: Floats = np.tril(lower) + np.tril(lower, -1).T
    return inverse


def trust(openings: Floats, halfway: float = 5.0) -> Floats:
    """How far a person's own openings count: n/(n+5)."""
    held: Floats = openings / (openings + halfway)
    return held
