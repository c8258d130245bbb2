"""电话没人接, 跑了三趟都没办成: whoever tried in vain is neither sent to the telephone again nor told that nothing was found."""

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


@pytest.mark.parametrize("text", ["跑了三趟都没办成", "推来推去没人管", "办事跑了好几回 总说缺材料", "村上推镇上 镇上推县上", "为啥总让我跑", "一会儿要这一会儿要那", "他们踢皮球",
                                  "找谁都不管", "说了八百遍了", "问了也白问", "光说不办", "没人理我", "第三次问了 你们到底管不管", "问了三遍都不给个准话"])
def test_who_was_sent_round_is_asked_for_the_matter(text: str) -> None:
    turn = said(text)
    assert turn.state.awaiting == "question"
    assert turn.replies[0].text.startswith("让您来回折腾，对不住。")


@pytest.mark.parametrize(("text", "told"), [
    ("打了十几个电话都说不归他管", "您这句话我转给工作人员"), ("修路的事跑了三趟都没人管", "您这句话我转给工作人员"),
     ("跑了好几趟了，月亮的户口还没上", "您这句话我转给工作人员"), ("高龄津贴怎么领，跑了三趟都没办成", "还是办不成，回“人工”")])
def test_the_matter_told_beside_it_is_answered_or_handed_on_in_those_words(text: str, told: str) -> None:
    turn = said(text)
    assert told in turn.replies[-1].text
    assert turn.state.asked == text


@pytest.mark.parametrize("text", ["要跑几趟", "跑一趟能办好吗", "医保怎么交", "村里的垃圾谁管", "坐车跑几个来回多少钱"])
def test_a_question_about_going_somewhere_is_no_grievance(text: str) -> None:
    assert "对不住" not in said(text).replies[0].text


def test_who_was_sent_round_about_what_was_just_asked_may_hand_on_that() -> None:
    assert "“医保怎么交”这件事我转给工作人员" in said("跑断腿都没人理", said("医保怎么交").state).replies[0].text
