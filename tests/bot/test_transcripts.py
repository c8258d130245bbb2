"""Talks written down by hand, replayed on every channel through the pure conversation."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bot.conversation import step
from bot.effects import ByDay, KeepAnswer, Only, Refuse, RememberQuestion, Restore, Want
from bot.flows.telling import heard
from bot.phrases import brief, wishes, words
from bot.state import Answer, Asked, Claims, Expected, Offer, State
from channels.messages import Reply
from channels.splitting import sms_length
from notices.topics import Topic
from tests.bot.village import ENTRIES, MISSING, Known, channels_of, done, fits, incoming_of, library_of, talks

LONGEST = 8
REPLAYS = [(name, lines, channel) for name, lines in talks() for channel in channels_of(name)]


@pytest.mark.parametrize(("name", "lines", "channel"), REPLAYS, ids=[f"{name}-{channel}" for name, _, channel in REPLAYS])
def test_a_talk_goes_as_it_was_written_down(name: str, lines: list[tuple[str, str]], channel: str) -> None:
    library, state, told = library_of(name), State(), ""
    for number, (speaker, said) in enumerate(lines):
        if speaker == "直达":
            assert fits(said, told), f"{name}: expected {said!r}, told {told!r}"
            continue
        turn = step(state, incoming_of(said, channel, number), library)
        state, replies = turn.state, list(turn.replies)
        for effect in turn.effects:
            state, more = done(effect, state, library, channel)
            replies += more
        state = State.from_json(state.as_json())
        parts = [reply.text + "".join(f"\n{i}. {choice}" for i, choice in enumerate(reply.choices, start=1)) for reply in replies]
        told = "\n".join(parts)
        assert channel != brief.CHANNEL or (len(parts) <= brief.MOST_PARTS and all(sms_length(one) <= brief.ROOM for one in parts)), told
        assert all(len(one.splitlines()) <= LONGEST for one in parts), told


def test_leaving_and_coming_back_ask_for_the_register_to_be_changed() -> None:
    left = step(State(), incoming_of("退订", "sms", 1), Known())
    assert left.effects == (Refuse(),)
    assert step(left.state, incoming_of("恢复", "sms", 2), Known()).effects == (Restore(),)


@pytest.mark.parametrize(("said", "effect"), [
    ("回复R", Refuse()), ("拒收请回复R", Refuse()), ("回复 TD", Refuse()), ("回T", Refuse()), ("回复退订", Refuse()), ("回“恢复”", Restore())])
def test_the_words_of_a_message_written_back_are_heard(said: str, effect: object) -> None:
    assert step(State(), incoming_of(said, "sms", 1), Known()).effects == (effect,)


@pytest.mark.parametrize(("said", "effect"), [
    ("不要养殖的", Refuse(("养殖",))), ("养殖的消息不要了", Refuse(("养殖",))), ("退订惠农补贴", Refuse(("种植",))),
    ("别发短信了", Refuse(channel="sms")), ("只要社保和医疗的", Only(("养老", "医保"))), ("还要养牛的", Want(("养殖",))), ("养殖的还要", Want(("养殖",))),
    ("晚上别发", ByDay()), ("都不要了", Refuse()),
])
def test_a_wish_in_plain_words_asks_for_the_right_line(said: str, effect: object) -> None:
    assert step(State(), incoming_of(said, "wechat", 1), Known(is_known=True)).effects == (effect,)


@pytest.mark.parametrize("said", ["不要钱吗", "养殖补贴还有吗", "取消养老保险", "养殖", "只要身份证吗", "恢复医保怎么弄", "不要彩礼的政策"])
def test_a_question_is_not_taken_for_a_wish(said: str) -> None:
    effects = step(State(), incoming_of(said, "wechat", 1), Known()).effects
    assert all(isinstance(one, RememberQuestion) for one in effects)


def test_every_answer_to_a_wish_fits_a_text_message() -> None:
    named = [topic.value for topic in Topic]
    for one, other in itertools.permutations(named, 2):
        for topics in ((one,), (one, other)):
            for told in (wishes.refused(topics, is_brief=True), wishes.only(topics, is_brief=True),
                         wishes.owed(topics, is_brief=True), wishes.wanted(topics)):
                assert sms_length(told) <= brief.ROOM, told


def test_who_is_known_is_not_sent_to_the_telephone() -> None:
    told = step(State(), incoming_of("退订", "wechat", 1), Known(is_known=True)).replies[0].text
    assert "手机短信要停" not in told


def test_the_answer_begins_within_the_first_hundred_and_twenty_characters() -> None:
    for text in ("医保怎么交", "养老", "不知道的事"):
        turn = step(State(), incoming_of(text, "wechat", 1), Known())
        assert len(turn.replies[0].text.splitlines()[0]) <= 120


CORN = Offer("PY-1", "玉米良种补贴开始登记", ("种玉米6亩",), "按您家登记情况，可以申请；以县农业农村局审核结果为准", "身份证", "村委会")


def test_a_bound_household_hears_what_it_may_apply_for_and_why_as_far_as_may_be_read() -> None:
    library = Known(household=Claims((CORN,), "您家养了几头牛？"))
    listed = step(State(), incoming_of("我家能领个啥钱？", "wechat", 1), library)
    assert listed.replies[0].text.startswith(f"{CORN.words}。\n还差一条登记：您家养了几头牛？")
    assert listed.replies[0].choices == ("玉米良种补贴开始登记",)
    told = step(listed.state, incoming_of("第一个", "wechat", 2), library).replies[0]
    assert "因为：种玉米6亩。" in told.text
    assert CORN.words in told.text
    assert told.link == "http://127.0.0.1/notices/PY-1"


def test_an_offer_that_closed_meanwhile_is_not_told() -> None:
    listed = step(State(), incoming_of("我能办什么", "wechat", 1), Known(household=Claims((CORN,))))
    told = step(listed.state, incoming_of("1", "wechat", 2), Known(household=Claims(())))
    assert "玉米" not in told.replies[0].text


def test_a_long_story_that_ends_in_the_question_is_heard() -> None:
    story = "我今年六十八了前年住院花了三万多剩下的钱都是借的娃在外头打工村上说有个补助我不知道咋弄你给我说说我到底能领个啥钱"
    assert "先核对是本人才能说" in step(State(), incoming_of(story, "wechat", 1), Known()).replies[0].text


@pytest.mark.parametrize("text", ["我能领多少养老金", "医保怎么交", "高龄津贴怎么领", "我能不能替老人交医保"])
def test_a_question_about_one_thing_is_not_taken_for_everything(text: str) -> None:
    told = step(State(), incoming_of(text, "wechat", 1), Known()).replies[0].text
    assert "先核对是本人才能说" not in told


def test_every_fixed_sentence_fits_a_text_message() -> None:
    sentences = [value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)]
    sentences.append(f"{words.NOT_FOUND}\n{words.OFFER_HUMAN}")
    long = {one: told for one in sentences if sms_length(told := brief.fitted(Reply(one))[0].text) > brief.ROOM}
    assert long == {}


def test_a_short_text_loses_its_telephone_before_it_is_cut() -> None:
    entry = Answer("a", "问", "答", "县局", "0954-7000103", "", None, "明年医保每人420元，12月31日前在手机或村委会交。问0954-7000103")
    assert brief.answer(entry) == "明年医保每人420元，12月31日前在手机或村委会交"


def test_the_telephone_of_an_answer_is_said_once() -> None:
    for name in ENTRIES:
        assert words.answered(ENTRIES[name]).count(ENTRIES[name].phone) == 1
        assert ENTRIES[name].phone not in words.rest_of(ENTRIES[name])


@pytest.mark.parametrize(("said", "unit", "value"), [
    ("5", "亩", 5.0), ("五亩", "亩", 5.0), ("大概三亩半", "亩", 3.5), ("种了十二亩吧", "亩", 12.0), ("3亩5分", "亩", 3.5), ("没有", "亩", 0.0),
    ("一亩也没有", "亩", 0.0), ("两百只", "只", 200.0), ("养了 30 多只", "只", 30.0), ("三千五", "元", 3500.0), ("一万二", "元", 12000.0),
    ("1.2万", "元", 12000.0), ("每人大约8000块钱", "元", 8000.0), ("三千零五元", "元", 3005.0), ("两口", "人", 2.0), ("四口人", "人", 4.0),
    ("三四亩", "亩", 3.0), ("-3", "亩", None), ("医保怎么交", "亩", None), ("999999999999999999", "亩", None),
])
def test_an_amount_is_heard_as_people_say_it(said: str, unit: str, value: float | None) -> None:
    assert heard(said, Asked("x", "多少？", Expected.NUMBER, unit)) == value


@pytest.mark.parametrize(("said", "value"), [("是的", True), ("有啊", True), ("对", True), ("不是", False), ("没有", False), ("没搬过", False),
                                             ("搬迁补贴多少", None), ("可能吧", None)])
def test_yes_and_no_are_heard(said: str, value: bool | None) -> None:
    assert heard(said, Asked("x", "吗？", Expected.TRUTH)) is value


def test_whole_things_are_not_halved_and_strange_words_are_no_choice() -> None:
    assert heard("两个半", Asked("x", "几口？", Expected.NUMBER, "口", is_whole=True)) is None
    assert heard("E级", MISSING[2]) is None
    assert heard("没有", MISSING[2]) == "无"
    assert heard("三组", Asked("household.group", "哪个组？", Expected.WORD)) == "三组"
    assert heard("我能办什么", Asked("household.group", "哪个组？", Expected.WORD)) is None


def test_an_answer_is_kept_and_a_number_on_offer_is_not_taken_for_one() -> None:
    library = Known(questions=MISSING)
    first = step(State(), incoming_of("我能办什么", "wechat", 1), library)
    second = step(first.state, incoming_of("5亩", "wechat", 2), library)
    assert second.effects == (KeepAnswer("crop.玉米", 5.0),)
    third = step(second.state, incoming_of("1", "wechat", 3), library)
    assert not any(isinstance(one, KeepAnswer) for one in third.effects)
    assert "5.0" not in repr(second.effects)


@pytest.mark.parametrize("said", [
    "前年家里着火有没有补助", "小孩抽搐是什么原因", "喝农药中毒报销吗", "我住的窑洞塌了一角公家管不管", "怎么防煤烟中毒", "房子塌了能领多少钱", "被骗了起诉要带什么", "高龄补贴领多少",
    "马铃薯补贴领多少", "残疾证在哪办", "神经病怎么检查", "低保的钱怎么领", "我家低保领多少钱", "医保上哪儿交", "县医院星期天上班吗", "满意度调查在哪填",
])
def test_a_plain_question_is_looked_up_and_not_answered_by_small_talk(said: str) -> None:
    assert any(isinstance(one, RememberQuestion) for one in step(State(), incoming_of(said, "wechat", 1), Known()).effects)


@pytest.mark.parametrize(("said", "number"), [
    ("快来人啊房子着火了", "119"), ("老汉喝了敌敌畏", "120"), ("山体滑坡把我家埋了", "119"), ("孙子掉河里了", "119"), ("我爹叫电打了", "120"), ("有人拿着刀砍人", "110"),
    ("孩子找不到了", "110"), ("我被骗走了五千块", "110 报警"), ("活不下去了", "12356"), ("煤气罐漏气了咋办", "119"), ("我妈突然晕倒了", "120"), ("进贼了", "110"),
])
def test_danger_is_heard_in_many_words(said: str, number: str) -> None:
    for channel in ("wechat", "sms", "web", "telegram"):
        assert number in step(State(), incoming_of(said, channel, 1), Known()).replies[0].text


def pressed(state: State, number: int, shown: Reply, library: Known) -> tuple[State, Reply]:
    turn = step(state, replace(incoming_of(str(number), "telegram", 9), mark=shown.mark), library)
    return turn.state, turn.replies[-1]


def test_a_button_does_what_it_says_or_says_that_it_is_too_old() -> None:
    library = Known()
    first = step(State(), incoming_of("养老", "telegram", 1), library)
    second = step(first.state, incoming_of("高龄津贴怎么领", "telegram", 2), library)
    oldest, middle = first.replies[-1], second.replies[-1]
    # Of the list just before: 养老金怎么领, and not 没说清 of the answer that came since.
    after, told = pressed(second.state, 2, oldest, library)
    assert told.text.startswith(ENTRIES["ling"].answer)
    # Two lists on, it chooses nothing; the present one is shown again.
    third = step(second.state, incoming_of("医保怎么交", "telegram", 3), library)
    fourth = step(third.state, incoming_of("养老", "telegram", 4), library)
    after, told = pressed(fourth.state, 2, middle, library)
    assert told.text.startswith("那是前面的选项，现在不算了")
    assert told.choices == fourth.replies[-1].choices
    assert pressed(after, 1, told, library)[1].text.startswith(ENTRIES["jiao"].answer)


def test_an_old_button_is_no_answer_to_what_is_asked_now() -> None:
    library = Known(questions=MISSING)
    listed = step(State(), incoming_of("养老", "wechat", 1), library)
    asked = step(step(listed.state, incoming_of("高龄津贴怎么领", "wechat", 2), library).state, incoming_of("我能办什么", "wechat", 3), library)
    turn = step(asked.state, replace(incoming_of("2", "wechat", 4), mark="00000000"), library)
    assert not any(isinstance(one, KeepAnswer) for one in turn.effects)
    assert turn.state.awaiting == "fact"
