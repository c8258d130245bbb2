"""What is said beside a matter: that whoever asks has no telephone is no part of the matter."""

from __future__ import annotations

import pytest

from bot.conversation import step
from bot.flows.aspects import apart, asked_for
from bot.state import Finding, State
from channels.messages import Incoming, IncomingKind
from tests.bot.village import ENTRIES, Known


@pytest.mark.parametrize(("text", "matter", "besides"), [
    ("我不会用手机咋交医保", "咋交医保", ("offline",)), ("老人没有智能手机的怎么认证，要带啥", "怎么认证", ("offline", "materials")),
    ("没有手机号能办社保卡吗", "没有手机号能办社保卡吗", ()), ("不会用手机上的医保平台", "不会用手机上的医保平台", ()), ("没有手机", "没有手机", ())])
def test_having_no_telephone_is_heard_apart_from_the_matter(text: str, matter: str, besides: tuple[str, ...]) -> None:
    assert apart(text) == (matter, besides)


def test_who_has_no_telephone_is_not_answered_with_what_a_telephone_can_do() -> None:
    class Misled(Known):
        """A library that would answer the whole sentence by its telephone."""

        def ask(self, text: str, division: str | None) -> Finding:
            return Finding("answer", (ENTRIES["dian"],), "dian", 0.9) if "手机" in text else super().ask(text, division)

    told = step(State(), Incoming("web", "wang", "1", IncomingKind.TEXT, "我没有手机医保怎么交"), Misled()).replies[0].text
    assert told.startswith(ENTRIES["yibao"].answer)
    assert "带身份证到村委会，村干部帮着办" in told


@pytest.mark.parametrize(("text", "aspect"), [
    ("钱啥时候到帐", "paid"), ("多会儿到账", "paid"), ("钱打到哪里", "account"), ("发到哪个卡上", "account"), ("要些啥子东西", "materials"), ("代什么才料", "materials"),
    ("她一个月能领几个钱", "standard"), ("打到哪儿问", ""), ("多久能办下来", "time_limit")])
def test_asking_on_is_heard_in_the_words_of_the_place_and_as_dictation_writes_it(text: str, aspect: str) -> None:
    assert asked_for(text) == aspect
