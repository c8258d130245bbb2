"""A button chooses from the list it stands under, though every answer has the same two beneath it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import step
from bot.effects import TakeConsultation
from bot.state import Answer, Finding, State, Turn
from channels.messages import Incoming, IncomingKind
from tests.bot.village import ENTRIES, Known

PENSION = replace(ENTRIES["ling"], answer="满60岁的当月到村委会登记。\n带什么：身份证、户口本。")


class Two(Known):
    """Two answers that both go on."""

    def ask(self, text: str, division: str | None) -> Finding:
        return Finding("answer", (PENSION,), "ling", 0.99) if text == "养老金怎么领" else super().ask(text, division)

    def entry(self, entry_id: str) -> Answer | None:
        return PENSION if entry_id == "ling" else super().entry(entry_id)


def pressed(number: str, shown: Turn, state: State, library: Known) -> Turn:
    return step(state, Incoming("telegram", "9", "k", IncomingKind.TEXT, number, mark=shown.replies[-1].mark), library)


def test_the_rest_under_an_older_answer_is_that_of_the_older_answer() -> None:
    library = Two()
    older = step(State(), Incoming("telegram", "9", "a", IncomingKind.TEXT, "高龄津贴怎么领"), library)
    newer = step(older.state, Incoming("telegram", "9", "b", IncomingKind.TEXT, "养老金怎么领"), library)
    assert older.replies[-1].choices == newer.replies[-1].choices
    assert "社保卡" in pressed("1", older, newer.state, library).replies[0].text
    assert "户口本" in pressed("1", newer, newer.state, library).replies[0].text


@pytest.mark.parametrize("between", [1, 2])
def test_an_older_answer_hands_over_no_newer_question(between: int) -> None:
    library = Two()
    older = step(State(), Incoming("telegram", "9", "a", IncomingKind.TEXT, "高龄津贴怎么领"), library)
    state = older.state
    for said in ("养老金怎么领", "医保怎么交")[:between]:
        state = step(state, Incoming("telegram", "9", said, IncomingKind.TEXT, said), library).state
    effects = pressed("2", older, state, library).effects
    assert TakeConsultation("养老金怎么领") not in effects
    assert TakeConsultation("医保怎么交") not in effects
