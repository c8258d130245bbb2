"""Two entries for one question: found before the second is kept, with the spots on which they contradict each other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from knowledge.answers import Library
from knowledge.clashes import clashes
from knowledge.encoders import LexicalOnly
from knowledge.filing import Filed, file_entries
from knowledge.lines import EntryLine
from knowledge.models import EntryState
from knowledge.neighbours import neighbours, overlap, warnings_of


def line(entry_id: str, question: str = "医保怎么交", answer: str = "每人 420 元。", **more: object) -> EntryLine:
    return EntryLine.model_validate({"id": entry_id, "question": question, "answer": answer, **more})


@pytest.mark.parametrize(("here", "there", "about"), [
    ("每人 420 元。", "每人420块钱。", []), ("每人 420 元。", "每人 380 元。", ["金额"]), ("一共 1 万元。", "一共 10,000 元。", []),
    ("每人 420 元。", "每人 420 元，娃娃 380 元。", []), ("大人 420 元，娃娃 380 元。", "大人 420 元，娃娃 350 元。", ["金额"]),
    ("12月31日前交。", "2026-12-31 前交。", []), ("12月31日前交。", "12月25日前交。", ["日期"]),
    ("打 0954-7000103。", "打 09547000103。", []), ("打 0954-7000103。", "打 0954-7000104。", ["电话"]),
    ("能代交。", "不能代交。", ["能不能、要不要"]), ("不收费。", "免费。", []), ("要带身份证。", "到村委会办。", []),
    ("15 个工作日办好。", "20 个工作日办好。", ["数目（工作日）"]), ("来办，不收办证钱。", "带上证，交工本费 80 元。", ["收不收费"]),
    ("交工本费 80 元，别的不收钱。", "不收钱。", []), ("满 60 岁。", "满 65 周岁，每月 100 元。", []),
])
def test_what_two_answers_contradict_each_other_on(here: str, there: str, about: list[str]) -> None:
    assert [one.about for one in clashes(here, there)] == about
    assert [one.about for one in clashes(there, here)] == about


def test_the_differing_spots_are_marked_in_both() -> None:
    (clash,) = clashes("大人 420 元，娃娃 380 元。", "大人 420 元，娃娃 350 元。")
    assert [("大人 420 元，娃娃 380 元。"[a:b], "大人 420 元，娃娃 350 元。"[c:d]) for (a, b), (c, d) in
            zip(clash.here, clash.there, strict=True)] == [("380 元", "350 元")]


def test_entries_meet_where_a_place_and_a_day_belong_to_both() -> None:
    assert overlap(line("a"), line("b", divisions=["640425100"]))
    assert overlap(line("a", divisions=["640425"]), line("b", divisions=["640425100"]))
    assert not overlap(line("a", divisions=["640425101"]), line("b", divisions=["640425100"]))
    assert not overlap(line("a", valid_until=date(2026, 6, 30)), line("b", valid_from=date(2026, 7, 1)))


def found(database: Database, clock: SetClock, folder: Path, wanted: EntryLine) -> list[tuple[str, str, list[str], bool]]:
    library = Library(database, folder, LexicalOnly())
    with database.reading() as session:
        return [(one.id, one.words, [piece.text for piece in one.there if piece.is_marked], one.is_draft)
                for one in neighbours(session, library.index(), wanted)]


def test_an_equal_question_of_another_entry_is_found_and_its_own_is_not(
        both_databases: Database, clock: SetClock, tmp_path: Path) -> None:
    with both_databases.writing() as session:
        file_entries(session, [Filed(line("a", similar=["合疗咋交"])), Filed(line("b", "路灯坏了找谁", "找村委会。"))],
                     EntryState.REVIEWED, SYSTEM, clock.now())
        file_entries(session, [Filed(line("c", "医保咋交呢", "每人 420 元。"))], EntryState.DRAFT, SYSTEM, clock.now())
    assert found(both_databases, clock, tmp_path, line("d", "合疗咋交", "每人 380 元。")) == [
        ("a", "问法一样，金额说得不一样", ["420 元"], False)]
    assert found(both_databases, clock, tmp_path, line("d", "医保咋交", "每人 420 元。"))[0] == ("c", "问法一样", [], True)
    assert found(both_databases, clock, tmp_path, line("a", "医保怎么交", "每人 380 元。", similar=["合疗咋交"])) == []
    assert found(both_databases, clock, tmp_path, line("d", "娃娃上学有什么补助", "每年 1000 元。")) == []


def test_a_file_is_warned_of_what_it_says_twice_and_against_what_answers(database: Database, clock: SetClock, tmp_path: Path) -> None:
    with database.writing() as session:
        file_entries(session, [Filed(line("a"))], EntryState.REVIEWED, SYSTEM, clock.now())
    library = Library(database, tmp_path, LexicalOnly())
    lines = [line("b", "路灯坏了找谁", "打 0954-7000131。"), line("c", "谁修路灯", "打 0954-7000132。", similar=["路灯坏了找谁？"]),
             line("d", "医保怎么交？", "每人 380 元。"), line("e", "水费咋交", "来交。", divisions=["640425100"]),
             line("f", "水费咋交", "来交。", divisions=["640425101"])]
    warned = warnings_of(library.index, lines)
    assert warned == ["条目 b 与 c（谁修路灯）问法一样，电话说得不一样，请核对", "条目 d 与 a（医保怎么交）问法一样，金额说得不一样，请核对"]
