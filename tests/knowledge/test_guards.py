from __future__ import annotations

import pytest

from knowledge.guards import Focus, asks_otherwise, denies_otherwise, names_otherwise, shared_focus, stance


@pytest.mark.parametrize(
    ("question", "focus"),
    [
        ("疫苗要打几针", Focus.COUNT),
        ("身份证补办要多少钱", Focus.COST),
        ("去哪里办", Focus.PLACE),
        ("什么时候发", Focus.TIME),
        ("几天能办好", Focus.DURATION),
        ("满几岁能领", Focus.AGE),
        ("科二考到几分才算过", Focus.SCORE),
        ("失眠挂什么科", Focus.PLACE),
    ],
)
def test_what_is_asked_about_is_recognised(question: str, focus: Focus) -> None:
    assert focus & stance(question).focus


def test_how_much_and_how_often_ask_otherwise() -> None:
    assert asks_otherwise(stance("打疫苗多少钱"), stance("打疫苗打几针"))
    assert not asks_otherwise(stance("打疫苗多少钱"), stance("疫苗接种的费用"))


def test_how_long_and_when_ask_otherwise() -> None:
    assert asks_otherwise(stance("户口迁移要多长时间"), stance("户口什么时候迁移"))


def test_who_is_not_asked_whether_but_how_long_asks_for_no_leave() -> None:
    assert asks_otherwise(stance("补贴可以领吗"), stance("补贴几天可以领"))
    assert stance("医保可以代交").focus == Focus.PERMISSION


def test_a_denial_turns_a_question_round() -> None:
    assert denies_otherwise(stance("感冒了能打疫苗"), stance("感冒了不能打疫苗"))


@pytest.mark.parametrize("question", ["低保能不能代办", "能代办不", "有没有补贴", "不动产证怎么办", "退休金没事吧"])
def test_a_choice_or_a_set_word_denies_nothing(question: str) -> None:
    assert stance(question).denials == 0


def test_other_numbers_and_codes_name_something_else() -> None:
    assert names_otherwise(stance("二级残疾补多少"), stance("一级残疾补多少"))
    assert not names_otherwise(stance("残疾补多少"), stance("一级残疾补多少"))


def test_focus_is_shared_in_part() -> None:
    one, other = stance("低保怎么申请要什么材料"), stance("低保怎么申请")
    assert 0 < shared_focus(one, other) < 1
