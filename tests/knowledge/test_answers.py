"""The library over the database: true to what was filed, quick to hear of a change, one load for many askers."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from knowledge import answers
from knowledge.answers import Library
from knowledge.encoders import LexicalOnly
from knowledge.filing import import_entries
from knowledge.ranking import Decision

DAY = date(2026, 11, 23)
SECOND = timedelta(seconds=1)


def line(entry_id: str, question: str, answer: str = "到村委会办。", **more: object) -> bytes:
    return json.dumps({"id": entry_id, "question": question, "answer": answer, **more}, ensure_ascii=False).encode() + b"\n"


def library_of(database: Database, folder: Path) -> Library:
    return Library(database, folder, LexicalOnly())


def test_an_exact_question_answers_in_a_base_of_two(both_databases: Database, clock: SetClock, tmp_path: Path) -> None:
    import_entries(both_databases, line("a", "医保怎么交") + line("b", "养老金怎么领"), clock.now(), SYSTEM)
    found = library_of(both_databases, tmp_path).ask("医保怎么交？", None, DAY)
    assert found.decision is Decision.ANSWER
    assert [entry.id for entry in found.entries] == ["a"]


def test_a_published_change_is_heard_and_a_retired_entry_falls_silent(
        database: Database, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LOOK_EVERY_SECONDS", 0.0)
    import_entries(database, line("a", "医保怎么交"), clock.now(), SYSTEM)
    library = library_of(database, tmp_path)
    assert library.ask("医保怎么交", None, DAY).entries[0].answer == "到村委会办。"
    clock.advance(SECOND)
    import_entries(database, line("a", "医保怎么交", "手机上交。") + line("c", "路灯坏了找谁"), clock.now(), SYSTEM)
    assert library.ask("医保怎么交", None, DAY).entries[0].answer == "手机上交。"
    assert library.ask("路灯坏了找谁", None, DAY).decision is Decision.ANSWER
    clock.advance(SECOND)
    import_entries(database, line("c", "路灯坏了找谁", "另一个答案。"), clock.now(), SYSTEM, draft=True)
    assert library.ask("路灯坏了找谁", None, DAY).entries[0].answer == "到村委会办。"
    import_entries(database, line("c", "路灯坏了找谁", state="retired"), clock.now(), SYSTEM)
    assert library.ask("路灯坏了找谁", None, DAY).entries == ()


def test_many_first_askers_load_the_base_once(database: Database, clock: SetClock, tmp_path: Path) -> None:
    import_entries(database, line("a", "医保怎么交"), clock.now(), SYSTEM)
    library, heard = library_of(database, tmp_path), []
    threads = [threading.Thread(target=lambda: heard.append(library.ask("医保怎么交", None, DAY).decision)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == [Decision.ANSWER] * 8


def test_filing_twice_changes_nothing_and_bad_lines_are_told_with_their_cure(
        both_databases: Database, clock: SetClock) -> None:
    good = line("a", "医保怎么交", similar=["医保咋交", "新农合怎么交"], divisions=None)
    data = good + b"not json\n" + line("b", "") + b'["list"]\n' + line("c", "x", divisions=["彭阳"])
    first = import_entries(both_databases, data, clock.now(), SYSTEM)
    assert (first.read, first.created, first.updated, first.rejected) == (5, 1, 0, 4)
    assert [error.row for error in first.rejections] == [2, 3, 4, 5]
    assert all(error.reason and error.cure for error in first.rejections)
    again = import_entries(both_databases, data, clock.now(), SYSTEM)
    assert (again.created, again.updated) == (0, 0)


def test_equal_questions_are_warned_of(database: Database, clock: SetClock) -> None:
    report = import_entries(database, line("a", "医保怎么交") + line("b", "医保怎么交"), clock.now(), SYSTEM)
    assert any("2 个条目" in warning for warning in report.warnings)


def test_a_file_in_another_encoding_is_refused_whole(database: Database, clock: SetClock) -> None:
    report = import_entries(database, "医保".encode("gb18030"), clock.now(), SYSTEM)
    assert (report.read, report.created) == (0, 0)
    assert "UTF-8" in report.warnings[0]


def test_a_change_that_arrives_with_an_older_moment_is_heard_too(
        both_databases: Database, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LOOK_EVERY_SECONDS", 0.0)
    began = clock.now()
    import_entries(both_databases, line("a", "路灯坏了找谁") + line("b", "垃圾谁来收"), began, SYSTEM)
    library = library_of(both_databases, tmp_path)
    library.prepare()
    import_entries(both_databases, line("b", "垃圾什么时候收"), began + 30 * SECOND, SYSTEM)
    library.prepare()
    import_entries(both_databases, line("a", "水管破了找谁"), began + 10 * SECOND, SYSTEM)
    assert library.ask("水管破了找谁", None, DAY).decision is Decision.ANSWER
