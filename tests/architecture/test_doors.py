"""Every route says whose it is, every setting is in the manual, every migration stands in line."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from kernel.database import Base, Database
from kernel.schema import newest, upgrade
from tests.schema import load_models
from web.compose import sections
from web.security import Door

ROOT = Path(__file__).resolve().parents[2]


def test_every_route_declares_its_door(site: Flask) -> None:
    open_doors = [rule.endpoint for rule in site.url_map.iter_rules()
                  if rule.endpoint != "static"
                  and not isinstance(getattr(site.view_functions[rule.endpoint], "door", None), Door)]
    assert open_doors == []


def test_staff_pages_have_staff_doors_and_nothing_else_has(site: Flask) -> None:
    for rule in site.url_map.iter_rules():
        door = getattr(site.view_functions[rule.endpoint], "door", None)
        if door is not None and rule.endpoint not in ("staff.sign_in",):
            assert (door.kind == "staff") == rule.rule.startswith("/staff"), rule.rule


def test_every_setting_stands_in_the_manual_with_its_words_and_default() -> None:
    manual = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    declared = {name.upper(): field for section in sections() for name, field in section.model_fields.items()}
    assert {name for name in declared if f"| `{name}` |" not in manual} == set()
    assert {name for name, field in declared.items() if (field.description or "!") not in manual} == set()
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", manual, re.MULTILINE)) - set(declared) <= {"ZHIDA_ENV"}


def test_the_migrations_make_the_very_schema_of_the_code(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    load_models()
    opened = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    assert upgrade(opened) == newest()
    with opened.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrations_are_numbered_in_line() -> None:
    names = sorted(path.name for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
