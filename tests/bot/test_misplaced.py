"""我不是这个村的: who scanned or named the wrong village chooses another; who is reckoned by the register hears who corrects it."""

from __future__ import annotations

import pytest

from bot.conversation import step
from bot.phrases import brief
from bot.state import State, Turn
from channels.messages import Incoming, IncomingKind
from channels.splitting import sms_length
from tests.bot.village import OTHER_YAOHE, YAOHE, Known


class Registered(Known):
    """王家, whose address is on record in one 姚河村."""

    def place_of_address(self, incoming: Incoming) -> str | None:
        return YAOHE


def said(text: str, state: State, library: Known, channel: str = "wechat") -> Turn:
    return step(state, Incoming(channel, "wang", text, IncomingKind.TEXT, text), library)


@pytest.mark.parametrize("text", ["我不是这个村的", "我不是姚河村的", "村子不对", "你弄错村了", "你们把我村搞错了", "换村", "我要换个村", "选村", "不是我们村", "扫错码了",
                                  "我家不在这个村", "俺不是你们村的人", "我不是这里的"])
def test_a_village_that_came_from_a_code_or_from_words_is_given_up(text: str) -> None:
    turn = said(text, State(division=OTHER_YAOHE), Known())
    assert (turn.state.division, turn.state.awaiting) == (None, "place")
    assert "您是哪个村的" in turn.replies[0].text


@pytest.mark.parametrize("text", ["换村干部找谁", "我不是本村人能领补贴吗", "改村规民约了吗", "户口不在这个村能交医保吗", "我不是农村户口能办低保吗"])
def test_a_question_that_begins_like_it_stays_a_question(text: str) -> None:
    turn = said(text, State(division=YAOHE), Known())
    assert turn.state.division == YAOHE
    assert turn.effects, "it is kept as a question"


@pytest.mark.parametrize("channel", ["wechat", "sms", "web"])
def test_who_is_reckoned_by_the_register_hears_who_corrects_it_and_nothing_of_the_household(channel: str) -> None:
    turn = said("我不是这个村的", State(division=OTHER_YAOHE), Registered(), channel)
    told = "\n".join(reply.text for reply in turn.replies)
    assert turn.state.division == YAOHE, "the register's, no longer the scanned one"
    assert "姚河" not in told
    assert "12345" in told
    assert ("解绑" in told) is (channel == "wechat")
    assert channel != brief.CHANNEL or all(sms_length(one.text) <= brief.ROOM for one in turn.replies)


def test_the_question_asked_before_may_still_go_to_people() -> None:
    turn = said("村子不对", State(division=YAOHE, asked="路灯坏了谁修"), Known())
    assert turn.state.asked == "路灯坏了谁修"
