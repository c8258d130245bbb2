"""`zhida push visits`: the list of a push's visits as paper and as a table, kept to its owner and on record."""

from __future__ import annotations

import json
import stat
from io import BytesIO
from pathlib import Path

import click
from pypdf import PdfReader
from sqlalchemy import select

from notices.models import Notice
from profiles.access import AccessEntry, Look
from profiles.models import Household
from push.models import Dispatch
from push.states import DispatchState
from push.visits import Why, ask_for
from tests.web.staff.office import NOW, YAOHE, Office
from web.commands import visiting


def _listed(desk: Office) -> int:
    with desk.database.writing() as session:
        notice = session.scalars(select(Notice).where(Notice.reference == "PY-2026-016")).one()
        dispatch = Dispatch(notice_id=notice.id, notice_reference=notice.reference, title="低保户取暖补贴", topic="住房", digest="d",
                            purpose="notice", state=DispatchState.FINISHED, content={}, channels=["sms"], divisions=["640425"],
                            sent_by="赵推送", created_at=NOW, release_at=NOW)
        session.add(dispatch)
        session.flush()
        ask_for(session, dispatch.id, select(Household.id), Why.MUST_ARRIVE, NOW)
        return dispatch.id


def _run(desk: Office, *arguments: str) -> tuple[int, dict[str, object], str]:
    group = click.Group("push")
    visiting.hang(group)
    ran = desk.app.test_cli_runner().invoke(group, ["visits", *arguments, "--json"])
    told = json.loads(ran.stdout.splitlines()[-1]) if ran.exit_code == 0 else {}
    return ran.exit_code, told, ran.output


def test_the_paper_and_the_table_hold_a_line_a_household_and_no_hardship(desk: Office, tmp_path: Path) -> None:
    number = _listed(desk)
    paper, table = tmp_path / "visits.pdf", tmp_path / "visits.csv"
    code, told, said = _run(desk, str(number), "--out", str(paper))
    assert code == 0, said
    assert (told["households"], told["waiting"]) == (3, 3)
    assert told["villages"] == [{"village": YAOHE, "open": 3, "done": 0, "not_met": 0}]
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.read_bytes())).pages)
    assert _run(desk, str(number), "--village", YAOHE, "--out", str(table))[0] == 0
    rows = table.read_text("utf-8-sig")
    assert len(rows.splitlines()) == 4
    for words in (text, rows):
        assert "王建国" in words
        assert "请当面告知" in words
        assert not any(one in words for one in ("低保", "脱贫", "监测"))
    assert {stat.S_IMODE(one.stat().st_mode) for one in (paper, table)} == {0o600}


def test_whoever_took_the_list_out_is_on_record(desk: Office, tmp_path: Path) -> None:
    number = _listed(desk)
    _run(desk, str(number), "--out", str(tmp_path / "visits.csv"))
    with desk.database.reading() as session:
        look = session.scalars(select(AccessEntry).where(AccessEntry.look == Look.EXPORTED)).one()
    assert look.found == 3
    assert str(number) in look.subject


def test_a_push_that_is_not_there_and_a_file_of_another_kind_are_refused(desk: Office, tmp_path: Path) -> None:
    assert _run(desk, "99", "--out", str(tmp_path / "visits.pdf"))[0] == 1
    assert _run(desk, "99", "--out", str(tmp_path / "visits.doc"))[0] == 2
    assert list(tmp_path.glob("visits.*")) == []
