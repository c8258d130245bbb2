"""One unchanging arrangement of entries for searching; a new one takes its place whenever entries change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.features import NAMES, Reader, Reading, Signals, compare
from knowledge.matching import Floats, Postings, together
from knowledge.ranking import CIRCUMSTANCES, Matrix, circumstances
from knowledge.wording import bare, fold

NEAREST = 24
"""Phrasings taken for comparison from each search."""
_SMALL = 4000
"""Up to so many phrasings every vector is compared in full."""
_DIRECTIONS = 64
"""Principal directions that choose candidates among more phrasings than that."""
_WIDTH = 64
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way of asking for an entry."""

    entry: str
    text: str
    is_question: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A reviewed question with its answer, where it holds and when."""

    id: str
    question: str
    similar: tuple[str, ...]
    answer: str
    divisions: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    def phrasings(self) -> list[Phrasing]:
        """The question and the similar questions, each plain form once."""
        texts = {fold(text): text for text in reversed((self.question, *self.similar)) if fold(text)}
        return [Phrasing(self.id, text, text == self.question) for text in reversed(texts.values())]

    def holds_on(self, day: date) -> bool:
        """Whether the entry is valid that day, both ends included."""
        starts = self.valid_from is None or self.valid_from <= day
        return starts and (self.valid_until is None or day <= self.valid_until)

    def holds_in(self, division: str | None, former: frozenset[str] = frozenset()) -> int | None:
        """Digits of the narrowest of its divisions around the resident's; 0 for everywhere, None for elsewhere."""
        if not self.divisions or division is None:
            return 0
        around = [len(code) for code in self.divisions if division.startswith(code) or code in former]
        return max(around) if around else None


@dataclass(frozen=True, slots=True)
class Search:
    """Candidate phrasings of a question and how they compare with it."""

    entries: tuple[str, ...]
    features: Matrix
    held: Matrix


class Shelf:
    """Entries, their phrasings and every index over them."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        phrasings: Sequence[Phrasing],
        readings: Sequence[Reading],
        reader: Reader,
        vectors: NDArray[np.float16],
    ) -> None:
        self.entries = dict(entries)
        self.phrasings = tuple(phrasings)
        self.bounded = tuple(
            one for one in self.entries.values() if one.divisions or one.valid_from or one.valid_until
        )
        self._readings = tuple(readings)
        self._lengths = np.array([len(reading.plain) for reading in readings], np.float64)
        self._written = Postings([reading.written for reading in readings], reader.written)
        self._spoken = Postings([reading.spoken for reading in readings], reader.spoken)
        self._positions: dict[str, list[int]] = {}
        self._word_for_word: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        for row, phrasing in enumerate(self.phrasings):
            self._positions.setdefault(phrasing.entry, []).append(row)
            for known, key in zip(
                self._word_for_word, (fold(phrasing.text), bare(phrasing.text)), strict=True
            ):
                known.setdefault(key, []).append(row)
        numbers = {entry: number for number, entry in enumerate(self._positions)}
        self._owners = np.array([numbers[phrasing.entry] for phrasing in self.phrasings], np.intp)
        whole = [together([readings[row].spoken for row in rows]) for rows in self._positions.values()]
        self._entries = Postings(whole, reader.spoken, scored=False)
        self._meanings = Meanings(vectors, self._owners)

    def rows(self, entry: str) -> list[int]:
        """Where the phrasings of an entry stand."""
        return self._positions.get(entry, [])

    def same_words(self, question: str) -> list[int]:
        """Phrasings equal to the question: letter by letter, else but for greetings, fillers and particles."""
        strictly, loosely = self._word_for_word
        return strictly.get(fold(question)) or loosely.get(bare(question)) or []

    def search(self, question: Reading, meaning: Floats, hidden: NDArray[np.bool_] | None = None) -> Search:
        """The nearest phrasings by words, sound and meaning, without the hidden ones, compared with the question."""
        asked = self._written.known(question.written), self._spoken.known(question.spoken)
        written, spoken = self._written.scores(asked[0]), self._spoken.scores(asked[1])
        if hidden is not None:
            written[hidden] = spoken[hidden] = -1.0
        chosen = [_top(written + spoken, NEAREST), self._meanings.nearest(meaning, hidden)]
        rows = np.unique(np.concatenate(chosen))
        if hidden is not None:
            rows = rows[~hidden[rows]]
        if not len(rows):
            return Search((), np.zeros((0, len(NAMES))), np.zeros((0, len(CIRCUMSTANCES))))
        near = self._meanings.compare(meaning, rows)
        signals = Signals(
            written[rows], self._written.full_score(asked[0]), float(written[rows].max()),
            spoken[rows], self._spoken.full_score(asked[1]), float(spoken[rows].max()),
            near, float(near.max()),
            self._written.coverage(asked[0], rows), self._spoken.coverage(asked[1], rows),
            self._meanings.of_owners(meaning, self._owners[rows]),
            self._entries.coverage(asked[1], self._owners[rows]),
        )  # fmt: skip
        features = compare(question, [self._readings[row] for row in rows], signals)
        held = circumstances(features, len(question.plain), self._lengths[rows])
        return Search(tuple(self.phrasings[row].entry for row in rows), features, held)


class Meanings:
    """Vectors of the phrasings; among very many, a few principal directions choose what is compared in full."""

    def __init__(self, vectors: NDArray[np.float16], owners: NDArray[np.intp]) -> None:
        self._vectors = vectors
        self._middles = _middles(vectors, owners)
        self._axes = _main_axes(vectors) if len(vectors) > _SMALL and vectors.shape[1] > _DIRECTIONS else None
        self._searched = _projected(vectors, self._axes)

    def nearest(self, meaning: Floats, hidden: NDArray[np.bool_] | None) -> NDArray[np.intp]:
        """Rows of the nearest vectors; none where there are no vectors."""
        if not self._vectors.shape[1]:
            return np.zeros(0, np.intp)
        towards = meaning if self._axes is None else (meaning @ self._axes).astype(np.float32)
        near: Floats = self._searched @ towards
        if hidden is not None:
            near[hidden] = -1.0
        return _top(near, NEAREST if self._axes is None else 2 * NEAREST)

    def compare(self, meaning: Floats, rows: NDArray[np.intp]) -> Floats:
        """Cosines with the vectors of the rows; zeros where there are no vectors."""
        if not self._vectors.shape[1]:
            return np.zeros(len(rows), np.float32)
        cosines: Floats = self._vectors[rows].astype(np.float32) @ meaning
        return cosines

    def of_owners(self, meaning: Floats, owners: NDArray[np.intp]) -> Floats:
        """Mean cosines with all phrasings of each owner; zeros where there are no vectors."""
        if not self._vectors.shape[1]:
            return np.zeros(len(owners), np.float32)
        cosines: Floats = self._middles[owners].astype(np.float32) @ meaning
        return cosines


def _main_axes(vectors: NDArray[np.float16]) -> Floats:
    sample = vectors[:: max(1, len(vectors) // 8000)].astype(np.float32)
    _, directions = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(directions[:, -_DIRECTIONS:], np.float32)


def _projected(vectors: NDArray[np.float16], axes: Floats | None) -> Floats:
    if axes is None:
        return vectors.astype(np.float32)
    projected = np.empty((len(vectors), axes.shape[1]), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        projected[start : start + _BLOCK] = vectors[start : start + _BLOCK].astype(np.float32) @ axes
    return projected


def _middles(vectors: NDArray[np.float16], owners: NDArray[np.intp]) -> NDArray[np.float16]:
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    ends = np.append(starts[1:], len(owners))
    middles = np.zeros((len(starts), vectors.shape[1]), np.float16)
    for first in range(0, len(starts), _BLOCK):
        part = slice(first, first + _BLOCK)
        begin, counts = starts[part][0], ends[part] - starts[part]
        sums = np.add.reduceat(
            vectors[begin : ends[part][-1]].astype(np.float32), starts[part] - begin, axis=0
        )
        middles[part] = sums / counts[:, None]
    return middles


def _top(scores: Floats, count: int) -> NDArray[np.intp]:
    """Rows of the highest scores, in no order; the highest lie within the blocks of the highest maxima."""
    whole = len(scores) // _WIDTH * _WIDTH
    if whole <= 4 * count * _WIDTH:
        return _highest(scores, count)
    blocks = _highest(scores[:whole].reshape(-1, _WIDTH).max(axis=1), count)
    rows = (blocks[:, None] * _WIDTH + np.arange(_WIDTH)).ravel()
    rows = np.append(rows, np.arange(whole, len(scores)))
    return rows[_highest(scores[rows], count)]


def _highest(scores: Floats, count: int) -> NDArray[np.intp]:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
