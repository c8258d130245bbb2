from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from knowledge.encoders import LexicalOnly
from knowledge.index import Index
from knowledge.mentions import EVIDENCE, Asked, Said, evidence
from knowledge.shelf import Entry

CARD = Said.of("身份证到期了怎么换，带旧证去派出所")
NOTHING_MORE = Said.of("")


def left_out(question: str, *phrasings: Said, answer: Said = NOTHING_MORE, known: bool = False, entries: int = 400) -> dict[str, float]:
    said = Said.of(question)
    asked = Asked(said, [1.0] * len(said.plain), [known] * max(0, len(said.plain) - 1), entries)
    return dict(zip(EVIDENCE, evidence(asked, phrasings, answer), strict=True))


@pytest.mark.parametrize(("kept", "other"), [("身份证", "驾驶证"), ("结婚证", "离婚证"), ("玉米", "水稻"), ("养猪", "养蜂"), ("公积金", "失业金")])
def test_another_thing_in_the_same_sentence_is_left_out(kept: str, other: str) -> None:
    entry = Said.of(f"{kept}的手续怎么办")
    same, swapped = (left_out(f"{thing}的手续怎么办", entry) for thing in (kept, other))
    assert all(swapped[sign] > same[sign] for sign in EVIDENCE)
    assert same["longest_unasked"] == same["nowhere_asked"] == 0


def test_what_the_answer_mentions_is_not_unmentioned_but_no_phrasing_asks_it() -> None:
    silent, speaking = (left_out("驾驶证到期怎么换", CARD, answer=Said.of(told)) for told in ("带照片", "驾驶证也一样"))
    assert speaking["unmentioned"] < silent["unmentioned"]
    assert speaking["longest_unasked"] == silent["longest_unasked"] > 0


def test_a_word_written_by_its_sound_is_not_left_out() -> None:
    assert left_out("身分正到期怎么换", CARD) == left_out("身份证到期怎么换", CARD)


def test_what_is_rare_is_missed_more() -> None:
    question, known = Said.of("驾驶证"), [True, True]
    rare, common = (
        evidence(Asked(question, weights, known, 400), [CARD], NOTHING_MORE) for weights in ([5.0, 5.0, 1.0], [1.0, 1.0, 5.0])
    )
    assert rare[0] > common[0]


def test_an_empty_question_misses_nothing() -> None:
    assert set(left_out("", CARD).values()) == {0.0}


def test_the_silence_of_a_long_entry_counts_and_that_of_a_short_one_does_not() -> None:
    brief = left_out("驾驶证丢了", CARD)["unmentioned_of_much"]
    long = left_out("驾驶证丢了", CARD, answer=Said.of("带旧的去派出所" * 40))["unmentioned_of_much"]
    assert long > 5 * brief > 0


def test_a_single_word_that_an_entry_mentions_makes_nobody_surer() -> None:
    assert left_out("证", CARD)["unmentioned"] == 0
    assert left_out("身份证到期换", CARD)["unmentioned"] < 0


def test_what_stands_elsewhere_in_the_base_is_not_unheard_of() -> None:
    assert left_out("驾驶证到期怎么换", CARD, known=True)["nowhere_asked"] == 0
    assert 0 < left_out("驾驶证到期怎么换", CARD, entries=2)["nowhere_asked"] < left_out("驾驶证到期怎么换", CARD)["nowhere_asked"]


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
    seen, unseen = (index.search(asked, shelf, rows).evidence(["k5"])[0] for rows in (None, hidden))
    assert all(unseen >= seen)
    assert unseen[0] > seen[0]
