"""系统管理: accounts, and the trail of who did what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import AuditEntry
from profiles.divisions import COUNTY, Names
from profiles.models import Division
from web.house import house
from web.security import actor, staff
from web.staff import accounts, looks
from web.staff.accounts import SHORTEST_PASSWORD, AccountRefused
from web.staff.division_tree import townships
from web.staff.frame import ROWS_A_PAGE, Fault, page_asked, role_words
from web.staff.menu import KEEPERS
from web.staff.models import Role, StaffAccount, StaffRole

DUTIES = {
    Role.EDITOR: "写信息、送审、发布，写知识条目，导入农户表", Role.FIRST_REVIEWER: "初审", Role.SECOND_REVIEWER: "复审",
    Role.SIGNER: "签发、保密审查、发布和撤下", Role.SENDER: "定向推送", Role.AGENT: "答复留言，写知识条目",
    Role.CADRE: "看本村农户，打印二维码", Role.AUDITOR: "只看，不办", Role.ADMINISTRATOR: "管账号，看各室，不代替审核和推送",
}


@dataclass(frozen=True)
class AccountLine:
    """One account in the list."""

    name: str
    roles: str
    place: str
    created_at: datetime
    closed_at: datetime | None
    locked_until: datetime | None


@staff(*KEEPERS)
def system() -> str:
    """The accounts of the actor's area, open ones first."""
    with house().database.reading() as session:
        return render_template("staff/system/accounts.html", heading="系统管理", accounts=_accounts(session), tabs=TABS,
                               now=house().clock.now(),
                               may_manage=_is_administrator())


@staff(Role.ADMINISTRATOR)
def add_account() -> str | Response | tuple[str, int]:
    """Add an account with its roles and area."""
    if request.method == "GET":
        return _form(())
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    roles = [Role(role) for role in request.form.getlist("roles") if role in set(Role)]
    division = _area()
    faults = [Fault(place, words) for place, words, is_wrong in (
        ("name", "请填写账号名。", not name), ("roles", "请至少选一个角色。", not roles),
        ("division", "请选管理范围；只能选您自己管理范围内的地方。", division is None),
        ("password", f"密码太短：至少 {SHORTEST_PASSWORD} 位。", len(password) < SHORTEST_PASSWORD)) if is_wrong]
    if not faults:
        try:
            with house().database.writing() as session:
                accounts.add(session, name, roles, division or "", password, house().clock.now(), actor())
            flash(f"已添加账号“{name}”。请把密码当面交给本人，让他登录。", "good")
            return redirect(url_for("staff.system"))
        except AccountRefused as refusal:
            faults = [Fault("name", refusal.words)]
    return _form(faults), 400


@staff(Role.ADMINISTRATOR)
def close_account(name: str) -> str | Response:
    """Close an account: its person is out at once; what it did stays on record."""
    with house().database.reading() as session:
        account = session.scalar(select(StaffAccount).where(StaffAccount.name == name, StaffAccount.closed_at.is_(None)))
        if account is None or not actor().may_act_in(account.division):
            abort(404, description=f"没有正在使用的账号“{name}”。")
    if name == actor().name:
        flash("不能停用自己的账号。请另一位管理员来办。", "bad")
        return redirect(url_for("staff.system"))
    if request.method == "GET":
        return render_template("staff/system/close.html", heading="停用账号", account=account)
    with house().database.writing() as session:
        accounts.close(session, name, house().clock.now(), actor())
    flash(f"账号“{name}”已停用。", "good")
    return redirect(url_for("staff.system"))


@staff(*KEEPERS)
def trail() -> str:
    """Who did what to which thing, the latest first."""
    words = request.args.get("words", "").strip()[:60]
    chosen = select(AuditEntry)
    if len(actor().jurisdiction) > COUNTY:
        # Below the county one sees what the people of the own area did, and nothing of others.
        chosen = chosen.where(AuditEntry.actor.in_(select(StaffAccount.name).where(
            StaffAccount.division.startswith(actor().jurisdiction, autoescape=True))))
    if words:
        chosen = chosen.where(AuditEntry.actor.icontains(words, autoescape=True)
                              | AuditEntry.subject.icontains(words, autoescape=True))
    with house().database.reading() as session:
        page = page_asked(session.scalar(chosen.with_only_columns(func.count(AuditEntry.id))) or 0)
        entries = session.scalars(chosen.order_by(AuditEntry.id.desc()).limit(ROWS_A_PAGE).offset(page.offset)).all()
    return render_template("staff/system/trail.html", heading="操作记录", entries=entries, page=page, words=words, tabs=TABS)


TABS = looks.TABS


def _accounts(session: Session) -> list[AccountLine]:
    rows = session.scalars(select(StaffAccount).where(
        StaffAccount.division.startswith(actor().jurisdiction, autoescape=True))
        .order_by(StaffAccount.closed_at.is_not(None), StaffAccount.id)).all()
    roles: dict[int, list[str]] = {}
    for account_id, role in session.execute(select(StaffRole.account_id, StaffRole.role)):
        roles.setdefault(account_id, []).append(role)
    names = Names(session)
    return [AccountLine(one.name, role_words(roles.get(one.id, [])), names.place(one.division) if one.division else "全部",
                        one.created_at, one.closed_at, one.locked_until) for one in rows]


def _area() -> str | None:
    """The chosen area, a village's code typed by hand before the township chosen; None when it is not the actor's to give."""
    code = request.form.get("village", "").strip() or request.form.get("division", "")
    with house().database.reading() as session:
        known = bool(code) and session.get(Division, code) is not None
    return code if known and actor().may_act_in(code) else None


def _form(faults: Sequence[Fault]) -> str:
    with house().database.reading() as session:
        places = townships(session, actor(), house().county)
    return render_template("staff/system/add.html", heading="添加账号", faults=faults, places=places, given=request.form,
                           chosen=request.form.getlist("roles"), shortest=SHORTEST_PASSWORD,
                           roles=[(role.value, role.words, DUTIES[role]) for role in Role])


def _is_administrator() -> bool:
    return Role.ADMINISTRATOR.value in actor().roles
