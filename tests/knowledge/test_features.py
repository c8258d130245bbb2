from __future__ import annotations

import numpy as np
import pytest

from knowledge.encoders import LexicalOnly
from knowledge.features import NAMES
from knowledge.index import Index
from knowledge.shelf import Entry

ENTRIES = [
    Entry("a", "孕妇能打疫苗吗", (), "答"),
    Entry("b", "孕妇不能打疫苗吗", (), "答"),
    Entry("c", "疫苗要打几针", ("疫苗一共打多少次",), "答"),
    Entry("d", "疫苗多少钱一针", (), "答"),
    Entry("e", "一级残疾补贴", (), "答"),
    Entry("f", "二级残疾补贴", (), "答"),
]


def measured(question: str, entry: str, name: str) -> float:
    index = Index.build(ENTRIES, LexicalOnly())
    search = index.search(question, index.shelf, None)
    rows = [row for row, found in enumerate(search.entries) if found == entry]
    return float(np.max(search.features[rows, NAMES.index(name)]))


@pytest.mark.parametrize(
    ("question", "same", "other", "guard"),
    [
        ("怀孕了能打疫苗吗", "a", "b", "denies"),
        ("打疫苗几次才完", "c", "d", "asks_otherwise"),
        ("二级残疾的补贴是多少", "f", "e", "names_otherwise"),
    ],
)
def test_a_near_miss_is_told_apart_by_its_guard(question: str, same: str, other: str, guard: str) -> None:
    assert measured(question, same, guard) == 0
    assert measured(question, other, guard) == 1


def test_the_same_words_are_wholly_covered() -> None:
    assert measured("疫苗要打几针", "c", "asked_pairs") == pytest.approx(1, abs=1e-4)
    assert measured("疫苗要打几针", "c", "likeness") == 1


def test_an_entry_is_credited_with_the_words_of_all_its_phrasings() -> None:
    question = "疫苗要打多少次"
    assert measured(question, "c", "asked_pairs_of_entry") > measured(question, "c", "heard_asked_pairs")
