"""Measures how alike a question and a stored phrasing are: a row of numbers a pair, for the ranking to weigh."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from knowledge.guards import Stance, asks_otherwise, denies_otherwise, names_otherwise, shared_focus, stance
from knowledge.matching import Alphabet, Coverage, Floats, Grams
from knowledge.sounds import heard
from knowledge.vocabulary import standard
from knowledge.wording import plain

NAMES = (
    "written", "spoken", "written_beside_best", "spoken_beside_best", "meaning", "meaning_beside_best",
    "asked_singles", "stored_singles", "asked_pairs", "stored_pairs",
    "heard_asked_singles", "heard_stored_singles", "heard_asked_pairs", "heard_stored_pairs",
    "likeness", "heard_likeness", "kept_order", "heard_kept_order",
    "meaning_of_entry", "asked_singles_of_entry", "asked_pairs_of_entry", "told_by_answer", "told_beside_best",
    "denies", "asks_otherwise", "asks_the_same", "names_otherwise", "length_gap",
)  # fmt: skip
"""The columns of a row, in order; the words for weights in files."""

_UNTOLD = 0.3
"""What an answer tells beside the best where none tells anything: less than a right one does, more than a wrong one."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text made ready to be compared letter by letter: in plain form, as heard, with its stance."""

    plain: str
    heard: str
    stance: Stance


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text, and the same cut into grams."""

    words: Words
    written: Grams
    spoken: Grams


class Reader:
    """Reads texts with one growing alphabet for what is written and one for what is heard."""

    def __init__(self) -> None:
        known = json.loads(Path(__file__).with_name("everyday.json").read_text("utf-8"))
        self.written = Alphabet(known["written"], known["texts"])
        self.spoken = Alphabet(
            {heard(gram): count for gram, count in known["spoken"].items()}, known["texts"]
        )

    def store(self, text: str) -> Reading:
        """The reading of a phrasing that will be searched."""
        words = _words(text)
        return Reading(words, self.written.learn(words.plain), self.spoken.learn(words.heard))

    def tell(self, answer: str, asked: Sequence[Reading]) -> tuple[str, Grams]:
        """An answer to be searched, read, and what is heard in it and in none of the phrasings that ask for it."""
        words = standard(plain(answer))
        return words, self.spoken.learn_pairs(heard(words), (reading.spoken for reading in asked))

    def ask(self, text: str) -> Reading:
        """The reading of a question."""
        words = _words(text)
        return Reading(words, self.written.read(words.plain), self.spoken.read(words.heard))


def _words(text: str) -> Words:
    words = standard(plain(text))
    return Words(words, heard(words), stance(words))


@dataclass(frozen=True, slots=True)
class Signals:
    """What the searches said about the compared phrasings, as shares of the full and of the best score."""

    written: Floats
    written_full: float
    written_best: float
    spoken: Floats
    spoken_full: float
    spoken_best: float
    meaning: Floats
    meaning_best: float
    written_coverage: Coverage
    spoken_coverage: Coverage
    meaning_of_entry: Floats
    held_by_entry: Floats
    """How much of the question's singles and of its pairs all phrasings together hold."""
    told: Floats
    """The share of the question that answers tell of and phrasings do not."""


def compare(question: Words, stored: Sequence[Words], signals: Signals) -> NDArray[np.float64]:
    """One row a stored phrasing, columns as in NAMES."""
    columns = [
        signals.written / signals.written_full,
        signals.spoken / signals.spoken_full,
        signals.written / (signals.written_best + 1e-6),
        signals.spoken / (signals.spoken_best + 1e-6),
        signals.meaning,
        signals.meaning - signals.meaning_best,
    ]
    for coverage in (signals.written_coverage, signals.spoken_coverage):
        columns += [
            coverage.asked_singles,
            coverage.stored_singles,
            coverage.asked_pairs,
            coverage.stored_pairs,
        ]
    searched = np.stack(columns, axis=1).astype(np.float64)
    whole = (
        signals.meaning_of_entry,
        *signals.held_by_entry,
        signals.told,
        _beside_best(signals.told),
    )
    return np.hstack([searched, _alike(question, stored), np.stack(whole, axis=1), _guarded(question, stored)])


def _beside_best(told: Floats) -> Floats:
    """Where no answer tells anything, none tells less than another, and nobody is surer for it or less sure."""
    best = told.max(initial=0.0)
    shares: Floats = told / best if best > 0 else np.full_like(told, _UNTOLD)
    return shares


def _alike(question: Words, stored: Sequence[Words]) -> NDArray[np.float64]:
    """Letters kept in order, as written and as heard: beside the letters of both, and beside those of the phrasing."""
    lengths = np.array([len(words.plain) for words in stored], np.float64)
    both = np.maximum(1, lengths + len(question.plain))
    kept = [
        cdist([one], others, scorer=LCSseq.similarity, dtype=np.int32)[0].astype(np.float64)
        for one, others in (
            (question.plain, [words.plain for words in stored]),
            (question.heard, [words.heard for words in stored]),
        )
    ]
    return np.stack([*(1 - (both - 2 * one) / both for one in kept), *(one / np.maximum(1, lengths) for one in kept)], axis=1)


def _guarded(question: Words, stored: Sequence[Words]) -> NDArray[np.float64]:
    one = question.stance
    taken = [
        (denies_otherwise(one, other), asks_otherwise(one, other), shared_focus(one, other), names_otherwise(one, other))
        for other in (words.stance for words in stored)
    ]
    longest = np.array([max(1, len(words.plain)) for words in stored])
    gaps = np.abs(np.log((len(question.plain) + 1) / (longest + 1)))
    return np.column_stack([np.array(taken, np.float64), np.minimum(2.0, gaps)])
