"""What a place is called by those who live there, and numbered steps as a talk can say them."""

from __future__ import annotations

import pytest

from bot.gazetteer import Gazetteer, ways_of_saying
from bot.phrases.words import flowing, point_of, rest_of
from bot.state import Answer

NAMED = {"640425100": "白阳镇", "640425100200": "姚河村民委员会", "640425100201": "红星三队村民委员会"}


@pytest.mark.parametrize("said", ["姚河村", "俺是姚河村的", "额是白阳镇姚河村滴", "我家在姚河", "我们是姚河村三组的", "姚河村二队的人", "咱家住在姚河村"])
def test_a_village_is_known_by_the_words_of_its_people(said: str) -> None:
    book = Gazetteer()
    found = [book.codes(one, lambda: NAMED) for one in ways_of_saying(said)]
    assert ["640425100200"] in found


def test_a_village_named_like_a_group_keeps_its_name() -> None:
    book = Gazetteer()
    assert book.codes(ways_of_saying("红星三队")[0], lambda: NAMED) == ["640425100201"]


def test_numbered_steps_stand_in_the_line_of_their_name_and_are_the_point_when_asked_for() -> None:
    guide = "怎么办：\n1. 给防疫员打电话。\n2. 到村委会签字。\n带什么：身份证。"
    assert flowing(guide) == "怎么办：给防疫员打电话；到村委会签字。\n带什么：身份证。"
    answer = Answer("calf", "见犊补母怎么申请", guide, "县农业农村局", "0954-7000123", "", None)
    assert point_of(answer) == "怎么办：给防疫员打电话；到村委会签字。"
    assert rest_of(answer) == "带什么：身份证。"
