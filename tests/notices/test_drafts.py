"""Drafts come in line by line: good ones are kept, bad ones named, the same ones change nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select

from kernel.audit import AuditEntry
from kernel.clock import SetClock
from kernel.database import Database
from notices import lifecycle, reading
from notices.drafts import Saved, import_notices, save_draft
from notices.failures import DraftRefused, Refused
from notices.models import Notice, Revision, State
from tests.notices import offices
from tests.notices.offices import EDITOR, SIGNER, TOWNSHIP, draft, lines, person, put_up, save, sign, writing


@pytest.fixture
def now(clock: SetClock) -> datetime:
    return clock.now()


def test_importing_twice_changes_nothing(both_databases: Database, now: datetime) -> None:
    data = lines(writing(), writing(reference="PY-2026-002", condition=None))
    first = import_notices(both_databases, data, now, EDITOR)
    again = import_notices(both_databases, data, now, EDITOR)
    assert (first.read, first.created, first.updated, first.rejected) == (2, 2, 0, 0)
    assert (again.read, again.created, again.updated, again.rejected) == (2, 0, 0, 0)
    with both_databases.reading() as session:
        assert session.scalar(select(func.count()).select_from(Revision)) == 2


def test_good_lines_go_in_and_bad_ones_are_named_by_line(database: Database, now: datetime) -> None:
    data = b"\xef\xbb\xbf" + lines(writing()) + b"\n" + b'{"reference": "PY-2"\n' + lines(
        writing(reference="PY-2026-003", kind="letter"), writing(reference="PY-2026-004"), writing())
    report = import_notices(database, data, now, EDITOR)
    assert (report.read, report.created, report.rejected) == (5, 2, 3)
    assert [(error.row, error.column) for error in report.rejections] == [(3, "整行"), (4, "kind"), (6, "reference")]
    assert all(error.reason and error.cure for error in report.rejections)


@pytest.mark.parametrize("data", ["信息".encode("gb18030"), b"[{}]", b"\xff\xfe{\x00", b"", b"\xef\xbb\xbf \n"])
def test_a_file_that_is_no_such_file_is_refused_whole(database: Database, now: datetime, data: bytes) -> None:
    with pytest.raises(Refused, match="请"):
        import_notices(database, data, now, EDITOR)


@pytest.mark.parametrize("line", [b"[" * 5000, b'{"a": NaN}', b"null", b"1" * 5000, b'{"condition": ' + b'{"not":' * 2000])
def test_a_hostile_line_is_rejected_alone(database: Database, now: datetime, line: bytes) -> None:
    report = import_notices(database, lines(writing()) + line + b"\n", now, EDITOR)
    assert (report.created, report.rejected) == (1, 1)


def test_an_unknown_division_is_refused_once_divisions_are_there(database: Database, now: datetime) -> None:
    with database.writing() as session:
        offices.found_places(session)
    report = import_notices(database, lines(writing(divisions=["999999"]), writing(divisions=["640425"])), now, EDITOR)
    assert [error.reason for error in report.rejections if error.row == 1] == ["没有区划 999999"]


def test_an_editor_writes_only_for_their_own_area(database: Database, now: datetime) -> None:
    township = person("镇编辑", "editor", area=TOWNSHIP)
    report = import_notices(database, lines(writing(), writing(reference="PY-9", divisions=[TOWNSHIP])), now, township)
    assert (report.created, report.rejected) == (1, 1)
    assert "管理范围" in report.rejections[0].reason


def test_nobody_takes_over_a_notice_of_another_area(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now)
        with pytest.raises(DraftRefused, match="管理范围"):
            save_draft(session, draft(divisions=[TOWNSHIP]), person("镇编辑", "editor", area=TOWNSHIP), now)


def test_a_changed_draft_is_a_new_revision_and_voids_what_was_approved(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        save(session, now)
        sign(session, now)
        assert save(session, now, body="每亩补80元") is Saved.UPDATED
    with both_databases.reading() as session:
        view = reading.current(session, "PY-2026-001")
        assert view is not None
        assert (view.state, view.revision, view.approved_hash, view.is_intact) == (State.DRAFT, 2, None, False)


def test_what_is_published_stays_up_while_it_is_rewritten(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        put_up(session, now)
        save(session, now, body="每亩补80元", divisions=[TOWNSHIP])
    with both_databases.reading() as session:
        shown = reading.current(session, "PY-2026-001")
        assert shown is not None
        assert (shown.state, shown.newer) == (State.PUBLISHED, State.DRAFT)
        assert "60元" in shown.body
        assert shown.divisions == ("640425",)
        with pytest.raises(Refused, match="重新送审"):
            shown.refuse_unsendable()
        inside = reading.working(session, "PY-2026-001")
        assert inside is not None
        assert (inside.state, inside.revision) == (State.DRAFT, 2)
        listed = reading.published_for(session, "640425", now.date())
        assert [one.revision for one in listed] == [1]


def test_a_rewritten_notice_replaces_the_published_one_when_it_is_published(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now)
        save(session, now, body="每亩补80元")
        sign(session, now)
        waiting = reading.current(session, "PY-2026-001")
        assert waiting is not None
        assert "60元" in waiting.body
        lifecycle.publish(session, "PY-2026-001", SIGNER, now)
        shown = reading.current(session, "PY-2026-001")
        assert shown is not None
        assert "80元" in shown.body
        assert shown.newer is None
        shown.refuse_unsendable()


def test_every_draft_is_written_in_the_trail(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now)
        save(session, now, body="改过")
    with database.reading() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
        assert acts == ["notice.drafted", "notice.revised"]
        assert session.scalars(select(Notice.revision)).one() == 2


def test_a_place_nobody_knows_in_a_condition_is_refused_with_its_path(database: Database, now: datetime) -> None:
    with database.writing() as session:
        offices.found_places(session)
    corn = {"fact": "crop.玉米", "at_least": 3}
    report = import_notices(database, lines(
        writing(condition={"all": [corn, {"not": {"fact": "division", "within": "99"}}]}),
        writing(reference="PY-2", condition={"any": [corn, {"fact": "division", "within": TOWNSHIP}]})), now, EDITOR)
    assert (report.created, report.rejected) == (1, 1)
    assert any("condition.all[1].not.within" in one and "99" in one for one in report.warnings)
