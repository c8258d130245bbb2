"""`zhida qrcodes` and `zhida staff`: sheets for the boards, accounts for the people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from qrcodes.posters import print_sheets
from web.commands.line import Told, command, system_actor, the_house
from web.staff import accounts, tokens
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
    click.option("--label", default="", help="这把密钥给哪个系统用。")(_token)
    click.argument("name")(_token)
    command(staff, "token")(_token)
    click.argument("name")(_tokens)
    command(staff, "tokens")(_tokens)
    click.argument("number", type=int)(_revoke_token)
    command(staff, "revoke-token")(_revoke_token)
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


def _token(name: str, label: str) -> Told:
    """给账号发一把接口密钥（只显示这一次）；程序用它以该账号的角色和管理范围调用接口。"""
    house = the_house()
    with house.database.writing() as session:
        number, key = tokens.make(session, name, label, house.clock.now(), system_actor())
    return Told(f"密钥 {number} 号，只显示这一次，请马上存好：\n{key}", {"id": number, "name": name, "token": key})


def _tokens(name: str) -> Told:
    """列出账号的接口密钥（不显示密钥本身）。"""
    with the_house().database.reading() as session:
        found = tokens.of_account(session, name)
    lines = [f"{one.id} 号 {one.label}：{one.made_at:%Y-%m-%d} 发放，"
             f"{f'最近用于 {one.used_at:%Y-%m-%d}' if one.used_at else '还没有用过'}{'，已收回' if one.revoked_at else ''}" for one in found]
    told = [{"id": one.id, "label": one.label, "revoked": one.revoked_at is not None} for one in found]
    return Told("\n".join(lines) or f"账号“{name}”还没有接口密钥。", {"tokens": told})


def _revoke_token(number: int) -> Told:
    """收回一把接口密钥，马上失效。"""
    house = the_house()
    with house.database.writing() as session:
        name = tokens.revoke(session, number, house.clock.now(), system_actor())
    return Told(f"已收回账号“{name}”的 {number} 号接口密钥。", {"id": number, "name": name})
