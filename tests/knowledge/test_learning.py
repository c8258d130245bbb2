from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from knowledge.encoders import LexicalOnly
from knowledge.features import NAMES
from knowledge.index import Index
from knowledge.learning import ENOUGH_CONFIRMED, Trial, keep, learn
from knowledge.ranking import CIRCUMSTANCES, Thresholds, Weights, default_weights
from knowledge.shelf import Entry
from knowledge.training import load_weights

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def index(county: list[Entry]) -> Index:
    return Index.build(county, LexicalOnly())


def upside_down() -> Weights:
    """Weights that put the wrong entry first."""
    good = default_weights("none")
    return replace(good, ranking=-good.ranking)


def test_better_weights_are_taken(index: Index) -> None:
    index.weights = upside_down()
    trial = learn(index)
    assert trial.taken
    assert trial.comparisons[0].after.recall_at_1 > trial.comparisons[0].before.recall_at_1
    assert trial.weights is not index.weights


def test_where_the_answers_would_get_worse_the_old_weights_stay_and_the_reason_is_told(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.learning.train", lambda *_, **__: upside_down())
    trial = learn(index)
    assert not trial.taken
    assert trial.weights is index.weights
    assert "第一条就对的比例从" in trial.reason
    assert trial.comparisons[0].fallen


def test_questions_people_confirmed_have_a_say_of_their_own(index: Index) -> None:
    asked = [(f"老人的养老钱{word}一个月有多少", "k1") for word in "到底究竟现在今年去年明年大概至少"]
    trial = learn(index, [*asked, ("问一个已经没有了的条目", "gone")])
    assert trial.confirmed == len(asked)
    assert [one.of for one in trial.comparisons] == ["知识库自己的问法", "群众问过、确认了答案的问题"]
    assert trial.comparisons[1].before.in_scope > 0


def test_the_order_is_learned_once_enough_questions_are_confirmed(index: Index) -> None:
    few = learn(index, [("养老钱一个月有多少", "k1")])
    many = learn(index, [(f"第{number}个人问养老钱一个月有多少", "k1") for number in range(ENOUGH_CONFIRMED)])
    packaged = default_weights("none").ranking
    assert np.array_equal(few.weights.ranking, packaged)
    assert not many.taken or not np.array_equal(many.weights.ranking, packaged)


def test_a_base_too_small_to_learn_from_keeps_its_weights() -> None:
    empty = Index.build([], LexicalOnly())
    trial = learn(empty)
    assert not trial.taken
    assert trial.weights is empty.weights


def test_a_base_without_similar_questions_would_learn_its_own_words_alone(county: list[Entry]) -> None:
    trial = learn(Index.build([replace(entry, similar=()) for entry in county], LexicalOnly()))
    assert not trial.taken
    assert "相似问法" in trial.reason


@pytest.mark.parametrize("taken", [True, False])
def test_only_what_was_taken_is_written_but_every_trial_leaves_its_record(tmp_path: Path, taken: bool) -> None:
    table = np.zeros((len(CIRCUMSTANCES), len(NAMES)))
    weights = Weights(table, default_weights("none").confidence, Thresholds(0.41, 0.3))
    keep(Trial(weights, taken, "因为所以。", (), 7), tmp_path / "weights.json", tmp_path / "trial.json", NOW)
    assert (load_weights(tmp_path / "weights.json") is not None) is taken
    told = json.loads((tmp_path / "trial.json").read_text("utf-8"))
    assert told["taken"] is taken
    assert (told["reason"], told["confirmed"], told["at"]) == ("因为所以。", 7, "2026-03-02T03:00:00+00:00")
