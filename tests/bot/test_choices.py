"""A list of choices where it has to be read, and words that are no choice of it."""

from __future__ import annotations

import pytest

from bot.conversation import step
from bot.effects import ChooseEntry
from bot.flows.hearing import LAST, MIDDLE, number, questions
from bot.flows.menus import place_of
from bot.flows.picking import take
from bot.phrases import brief
from bot.state import State
from channels.splitting import sms_length
from tests.bot.village import Known, incoming_of

LISTED = State(offered=("entry:jiao", "entry:ling", "none:"), asked="养老", note=7)


def test_a_number_is_parted_from_the_number_that_begins_its_choice() -> None:
    assert brief.choices(["80岁以上老人的高龄津贴怎么领"]) == ("回数字：1、80岁以上老人的高龄津贴怎么领",)


def test_choices_too_long_for_one_text_message_are_told_whole_in_two() -> None:
    labels = ["易地搬迁户搬下来以后有事找谁", "自来水停了、管子坏了找谁修", "危房改造怎么申请"]
    told = brief.choices(labels)
    assert len(told) == 2
    assert all(f"{place}、{label}" in " ".join(told) for place, label in enumerate(labels, start=1))


@pytest.mark.parametrize("count", [1, 3, 5, 9])
def test_even_many_long_choices_fit_three_text_messages(count: int) -> None:
    told = brief.choices(["很长很长的一句话" * 9] * count)
    assert len(told) <= brief.MOST_PARTS
    assert all(sms_length(one) <= brief.ROOM for one in told)
    assert all(f"{place}、" in " ".join(told) for place in range(1, count + 1))


@pytest.mark.parametrize(("said", "chosen"), [
    ("中间那个", MIDDLE), ("最后那个", LAST), ("最上面的", 1), ("我问的是第二个", 2), ("就是第三个", 3), ("选2", 2), ("第二个吧", 2), ("一亩", None), ("我要三个证", None),
])
def test_a_place_in_the_list_is_heard(said: str, chosen: int | None) -> None:
    assert number(said) == chosen


def test_none_of_these_is_neither_the_last_nor_in_the_middle() -> None:
    three = ("entry:a", "entry:b", "entry:c", "none:")
    assert (place_of(LAST, three), place_of(MIDDLE, three), place_of(MIDDLE, three[:2])) == (3, 2, 0)


def test_what_was_chosen_by_words_is_kept_as_a_choice() -> None:
    turn = step(LISTED, incoming_of("养老金那个", "wechat", 1), Known())
    assert turn.effects == (ChooseEntry(7, "ling"),)


@pytest.mark.parametrize("said", ["医保怎么交", "怎么办", "要带什么", "都不是", "最新的消息有啥", "人"])
def test_what_is_no_piece_of_a_choice_is_left_to_the_others(said: str) -> None:
    assert take(LISTED, incoming_of(said, "wechat", 1), Known()) is None


def test_numbered_questions_are_parted_and_decimal_numbers_are_not() -> None:
    assert questions("我想问三件事：1、身份证丢了咋办 2、报销多少 3、危房还改不改") == ("身份证丢了咋办", "报销多少", "危房还改不改")
    assert questions("每户每月交1.5元还是2.5元才算够呢") == ()
