"""系统管理 → 账号: one account looked at, added, changed, given a one-time password, closed and reopened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import Actor
from profiles.divisions import TOWNSHIP, VILLAGE
from profiles.models import Division
from web.house import house
from web.security import actor, staff
from web.staff import account_acts, account_trail, accounts, passwords
from web.staff.accounts import AccountRefused
from web.staff.division_tree import townships
from web.staff.frame import Fault, place_words, role_words
from web.staff.menu import KEEPERS
from web.staff.models import Role, StaffAccount

DUTIES = {
    Role.EDITOR: "写信息、送审、发布，写知识条目，导入农户表", Role.FIRST_REVIEWER: "初审", Role.SECOND_REVIEWER: "复审",
    Role.SIGNER: "签发、保密审查、发布和撤下", Role.SENDER: "定向推送", Role.AGENT: "答复留言，写知识条目",
    Role.CADRE: "看本村农户，打印二维码", Role.AUDITOR: "只看，不办", Role.ADMINISTRATOR: "管账号，看各室，不代替审核和推送",
}
OWN = "自己的账号请另一位管理员来改；改密码请到“我的账号”。只有一位管理员时，可以请管服务器的人运行 zhida staff 命令。"

HandOut = Callable[[Session, str, datetime, Actor], str]


def standing(account: StaffAccount, now: datetime) -> tuple[str, str]:
    """Where an account stands, in words, and the mark of it."""
    if account.closed_at is not None:
        return "已停用", ""
    if account.locked_until is not None and account.locked_until > now:
        return f"锁定到 {account.locked_until:%H:%M}", "bad"
    if account.onetime_until is not None:
        return ("等本人换密码", "wait") if account.onetime_until > now else ("一次性密码过期", "bad")
    return "在用", "good"


@staff(*KEEPERS)
def account(name: str) -> str:
    """One account: what it may do, when it was used, what was done to it."""
    one = _account(name)
    with house().database.reading() as session:
        return render_template(
            "staff/system/account.html", heading=f"账号：{one.name}", account=one, standing=standing(one, house().clock.now()),
            roles=role_words(account_acts.roles_of(session, one)), place=place_words(session, one.division),
            sign_ins=account_trail.sign_ins(session, one.name), acts=account_trail.acts_on(session, one.name),
            is_own=one.name == actor().name, may_manage=Role.ADMINISTRATOR.value in actor().roles)


@staff(Role.ADMINISTRATOR)
def add_account() -> str | Response | tuple[str, int]:
    """Add an account with its roles and area; its one-time password is shown once."""
    if request.method == "GET":
        return _form("添加账号", (), [], "", "")
    name, roles, division = request.form.get("name", "").strip(), _roles(), _area()
    faults = [Fault("name", "请填写账号名。")] if not name else []
    faults += _faults(roles, division)
    if not faults:
        password, now = passwords.one_time(), house().clock.now()
        try:
            with house().database.writing() as session:
                accounts.add(session, name, roles, division or "", password, now, actor(), now + passwords.ONE_TIME_FOR)
            return _handed_out(f"已添加账号“{name}”", name, password)
        except AccountRefused as refusal:
            faults = [Fault("name", refusal.words)]
    return _form("添加账号", faults, roles, division or "", name), 400


@staff(Role.ADMINISTRATOR)
def change_account(name: str) -> str | Response | tuple[str, int]:
    """Give somebody other roles or another area."""
    one = _account(name, of_another=True, is_open=True)
    if request.method == "GET":
        with house().database.reading() as session:
            return _form(f"改账号：{name}", (), account_acts.roles_of(session, one), one.division, name, one)
    roles, division = _roles(), _area(one.division)
    faults = _faults(roles, division)
    if not faults:
        try:
            with house().database.writing() as session:
                done = account_acts.change(session, name, roles, division or "", house().clock.now(), actor())
            flash(f"账号“{name}”已改好，马上起作用。" if done else "没有改动。", "good")
            return redirect(url_for("staff.account", name=name))
        except AccountRefused as refusal:
            faults = [Fault(refusal.place or "roles", refusal.words)]
    return _form(f"改账号：{name}", faults, roles, division or one.division, name, one), 400


@staff(Role.ADMINISTRATOR)
def reset_password(name: str) -> str | Response:
    """A one-time password for whoever forgot theirs."""
    return _hand_out(_account(name, of_another=True, is_open=True), "重设密码", account_acts.reset)


@staff(Role.ADMINISTRATOR)
def reopen_account(name: str) -> str | Response:
    """Let the person of a closed account in again, with a one-time password."""
    one = _account(name, of_another=True)
    if one.closed_at is None:
        flash(f"账号“{name}”正在使用，不用启用。", "warn")
        return redirect(url_for("staff.account", name=name))
    return _hand_out(one, "启用账号", account_acts.reopen)


@staff(Role.ADMINISTRATOR)
def close_account(name: str) -> str | Response:
    """Close an account: its person is out at once; what it did stays on record."""
    one = _account(name, of_another=True, is_open=True)
    if request.method == "GET":
        return render_template("staff/system/close.html", heading="停用账号", account=one)
    try:
        with house().database.writing() as session:
            account_acts.close(session, name, house().clock.now(), actor())
        flash(f"账号“{name}”已停用，正开着的页面也不能再用。", "good")
    except AccountRefused as refusal:
        flash(refusal.words, "bad")
    return redirect(url_for("staff.account", name=name))


def _account(name: str, *, of_another: bool = False, is_open: bool = False) -> StaffAccount:
    """An account of the actor's area; another's than the actor's own, and an open one, where that is asked."""
    with house().database.reading() as session:
        found = session.scalar(select(StaffAccount).where(StaffAccount.name == name))
    if found is None or not actor().may_act_in(found.division):
        abort(404, description=f"您的管理范围内没有账号“{name}”。请到“系统管理”的账号清单里找。")
    if of_another and found.name == actor().name:
        abort(409, description=OWN)
    if is_open and found.closed_at is not None:
        abort(409, description=f"账号“{name}”已经停用。要接着用，请先启用。")
    return found


def _hand_out(one: StaffAccount, heading: str, act: HandOut) -> str | Response:
    if request.method == "GET":
        return render_template("staff/system/hand_out.html", heading=heading, account=one, days=passwords.ONE_TIME_FOR.days)
    with house().database.writing() as session:
        password = act(session, one.name, house().clock.now(), actor())
    return _handed_out(f"{heading}：{one.name}", one.name, password)


def _handed_out(heading: str, name: str, password: str) -> str:
    """The one page that shows a one-time password; it is kept nowhere, not even in a cookie."""
    return render_template("staff/system/handed_out.html", heading=heading, name=name, password=password,
                           until=house().clock.now() + passwords.ONE_TIME_FOR)


def _roles() -> list[Role]:
    return [Role(role) for role in request.form.getlist("roles") if role in set(Role)]


def _area(present: str = "") -> str | None:
    """The chosen area, a village's code typed by hand before the township chosen; None when it is not the actor's to give."""
    code = request.form.get("village", "").strip() or request.form.get("division", "")
    if present and code == present:
        return code
    with house().database.reading() as session:
        known = bool(code) and session.get(Division, code) is not None
    return code if known and actor().may_act_in(code) else None


def _faults(roles: Sequence[Role], division: str | None) -> list[Fault]:
    return [Fault(place, words) for place, words, is_wrong in (
        ("roles", "请至少选一个角色。", not roles),
        ("division", "请选管理范围；只能选您自己管理范围内的地方。", division is None)) if is_wrong]


def _form(heading: str, faults: Sequence[Fault], chosen: Sequence[Role], division: str, name: str,
          present: StaffAccount | None = None) -> str:
    is_village = len(division) == VILLAGE
    shown = division[:TOWNSHIP] if is_village else division
    with house().database.reading() as session:
        places = list(townships(session, actor(), house().county))
        if present is not None and shown not in dict(places):
            places.insert(0, (shown, place_words(session, shown)))
    return render_template(
        "staff/system/account_form.html", heading=heading, faults=faults, places=places, account=present, name=name,
        division=request.form.get("division", shown), village=request.form.get("village", division if is_village else ""),
        chosen=[role.value for role in chosen], roles=[(role.value, role.words, DUTIES[role]) for role in Role])
