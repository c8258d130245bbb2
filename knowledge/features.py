"""Measures how alike a question and a stored phrasing are: a row of numbers a pair, for the ranking to weigh."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, LCSseq

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

    def tell(self, answer: str, asked: Sequence[Reading]) -> Grams:
        """What is heard in an answer to be searched and in none of the phrasings that ask for it."""
        return self.spoken.learn_pairs(_words(answer).heard, (reading.spoken for reading in asked))

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
    coverage_of_entry: Coverage
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
        signals.coverage_of_entry.asked_singles,
        signals.coverage_of_entry.asked_pairs,
        signals.told,
        _beside_best(signals.told),
    )
    read = np.array([_beside(question, phrasing) for phrasing in stored], np.float64)
    read = read.reshape(len(stored), -1)
    cut = NAMES.index("meaning_of_entry") - searched.shape[1]
    return np.hstack([searched, read[:, :cut], np.stack(whole, axis=1), read[:, cut:]])


def _beside_best(told: Floats) -> Floats:
    """Where no answer tells anything, none tells less than another, and nobody is surer for it or less sure."""
    best = told.max(initial=0.0)
    shares: Floats = told / best if best > 0 else np.full_like(told, _UNTOLD)
    return shares


def _beside(question: Words, phrasing: Words) -> tuple[float, ...]:
    longest = max(1, len(phrasing.plain))
    one, other = question.stance, phrasing.stance
    return (
        Indel.normalized_similarity(question.plain, phrasing.plain),
        Indel.normalized_similarity(question.heard, phrasing.heard),
        LCSseq.similarity(question.plain, phrasing.plain) / longest,
        LCSseq.similarity(question.heard, phrasing.heard) / longest,
        float(denies_otherwise(one, other)),
        float(asks_otherwise(one, other)),
        shared_focus(one, other),
        float(names_otherwise(one, other)),
        min(2.0, abs(log((len(question.plain) + 1) / (longest + 1)))),
    )
