"""An answer by text message: whole, in one blank where it fits, in the next where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import step
from bot.phrases import brief
from bot.state import Answer, Finding, State
from channels.messages import Incoming, IncomingKind
from channels.splitting import sms_length
from tests.bot.village import ENTRIES, Known


class Short(Known):
    """A library of one answer, with the short text of a test."""

    short = ""

    def entry(self, entry_id: str) -> Answer | None:
        return replace(ENTRIES["gaoling"], short=self.short)

    def ask(self, text: str, division: str | None) -> Finding:
        answer = self.entry("gaoling")
        assert answer is not None
        return Finding("answer", (answer,), "gaoling", 0.9)


@pytest.mark.parametrize(("short", "told"), [
    ("满80岁到村委会登记", ("满80岁到村委会登记",)),
    ("满80岁带身份证、户口本、社保卡到村委会登记，按月发。问0954-7000106", ("满80岁带身份证、户口本、社保卡到村委会登记，按月发",)),
    ("没批上会有书面说明。不服可到乡镇申请复查，或打0954-7000106、12345", ("没批上会有书面说明。不服可到乡镇申请复查", "或打0954-7000106、12345")),
])
def test_a_short_answer_loses_its_telephone_before_it_is_parted_and_no_word_of_it_is_cut(short: str, told: tuple[str, ...]) -> None:
    library = Short()
    library.short = short
    replies = step(State(), Incoming("sms", "19900000000", "1", IncomingKind.TEXT, "没批上咋办"), library).replies
    assert tuple(reply.text for reply in replies) == told
    assert all(sms_length(reply.text) <= brief.ROOM for reply in replies)
