"""`zhida staff`: what the console's administrator does, from the machine's keyboard, for when there is none."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from kernel.audit import AuditEntry
from tests.web.staff.office import COUNTY, PASSWORD, YAOHE, Clerk, Office
from web.commands import staffing


@pytest.fixture(scope="module")
def group() -> click.Group:
    """Hung together once, as in a process that runs one command."""
    return staffing.commands()[0]


def ran(desk: Office, group: click.Group, *words: str) -> Result:
    app = Flask("commands")
    app.extensions["zhida"] = desk.house
    return app.test_cli_runner().invoke(group, list(words))


def told(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout.splitlines()[-1]))


def test_the_only_administrator_who_forgot_the_password_is_let_in_again(desk: Office, group: click.Group) -> None:
    given = told(ran(desk, group, "reset-password", "石管理", "--json"))["password"]
    door = Clerk(desk.app.test_client())
    assert door.send("/staff/sign-in", {"name": "石管理", "password": PASSWORD}).status_code == 400
    assert door.send("/staff/sign-in", {"name": "石管理", "password": given}).status_code == 302


def test_the_last_administrator_is_not_closed_nor_narrowed_by_command_either(desk: Office, group: click.Group) -> None:
    for words in (("close", "石管理"), ("change", "石管理", "--role", "editor"), ("change", "石管理", "--division", YAOHE)):
        refused = ran(desk, group, *words)
        assert refused.exit_code == 1
        assert "最后一位管理员" in refused.stderr
    assert ran(desk, group, "change", "石管理", "--role", "administrator", "--role", "auditor").exit_code == 0


def test_the_trail_names_whoever_called_sudo_not_root(desk: Office, group: click.Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "root")
    monkeypatch.setenv("SUDO_USER", "jiguang")
    assert ran(desk, group, "close", "祁坐席").exit_code == 0
    monkeypatch.delenv("SUDO_USER")
    assert ran(desk, group, "reopen", "祁坐席").exit_code == 0
    with desk.house.database.reading() as session:
        acts = session.scalars(select(AuditEntry.actor).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert acts == ["root", "jiguang"]


def test_a_change_leaves_what_is_not_named(desk: Office, group: click.Group) -> None:
    assert told(ran(desk, group, "change", "祁坐席", "--division", YAOHE, "--json")) == {
        "name": "祁坐席", "roles": ["agent"], "division": YAOHE, "changed": True}
    assert told(ran(desk, group, "change", "祁坐席", "--role", "sender", "--json"))["division"] == YAOHE
    assert told(ran(desk, group, "change", "祁坐席", "--json"))["changed"] is False


def test_closed_and_opened_again_an_account_is_listed_as_it_stands(desk: Office, group: click.Group) -> None:
    def listed() -> dict[str, Any]:
        return next(one for one in told(ran(desk, group, "list", "--json"))["accounts"] if one["name"] == "祁坐席")

    assert listed() == {"name": "祁坐席", "roles": ["agent"], "division": COUNTY, "closed": False, "signed_in": None}
    ran(desk, group, "close", "祁坐席")
    assert listed()["closed"] is True
    assert "没有正在使用的账号“祁坐席”" in ran(desk, group, "reset-password", "祁坐席").stderr
    assert ran(desk, group, "reopen", "祁坐席").exit_code == 0
    assert "没有停用的账号“祁坐席”" in ran(desk, group, "reopen", "祁坐席").stderr
