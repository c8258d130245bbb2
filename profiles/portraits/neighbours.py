"""What is opened together: one linear item-item model, solved at once.

The closed form of EASE (H. Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019, eq. 8).
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse

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
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    solved = -inverse / np.diag(inverse)
    np.fill_diagonal(solved, 0.0)
    weights[np.ix_(learnt, learnt)] = solved
    return weights


def trust(openings: Floats, halfway: float = 5.0) -> Floats:
    """How far a person's own openings count: n/(n+5)."""
    held: Floats = openings / (openings + halfway)
    return held
