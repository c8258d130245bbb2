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


def test_an_answer_counts_for_what_no_phrasing_says() -> None:
    titles = [Entry("lamp", "反映和平路的问题", (), "路灯电缆被挖断，已重新接通"), Entry("rubbish", "反映和平路的情况", (), "垃圾桶已增设两处")]
    index = Index.build(titles, LexicalOnly())
    letter = "我们住在和平路北头，上下夜班都从这里走，晚上没有路灯，黑得很，老人孩子都不敢出门。"
    search = index.search(letter, index.shelf, None)
    beside = dict(zip(search.entries, search.features[:, NAMES.index("told_beside_best")], strict=True))
    assert beside == {"lamp": 1.0, "rubbish": 0.0}


def test_where_no_answer_tells_more_than_its_question_none_is_preferred() -> None:
    copied = [Entry(entry.id, entry.question, entry.similar, entry.question) for entry in ENTRIES]
    for entries in (copied, [Entry(entry.id, entry.question, entry.similar, "") for entry in ENTRIES]):
        index = Index.build(entries, LexicalOnly())
        search = index.search("孩子刚满月，社区叫去打疫苗，我们不知道这个疫苗要打多少钱，一共打几针", index.shelf, None)
        assert not search.features[:, NAMES.index("told_by_answer")].any()
        assert len(set(search.features[:, NAMES.index("told_beside_best")])) == 1


def test_of_a_short_question_answers_are_not_listened_to() -> None:
    index = Index.build([Entry("lamp", "反映和平路的问题", (), "路灯已重新接通"), Entry("rubbish", "和平路的情况", (), "已增设")], LexicalOnly())
    search = index.search("和平路没有路灯", index.shelf, None)
    assert not search.features[:, NAMES.index("told_by_answer")].any()
