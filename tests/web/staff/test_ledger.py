"""The ledger of what was published."""

from __future__ import annotations

import csv
import io

from tests.web.staff.office import Office
from web.spreadsheet import harmless


def rows(desk: Office, query: str = "") -> list[dict[str, str]]:
    answer = desk.clerk("安审计").get(f"/staff/ledger?form=csv{query}")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_ledger_says_who_reviewed_what_and_when(desk: Office) -> None:
    corn = next(row for row in rows(desk) if row["编号"] == "PY-2026-001")
    assert (corn["初审"], corn["复审"], corn["签发"]) == ("杨初审 2026-11-22", "海复审 2026-11-22", "虎签发 2026-11-22")
    assert corn["发布日期"] == "2026-11-22"
    assert "虎签发 11月22日" in desk.clerk("安审计").page("/staff/ledger")


def test_only_what_was_published_in_the_period_stands_in_it(desk: Office) -> None:
    assert len(rows(desk)) == 16
    assert rows(desk, "&start=2026-01-01&end=2026-11-21") == []
    assert len(rows(desk, "&start=2026-12-31&end=2026-11-01")) == 16


def test_a_cell_that_would_run_as_a_formula_is_made_harmless() -> None:
    assert harmless('=HYPERLINK("x")') == "'=HYPERLINK(\"x\")"
    assert harmless("@x") == "'@x"
    assert harmless("-5") == "-5"
    assert harmless("+SUM(A1)") == "'+SUM(A1)"
    assert harmless("") == ""
