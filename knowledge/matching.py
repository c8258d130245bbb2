"""Word-for-word matching: BM25 and coverage over single characters and pairs of neighbours.

The same matching runs over the written text and over the text as heard, so that neither a wrong character nor a
wrong word boundary loses a question. Weighting: Robertson & Zaragoza, The Probabilistic Relevance Framework (2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_K1 = 1.2
_B = 0.75
_SINGLE = 0.6
"""What a single character weighs beside a pair of neighbours."""


@dataclass(frozen=True, slots=True)
class Grams:
    """The singles and pairs of one text: their numbers and how often each occurs; None where each occurs once."""

    numbers: Ints
    counts: Floats | None
    length: int
    unknown: float = 0.0
    """Pairs and weighed singles that no stored text has."""

    def times(self) -> Floats:
        """How often each gram occurs."""
        return np.ones(len(self.numbers), np.float32) if self.counts is None else self.counts


class Alphabet:
    """Numbers for grams; it only grows, so numbers given out stay valid for every later index.

    Of everyday grams it knows in how many of `everyday_texts` neutral questions they occur, so that question words
    count little in a base of two entries as well.
    """

    def __init__(self, everyday: Mapping[str, int] | None = None, everyday_texts: int = 0) -> None:
        self._numbers = {gram: number for number, gram in enumerate(everyday or ())}
        self._everyday = np.array(list((everyday or {}).values()), np.float32)
        self.everyday_texts = everyday_texts

    def __len__(self) -> int:
        return len(self._numbers)

    def learn(self, text: str) -> Grams:
        """The grams of a text to be stored; grams not met before get a number."""
        numbers = self._numbers
        counts: dict[int, int] = {}
        for gram in _grams(text):
            number = numbers.setdefault(gram, len(numbers))
            counts[number] = counts.get(number, 0) + 1
        return _packed(counts, len(text), 0.0)

    def read(self, text: str) -> Grams:
        """The grams of a question; those never met are only counted."""
        counts: dict[int, int] = {}
        unknown = 0.0
        for gram in _grams(text):
            number = self._numbers.get(gram)
            if number is None:
                unknown += _SINGLE if len(gram) == 1 else 1.0
            else:
                counts[number] = counts.get(number, 0) + 1
        return _packed(counts, len(text), unknown)

    def everyday(self, size: int) -> Floats:
        """How many neutral questions hold each of the first `size` grams."""
        return np.pad(self._everyday, (0, size - len(self._everyday)))

    def singles(self) -> NDArray[np.bool_]:
        """True where the number stands for a single character."""
        return np.fromiter((len(gram) == 1 for gram in list(self._numbers)), bool)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of weight held in common: of the question (asked) and of the phrasing (stored)."""

    asked_singles: Floats
    stored_singles: Floats
    asked_pairs: Floats
    stored_pairs: Floats


class Postings:
    """An immutable inverted index over the grams of many texts."""

    def __init__(self, texts: Sequence[Grams], alphabet: Alphabet, *, scored: bool = True) -> None:
        """Only coverage can be asked of texts that are not to be scored."""
        self.size = len(texts)
        singles = alphabet.singles()
        self._singles = singles
        self._starts = np.zeros(self.size + 1, np.int64)
        np.cumsum([len(text.numbers) for text in texts], out=self._starts[1:])
        self._numbers = np.concatenate([text.numbers for text in texts]) if texts else np.zeros(0, np.int32)
        held = np.bincount(self._numbers, minlength=len(singles)) + alphabet.everyday(len(singles))
        every = self.size + alphabet.everyday_texts
        self._rarity = np.log1p((every - held + 0.5) / (held + 0.5)).astype(np.float32)
        self._rarest = float(np.log1p((every + 0.5) / 0.5))
        self._weight = np.where(singles, np.float32(_SINGLE), np.float32(1.0)) * self._rarity
        self._columns = self._weighed(texts if scored else ())

    def _weighed(self, texts: Sequence[Grams]) -> sparse.csc_matrix:
        if not texts:
            return sparse.csc_matrix((0, len(self._singles)), dtype=np.float32)
        lengths = np.array([max(1, text.length) for text in texts], np.float32)
        counts = np.concatenate([text.times() for text in texts])
        room = _K1 * (1 - _B + _B * lengths / lengths.mean())
        spread = np.repeat(room.astype(np.float32), np.diff(self._starts))
        spread += counts
        weights = self._weight[self._numbers] * np.float32(_K1 + 1)
        weights *= counts / spread
        shape = (self.size, len(self._singles))
        return sparse.csr_matrix(
            (weights.astype(np.float32), self._numbers, self._starts), shape=shape
        ).tocsc()

    def known(self, question: Grams) -> Grams:
        """The question with only those grams this index can hold (the alphabet may have grown since)."""
        inside = question.numbers < len(self._singles)
        if inside.all():
            return question
        kept = (question.numbers[inside], question.times()[inside], question.length)
        return Grams(*kept, question.unknown + float((~inside).sum()))

    def scores(self, question: Grams) -> Floats:
        """BM25 of every stored text; repeated grams of a long message count logarithmically."""
        total = np.zeros(self.size, np.float32)
        starts, rows, weights = self._columns.indptr, self._columns.indices, self._columns.data
        for number, times in zip(
            question.numbers, (1 + np.log(question.times())).astype(np.float32), strict=True
        ):
            start, end = starts[number], starts[number + 1]
            total[rows[start:end]] += weights[start:end] * times
        return total

    def full_score(self, question: Grams) -> float:
        """What a text that held every gram of the question once would score."""
        return float(self._weight[question.numbers].sum()) + question.unknown * self._rarest + 1e-6

    def coverage(self, question: Grams, rows: NDArray[np.intp]) -> Coverage:
        """How much of the question each of the texts holds, and how much of each text the question holds."""
        asked = np.zeros(len(self._singles), bool)
        asked[question.numbers] = True
        lengths = np.diff(self._starts)[rows]
        offsets = np.cumsum(lengths) - lengths
        places = np.arange(int(lengths.sum())) - np.repeat(offsets - self._starts[rows], lengths)
        numbers = self._numbers[places]
        owner = np.repeat(np.arange(len(rows)), lengths)
        shares: list[Floats] = []
        for kind in (True, False):
            own = question.numbers[self._singles[question.numbers] == kind]
            whole = float(self._rarity[own].sum()) + 0.5 * question.unknown * self._rarest + 1e-6
            weight = np.where(self._singles[numbers] == kind, self._rarity[numbers], 0)
            common = np.bincount(owner, weight * asked[numbers], len(rows))
            stored = np.bincount(owner, weight, len(rows))
            shares += [(common / whole).astype(np.float32), (common / (stored + 1e-6)).astype(np.float32)]
        return Coverage(*shares)


def together(texts: Sequence[Grams]) -> Grams:
    """The grams of several texts as of one, each counted once."""
    numbers = np.unique(np.concatenate([text.numbers for text in texts]))
    return Grams(numbers.astype(np.int32), None, sum(text.length for text in texts))


def _grams(text: str) -> list[str]:
    return [*text, *map("".join, pairwise(text))]


def _packed(counts: dict[int, int], length: int, unknown: float) -> Grams:
    numbers = np.fromiter(counts, np.int32, len(counts))
    once = len(counts) == 0 or max(counts.values()) == 1
    return Grams(
        numbers, None if once else np.fromiter(counts.values(), np.float32, len(counts)), length, unknown
    )
