"""系统管理: accounts, and the trail of who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from profiles.divisions import COUNTY, Names
from web.house import house
from web.security import actor, staff
from web.staff.account_pages import standing
from web.staff.frame import ROWS_A_PAGE, Paging, page_asked, role_words
from web.staff.menu import KEEPERS
from web.staff.models import Role, StaffAccount, StaffRole
from web.staff.system_tabs import tabs


@dataclass(frozen=True)
class AccountLine:
    """One account in the list."""

    name: str
    roles: str
    place: str
    signed_in_at: datetime | None
    standing: str
    mark: str


@staff(*KEEPERS)
def system() -> str:
    """The accounts of the actor's area, open ones first."""
    words = request.args.get("words", "").strip()[:60]
    chosen = select(StaffAccount).where(StaffAccount.division.startswith(actor().jurisdiction, autoescape=True))
    if words:
        chosen = chosen.where(StaffAccount.name.icontains(words, autoescape=True))
    with house().database.reading() as session:
        page = page_asked(session.scalar(chosen.with_only_columns(func.count(StaffAccount.id))) or 0)
        return render_template("staff/system/accounts.html", heading="系统管理", accounts=_accounts(session, page, chosen),
                               page=page, words=words, tabs=tabs(actor()), may_manage=Role.ADMINISTRATOR.value in actor().roles)


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
    return render_template("staff/system/trail.html", heading="操作记录", entries=entries, page=page, words=words, tabs=tabs(actor()))


def _accounts(session: Session, page: Paging, chosen: Select[StaffAccount]) -> list[AccountLine]:
    rows = session.scalars(chosen.order_by(StaffAccount.closed_at.is_not(None), StaffAccount.id)
                           .limit(ROWS_A_PAGE).offset(page.offset)).all()
    roles: dict[int, list[str]] = {}
    for account_id, role in session.execute(select(StaffRole.account_id, StaffRole.role).where(
            StaffRole.account_id.in_([one.id for one in rows]))):
        roles.setdefault(account_id, []).append(role)
    names, now = Names(session), house().clock.now()
    return [AccountLine(one.name, role_words(roles.get(one.id, [])), names.place(one.division) if one.division else "全部",
                        one.signed_in_at, *standing(one, now)) for one in rows]
