from __future__ import annotations

import json

import numpy as np
import pytest

from knowledge.encoders import HEAVY
from knowledge.features import NAMES
from knowledge.mentions import EVIDENCE
from knowledge.ranking import (
    CIRCUMSTANCES,
    NOTHING,
    SIGNS,
    Candidate,
    Decision,
    Thresholds,
    Weights,
    best_of_entries,
    decide,
    default_weights,
    exact,
    probabilities,
    second_look,
    signs,
)

LIMITS = Thresholds(answer=0.6, clarify=0.3)


def test_the_sure_are_answered() -> None:
    assert decide([Candidate("a", 0.8), Candidate("b", 0.1)], LIMITS).decision is Decision.ANSWER


def test_the_unsure_are_offered_what_may_be_meant() -> None:
    assert decide([Candidate("a", 0.4), Candidate("b", 0.2)], LIMITS).decision is Decision.CLARIFY


def test_what_is_not_known_is_handed_over() -> None:
    assert decide([Candidate("a", 0.1), Candidate("b", 0.05)], LIMITS).decision is Decision.HAND_OVER
    assert decide([], LIMITS) is NOTHING


def test_at_most_ten_candidates_are_named() -> None:
    many = [Candidate(str(number), 0.05) for number in range(30)]
    assert len(decide(many, LIMITS).candidates) == 10


def test_the_same_words_in_two_entries_are_asked_back() -> None:
    assert exact(["a", "b"], []).decision is Decision.CLARIFY
    assert exact(["a"], [Candidate("b", 0.9), Candidate("a", 0.3)]).candidates[0].id == "a"


def test_an_entry_counts_by_its_best_phrasing() -> None:
    rows = best_of_entries(["a", "b", "a", "c"], np.array([0.1, 0.5, 0.9, 0.2]))
    assert list(rows) == [2, 1, 3]


def test_probabilities_never_rise_down_the_order() -> None:
    chance = np.random.default_rng(3)
    fused = np.sort(chance.normal(size=8) * 3)[::-1]
    seen = signs(chance.random((8, len(NAMES))), np.ones((8, len(CIRCUMSTANCES))), fused, chance.random((3, len(EVIDENCE))))
    sure = probabilities(chance.normal(size=len(SIGNS)), seen)
    assert (np.diff(sure) <= 0).all()
    assert sure[0] + sure[1] <= 1


@pytest.mark.parametrize(("long", "order"), [(0.0, [1, 0, 2, 3]), (1.0, [0, 1, 2, 3])])
def test_of_short_texts_the_entry_that_leaves_out_less_comes_first(long: float, order: list[int]) -> None:
    held = np.full((4, len(CIRCUMSTANCES)), long)
    left_out = np.zeros((3, len(EVIDENCE)))
    left_out[0, 0] = 0.05
    fused = np.array([2.0, 1.9, 1.0, 0.9])
    weights = np.zeros(len(SIGNS))
    weights[SIGNS.index("unmentioned")] = -4.0
    assert list(second_look(fused, signs(np.zeros((4, len(NAMES))), held, fused, left_out), weights)) == order


@pytest.mark.parametrize("model", ["none", "use-multilingual-3", HEAVY])
def test_the_packaged_weights_survive_their_file(model: str) -> None:
    weights = default_weights(model)
    again = Weights.from_json(json.loads(json.dumps(weights.as_json())))
    assert np.allclose(again.ranking, weights.ranking)
    assert again.thresholds == weights.thresholds


def test_weights_without_a_signal_are_refused() -> None:
    data = default_weights("use-multilingual-3").as_json()
    del data["ranking"]["meaning"]
    with pytest.raises(KeyError):
        Weights.from_json(data)


def test_what_was_learned_before_letters_were_told_apart_still_serves() -> None:
    told = default_weights("none").as_json()
    told["confidence"] = {sign: 0.5 for sign in told["confidence"] if "letter" not in sign}
    weights = Weights.from_json(told).confidence
    assert {float(weight) for weight, sign in zip(weights, SIGNS, strict=True) if "letter" in sign} == {0.0}
    assert weights[SIGNS.index("lead")] == 0.5
    with pytest.raises(KeyError):
        Weights.from_json({**told, "confidence": {}})


def test_what_was_learned_before_answers_were_listened_to_still_serves() -> None:
    told = default_weights("none").as_json()
    for name in ("told_by_answer", "told_beside_best"):
        del told["ranking"][name]
        for sign in (name, f"{name}, letter"):
            del told["confidence"][sign]
    weights = Weights.from_json(told)
    assert not weights.ranking[:, NAMES.index("told_beside_best")].any()
    assert weights.confidence[SIGNS.index("told_beside_best, letter")] == 0.0
