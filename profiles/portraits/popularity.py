"""How much an item is opened, by everybody and by people alike; shrunk, so that a handful of openings says little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Floats

EVERYBODY_SHRINK = 1.0


@dataclass(frozen=True)
class Popularity:
    """`overall` (items): log share of people who opened an item; `lifts` (attributes × items): what an attribute adds."""

    overall: Floats
    lifts: Floats

    def log_share(self, attributes: Floats) -> Floats:
        """Log share of openers among people like these: people × attributes in, people × items out."""
        told: Floats = self.overall + attributes @ self.lifts
        return told


def learn_popularity(opened: sparse.csr_matrix, attributes: Floats, shrink: float, weight: float) -> Popularity:
    """Learn from openings (people × items, weights 0 to 1) and attributes (people × attributes).

    What an attribute adds is openers found over openers expected, both raised by `shrink` openers, so that a rare item
    moves little; attributes add up in logs, damped by `weight` since they overlap.
    """
    people = max(opened.shape[0], 1)
    counts = np.asarray(opened.sum(axis=0)).ravel()
    share = (counts + 0.5 * EVERYBODY_SHRINK / people) / (people + EVERYBODY_SHRINK)
    among = (sparse.csr_matrix(attributes).T @ opened).toarray()
    sizes = attributes.sum(axis=0)[:, None]
    lifts = np.log((among + shrink) / (sizes * share + shrink))
    return Popularity(np.log(share), weight * lifts)


def share_by_segment(opened: sparse.csr_matrix, segments: Floats, told: Floats, shrink: float = 20.0) -> Floats:
    """The plain baseline: the shrunk share within exactly one's own combination of attributes, people × items."""
    _, group = np.unique(segments, axis=0, return_inverse=True)
    known = {tuple(row): number for row, number in zip(segments.tolist(), group.ravel().tolist(), strict=True)}
    member = sparse.csr_matrix((np.ones(len(group)), (group.ravel(), np.arange(len(group)))))
    among, sizes = np.asarray((member @ opened).todense()), np.asarray(member.sum(axis=1))
    share = (np.asarray(opened.sum(axis=0)).ravel() + 0.5) / (opened.shape[0] + 1)
    shares = (among + shrink * share) / (sizes + shrink)
    wanted = [known.get(tuple(row)) for row in told.tolist()]
    return np.stack([share if number is None else shares[number] for number in wanted]) if wanted else share[None][:0]
