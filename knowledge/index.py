"""The index that answers questions from memory; entries can change under it while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders import Encoder
from knowledge.features import Reader, Reading
from knowledge.ranking import (
    NOTHING,
    Candidate,
    Finding,
    Weights,
    best_of_entries,
    decide,
    default_weights,
    exact,
    probabilities,
    scores,
    signs,
)
from knowledge.shelf import Entry, Phrasing, Search, Shelf
from knowledge.vectors import VectorStore
from knowledge.vocabulary import standard
from knowledge.wording import LONGEST, fold


class Index:
    """Entries ready to be asked; readers never wait, and see either all of a change or nothing of it."""

    def __init__(
        self, encoder: Encoder, vectors: VectorStore | None = None, weights: Weights | None = None
    ) -> None:
        self.encoder = encoder
        self.weights = weights or default_weights(bool(encoder.dimensions))
        self._store = vectors
        self._reader = Reader()
        self._readings: dict[str, Reading] = {}
        self._vectors: dict[str, NDArray[np.float16]] = {}
        self._changing = Lock()
        self._shelf = self._arranged({})

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        encoder: Encoder,
        vectors: VectorStore | None = None,
        weights: Weights | None = None,
    ) -> Index:
        """An index of these entries; texts without a stored vector are encoded on the way."""
        index = cls(encoder, vectors, weights)
        index.replace(entries)
        return index

    @property
    def shelf(self) -> Shelf:
        """What the next question will be searched in."""
        return self._shelf

    def replace(self, entries: Iterable[Entry]) -> None:
        """Hold exactly these entries."""
        with self._changing:
            self._shelf = self._arranged({entry.id: entry for entry in entries})

    def update(self, changed: Iterable[Entry] = (), removed: Iterable[str] = ()) -> None:
        """Take in new and changed entries and forget removed ones."""
        with self._changing:
            entries = dict(self._shelf.entries)
            for gone in removed:
                entries.pop(gone, None)
            entries.update((entry.id, entry) for entry in changed)
            self._shelf = self._arranged(entries)

    def find(self, query: str, *, division: str | None = None, former: frozenset[str] = frozenset(), today: date) -> Finding:
        """What answers the question of a resident of the division on that day; what was written for a `former` code holds."""
        shelf = self._shelf
        if not fold(query):
            return NOTHING
        hidden = hidden_rows(shelf, division, today, former)
        ranked = self.rank(self.search(query, shelf, hidden))
        same = [row for row in shelf.same_words(query) if hidden is None or not hidden[row]]
        if same:
            return exact(_nearest_to_home(shelf, same, division, former), ranked)
        return decide(ranked, self.weights.thresholds)

    def search(self, query: str, shelf: Shelf, hidden: NDArray[np.bool_] | None) -> Search:
        """Candidates for the question and how they compare, before any weighing."""
        reading = self._reader.ask(query)
        return shelf.search(reading, self.encoder.encode([standard(query[:LONGEST])])[0], hidden)

    def rank(self, search: Search) -> list[Candidate]:
        """Entries with their probabilities, best first."""
        if not search.entries:
            return []
        fused = scores(self.weights.ranking, search.features, search.held)
        rows = best_of_entries(search.entries, fused)
        seen = signs(search.features[rows], search.held[rows], fused[rows])
        sure = probabilities(self.weights.confidence, seen)
        return [Candidate(search.entries[row], float(share)) for row, share in zip(rows, sure, strict=True)]

    def _arranged(self, entries: dict[str, Entry]) -> Shelf:
        phrasings = [phrasing for entry in entries.values() for phrasing in entry.phrasings()]
        texts = [phrasing.text for phrasing in phrasings]
        readings = {text: self._readings.get(text) or self._reader.store(text) for text in texts}
        vectors = self._encoded(list(readings))
        stacked = _stack(vectors, texts)
        shelf = Shelf(entries, phrasings, [readings[text] for text in texts], self._reader, stacked)
        self._readings, self._vectors = readings, dict(zip(texts, stacked, strict=True))
        return shelf

    def _encoded(self, texts: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in texts if text not in known]
        said = [standard(text[:LONGEST]) for text in missing]
        if missing and self._store:
            known.update(zip(missing, self._store.encoded(said, self.encoder), strict=True))
        elif missing:
            known.update(zip(missing, self.encoder.encode(said).astype(np.float16), strict=True))
        return known


def hidden_rows(shelf: Shelf, division: str | None, today: date, former: frozenset[str] = frozenset()
                ) -> NDArray[np.bool_] | None:
    """Marks phrasings of entries that do not hold there or then; None where all do."""
    hidden = np.zeros(len(shelf.phrasings), bool)
    for entry in shelf.bounded:
        if not entry.holds_on(today) or entry.holds_in(division, former) is None:
            hidden[shelf.rows(entry.id)] = True
    return hidden if hidden.any() else None


def _nearest_to_home(shelf: Shelf, rows: Sequence[int], division: str | None, former: frozenset[str]) -> list[str]:
    """Of several entries with the same words those of the narrowest division, a question before a similar one."""
    ranks: dict[str, tuple[int, bool]] = {}
    for row in rows:
        phrasing: Phrasing = shelf.phrasings[row]
        rank = (shelf.entries[phrasing.entry].holds_in(division, former) or 0, phrasing.is_question)
        ranks[phrasing.entry] = max(rank, ranks.get(phrasing.entry, (0, False)))
    best = max(ranks.values())
    return [entry for entry, rank in ranks.items() if rank == best]


def _stack(vectors: dict[str, NDArray[np.float16]], texts: Sequence[str]) -> NDArray[np.float16]:
    return np.stack([vectors[text] for text in texts]) if texts else np.zeros((0, 0), np.float16)
