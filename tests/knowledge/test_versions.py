"""Versions: what changed, who wrote, and the first version of what was there before versions were kept."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

from kernel.audit import SYSTEM, Actor, record
from kernel.clock import SetClock
from kernel.database import Base, Database
from knowledge import versions
from knowledge.failures import EntryRefused
from knowledge.filing import Filed, file_draft, file_entries, import_lines, stored_lines
from knowledge.lines import EntryLine, Lines
from knowledge.models import Entry, EntryState, EntryVersion, VersionState
from knowledge.tables import from_table

WRITER, REVIEWER = Actor("马编辑"), Actor("杨初审")
LAMP = EntryLine(id="a", question="路灯坏了找谁", answer="找村委会。", similar=["路灯不亮了"])


def write(database: Database, line: EntryLine, state: EntryState, now: datetime, actor: Actor = WRITER) -> tuple[int, int]:
    with database.writing() as session:
        return file_entries(session, [Filed(line)], state, actor, now)


def test_a_draft_beside_a_reviewed_entry_leaves_it_as_it_is_until_it_is_filed(
        both_databases: Database, clock: SetClock) -> None:
    write(both_databases, LAMP, EntryState.REVIEWED, clock.now())
    newer = LAMP.model_copy(update={"answer": "找乡政府。", "similar": ["谁修路灯"]})
    assert write(both_databases, newer, EntryState.DRAFT, clock.now()) == (0, 1)
    assert write(both_databases, newer, EntryState.DRAFT, clock.now()) == (0, 0)
    with both_databases.reading() as session:
        assert session.get_one(Entry, "a").answer == "找村委会。"
    with both_databases.writing() as session:
        file_draft(session, "a", 2, REVIEWER, clock.now())
    with both_databases.reading() as session:
        assert session.get_one(Entry, "a").answer == "找乡政府。"
        assert versions.similar_of(session, ["a"]) == {"a": ["谁修路灯"]}
        newest, first = versions.history(session, "a")
        assert (newest.state, newest.written_by, newest.reviewed_by) == (VersionState.FILED, "马编辑", "杨初审")
        assert [change.label for change in newest.changes] == ["相似问", "答案"]
        assert first.changes == ()


def test_a_file_does_not_overwrite_what_was_reviewed_since_it_was_written_out(both_databases: Database, clock: SetClock) -> None:
    write(both_databases, LAMP, EntryState.REVIEWED, clock.now())
    with both_databases.reading() as session:
        (out,) = stored_lines(session)
    write(both_databases, LAMP.model_copy(update={"answer": "找乡政府。"}), EntryState.REVIEWED, clock.now(), REVIEWER)
    edited = out.model_copy(update={"answer": "找村委会，或拨 12345。"})
    report = import_lines(both_databases, Lines((edited,), (), 1, {"a": 2}), clock.now(), WRITER)
    assert (report.updated, report.rejected, [(one.row, one.column, one.value) for one in report.rejections]) == (0, 1, [(2, "稿次", "1")])
    assert "审定了第 2 稿" in report.warnings[0]
    with both_databases.reading() as session:
        assert session.get_one(Entry, "a").answer == "找乡政府。"
    on_purpose = edited.model_copy(update={"version": None})
    assert import_lines(both_databases, Lines((on_purpose,), (), 1), clock.now(), WRITER).updated == 1


def test_what_a_file_says_already_may_be_brought_again(database: Database, clock: SetClock) -> None:
    write(database, LAMP, EntryState.REVIEWED, clock.now())
    with database.reading() as session:
        (out,) = stored_lines(session)
    edited = Lines((out.model_copy(update={"answer": "找乡政府。"}),), (), 1)
    assert import_lines(database, edited, clock.now(), WRITER).updated == 1
    again = import_lines(database, edited, clock.now(), WRITER)
    assert (again.updated, again.rejected) == (0, 0)


@pytest.mark.parametrize("written", ["第二稿", "0", "1.5"])
def test_a_version_that_is_no_number_is_refused_with_its_cure(written: str) -> None:
    (fault,) = from_table([("编号", "问题", "答案", "稿次"), ("a", "路灯坏了找谁", "找村委会。", written)]).errors
    assert (fault.row, fault.column, fault.value, fault.reason) == (2, "稿次", written, "不是稿次")
    assert "空着" in fault.cure


def test_a_second_draft_takes_the_place_of_the_first(database: Database, clock: SetClock) -> None:
    write(database, LAMP, EntryState.DRAFT, clock.now())
    write(database, LAMP.model_copy(update={"answer": "找乡政府。"}), EntryState.DRAFT, clock.now())
    with database.reading() as session:
        assert [one.state for one in versions.history(session, "a")] == [VersionState.DRAFT, VersionState.REPLACED]
    with database.writing() as session, pytest.raises(EntryRefused, match="又有人改过"):
        file_draft(session, "a", 1, REVIEWER, clock.now())


def test_what_went_and_what_came_put_together_are_the_two_texts() -> None:
    before, after = "低保每月 520 元，到村委会办。" * 90, "低保每月 560 元，到乡政府办。" * 90
    for one, other in ((before, after), (before[:17], after[:17]), ("", after), (before, "")):
        change = next(versions.changes({"answer": one}, {"answer": other}))
        assert "".join(piece.text for piece in change.pieces if not piece.is_new) == one
        assert "".join(piece.text for piece in change.pieces if not piece.is_gone) == other


def test_what_stood_before_versions_were_kept_becomes_a_first_version(database: Database, clock: SetClock) -> None:
    write(database, LAMP, EntryState.REVIEWED, clock.now(), SYSTEM)
    write(database, LAMP.model_copy(update={"id": "b"}), EntryState.DRAFT, clock.now())
    with database.writing() as session:
        record(session, clock.now(), WRITER, "改知识条目", "entry:b")
    migration = import_module("migrations.versions.0022_entries_have_versions")
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE entry_versions"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
        connection.execute(text("ALTER TABLE entry_versions ADD COLUMN beside TEXT NOT NULL DEFAULT ''"))
    with database.reading() as session:
        found = {one.entry_id: one for one in session.scalars(select(EntryVersion))}
        assert (found["a"].state, found["a"].reviewed_by, found["a"].content["similar"]) == ("filed", "系统", ["路灯不亮了"])
        assert (found["b"].state, found["b"].written_by) == ("draft", "马编辑")
        assert versions.line_of_content("a", found["a"].content) == LAMP
    assert "entry_versions" in Base.metadata.tables
