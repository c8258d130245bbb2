"""What asks the same falls together, whatever sign was mistyped; what asks another thing does not."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge import likeness
from knowledge.encoders import SentenceEncoder
from knowledge.likeness import Likeness, belonging, heaps

ASKED = ("玉米补贴一亩多少钱", "玉米补帖一亩给多少", "请问今年玉米补贴每亩多少钱", "路灯坏了找谁修", "村里路灯不亮了谁来修", "狗咬了人去哪打针")
WORDS = "一二三四五六七"


def together(found: list[np.ndarray]) -> set[frozenset[int]]:
    return {frozenset(int(one) for one in heap) for heap in found}


def by_words(texts: tuple[str, ...]) -> Likeness:
    return Likeness(texts, np.zeros((len(texts), 0), np.float16))


def test_one_thing_in_three_wordings_is_one_heap(meaning: SentenceEncoder) -> None:
    alike = Likeness(ASKED, meaning.encode(ASKED).astype(np.float16))
    assert together(heaps(alike, np.arange(len(ASKED)))) == {frozenset({0, 1, 2}), frozenset({3, 4}), frozenset({5})}


def test_without_a_model_words_and_sounds_alone_bring_them_together() -> None:
    assert {0, 1, 2} in [set(one) for one in together(heaps(by_words(ASKED), np.arange(len(ASKED))))]


def test_what_names_another_number_is_another_thing() -> None:
    alike = by_words(("三级残疾补贴怎么领", "四级残疾补贴怎么领", "残疾补贴怎么领"))
    between = alike.between(np.array([0]), np.array([1, 2]))[0]
    assert between[0] == 0.0
    assert between[1] > alike.threshold


@pytest.mark.parametrize(("text", "group"), [("玉米补贴每亩是多少钱", 7), ("路灯坏了该找谁修", 9), ("学费怎么减免", None)])
def test_a_new_wording_goes_where_it_belongs(text: str, group: int | None) -> None:
    alike = by_words((text, *ASKED))
    assert belonging(alike, np.array([0]), np.arange(1, 7), [7, 7, 7, 9, 9, 8]) == [group]


def test_where_nothing_is_known_nothing_belongs_and_where_nothing_is_asked_there_is_no_heap() -> None:
    assert belonging(by_words(ASKED), np.arange(2), np.arange(0), []) == [None, None]
    assert heaps(by_words(ASKED), np.arange(0)) == []


def test_a_heap_too_large_to_compare_is_cut_where_it_is_least_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_LARGEST", 3)
    monkeypatch.setattr(likeness, "_BLOCK", 2)
    found = heaps(by_words(ASKED + ASKED), np.arange(12))
    assert sorted(row for heap in found for row in heap) == list(range(12))
    assert frozenset({3, 9}) <= next(one for one in together(found) if 3 in one)
