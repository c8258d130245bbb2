"""What is opened together: one linear item-item model, solved at once.

The closed form of EASE (H. Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019, eq. 8).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from profiles.portraits.coding import Floats

MOST_ITEMS = 6000


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
