"""系统检查: what the doctor finds, at the desk of whoever keeps the whole system."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from sqlalchemy import text

from kernel.schema import newest
from tests import houses
from tests.web.staff.office import KEYS, OTHER, Office
from web.app import create_app

PAGE = "/staff/system/checkup"


def on_the_newest_schema(desk: Office) -> Office:
    """The same office, whose database says which schema it has."""
    with desk.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:number)"), {"number": newest()})
    return desk


def test_an_administrator_reads_what_is_wrong_and_what_to_do(desk: Office) -> None:
    page = desk.clerk("石管理").page(PAGE)
    assert "要马上处理 1 处" in page
    assert "数据库结构不是最新的。 请运行 zhida db upgrade。" in page


def test_a_system_without_a_fault_says_so(desk: Office) -> None:
    page = on_the_newest_schema(desk).clerk("石管理").page(PAGE)
    assert "没有要处理的问题" in page
    assert "知道就行 1 处 发现了什么 怎么办 正在使用模拟的短信和微信平台" in page


def test_keys_are_counted_only_when_that_is_asked(desk: Office) -> None:
    on_the_newest_schema(desk)
    other = {**KEYS, "data_key": base64.b64encode(b"e" * 32).decode()}
    house = houses.build(desk.database.url.render_as_string(hide_password=False), desk.house.settings.channels, **other)
    turned = Office(replace(house, clock=desk.house.clock), create_app(replace(house, clock=desk.house.clock)))
    clerk = turned.clerk("石管理")
    assert "里没有这把密钥" not in clerk.page(PAGE)
    page = clerk.page(f"{PAGE}?keys=1")
    assert "DATA_KEY 里没有这把密钥" in page
    assert other["data_key"] not in page
    house.database.close()


@pytest.mark.parametrize("name", ["安审计", "马编辑"])
def test_nobody_else_is_shown_the_faults_of_the_system(desk: Office, name: str) -> None:
    clerk = desk.clerk(name)
    assert clerk.get(PAGE).status_code == 403
    assert "系统检查" not in clerk.page("/staff/")


def test_an_administrator_of_a_township_is_sent_to_the_countys(desk: Office) -> None:
    desk.clerk("石管理").send("/staff/system/accounts/of/别乡编辑/change", {"roles": ["administrator"], "division": OTHER})
    clerk = desk.clerk("别乡编辑")
    assert "系统检查" not in clerk.page("/staff/system")
    assert "请告诉县里的管理员" in clerk.get(PAGE).text
