"""An entry on each surface: what was asked for comes first, nothing is cut in the middle, and it never grows too long."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import telling
from knowledge.elements import LABELS, NAMES, SPOKEN, Elements, asked_for
from knowledge.telling import LONGEST_TALK, Tellable

PENSION = Tellable(
    "高龄津贴怎么申请", "80 岁以上的老人都能申请高龄津贴。", "80岁以上可申请高龄津贴", "彭阳县民政局", "0954-7000101", "彭民发〔2026〕3号",
    date(2026, 12, 31),
    Elements(conditions="1. 满 80 周岁\n2. 本县户口", standard="每人每月 200 元", materials="身份证\n户口本\n社保卡",
             steps="1、到村委会填表\n2、乡镇审核\n3、次月打到卡上", place="村委会", hours="星期一到星期五 8:30–17:30",
             time_limit="15 个工作日", fee="不收费"), "https://zhida.test/entries/pension")


@pytest.mark.parametrize(("question", "name"), [
    ("高龄津贴一个月多少钱", "standard"), ("高龄津贴能领几百", "standard"), ("高龄津贴发多少", "standard"), ("这个补贴多少钱", "standard"),
    ("办高龄津贴要带什么", "materials"), ("办津贴要啥手续", "materials"), ("高龄津贴要哪些材料", "materials"), ("要准备些啥东西", "materials"),
    ("高龄津贴去哪儿办", "place"), ("在哪个窗口办理高龄津贴", "place"), ("高龄津贴多久能办好", "time_limit"), ("津贴几天办下来", "time_limit"),
    ("办津贴收费吗", "fee"), ("办这个要不要花钱", "fee"), ("高龄津贴谁能领", "conditions"), ("领津贴有什么条件", "conditions"),
    ("高龄津贴怎么申请", "steps"), ("津贴咋办呢", "steps"), ("周末能办津贴吗", "hours"), ("津贴的电话是多少", "phone"), ("问津贴找谁问", "phone"),
    ("高龄津贴", ""),
])
def test_what_a_question_asks_for_is_heard(question: str, name: str) -> None:
    assert asked_for(question, telling.aspects(PENSION)) == name


def test_how_much_means_the_fee_where_nothing_is_paid_out() -> None:
    assert asked_for("办个证多少钱", ["fee", "place"]) == "fee"
    assert asked_for("办个证多少钱", ["place"]) == ""


def test_what_was_asked_for_comes_first_and_the_rest_follows_in_plain_words() -> None:
    lines = telling.talk(PENSION, "高龄津贴一个月多少钱").split("\n")
    assert lines[:4] == ["标准：每人每月 200 元", "80 岁以上的老人都能申请高龄津贴。", "谁能办：满 80 周岁；本县户口", "要带什么：身份证、户口本、社保卡"]
    assert lines[4:8] == ["怎么办：", "1. 到村委会填表", "2. 乡镇审核", "3. 次月打到卡上"]
    assert lines[-1] == "问谁：彭阳县民政局 0954-7000101"
    assert telling.talk(PENSION).startswith("80 岁以上的老人都能申请高龄津贴。\n谁能办")


def test_each_part_can_be_had_by_itself() -> None:
    assert telling.steps(PENSION) == ("到村委会填表", "乡镇审核", "次月打到卡上")
    assert telling.bring(PENSION) == ("身份证", "户口本", "社保卡")
    assert telling.where(PENSION) == "村委会，星期一到星期五 8:30–17:30，电话 0954-7000101"
    assert telling.behind(PENSION) == "彭阳县民政局，依据：彭民发〔2026〕3号，有效到2026年12月31日"


def test_a_text_message_says_what_was_asked_for_or_the_short_form() -> None:
    assert telling.brief(PENSION, "要带什么") == "要带什么：身份证、户口本、社保卡"
    assert telling.brief(PENSION, "高龄津贴") == "80岁以上可申请高龄津贴"
    long = Tellable("问", "答。", "短答", elements=Elements(materials="很长的材料名称" * 9))
    assert telling.brief(long, "要带什么") == "短答"
    assert telling.brief(Tellable("问", "答。\n再说。")) == "答"


def test_a_long_guide_leaves_whole_elements_out_and_names_its_page() -> None:
    long = Tellable("怎么办", "可以办。", address="https://zhida.test/entries/a", phone="0954-7000101",
                    elements=Elements(conditions="\n".join(["符合的一条"] * 130), materials="身份证", steps="一步\n" * 200, place="政务大厅"))
    said = telling.talk(long)
    assert said == "可以办。\n要带什么：身份证\n去哪儿办：政务大厅\n问谁：0954-7000101\n全文：https://zhida.test/entries/a"


def test_an_element_that_the_answer_names_already_is_not_said_twice() -> None:
    said = telling.talk(Tellable("怎么办", "带上身份证，到村委会办，不收费。", elements=Elements(place="村委会", fee="不收费", materials="户口本")))
    assert said == "带上身份证，到村委会办，不收费。\n要带什么：户口本"


def test_a_guide_without_an_answer_says_what_follows() -> None:
    assert telling.talk(Tellable("老年证怎么办？", "", elements=Elements(materials="身份证"))).split("\n") == [
        "老年证怎么办，照下面办。", "要带什么：身份证"]


@given(answer=st.text(max_size=900), question=st.text(max_size=20), parts=st.lists(st.text(max_size=400), min_size=11, max_size=11))
def test_it_never_grows_beyond_its_room(answer: str, question: str, parts: list[str]) -> None:
    told = Tellable("问", answer, phone="12345", elements=Elements(*parts), address="https://zhida.test/entries/a")
    assert len(telling.talk(told, question)) <= LONGEST_TALK
    assert len(telling.wanted(told, question)) <= telling.IN_ONE_BLANK


def test_every_element_has_its_names() -> None:
    assert set(LABELS) == set(SPOKEN) == set(NAMES)
