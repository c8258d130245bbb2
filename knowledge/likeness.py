"""How alike what people asked is, and what of it falls together: words, sounds and meaning, as the answering index hears them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.guards import stance
from knowledge.matching import Floats
from knowledge.sounds import heard
from knowledge.vocabulary import standard
from knowledge.wording import plain

TOGETHER = 0.38
"""So alike on average, wordings ask one thing; on the demo county's questions 82 of 100 neighbours then do."""
TOGETHER_BY_WORDS = 0.27
"""The same where there is no model of meaning."""
ALL_BUT_SAME = 0.85
_MEANING, _WRITTEN, _SPOKEN = 0.5, 0.3, 0.2
_DENIED = 0.1
"""What it costs that one of two denies what the other affirms."""
_BLOCK = 512
_LARGEST = 2000
"""Up to so many wordings in one heap are compared all with all."""
_STEP = 0.08
Places = NDArray[np.intp]


class Likeness:
    """The likeness of texts, all with all, worked out a block of rows at a time."""

    def __init__(self, texts: Sequence[str], meanings: NDArray[np.float16]) -> None:
        """`meanings` holds a unit vector a text, or no columns where there is no model."""
        words = [standard(plain(text)) or "·" for text in texts]
        stances = [stance(one) for one in words]
        kinds = {frozenset[str](): 0}
        self._meanings = meanings.astype(np.float32)
        self._written = _weighed(words)
        self._spoken = _weighed([heard(one) or "·" for one in words])
        self._names = np.array([kinds.setdefault(one.slots, len(kinds)) for one in stances])
        self._denies = np.array([one.denials % 2 for one in stances], bool)
        has_meaning = bool(meanings.shape[1])
        self.threshold = TOGETHER if has_meaning else TOGETHER_BY_WORDS
        self._shares = (_MEANING, _WRITTEN, _SPOKEN) if has_meaning else (0.0, 0.5, 0.5)

    def between(self, rows: Places, others: Places) -> Floats:
        """How alike each of some texts is with each of others: 1 the same, 0 nothing in common or another thing named."""
        meaning, written, spoken = self._shares
        alike = np.asarray((self._written[rows] @ self._written[others].T).todense(), np.float32) * np.float32(written)
        alike += np.asarray((self._spoken[rows] @ self._spoken[others].T).todense(), np.float32) * np.float32(spoken)
        if meaning:
            alike += self._meanings[rows] @ self._meanings[others].T * np.float32(meaning)
        alike -= np.float32(_DENIED) * (self._denies[rows][:, None] != self._denies[others][None, :])
        named, other = self._names[rows][:, None], self._names[others][None, :]
        alike[(named != other) & (named > 0) & (other > 0)] = 0.0
        return alike


def belonging(likeness: Likeness, rows: Places, known: Places, groups: Sequence[int]) -> list[int | None]:
    """The group of known texts to which each text belongs, None for those that belong to none.

    A text belongs to the group with which it is most alike on average, or whose one text is all but the same.
    """
    if not len(known):
        return [None] * len(rows)
    names, member = np.unique(np.array(groups), return_inverse=True)
    sizes = np.bincount(member)
    share = sparse.csr_matrix((1.0 / sizes[member], (np.arange(len(known)), member)), shape=(len(known), len(names)),
                              dtype=np.float32)
    found: list[int | None] = []
    for block in _blocks(rows):
        alike = likeness.between(block, known)
        nearest = alike.argmax(axis=1)
        average = np.asarray(alike @ share)
        best = average.argmax(axis=1)
        for row, (near, group) in enumerate(zip(nearest, best, strict=True)):
            if alike[row, near] >= ALL_BUT_SAME:
                found.append(int(groups[near]))
            else:
                found.append(int(names[group]) if average[row, group] >= likeness.threshold else None)
    return found


def heaps(likeness: Likeness, rows: Places) -> list[Places]:
    """The texts that fall together, by average linkage; a text that is like no other is a heap of its own."""
    if len(rows) < 2:
        return [rows] if len(rows) else []
    return list(_split(likeness, rows, likeness.threshold))


def _split(likeness: Likeness, rows: Places, threshold: float) -> Iterator[Places]:
    """Only texts that are linked by a chain of likeness can fall together: each chain is looked at alone."""
    count, names = connected_components(_linked(likeness, rows, threshold), directed=False)
    order = np.argsort(names, kind="stable")
    ends = np.cumsum(np.bincount(names, minlength=count))
    for chain in np.split(rows[order], ends[:-1]):
        if len(chain) == 1:
            yield chain
        elif len(chain) > _LARGEST and threshold < 1.0:
            yield from _split(likeness, chain, threshold + _STEP)
        elif len(chain) > _LARGEST:
            yield chain
        else:
            yield from _clustered(likeness, chain, threshold)


def _clustered(likeness: Likeness, rows: Places, threshold: float) -> Iterator[Places]:
    apart = 1.0 - np.clip(likeness.between(rows, rows), 0.0, 1.0)
    np.fill_diagonal(apart, 0.0)
    model = AgglomerativeClustering(n_clusters=None, metric="precomputed", linkage="average",
                                    distance_threshold=1.0 - threshold)
    names = model.fit((apart + apart.T) / 2).labels_
    for name in range(int(names.max()) + 1):
        yield rows[names == name]


def _linked(likeness: Likeness, rows: Places, threshold: float) -> sparse.csr_matrix:
    starts, ends = [], []
    for number, block in enumerate(_blocks(rows)):
        here, there = np.nonzero(likeness.between(block, rows) >= threshold)
        starts.append(here + number * _BLOCK)
        ends.append(there)
    one, other = np.concatenate(starts), np.concatenate(ends)
    return sparse.csr_matrix((np.ones(len(one), np.int8), (one, other)), shape=(len(rows), len(rows)))


def _blocks(rows: Places) -> Iterator[Places]:
    for start in range(0, len(rows), _BLOCK):
        yield rows[start:start + _BLOCK]


def _weighed(texts: Sequence[str]) -> sparse.csr_matrix:
    return sparse.csr_matrix(TfidfVectorizer(analyzer=_grams, sublinear_tf=True, dtype=np.float32).fit_transform(texts))


def _grams(text: str) -> list[str]:
    return [*text, *map("".join, pairwise(text))]
