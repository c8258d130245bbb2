"""The trail in the office's words: no act is shown by its name in the code."""

from __future__ import annotations

import re
from pathlib import Path

from web.staff.trail_words import ACTS, subject_words

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("profiles", "notices", "push", "channels", "web/commands", "web/staff", "web/public")
RECORDED = re.compile(r'"((?:push|notice|broadcast|divisions|portraits|profiles|posting|visit|template|resident)\.[a-z_]+)"')

HANDED = re.compile(r'record(?:ed)?\(\s*session,[^"()]*(?:"[^"]*" if [^"()]*)?"([a-z_]+(?:\.[a-z_]+)+)"')


def test_every_act_that_is_written_down_has_words() -> None:
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    acts = {act for path in sources for act in RECORDED.findall(path.read_text(encoding="utf-8"))}
    assert {"push.send", "notice.drafted", "broadcast.asked"} <= acts
    assert acts - ACTS.keys() == {"portraits.npz"}  # a file


def test_every_act_that_is_handed_to_the_trail_has_words() -> None:
    packages = ("kernel", "channels", "profiles", "knowledge", "notices", "qrcodes", "push", "bot", "web")
    sources = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    acts = {act for path in sources for act in HANDED.findall(path.read_text(encoding="utf-8"))}
    assert {"profiles.household.move", "staff.division", "push.send"} <= acts
    assert acts - ACTS.keys() == set()


def test_no_word_of_the_code_stands_behind_what_an_act_was_done_to() -> None:
    assert [subject_words(one) for one in ("knowledge:export", "knowledge:batch:3", "portraits:model", "notice:PY-2026-001")] == [
        "知识库", "知识库 第 3 批", "个性化推荐", "信息 PY-2026-001"]
