"""Whoever cannot use a telephone is told the entry's own way without one, which still says what to bring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import step
from bot.state import Answer, State
from channels.messages import Incoming, IncomingKind
from tests.bot.village import ENTRIES, Known

INSURANCE = replace(ENTRIES["yibao"], answer="每人400元，手机上能交。\n手机上：打开“掌上12333”。\n不会用手机：带上身份证到村委会，村干部帮您交。")


class Village(Known):
    """An insurance that can be paid without a telephone."""

    def entry(self, entry_id: str) -> Answer | None:
        return INSURANCE if entry_id == "yibao" else super().entry(entry_id)


@pytest.mark.parametrize(("asked", "told"), [
    ("我老汉不会用手机咋交", "带上身份证到村委会，村干部帮您交。"), ("没得智能手机", "带上身份证到村委会，村干部帮您交。"),
    ("要带啥", "不会用手机：带上身份证到村委会，村干部帮您交。")])
def test_the_way_without_a_telephone_is_that_of_the_matter_spoken_of(asked: str, told: str) -> None:
    library = Village()
    first = step(State(), Incoming("wechat", "9", "a", IncomingKind.TEXT, "医保怎么交"), library)
    then = step(first.state, Incoming("wechat", "9", "b", IncomingKind.TEXT, asked), library)
    assert then.replies[0].text == f"{told}\n（说的是：医保怎么交）"
