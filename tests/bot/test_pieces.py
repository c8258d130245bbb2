"""Half a question and what follows it: taken together only where the second half adds to the first."""

from __future__ import annotations

import pytest

from bot.conversation import step
from bot.state import Finding, State
from channels.messages import Incoming, IncomingKind
from tests.bot.village import ENTRIES, Known

UNSURE = 0.4


class Halves(Known):
    """A library that is unsure of 低保评上了没有, and answers it together with more words as surely as it was told."""

    together = 0.0

    def ask(self, text: str, division: str | None) -> Finding:
        if text == "低保评上了没有":
            return Finding("clarify", (ENTRIES["jiao"], ENTRIES["ling"]), "jiao", UNSURE)
        if text.startswith("低保评上了没有，"):
            return Finding("answer", (ENTRIES["jiao"],), "jiao", self.together)
        return Finding("hand_over", ())


@pytest.mark.parametrize(("text", "together", "is_one_question"), [("今天集上人多不多", UNSURE * 1.3, False), ("就是交了钱的那个", UNSURE * 2, True)])
def test_words_about_something_else_choose_nothing_from_the_list_that_stands(text: str, together: float, is_one_question: bool) -> None:
    library = Halves()
    library.together = together
    state = State()
    for number, said in enumerate(("低保评上了没有", text)):
        turn = step(state, Incoming("web", "wang", str(number), IncomingKind.TEXT, said), library)
        state = turn.state
    told = "\n".join(reply.text for reply in turn.replies)
    assert (ENTRIES["jiao"].answer in told) is is_one_question
    assert ("还没有准确的答案" in told) is not is_one_question


class Both(Known):
    """A library that surely answers each of two matters, and the two together by one of them."""

    def ask(self, text: str, division: str | None) -> Finding:
        name = {"高龄津贴咋领": "gaoling", "养老金咋领": "ling", "高龄津贴和养老金都咋领": "ling"}.get(text)
        return Finding("answer", (ENTRIES[name],), name, 0.9) if name else Finding("hand_over", ())


def test_two_matters_with_one_question_are_both_answered() -> None:
    turn = step(State(), Incoming("web", "wang", "1", IncomingKind.TEXT, "高龄津贴和养老金都咋领"), Both())
    assert [reply.text.splitlines()[0] for reply in turn.replies] == ["满80岁，到村委会登记，按月发。", ENTRIES["ling"].answer]


def test_two_things_of_one_matter_are_one_question() -> None:
    """月亮 is known to nobody, and so 和 joins two things of one question."""
    turn = step(State(), Incoming("web", "wang", "1", IncomingKind.TEXT, "月亮和养老金都咋领"), Both())
    assert len(turn.replies) == 1
