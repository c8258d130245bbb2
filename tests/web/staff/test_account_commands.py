"""`zhida wechat` and `zhida push broadcast`: the account's menu, codes for boards, a word to everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask

from channels.simulators.running import Running, start_simulators
from qrcodes import landings
from qrcodes.posters import print_sheets
from tests.web.staff.office import BAIYANG, Office
from web.commands import broadcasting, wechat


@pytest.fixture
def vendors(desk: Office) -> Iterator[Running]:
    with start_simulators(clock=desk.house.clock) as running:
        yield running


@pytest.fixture
def office(desk: Office, vendors: Running) -> Office:
    """The same office, whose commands run without the site."""
    app = Flask("commands")
    app.extensions["zhida"] = house = replace(
        desk.house, settings=replace(desk.house.settings, channels=vendors.config))
    return Office(house, app)


def ran(office: Office, group: click.Group, *words: str) -> Result:
    return office.app.test_cli_runner().invoke(group, list(words))


def told(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def account() -> click.Group:
    """Hung together once, as in a process that runs one command."""
    return wechat.commands()[0]


@pytest.fixture(scope="module")
def push() -> click.Group:
    group = click.Group("push")
    broadcasting.hang(group)
    return group


def test_a_board_whose_wechat_code_is_scanned_is_the_village(
    office: Office, vendors: Running, tmp_path: Path, account: click.Group
) -> None:
    out = tmp_path / "codes.csv"
    assert ran(office, account, "codes", "--division", BAIYANG, "--out", str(out)).exit_code == 1
    house = office.house
    print_sheets(house.database, house.token_key, BAIYANG, tmp_path / "sheets.pdf", house.settings.web.public_url, house.clock.now())
    made = ran(office, account, "codes", "--division", BAIYANG, "--out", str(out), "--permanent", "--json")
    assert made.exit_code == 0, made.output
    lines = out.read_text("utf-8-sig").splitlines()
    assert len(lines) == told(made)["codes"] + 1
    village, _, _, content = lines[-1].split(",")
    scene = vendors.simulators.wechat.desk.codes[content]
    with house.database.reading() as session:
        assert landings.place(session, scene, house.token_key, house.clock.now()) == village
    before = len(vendors.simulators.wechat.desk.codes)
    assert ran(office, account, "codes", "--division", BAIYANG, "--out", str(out), "--permanent").exit_code == 0
    assert len(vendors.simulators.wechat.desk.codes) == before


def test_a_menu_is_checked_and_put_in_place(
    office: Office, vendors: Running, tmp_path: Path, account: click.Group
) -> None:
    file = tmp_path / "menu.json"
    file.write_text('{"button": [{"name": "最新信息", "type": "click"}]}', encoding="utf-8")
    refused = ran(office, account, "menu", str(file))
    assert (refused.exit_code, vendors.simulators.wechat.desk.menu) == (1, None)
    assert "button[1].key 要填" in refused.output
    file.write_text('{"button": [{"name": "更多", "sub_button": [{"name": "抽奖", "type": "click", "key": "lottery"}]}]}', encoding="utf-8")
    assert "button[1].sub_button[1].key“lottery”没有人应。可以用：latest、" in ran(office, account, "menu", str(file)).output
    file.write_text('{"button": [{"name": "最新信息", "type": "click", "key": "latest"}]}', encoding="utf-8")
    assert told(ran(office, account, "menu", str(file), "--json")) == {"buttons": 1}
    assert vendors.simulators.wechat.desk.menu is not None
    file.write_bytes("{}".encode("utf-16"))
    assert "UTF-8" in ran(office, account, "menu", str(file)).output


def test_a_broadcast_is_released_asked_for_again_and_listed(office: Office, vendors: Running, push: click.Group) -> None:
    vendors.faults.add("lose_answer", vendor="wechat", times=1)
    first = ran(office, push, "broadcast", "--notice", "PY-2026-005", "--as", "赵推送", "--json")
    assert (first.exit_code, told(first)["state"]) == (0, "unknown")
    again = ran(office, push, "broadcast", "--again", str(told(first)["broadcast"]), "--as", "赵推送", "--json")
    assert told(again)["state"] == "taken"
    assert len(vendors.ledger.calls) == 1
    assert told(ran(office, push, "broadcasts", "--json"))["broadcasts"][0]["notice"] == "PY-2026-005"
    assert "赵推送" in ran(office, push, "broadcasts").output


def test_who_may_not_send_and_what_is_not_open_is_refused(office: Office, push: click.Group, vendors: Running) -> None:
    assert "没有推送的权限" in ran(office, push, "broadcast", "--notice", "PY-2026-005", "--as", "马编辑").output
    assert "Telegram 没有开通" in ran(office, push, "broadcast", "--notice", "PY-2026-005", "--as", "赵推送",
                                  "--channel", "telegram").output
    assert ran(office, push, "broadcast", "--as", "赵推送").exit_code == 2
    assert vendors.ledger.messages == 0
