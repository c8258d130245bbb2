"""`zhida qrcodes` and `zhida staff`: sheets for the boards, accounts for the people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from qrcodes.posters import print_sheets
from web.commands.line import Told, command, system_actor, the_house
from web.staff import accounts
from web.staff.models import Role


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    codes = click.Group("qrcodes", help="二维码。")
    staff = click.Group("staff", help="工作人员账号。")
    click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到哪个 PDF。")(_print)
    click.option("--division", required=True, help="区划代码：打印它和它下面各村的码。")(_print)
    command(codes, "print")(_print)
    click.option("--division", required=True, help="管理范围（区划代码）。")(_add)
    click.option("--role", "roles", type=click.Choice([role.value for role in Role]), multiple=True, required=True,
                 help="角色，可写多个。")(_add)
    click.argument("name")(_add)
    command(staff, "add")(_add)
    return codes, staff


def _print(division: str, out: Path) -> Told:
    """打印一个区划和它下面各村的公示栏二维码（A4 PDF）。"""
    house = the_house()
    printed = print_sheets(house.database, house.token_key, division, out, house.settings.web.public_url,
                           house.clock.now())
    return Told(f"{printed.codes} 个码，{printed.pages} 页，写在 {out}。",
                {"codes": printed.codes, "pages": printed.pages, "seconds": round(printed.seconds, 3)})


def _add(name: str, roles: tuple[str, ...], division: str) -> Told:
    """添加账号；密码现场输入，或从标准输入读一行。"""
    password = (click.prompt("密码", hide_input=True, confirmation_prompt="再输一遍") if sys.stdin.isatty()
                else sys.stdin.readline().rstrip("\n"))
    house = the_house()
    with house.database.writing() as session:
        accounts.add(session, name, [Role(role) for role in roles], division, password, house.clock.now(),
                     system_actor())
    words = "、".join(Role(role).words for role in roles)
    return Told(f"已添加账号“{name}”（{words}，管理范围 {division}）。",
                {"name": name, "roles": list(roles), "division": division})
