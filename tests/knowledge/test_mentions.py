from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from knowledge.encoders import LexicalOnly
from knowledge.index import Index
from knowledge.mentions import Said, reconsidered, unmentioned
from knowledge.shelf import Entry

CARD = Said.of("身份证到期了怎么换，带旧证去派出所")


def missing(question: str, *texts: Said) -> float:
    said = Said.of(question)
    return unmentioned(said, [1.0] * len(said.plain), texts)


def test_what_an_entry_says_is_not_missing() -> None:
    assert missing("身份证到期怎么换", CARD) == 0


def test_what_no_text_of_an_entry_says_is_missing() -> None:
    assert missing("驾驶证到期怎么换", CARD) == pytest.approx(2 / 8)
    assert missing("驾驶证到期怎么换", CARD, Said.of("驾驶证另办")) == 0


def test_a_word_written_by_its_sound_is_not_missing() -> None:
    assert missing("身分正到期怎么换", CARD) == 0


def test_what_is_rare_is_missed_more() -> None:
    question = Said.of("驾驶证")
    assert unmentioned(question, [5.0, 5.0, 1.0], [CARD]) > unmentioned(question, [1.0, 1.0, 5.0], [CARD])


def test_an_empty_question_misses_nothing() -> None:
    assert missing("", CARD) == 0


def test_the_silence_of_a_long_entry_counts_and_that_of_a_short_one_does_not() -> None:
    assert reconsidered(0.6, 0.7, 10, 300, 1.0) < 0.25
    assert reconsidered(0.6, 0.7, 10, 15, 1.0) == pytest.approx(0.6, abs=0.03)
    assert reconsidered(0.6, 0.7, 10, 300, 0.0) == pytest.approx(0.6)


def test_an_entry_that_says_all_that_was_asked_is_surer() -> None:
    assert reconsidered(0.6, 0.0, 10, 300, 1.0) > 0.8
    assert 0 < reconsidered(0.0, 0.0, 10, 300, 1.0) < reconsidered(1.0, 0.0, 10, 300, 1.0) < 1


def test_a_single_word_that_an_entry_mentions_makes_nobody_surer() -> None:
    assert reconsidered(0.3, 0.0, 2, 300, 1.0) == pytest.approx(0.3)
    assert reconsidered(0.3, 1.0, 2, 300, 1.0) < 0.1


def test_the_answer_tells_what_an_entry_is_about(county: list[Entry], today: date) -> None:
    told = "带上旧证和照片，到户籍所在地或者居住地的派出所办，六十天以内拿到新证，第一次换不收钱。" * 3
    silent = Index.build([replace(one, answer=told) for one in county], LexicalOnly())
    speaking = Index.build([replace(one, answer=f"{told}存折一样换。") for one in county], LexicalOnly())
    before, after = (index.find("存折到期怎么换", today=today) for index in (silent, speaking))
    assert before.candidates[0].id == after.candidates[0].id == "k6"
    assert before.candidates[0].score < after.candidates[0].score


def test_probabilities_never_rise_down_the_order(county: list[Entry], today: date) -> None:
    index = Index.build([replace(one, answer="到窗口办理，带上证件。" * 20) for one in county], LexicalOnly())
    for question in ("驾驶证到期怎么换", "护照丢了怎么补办", "养老金在哪里查"):
        scores = [one.score for one in index.find(question, today=today).candidates]
        assert scores == sorted(scores, reverse=True)
        assert sum(scores[:2]) <= 1


def test_a_hidden_phrasing_says_nothing(county: list[Entry]) -> None:
    index = Index.build([replace(one, answer="到窗口办理，带上证件。" * 20) for one in county], LexicalOnly())
    shelf, asked = index.shelf, county[5].similar[0]
    hidden = np.array([one.text == asked for one in shelf.phrasings])
    seen, unseen = (index.search(asked, shelf, rows).reconsidered("k5", 0.5) for rows in (None, hidden))
    assert seen > unseen
