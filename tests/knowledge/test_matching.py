from __future__ import annotations

import numpy as np

from knowledge.matching import Alphabet, Packed, Postings

TEXTS = ["身份证丢了怎么补办", "身份证到期怎么换", "医保怎么交", "低保怎么申请低保"]


def shelf_of(texts: list[str]) -> tuple[Alphabet, Postings]:
    alphabet = Alphabet()
    grams = [alphabet.learn(text) for text in texts]
    return alphabet, Postings(Packed.of(grams), alphabet)


def test_the_text_with_the_same_words_scores_highest() -> None:
    alphabet, postings = shelf_of(TEXTS)
    assert int(np.argmax(postings.scores(alphabet.read("身份证丢了")))) == 0


def test_no_score_comes_near_the_full_score_without_the_words() -> None:
    alphabet, postings = shelf_of(TEXTS)
    question = alphabet.read("宠物狗打疫苗")
    assert postings.scores(question).max() < 0.2 * postings.full_score(question)


def test_coverage_is_whole_for_the_text_itself() -> None:
    alphabet, postings = shelf_of(TEXTS)
    coverage = postings.coverage(alphabet.read("医保怎么交"), np.array([2, 1]))
    assert np.isclose(coverage.asked_pairs[0], 1, atol=1e-4)
    assert np.isclose(coverage.stored_pairs[0], 1, atol=1e-4)
    assert coverage.asked_pairs[1] < 0.5


def test_a_question_with_newer_grams_is_asked_of_an_older_index() -> None:
    alphabet, postings = shelf_of(TEXTS)
    alphabet.learn("公积金提取")
    question = postings.known(alphabet.read("公积金怎么提取"))
    assert question.unknown > 0
    assert len(postings.scores(question)) == len(TEXTS)


def test_an_empty_index_scores_nothing() -> None:
    alphabet, postings = shelf_of([])
    assert len(postings.scores(alphabet.read("低保"))) == 0


def test_of_a_text_only_the_pairs_that_no_other_text_has_are_learned_each_once() -> None:
    alphabet = Alphabet()
    asked = [alphabet.learn("暖气不热"), alphabet.learn("退费")]
    told = alphabet.learn_pairs("暖气不热可退费退费", asked)
    assert sorted(told.numbers) == sorted(alphabet.numbers_of(["热可", "可退", "费退"]))
    assert list(told.times()) == [1, 1, 1]
