"""`zhida staff`: accounts for the people, keys for their programs."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select

from web.commands.line import Told, command, system_actor, the_house
from web.staff import account_acts, accounts, passwords, tokens
from web.staff.models import Role, StaffAccount


def commands() -> tuple[click.Group, ...]:
    """The group of this module."""
    staff = click.Group("staff", help="工作人员账号。")
    chosen = click.Choice([role.value for role in Role])
    for option in (
        click.option("--division", required=True, help="管理范围（区划代码）。"),
        click.option("--role", "roles", type=chosen, multiple=True, required=True, help="角色，可写多个。"),
        click.argument("name"),
    ):
        option(_add)
    command(staff, "add")(_add)
    command(staff, "list")(_list)
    for option in (
        click.option("--division", default="", help="新的管理范围（区划代码）；不写就不变。"),
        click.option("--role", "roles", type=chosen, multiple=True, help="改成这些角色，可写多个；不写就不变。"),
        click.argument("name"),
    ):
        option(_change)
    command(staff, "change")(_change)
    for name, work in (("reset-password", _reset), ("close", _close), ("reopen", _reopen), ("tokens", _tokens)):
        click.argument("name")(work)
        command(staff, name)(work)
    click.option("--label", default="", help="这把密钥给哪个系统用。")(_token)
    click.argument("name")(_token)
    command(staff, "token")(_token)
    click.argument("number", type=int)(_revoke_token)
    command(staff, "revoke-token")(_revoke_token)
    return (staff,)


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


def _list() -> Told:
    """列出全部账号：角色、管理范围、最近登录、是否停用。"""
    with the_house().database.reading() as session:
        rows = [(one, account_acts.roles_of(session, one)) for one in session.scalars(select(StaffAccount).order_by(StaffAccount.id))]
    lines = [f"{one.name}：{'、'.join(role.words for role in roles)}，管理范围 {one.division or '全部'}，"
             f"{f'最近登录 {one.signed_in_at:%Y-%m-%d}' if one.signed_in_at else '还没有登录过'}{'，已停用' if one.closed_at else ''}"
             for one, roles in rows]
    return Told("\n".join(lines) or "还没有账号，请用 zhida staff add 添加。", {"accounts": [
        {"name": one.name, "roles": [role.value for role in roles], "division": one.division, "closed": one.closed_at is not None,
         "signed_in": one.signed_in_at.isoformat() if one.signed_in_at else None} for one, roles in rows]})


def _change(name: str, roles: tuple[str, ...], division: str) -> Told:
    """改账号的角色或管理范围；不写的不变。"""
    house = the_house()
    with house.database.writing() as session:
        present = accounts.actor(session, name)
        if present is None:
            raise accounts.AccountRefused(f"没有正在使用的账号“{name}”。请用 zhida staff list 查看。")
        area = division or present.jurisdiction
        given = [Role(role) for role in roles or sorted(present.roles)]
        done = account_acts.change(session, name, given, area, house.clock.now(), system_actor())
    words = "、".join(role.words for role in given)
    return Told(f"账号“{name}”{'改为' if done else '没有变：'}{words}，管理范围 {area or '全部'}。",
                {"name": name, "roles": [role.value for role in given], "division": area, "changed": done})


def _reset(name: str) -> Told:
    """给账号一个一次性密码（只显示这一次）；原来的密码和各处的登录马上作废。"""
    house = the_house()
    with house.database.writing() as session:
        password = account_acts.reset(session, name, house.clock.now(), system_actor())
    return _handed_out(name, password)


def _close(name: str) -> Told:
    """停用账号：马上不能登录，正开着的页面和接口密钥也作废；办过的事都留有记录。"""
    house = the_house()
    with house.database.writing() as session:
        account_acts.close(session, name, house.clock.now(), system_actor())
    return Told(f"账号“{name}”已停用。", {"name": name, "closed": True})


def _reopen(name: str) -> Told:
    """重新启用停用的账号，给一个一次性密码（只显示这一次）。"""
    house = the_house()
    with house.database.writing() as session:
        password = account_acts.reopen(session, name, house.clock.now(), system_actor())
    return _handed_out(name, password)


def _handed_out(name: str, password: str) -> Told:
    return Told(f"账号“{name}”的一次性密码，只显示这一次，{passwords.ONE_TIME_FOR.days} 天内有效，登录后要换成自己的：\n{password}",
                {"name": name, "password": password, "days": passwords.ONE_TIME_FOR.days})


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
