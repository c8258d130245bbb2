"""A published notice answers questions: in its own words, with its office, and not longer than it holds."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.clock import SetClock
from kernel.database import Database
from knowledge.answers import Library, view_of
from knowledge.encoders import LexicalOnly
from knowledge.models import Entry, EntryState
from notices import lifecycle
from notices.publishing import answers_of
from notices.surfaces.rendering import render
from tests.notices.offices import EDITOR, draft, put_up, save, sign

BODY = """今年种了玉米的乡亲，补贴开始登记了。

### 为啥补

好种子贵，补一点大家敢换。

**谁能办**

今年种玉米 3 亩以上的农户。

二、补贴标准：每亩 60 元，一户最多补 50 亩。

### 怎么办

1. 到村委会报亩数。
2. 村干部核对。

### 带什么

户主身份证、社保卡。

### 什么时候截止

12月31日前。
"""


@pytest.fixture
def now(clock: SetClock) -> datetime:
    return clock.now()


def test_an_entry_says_what_until_when_where_and_whom_to_ask(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now)
        entry = session.scalars(select(Entry)).one()
    assert entry.question == "2026年玉米良种补贴申报"
    assert entry.valid_until == date(2026, 12, 31)
    assert entry.divisions == ["640425"]
    for words in ("截止：12月31日", "到哪办：所在村委会", "带什么：身份证、社保卡", "问谁：彭阳县农业农村局 0954-7012345"):
        assert words in view_of(entry).answer


def test_a_policy_answers_by_its_five_aspects(database: Database, now: datetime, tmp_path: Path) -> None:
    with database.writing() as session:
        put_up(session, now, body=BODY)
    library = Library(database, tmp_path, LexicalOnly())
    for question, first in (("玉米良种补贴多少钱", "标准：每亩 60 元，一户最多补 50 亩。"), ("玉米良种补贴谁能领", "谁能办：今年种玉米 3 亩以上的农户。"),
                            ("玉米良种补贴要带什么", "要带什么：户主身份证、社保卡。"), ("玉米良种补贴什么时候截止", "什么时候办：12月31日前。"),
                            ("为什么要发玉米良种补贴", "为什么：好种子贵，补一点大家敢换。")):
        (found,) = library.entries(["notice:PY-2026-001"], question)
        assert found.answer.split("\n")[0] == first
        assert len(found.answer) <= 600
    assert library.ask("玉米良种补贴多少钱", None, now.date()).entries[0].asked == "standard"
    assert library.entries(["notice:PY-2026-001"], "玉米良种补贴多少钱")[0].steps == ("到村委会报亩数。", "村干部核对。")


@pytest.mark.parametrize(("kind", "asked"), [("notice", True), ("draft_decision", False)])
def test_a_notice_to_everybody_is_asked_by_its_elements_too_and_a_draft_is_not(kind: str, asked: bool) -> None:
    made = draft(kind=kind, condition=None, title="毛驴良种补贴申报通知", body=BODY)
    (filed,) = answers_of(made, render(made).web.text)
    assert [f"毛驴良种补贴{words}" in filed.line.similar for words in ("多少钱", "谁能办", "什么时候截止")] == [asked] * 3


def test_a_rewritten_notice_replaces_its_answer(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now)
        save(session, now, summary="每亩补80元")
        sign(session, now)
        lifecycle.publish(session, "PY-2026-001", EDITOR, now)
        entry = session.scalars(select(Entry)).one()
    assert entry.answer.startswith("每亩补80元")
    assert entry.state == EntryState.REVIEWED


@pytest.mark.parametrize(("short_text", "told"), [
    ("玉米良种补贴开始登记。", "玉米良种补贴开始登记，12月31日前，所在村委会"),
    ("玉米良种补贴12月31日前到所在村委会登记", "玉米良种补贴12月31日前到所在村委会登记"), ("", ""), ("低保户请登记", "")])
def test_who_asks_by_text_message_hears_when_and_where_once(short_text: str, told: str) -> None:
    made = draft(short_text=short_text)
    (filed,) = answers_of(made, render(made).web.text)
    assert filed.line.short == told


def test_a_list_tells_where_it_hangs_and_no_name() -> None:
    made = draft(kind="public_list", condition=None, title="姚河村名单公示", body="| 户主 | 亩 |\n|---|---|\n| 王大山 | 5 |",
                 valid_until="2026-12-10", deadline=None)
    (filed,) = answers_of(made, render(made).web.text)
    assert "王" not in filed.line.answer
    assert "公示到12月10日" in filed.line.answer
