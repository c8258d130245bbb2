"""Word-for-word matching: BM25 and coverage over single characters and pairs of neighbours.

The same matching runs over the written text and over the text as heard, so that neither a wrong character nor a
wrong word boundary loses a question. Weighting: Robertson & Zaragoza, The Probabilistic Relevance Framework (2009).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import add

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse._sparsetools import csc_matvec

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_K1 = 1.2
_B = 0.75
_SINGLE = 0.6
"""What a single character weighs beside a pair of neighbours."""
_BLOCK = 1000
"""Owners whose grams are put together at a time."""


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

    def learn_pairs(self, text: str, besides: Iterable[Grams]) -> Grams:
        """The pairs of a text to be stored that none of the other texts has, each once."""
        numbers = self._numbers
        held = {numbers.setdefault(pair, len(numbers)) for pair in _pairs(text)}
        held.difference_update(*(other.numbers.tolist() for other in besides))
        return Grams(np.array(sorted(held), np.int32), None, len(text))

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

    def numbers_of(self, grams: Iterable[str]) -> list[int]:
        """The number of each gram, -1 where it has none."""
        return [self._numbers.get(gram, -1) for gram in grams]

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


@dataclass(frozen=True, slots=True)
class Packed:
    """The grams of many texts end to end: a few arrays instead of an object a text."""

    numbers: Ints
    counts: NDArray[np.uint8]
    starts: NDArray[np.int64]
    """Where each text begins, and after the last where it ends."""
    lengths: Ints

    @classmethod
    def of(cls, texts: Sequence[Grams]) -> Packed:
        """The grams of these texts."""
        if not texts:
            return NO_TEXTS
        numbers = np.concatenate([text.numbers for text in texts])
        counts = np.concatenate([np.minimum(text.times(), 255).astype(np.uint8) for text in texts])
        lengths = np.array([text.length for text in texts], np.int32)
        return cls(numbers, counts, _starts([len(text.numbers) for text in texts]), lengths)

    def chosen(self, rows: NDArray[np.intp]) -> Packed:
        """Only these texts; rows rise."""
        kept = np.zeros(len(self.lengths), bool)
        kept[rows] = True
        if kept.all():
            return self
        sizes = np.diff(self.starts)
        grams = np.repeat(kept, sizes)
        return Packed(self.numbers[grams], self.counts[grams], _starts(sizes[kept]), self.lengths[kept])

    def together(self, owners: NDArray[np.intp]) -> Packed:
        """The grams of each owner's texts as of one text, each counted once; owners number from 0 and never fall."""
        count = int(owners[-1]) + 1 if len(owners) else 0
        among = int(self.numbers.max()) + 1 if len(self.numbers) else 1
        sizes = np.zeros(count, np.int64)
        parts = [np.zeros(0, np.int32)]
        for first in range(0, count, _BLOCK):
            begin, end = np.searchsorted(owners, [first, first + _BLOCK])
            grams = self.numbers[self.starts[begin] : self.starts[end]]
            whose = np.repeat(owners[begin:end] - first, np.diff(self.starts[begin : end + 1]))
            held = np.unique(whose * among + grams)
            sizes[first : first + _BLOCK] = np.bincount(held // among, minlength=min(_BLOCK, count - first))
            parts.append((held % among).astype(np.int32))
        numbers = np.concatenate(parts)
        return Packed(numbers, np.ones(len(numbers), np.uint8), _starts(sizes), sizes.astype(np.int32))


def end_to_end(parts: Sequence[Packed]) -> Packed:
    """The texts of all parts, in order."""
    full = [part for part in parts if len(part.lengths)]
    if len(full) < 2:
        return full[0] if full else NO_TEXTS
    return Packed(
        np.concatenate([part.numbers for part in full]),
        np.concatenate([part.counts for part in full]),
        _starts(np.concatenate([np.diff(part.starts) for part in full])),
        np.concatenate([part.lengths for part in full]),
    )


def _starts(sizes: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


NO_TEXTS = Packed(np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(1, np.int64), np.zeros(0, np.int32))


class Postings:
    """An immutable inverted index over the grams of many texts."""

    def __init__(self, texts: Packed, alphabet: Alphabet, *, scored: bool = True) -> None:
        """Only coverage can be asked of texts that are not to be scored."""
        self.texts = texts
        self.size = len(texts.lengths)
        singles = alphabet.singles()
        self._singles = singles
        held = np.bincount(texts.numbers, minlength=len(singles)) + alphabet.everyday(len(singles))
        self._held = held
        every = self.size + alphabet.everyday_texts
        self._rarity = np.log1p((every - held + 0.5) / (held + 0.5)).astype(np.float32)
        self._rarest = float(np.log1p((every + 0.5) / 0.5))
        self._weight = np.where(singles, np.float32(_SINGLE), np.float32(1.0)) * self._rarity
        self._columns = self._weighed(texts if scored else NO_TEXTS)

    def _weighed(self, texts: Packed) -> sparse.csc_matrix:
        size = len(texts.lengths)
        if not size:
            return sparse.csc_matrix((0, len(self._singles)), dtype=np.float32)
        lengths = np.maximum(texts.lengths, 1).astype(np.float32)
        room = _K1 * (1 - _B + _B * lengths / lengths.mean())
        weights = self._weight[texts.numbers] * np.float32(_K1 + 1)
        weights *= texts.counts
        spread = np.repeat(room.astype(np.float32), np.diff(texts.starts))
        spread += texts.counts
        weights /= spread
        del spread
        shape = (size, len(self._singles))
        return sparse.csr_matrix((weights, texts.numbers, texts.starts), shape=shape).tocsc()

    def known(self, question: Grams) -> Grams:
        """The question with only the grams that some text or everyday question has (the alphabet knows more)."""
        inside = question.numbers < len(self._singles)
        inside[inside] = self._held[question.numbers[inside]] > 0
        if inside.all():
            return question
        foreign = question.numbers[~inside]
        singles = self._singles[foreign[foreign < len(self._singles)]].sum()
        unknown = question.unknown + len(foreign) - (1 - _SINGLE) * float(singles)
        return Grams(question.numbers[inside], question.times()[inside], question.length, unknown)

    def scores(self, question: Grams) -> Floats:
        """BM25 of every stored text; repeated grams of a long message count logarithmically.

        Columns are added by what `@` itself calls: a slice of them would first be copied, which takes as long again.
        """
        times = (1 + np.log(question.times())).astype(np.float32)
        held, scored = self._columns, np.zeros(self.size, np.float32)
        for place, number in enumerate(question.numbers.tolist()):
            csc_matvec(self.size, 1, held.indptr[number : number + 2], held.indices, held.data, times[place:], scored)
        return scored

    def rarity(self, numbers: Sequence[int]) -> list[float]:
        """How rare each gram is; those that no text has are the rarest."""
        places, inside = self._inside(numbers)
        rarities: list[float] = np.where(inside, self._rarity[places], self._rarest).tolist()
        return rarities

    def holds(self, numbers: Sequence[int]) -> list[bool]:
        """Of each gram whether some text or everyday question has it."""
        places, inside = self._inside(numbers)
        held: list[bool] = (inside & (self._held[places] > 0)).tolist()
        return held

    def _inside(self, numbers: Sequence[int]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Places to look at, and whether each is one: the alphabet knows more grams than were counted here."""
        places = np.array(numbers, np.intp)
        inside = (places >= 0) & (places < len(self._held))
        return np.where(inside, places, 0), inside

    def full_score(self, question: Grams) -> float:
        """What a text that held every gram of the question once would score."""
        return float(self._weight[question.numbers].sum()) + question.unknown * self._rarest + 1e-6

    def held(self, question: Grams, rows: NDArray[np.intp]) -> Floats:
        """How much of the question each of the texts holds: a line for its singles, a line for its pairs."""
        numbers, owners = self._grams_of(rows)
        return (self._common(question, numbers, owners, len(rows)) / self._whole(question)).astype(np.float32)

    def coverage(self, question: Grams, rows: NDArray[np.intp]) -> Coverage:
        """How much of the question each of the texts holds, and how much of each text the question holds."""
        numbers, owners = self._grams_of(rows)
        common = self._common(question, numbers, owners, len(rows))
        asked = (common / self._whole(question)).astype(np.float32)
        stored = (common / (self._by_kind(numbers, owners, len(rows)) + 1e-6)).astype(np.float32)
        return Coverage(asked[0], stored[0], asked[1], stored[1])

    def _grams_of(self, rows: NDArray[np.intp]) -> tuple[Ints, NDArray[np.intp]]:
        """The grams of the texts end to end, and which of the texts each belongs to."""
        starts = self.texts.starts[rows]
        sizes = self.texts.starts[rows + 1] - starts
        ends = np.cumsum(sizes)
        places = np.arange(int(sizes.sum())) + np.repeat(starts + sizes - ends, sizes)
        return self.texts.numbers[places], np.repeat(np.arange(len(rows)), sizes)

    def _common(self, question: Grams, numbers: Ints, owners: NDArray[np.intp], count: int) -> NDArray[np.float64]:
        asked = np.zeros(len(self._singles), bool)
        asked[question.numbers] = True
        found = np.flatnonzero(asked[numbers])
        return self._by_kind(numbers[found], owners[found], count)

    def _by_kind(self, numbers: Ints, owners: NDArray[np.intp], count: int) -> NDArray[np.float64]:
        """What the grams of each owner weigh: a line for singles, a line for pairs."""
        kinds = owners + count * ~self._singles[numbers]
        return np.bincount(kinds, self._rarity[numbers], 2 * count).reshape(2, count).astype(np.float64, copy=False)

    def _whole(self, question: Grams) -> NDArray[np.float64]:
        singles = self._singles[question.numbers]
        known = [float(self._rarity[question.numbers[kind]].sum()) for kind in (singles, ~singles)]
        return np.array(known)[:, None] + 0.5 * question.unknown * self._rarest + 1e-6


def _grams(text: str) -> Iterator[str]:
    return chain(text, _pairs(text))


def _pairs(text: str) -> Iterator[str]:
    return map(add, text, text[1:])


def _packed(counts: dict[int, int], length: int, unknown: float) -> Grams:
    numbers = np.fromiter(counts, np.int32, len(counts))
    once = len(counts) == 0 or max(counts.values()) == 1
    return Grams(
        numbers, None if once else np.fromiter(counts.values(), np.float32, len(counts)), length, unknown
    )
