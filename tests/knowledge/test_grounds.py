"""What entries rest on: a document ends and what cites it stops answering at once, in every process; it comes back, and so do they."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.database import Database
from knowledge import answers, grounds
from knowledge.answers import Library
from knowledge.encoders import LexicalOnly
from knowledge.failures import EntryRefused
from knowledge.filing import Filed, file_draft, file_entries, import_lines
from knowledge.lines import EntryLine, Lines
from knowledge.models import Entry, EntryState
from knowledge.ranking import Decision

EDITOR = Actor("马编辑")
DOCUMENT = "彭民发〔2026〕3号"


def filed(database: Database, clock: SetClock, *lines: EntryLine, state: EntryState = EntryState.REVIEWED) -> None:
    with database.writing() as session:
        file_entries(session, [Filed(line) for line in lines], state, EDITOR, clock.now())


def line(entry_id: str, source: str = DOCUMENT) -> EntryLine:
    return EntryLine(id=entry_id, question=f"{entry_id}高龄津贴怎么领", answer="每月 200 元。", source=source)


def states(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {entry_id: str(state) for entry_id, state in session.execute(select(Entry.id, Entry.state))}


@pytest.mark.parametrize(("source", "document", "does"), [
    ("彭民发〔2026〕3号", "彭民发[2026]3号", True), ("彭民发（2026）3 号（演示）", "彭民发〔2026〕3号", True),
    ("《高龄津贴办法》（彭民发〔2026〕3号）第五条", "彭民发〔2026〕3号", True), ("《高龄津贴办法》（彭民发〔2026〕3号）", "高龄津贴办法", True),
    ("依据彭民发〔2026〕3号", "彭民发〔2026〕3号", True), ("彭民发〔2026〕3号", "民发〔2026〕3号", False),
    ("彭民发〔2026〕13号", "彭民发〔2026〕3号", False), ("彭民发〔2026〕3号", "3号", False), ("PY-2026-0011", "PY-2026-001", False),
    ("见 PY-2026-001", "PY-2026-001", True), ("", "", False), ("通知", "通知", True), ("一个通知", "通知", False),
])
def test_a_source_names_a_document_however_it_is_spelt_and_no_other(source: str, document: str, does: bool) -> None:
    assert grounds.cites(source, document) is does


def test_what_cites_an_abolished_document_stops_answering_in_another_process_too(
        both_databases: Database, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LOOK_EVERY_SECONDS", 0.0)
    filed(both_databases, clock, line("a"), line("b", "另一个文件〔2026〕8号"))
    other = Library(both_databases, tmp_path, LexicalOnly())
    assert other.ask("a高龄津贴怎么领", None, date(2026, 11, 22)).entries[0].id == "a"
    with both_databases.writing() as session:
        fallen = grounds.abolish(session, "彭民发[2026]3号", "被 9 号代替", EDITOR, clock.now())
    assert [one.id for one in fallen] == ["a"]
    found = other.ask("a高龄津贴怎么领", None, date(2026, 11, 22))
    assert "a" not in [one.id for one in found.candidates]
    assert states(both_databases) == {"a": "retired", "b": "reviewed"}
    with both_databases.writing() as session:
        (held,) = grounds.standing(session)
        name, came = grounds.reinstate(session, held.id, EDITOR, clock.now())
    assert (name, [one.id for one in came.back], came.stays) == ("彭民发[2026]3号", ["a"], ())
    again = other.ask("a高龄津贴怎么领", None, date(2026, 11, 22))
    assert (again.decision, again.entries[0].id) == (Decision.ANSWER, "a")


def test_what_was_retired_by_hand_or_rests_on_two_abolished_documents_does_not_come_back(
        database: Database, clock: SetClock) -> None:
    both = f"{DOCUMENT}、彭民发〔2026〕5号"
    filed(database, clock, line("a"), line("b", both), line("c"))
    with database.writing() as session:
        session.get_one(Entry, "c").state = EntryState.RETIRED
    with database.writing() as session:
        grounds.abolish(session, DOCUMENT, "代替", EDITOR, clock.now())
        grounds.abolish(session, "彭民发〔2026〕5号", "代替", EDITOR, clock.now())
        first = next(one for one in grounds.standing(session) if one.document == DOCUMENT)
        _, came = grounds.reinstate(session, first.id, EDITOR, clock.now())
    assert ([one.id for one in came.back], [one.id for one in came.stays]) == (["a"], ["b"])
    assert "5号" in came.stays[0].why
    with database.writing() as session:
        (second,) = grounds.standing(session)
        _, came = grounds.reinstate(session, second.id, EDITOR, clock.now())
    assert [one.id for one in came.back] == ["b"]
    assert states(database)["c"] == "retired"


def test_nothing_new_begins_to_answer_on_an_abolished_document(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        grounds.abolish(session, DOCUMENT, "代替", EDITOR, clock.now())
    report = import_lines(database, Lines((line("a"),), (), 1), clock.now(), EDITOR)
    assert states(database) == {"a": "retired"}
    assert any("已经废止" in words for words in report.warnings)
    assert import_lines(database, Lines((line("a"),), (), 1), clock.now(), EDITOR).updated == 0
    filed(database, clock, line("b"), state=EntryState.DRAFT)
    with database.writing() as session, pytest.raises(EntryRefused, match="已经废止，不能审定"):
        file_draft(session, "b", 1, Actor("杨初审"), clock.now())


@pytest.mark.parametrize(("document", "reason", "said"), [
    ("3号", "代替", "请写全文号"), (DOCUMENT, " ", "为什么废止"), ("长" * 201, "代替", "最多 200 字")])
def test_a_careless_abolition_is_refused_with_its_cure(database: Database, clock: SetClock, document: str, reason: str,
                                                       said: str) -> None:
    with database.writing() as session, pytest.raises(EntryRefused, match=said):
        grounds.abolish(session, document, reason, EDITOR, clock.now())
