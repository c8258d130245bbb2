"""`zhida divisions import`: what was not taken is told by row and cure, not only counted."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.web.staff.office import open_office
from web.commands import data


def test_a_row_that_was_not_taken_is_named_with_its_cure(tmp_path: Path) -> None:
    app = Flask("commands")
    app.extensions["zhida"] = open_office(tmp_path).house
    table = tmp_path / "places.csv"
    table.write_text("code,name\n99,错的\n", encoding="utf-8")
    divisions = next(one for one in data.commands() if one.name == "divisions")
    told = app.test_cli_runner().invoke(divisions, ["import", str(table)])
    assert "拒收 1。" in told.stdout
    assert "第 2 行“code”：代码不是 6 位" in told.stdout
    assert "请改成统计用区划代码。" in told.stdout
