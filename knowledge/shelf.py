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
_DIRECTIONS = 96
"""Principal directions that choose candidates among more phrasings than that."""


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

    def holds_in(self, division: str | None) -> int | None:
        """Digits of the narrowest of its divisions around the resident's; 0 for everywhere, None for elsewhere."""
        if not self.divisions or division is None:
            return 0
        around = [len(code) for code in self.divisions if division.startswith(code)]
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
        self._entries = Postings(whole, reader.spoken)
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
        self._axes: Floats | None = None
        searched = vectors.astype(np.float32)
        if len(vectors) > _SMALL and vectors.shape[1] > _DIRECTIONS:
            sample = searched[:: max(1, len(searched) // 8000)]
            _, directions = np.linalg.eigh(sample.T @ sample)
            self._axes = np.ascontiguousarray(directions[:, -_DIRECTIONS:], np.float32)
            searched = searched @ self._axes
        self._searched = searched

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


def _middles(vectors: NDArray[np.float16], owners: NDArray[np.intp]) -> NDArray[np.float16]:
    if not len(owners):
        return np.zeros((0, vectors.shape[1]), np.float16)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    counts = np.diff(np.append(starts, len(owners)))
    sums = np.add.reduceat(vectors.astype(np.float32), starts, axis=0)
    return (sums / counts[:, None]).astype(np.float16)


def _top(scores: Floats, count: int) -> NDArray[np.intp]:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
