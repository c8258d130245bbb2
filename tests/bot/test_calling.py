"""电话没人接: whoever rang in vain is not sent to the telephone again."""

from __future__ import annotations

import pytest

from bot.conversation import step
from bot.state import State, Turn
from channels.messages import Incoming, IncomingKind
from tests.bot.village import Known


def said(text: str, state: State | None = None) -> Turn:
    return step(state or State(), Incoming("wechat", "wang", text, IncomingKind.TEXT, text), Known())


@pytest.mark.parametrize("text", ["打12345没人接", "电话没人接", "打不通", "12345打了三遍都没人接气死了", "一直占线", "医保局电话打不通", "你们给的号码是空号", "打你们电话不接",
                                  "热线老是打不进去"])
def test_who_rang_in_vain_is_asked_for_the_matter_and_not_told_to_ring(text: str) -> None:
    turn = said(text)
    assert turn.state.awaiting == "question"
    assert turn.replies[0].text.startswith("电话没打通")
    assert "12345" not in turn.replies[0].text


@pytest.mark.parametrize("text", ["给儿子打电话没人接", "没人接孩子放学咋办", "12345晚上有人接吗", "电话费没人接收怎么办", "我们村的路打不通", "手机停机了怎么办"])
def test_other_calls_and_other_words_are_left_to_the_answers(text: str) -> None:
    assert "电话没打通" not in said(text).replies[0].text
