from __future__ import annotations

import json
from datetime import date

import pytest

from knowledge.encoders import LexicalOnly
from knowledge.evaluation import Query, auroc, evaluate
from knowledge.index import Index
from knowledge.shelf import Entry
from knowledge.spoiling import Spoiling

QUERIES = [
    Query("低保怎么申请", frozenset({"k3"})),
    Query("身份证丢了怎么补办", frozenset({"k5"})),
    Query("低保怎么申请？", frozenset({"k9"})),
    Query("今天天气怎么样", frozenset()),
]


def test_the_figures_count_what_was_asked(county: list[Entry], today: date) -> None:
    figures = evaluate(Index.build(county, LexicalOnly()), QUERIES, today=today, kinds=()).plain
    assert (figures.questions, figures.in_scope) == (4, 3)
    assert figures.recall_at_1 == pytest.approx(2 / 3)
    assert (figures.answered_right, figures.answered_wrong, figures.handed_over) == (2, 1, 1)
    assert figures.wrong_of_answered == pytest.approx(1 / 3)


def test_spoilt_copies_are_measured_by_kind(county: list[Entry], today: date) -> None:
    report = evaluate(Index.build(county, LexicalOnly()), QUERIES, today=today, kinds=[Spoiling.FILLERS])
    data = json.loads(json.dumps(report.as_json()))
    assert set(data["spoilt"]) == {"fillers"}
    assert data["spoilt"]["fillers"]["questions"] == 4


def test_no_questions_give_figures_of_nothing(county: list[Entry], today: date) -> None:
    figures = evaluate(Index.build(county, LexicalOnly()), [], today=today, kinds=()).plain
    assert figures.questions == 0
    assert figures.auroc is None


@pytest.mark.parametrize(
    ("confidences", "right", "expected"),
    [([0.9, 0.1], [True, False], 1.0), ([0.1, 0.9], [True, False], 0.0), ([0.5, 0.5], [True, False], 0.5)],
)
def test_auroc_is_the_chance_that_the_right_one_is_surer(confidences, right, expected) -> None:
    assert auroc(confidences, right) == expected
