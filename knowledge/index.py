"""The index that answers questions from memory; entries can change under it while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders import Encoder
from knowledge.features import Reader
from knowledge.guards import stance
from knowledge.meanings import BLOCK, Vectors
from knowledge.ranking import (
    NOTHING,
    OFFERED,
    Candidate,
    Decision,
    Finding,
    Matrix,
    Weights,
    best_of_entries,
    decide,
    default_weights,
    exact,
    probabilities,
    scores,
    second_look,
    signs,
)
from knowledge.shelf import Entry, Held, Phrasing, Search, Shelf
from knowledge.vectors import VectorStore
from knowledge.vocabulary import standard
from knowledge.wording import LONGEST, fold, plain

_ANSWER_READ = 120
"""Characters of an answer that the models of meaning read: it says what it says in its first lines."""
_SHORTEST_WORD, _LONGEST_WORD = 2, 5
"""Signs of what is a name and no question yet."""


class Index:
    """Entries ready to be asked; readers never wait, and see either all of a change or nothing of it."""

    def __init__(
        self, encoder: Encoder, vectors: VectorStore | None = None, weights: Weights | None = None
    ) -> None:
        self.encoder = encoder
        self.weights = weights or default_weights(encoder.name)
        self._store = vectors
        self._reader = Reader()
        self._vectors = Vectors()
        self._changing = Lock()
        none = np.zeros(0, np.intp)
        self._shelf = Shelf({}, self._reader, Held(), lambda owners: self._vectors.arranged(none, none, owners))

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
        finding = decide(ranked, self.weights.thresholds)
        return _naming(shelf, query, finding) if finding.decision is Decision.HAND_OVER else finding

    def search(self, query: str, shelf: Shelf, hidden: NDArray[np.bool_] | None) -> Search:
        """Candidates for the question and how they compare, before any weighing."""
        reading = self._reader.ask(query)
        return shelf.search(reading, self.encoder.ask(standard(query[:LONGEST])), hidden)

    def rank(self, search: Search) -> list[Candidate]:
        """Entries with their probabilities, best first."""
        return rank(search, self.weights.ranking, self.weights.confidence)

    def _arranged(self, entries: dict[str, Entry]) -> Shelf:
        """The shelf of these entries; of those that stand on the present one nothing is read or copied again."""
        before = self._shelf
        kept = {name: entry for name, entry in entries.items() if before.entries.get(name) == entry}
        fresh = {name: entry for name, entry in entries.items() if name not in kept}
        rows = np.array([row for name in kept for row in before.rows(name)], np.intp)
        known = self._known(before, fresh)
        read = Held.of(list(fresh.values()), self._reader)
        first, tells = read.answered()
        said = [fresh[read.phrasings[row].entry].answer[:_ANSWER_READ] for row in first[tells]]
        stood = self._vectors.keep(np.concatenate([before.meanings.places[rows], before.answer_places(rows)]))
        texts = [*(phrasing.text for phrasing in read.phrasings), *said]
        taken = self._vectors.take(self._encoded(texts, known), len(texts))
        # An answer that tells nothing more means what its first phrasing does.
        told = taken[first]
        told[tells] = taken[len(read.phrasings) :]
        places = np.concatenate([stood[: len(rows)], taken[: len(read.phrasings)]])
        answers = np.concatenate([stood[len(rows) :], told])
        held = Held.joined([before.held(rows), read])
        return Shelf({**kept, **fresh}, self._reader, held, lambda owners: self._vectors.arranged(places, answers, owners))

    def _known(self, before: Shelf, changed: Iterable[str]) -> dict[str, NDArray[np.float16]]:
        rows = [row for name in changed for row in before.rows(name)]
        vectors = before.meanings.vectors(np.array(rows, np.intp))
        return {before.phrasings[row].text: vector for row, vector in zip(rows, vectors, strict=True)}

    def _encoded(self, texts: Sequence[str], known: dict[str, NDArray[np.float16]]) -> Iterator[NDArray[np.float16]]:
        for start in range(0, len(texts), BLOCK):
            block = texts[start : start + BLOCK]
            found = {text: known[text] for text in block if text in known}
            missing = [text for text in dict.fromkeys(block) if text not in found]
            said = [standard(text[:LONGEST]) for text in missing]
            if missing and self._store:
                found.update(zip(missing, self._store.encoded(said, self.encoder), strict=True))
            elif missing:
                found.update(zip(missing, self.encoder.encode(said).astype(np.float16), strict=True))
            yield np.stack([found[text] for text in block])


def rank(search: Search, ranking: Matrix, confidence: NDArray[np.float64]) -> list[Candidate]:
    """Entries with their probabilities under these weights, best first."""
    if not search.entries:
        return []
    fused = scores(ranking, search.features, search.held)
    rows = best_of_entries(search.entries, fused)
    left_out = search.evidence([search.entries[row] for row in rows[:OFFERED]])
    seen = signs(search.features[rows], search.held[rows], fused[rows], left_out)
    order = second_look(fused[rows], seen, confidence)
    rows, sure = rows[order], probabilities(confidence, seen[order])
    return [Candidate(search.entries[row], float(share)) for row, share in zip(rows, sure, strict=True)]


def _naming(shelf: Shelf, query: str, finding: Finding) -> Finding:
    """Who says a bare word (低保) asks nothing that could be answered, but the entries that are asked of it can be offered."""
    word = standard(plain(query))
    if not _SHORTEST_WORD <= len(word) <= _LONGEST_WORD or stance(word).focus:
        return finding
    named = tuple(one for one in finding.candidates
                  if any(word in standard(fold(shelf.phrasings[row].text)) for row in shelf.rows(one.id)))
    return Finding(Decision.CLARIFY, named) if named else finding


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
