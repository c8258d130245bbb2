from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.encoders import LexicalOnly
from knowledge.index import Index, rank
from knowledge.ranking import Weights, default_weights
from knowledge.shelf import Entry
from knowledge.training import lessons, load_weights, save_weights, train


def trained(entries: list[Entry], also_order: bool = False) -> Weights:
    index = Index.build(entries, LexicalOnly())
    return train(index, lessons(index), also_order=also_order)


def test_the_order_is_learned_only_where_that_is_asked(county: list[Entry]) -> None:
    assert np.array_equal(trained(county).ranking, default_weights("none").ranking)
    assert not np.array_equal(trained(county, also_order=True).ranking, default_weights("none").ranking)


def test_few_questions_that_no_entry_answers_are_answered_from_near_neighbours() -> None:
    places = "东南西北上下前后左右内外"
    alike = [Entry(f"{place}{kind}", f"{place}村{kind}怎么办", (), "答") for place in places for kind in ("户口", "低保", "医保")]
    index = Index.build(alike, LexicalOnly())
    weights = train(index, lessons(index), also_order=False)
    outside = [one.search for one in lessons(index) if not one.right]
    sure = [rank(search, weights.ranking, weights.confidence)[0].score for search in outside]
    assert np.mean([one >= weights.thresholds.answer for one in sure]) <= 0.4


def test_training_twice_gives_the_same_weights(county: list[Entry]) -> None:
    one, other = trained(county), trained(county)
    assert np.array_equal(one.ranking, other.ranking)
    assert np.array_equal(one.confidence, other.confidence)


def test_a_base_without_entries_keeps_the_packaged_weights() -> None:
    weights = trained([])
    assert np.array_equal(weights.ranking, default_weights("none").ranking)


def test_a_lesson_never_shows_the_question_it_hides(county: list[Entry]) -> None:
    index = Index.build(county[:1], LexicalOnly())
    for lesson in lessons(index):
        if not lesson.right:
            assert lesson.search.entries == ()


def test_some_lessons_have_no_right_answer(county: list[Entry]) -> None:
    taught = lessons(Index.build(county, LexicalOnly()))
    assert any(not lesson.right for lesson in taught)
    assert any(lesson.marks.any() for lesson in taught)


def test_weights_come_back_from_their_file(county: list[Entry], tmp_path: Path) -> None:
    weights = trained(county)
    save_weights(weights, tmp_path / "weights.json")
    again = load_weights(tmp_path / "weights.json")
    assert again is not None
    assert np.allclose(again.ranking, weights.ranking, atol=1e-3)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"ranking": 3}', '{"ranking": {}, "confidence": {}}'])
def test_a_spoilt_weights_file_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(content, "utf-8")
    assert load_weights(path) is None
    assert load_weights(tmp_path / "missing.json") is None
