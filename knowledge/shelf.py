"""One unchanging arrangement of entries for searching; a new one takes its place whenever entries change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from knowledge.features import NAMES, Reader, Reading, Signals, Words, compare
from knowledge.matching import NO_TEXTS, Floats, Packed, Postings, end_to_end
from knowledge.meanings import NEAREST, Meanings, highest
from knowledge.mentions import EVIDENCE, Asked, Said, evidence
from knowledge.ranking import CIRCUMSTANCES, Matrix, circumstances
from knowledge.wording import bare, fold

_READ = 500
"""Entries read at a time."""
_TELLS = 0.5
"""The share of an answer that phrasings do not hold from which on it tells more than they do."""
_STORY = 30
"""Characters from which on a question tells a story; of a shorter one answers tell little that phrasings do not."""


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
class Held:
    """Phrasings with what was read of them, in order."""

    phrasings: tuple[Phrasing, ...] = ()
    words: tuple[Words, ...] = ()
    written: Packed = NO_TEXTS
    spoken: Packed = NO_TEXTS
    strictly: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Keys of the folded texts; see SameWords."""
    loosely: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    answers: tuple[str, ...] = ()
    """In plain form, one an entry that has any phrasing."""
    told: Packed = NO_TEXTS
    """What the answers tell beyond the phrasings, in the same order."""

    @classmethod
    def of(cls, entries: Sequence[Entry], reader: Reader) -> Held:
        """Read the phrasings and the answers of these entries."""
        return cls.joined([_read(entries[start : start + _READ], reader) for start in range(0, len(entries), _READ)])

    @classmethod
    def joined(cls, parts: Sequence[Held]) -> Held:
        """The phrasings of all parts, in order."""
        return cls(
            tuple(chain.from_iterable(part.phrasings for part in parts)),
            tuple(chain.from_iterable(part.words for part in parts)),
            end_to_end([part.written for part in parts]),
            end_to_end([part.spoken for part in parts]),
            np.concatenate([np.zeros(0, np.int64), *(part.strictly for part in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(part.loosely for part in parts)]),
            tuple(chain.from_iterable(part.answers for part in parts)),
            end_to_end([part.told for part in parts]),
        )

    def answered(self) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Of each entry with phrasings the row of the first, and whether its answer tells more than they do."""
        names = [phrasing.entry for phrasing in self.phrasings]
        first = np.array([row for row, name in enumerate(names) if not row or name != names[row - 1]], np.intp)
        return first, np.diff(self.told.starts) > _TELLS * np.maximum(1, self.told.lengths)


def _read(entries: Sequence[Entry], reader: Reader) -> Held:
    asked = {entry.id: entry.phrasings() for entry in entries}
    read = {name: [reader.store(one.text) for one in phrasings] for name, phrasings in asked.items() if phrasings}
    told = [reader.tell(entry.answer, read[entry.id]) for entry in entries if entry.id in read]
    phrasings, readings = tuple(chain.from_iterable(asked.values())), list(chain.from_iterable(read.values()))
    return Held(
        phrasings,
        tuple(reading.words for reading in readings),
        Packed.of([reading.written for reading in readings]),
        Packed.of([reading.spoken for reading in readings]),
        SameWords.of([fold(phrasing.text) for phrasing in phrasings]),
        SameWords.of([bare(phrasing.text) for phrasing in phrasings]),
        tuple(words for words, _ in told),
        Packed.of([grams for _, grams in told]),
    )


class SameWords:
    """Finds texts by a number made of their letters; who asks looks whether the letters are the same indeed."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self.keys = keys
        self._order = np.argsort(keys, kind="stable").astype(np.int32)
        self._sorted = keys[self._order]

    @staticmethod
    def of(texts: Sequence[str]) -> NDArray[np.int64]:
        """The keys of the texts, good within this process."""
        return np.array([hash(text) for text in texts], np.int64)

    def rows(self, text: str) -> list[int]:
        """Rows of texts with the same key."""
        key = hash(text)
        first, end = (int(np.searchsorted(self._sorted, key, side=side)) for side in ("left", "right"))
        return [int(row) for row in self._order[first:end]]


@dataclass(frozen=True, slots=True)
class Search:
    """Candidate phrasings of a question and how they compare with it."""

    entries: tuple[str, ...]
    features: Matrix
    held: Matrix
    evidence: Callable[[Sequence[str]], Matrix] = lambda entries: np.zeros((len(entries), len(EVIDENCE)))
    """What the whole text of each of these entries leaves out of the question, one row an entry, columns as in EVIDENCE."""


class Shelf:
    """Entries, their phrasings and every index over them."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        reader: Reader,
        held: Held,
        meanings: Callable[[NDArray[np.intp]], Meanings],
    ) -> None:
        """`held` goes through the phrasings of the entries in order; `meanings` is told whose each phrasing is."""
        self.entries = dict(entries)
        self.bounded = tuple(
            one for one in self.entries.values() if one.divisions or one.valid_from or one.valid_until
        )
        self.phrasings = held.phrasings
        self._words = held.words
        self._lengths = np.array([len(words.plain) for words in held.words], np.float64)
        self._letters, self._sounds = reader.written, reader.spoken
        self._written = Postings(held.written, reader.written)
        self._spoken = Postings(held.spoken, reader.spoken)
        self._first: dict[str, int] = {}
        owners = np.zeros(len(self.phrasings), np.intp)
        for row, phrasing in enumerate(self.phrasings):
            self._first.setdefault(phrasing.entry, row)
            owners[row] = len(self._first) - 1
        self._owners = owners
        self.meanings = meanings(owners)
        self._entries = Postings(held.spoken.together(owners), reader.spoken, scored=False)
        self._answers = held.answers
        self._told = Postings(held.told, reader.spoken, scored=False)
        self._strictly, self._loosely = SameWords(held.strictly), SameWords(held.loosely)

    def rows(self, entry: str) -> list[int]:
        """Where the phrasings of an entry stand: beside each other."""
        first = self._first.get(entry)
        if first is None:
            return []
        return list(range(first, int(np.searchsorted(self._owners, self._owners[first], side="right"))))

    def held(self, rows: NDArray[np.intp]) -> Held:
        """What is held of these phrasings, to be arranged anew without reading them again."""
        owners = np.unique(self._owners[rows])
        return Held(
            tuple(self.phrasings[row] for row in rows), tuple(self._words[row] for row in rows),
            self._written.texts.chosen(rows), self._spoken.texts.chosen(rows),
            self._strictly.keys[rows], self._loosely.keys[rows],
            tuple(self._answers[owner] for owner in owners), self._told.texts.chosen(owners),
        )  # fmt: skip

    def answer_places(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where the vectors of the answers of these phrasings' entries are, each once."""
        places: NDArray[np.intp] = self.meanings.answers[np.unique(self._owners[rows])]
        return places

    def same_words(self, question: str) -> list[int]:
        """Phrasings equal to the question: letter by letter, else but for greetings, fillers and particles."""
        strictly, loosely = fold(question), bare(question)
        same = [row for row in self._strictly.rows(strictly) if fold(self.phrasings[row].text) == strictly]
        return same or [row for row in self._loosely.rows(loosely) if bare(self.phrasings[row].text) == loosely]

    def search(self, question: Reading, meaning: Floats, hidden: NDArray[np.bool_] | None = None) -> Search:
        """The nearest phrasings by words, sound and meaning, without the hidden ones, compared with the question."""
        asked = self._written.known(question.written), self._spoken.known(question.spoken)
        written, spoken = self._written.scores(asked[0]), self._spoken.scores(asked[1])
        if hidden is not None:
            written[hidden] = spoken[hidden] = -1.0
        chosen = [highest(written + spoken, NEAREST), self.meanings.nearest(meaning, hidden)]
        rows = np.unique(np.concatenate(chosen))
        if hidden is not None:
            rows = rows[~hidden[rows]]
        if not len(rows):
            return Search((), np.zeros((0, len(NAMES))), np.zeros((0, len(CIRCUMSTANCES))))
        near = self.meanings.compare(meaning, rows)
        owners, places = np.unique(self._owners[rows], return_inverse=True)
        signals = Signals(
            written[rows], self._written.full_score(asked[0]), float(written[rows].max()),
            spoken[rows], self._spoken.full_score(asked[1]), float(spoken[rows].max()),
            near, float(near.max()),
            self._written.coverage(asked[0], rows), self._spoken.coverage(asked[1], rows),
            self.meanings.of_owners(meaning, owners)[places],
            self._entries.held(asked[1], owners)[:, places],
            self._told_of(question, owners)[places],
        )  # fmt: skip
        features = compare(question.words, [self._words[row] for row in rows], signals)
        held = circumstances(features, len(question.words.plain), self._lengths[rows])
        share = 1 - float(held[0, CIRCUMSTANCES.index("long_question")])

        def looked_through(entries: Sequence[str]) -> Matrix:
            return share * self._looked_through(question.words, entries, hidden)

        return Search(tuple(self.phrasings[row].entry for row in rows), features, held, looked_through)

    def _told_of(self, question: Reading, owners: NDArray[np.intp]) -> Floats:
        if len(question.words.plain) < _STORY:
            return np.zeros(len(owners), np.float32)
        told: Floats = self._told.held(self._told.known(question.spoken), owners)[1]
        return told

    def _looked_through(self, question: Words, entries: Sequence[str], hidden: NDArray[np.bool_] | None) -> Matrix:
        pairs = map("".join, pairwise(question.heard))
        asked = Asked(
            Said(question.plain, question.heard),
            self._written.rarity(self._letters.numbers_of(question.plain)),
            self._spoken.holds(self._sounds.numbers_of(pairs)),
            len(self._first),
        )
        rows = []
        for name in entries:
            seen = [row for row in self.rows(name) if hidden is None or not hidden[row]]
            texts = [Said(self._words[row].plain, self._words[row].heard) for row in seen]
            answer = self._answers[self._owners[self._first[name]]]
            rows.append(evidence(asked, texts, Said.read(answer)))
        return np.array(rows, np.float64).reshape(len(rows), len(EVIDENCE))
