"""Openings as a table of people and items with their times: held-out parts, folds, and weights that fade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from profiles.portraits.coding import Floats
from profiles.portraits.measures import Flags

Numbers = npt.NDArray[np.int64]
DAY = 86_400.0
LAST_HALF = 5.0
"""After so many later openings one counts half among the last."""


@dataclass(frozen=True)
class Openings:
    """One line an opening: which person, which item, when (seconds), how strong (0 to 1)."""

    person: Numbers
    item: Numbers
    time: Floats
    strength: Floats
    people: int
    items: int

    def matrix(self, half_life_days: float = 0.0, now: float | None = None, lately: float = 0.0) -> sparse.csr_matrix:
        """People × items, the strongest opening of each pair; halved every `half_life_days` before `now` (0 = never).

        With `lately` (0 to 1) that share of each weight counts only as far as the opening is among the person's last.
        """
        weight = self.strength
        if half_life_days and len(self.time):
            age = np.maximum((float(self.time.max()) if now is None else now) - self.time, 0.0)
            weight = weight * 0.5 ** (age / DAY / half_life_days)
        if lately:
            weight = weight * (1 - lately + lately * 0.5 ** (self._from_last() / LAST_HALF))
        order = np.lexsort((weight, self.item, self.person))
        key = self.person[order] * self.items + self.item[order]
        last = np.r_[key[1:] != key[:-1], True] if len(key) else np.zeros(0, bool)
        best = order[last]
        return sparse.csr_matrix((weight[best], (self.person[best], self.item[best])), shape=(self.people, self.items))

    def only(self, kept: Flags) -> Openings:
        """The chosen lines of the same people and items."""
        return Openings(self.person[kept], self.item[kept], self.time[kept], self.strength[kept], self.people, self.items)

    def _from_last(self) -> Floats:
        """How many openings of the same person came after each."""
        order = np.lexsort((self.item, self.time, self.person))
        ends = np.cumsum(np.bincount(self.person, minlength=self.people))
        behind = np.empty(len(self.person))
        behind[order] = ends[self.person[order]] - 1 - np.arange(len(order))
        return behind

    def latest(self, share: float) -> Flags:
        """Which lines are the latest share of their person's (rounded down, by time, then item): none of a lone one."""
        order = np.lexsort((self.item, self.time, self.person))
        counts = np.bincount(self.person, minlength=self.people)
        begin = np.r_[0, np.cumsum(counts)][:-1]
        rank = np.empty(len(self.person), dtype=np.int64)
        rank[order] = np.arange(len(order)) - begin[self.person[order]]
        held = np.maximum((counts * share).astype(np.int64), (counts >= 2).astype(np.int64))
        late: Flags = rank >= (counts - held)[self.person]
        return late


def first_only(openings: Openings) -> Openings:
    """Each person's first opening of an item, so that nothing stands on both sides of a split by time."""
    order = np.lexsort((openings.time, openings.item, openings.person))
    key = openings.person[order] * openings.items + openings.item[order]
    first = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, bool)
    kept = np.zeros(len(key), dtype=bool)
    kept[order[first]] = True
    return openings.only(kept)


def folds(count: int, parts: int, seed: int) -> Numbers:
    """To which of the parts each of `count` things belongs: equal parts, drawn with a pinned seed."""
    drawn = np.empty(count, dtype=np.int64)
    drawn[np.random.default_rng(seed).permutation(count)] = np.arange(count) % parts
    return drawn
