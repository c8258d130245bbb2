"""What an administrator does to somebody's account: change what it may do, hand out a password, close and reopen it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from web.staff import passwords
from web.staff.accounts import AccountRefused, refuse_area, subject
from web.staff.models import Role, StaffAccount, StaffRole, StaffToken

CHANGED, RESET, CLOSED, REOPENED = "改账号", "重设密码", "停用账号", "启用账号"


def change(session: Session, name: str, roles: Iterable[Role], division: str, now: datetime, by: Actor) -> bool:
    """Give an open account other roles and another area, at once also for whoever is signed in; False when nothing changes."""
    administrators = _administrators(session)
    account, chosen = _open(session, name), sorted(set(roles))
    held = roles_of(session, account)
    if not chosen:
        raise AccountRefused("请至少选一个角色；不再用的账号请停用。", "roles")
    if division == account.division and chosen == held:
        return False
    if division != account.division:
        refuse_area(division)
    keeps = Role.ADMINISTRATOR in chosen and account.division.startswith(division)
    if not keeps:
        _keep_one(administrators, account)
    before = {"roles": [role.value for role in held], "division": account.division}
    session.execute(delete(StaffRole).where(StaffRole.account_id == account.id))
    session.add_all(StaffRole(account_id=account.id, role=role.value) for role in chosen)
    account.division = division
    record(session, now, by, CHANGED, subject(name), {
        "roles": [role.value for role in chosen], "division": division, "before": before})
    return True


def reset(session: Session, name: str, now: datetime, by: Actor) -> str:
    """A one-time password in place of the one that is forgotten or known to others; every session of the account ends."""
    account = _open(session, name)
    password = _hand_out(account, now)
    record(session, now, by, RESET, subject(name))
    return password


def close(session: Session, name: str, now: datetime, by: Actor) -> None:
    """Close an open account: its person and its programs' keys are out at once and for good, its acts stay on record."""
    administrators = _administrators(session)
    account = _open(session, name)
    _keep_one(administrators, account)
    account.closed_at = now
    account.sessions_ended += 1
    session.execute(update(StaffToken).where(StaffToken.account_id == account.id, StaffToken.revoked_at.is_(None))
                    .values(revoked_at=now))
    record(session, now, by, CLOSED, subject(name))


def reopen(session: Session, name: str, now: datetime, by: Actor) -> str:
    """Open a closed account again for the same person, with a one-time password; keys of programs do not come back."""
    account = session.scalar(select(StaffAccount).where(
        StaffAccount.name == name, StaffAccount.closed_at.is_not(None)).with_for_update())
    if account is None:
        raise AccountRefused(f"没有停用的账号“{name}”。请核对账号名。")
    account.closed_at = None
    password = _hand_out(account, now)
    record(session, now, by, REOPENED, subject(name))
    return password


def roles_of(session: Session, account: StaffAccount) -> list[Role]:
    """The roles of an account, by name."""
    return sorted(Role(role) for role in session.scalars(select(StaffRole.role).where(StaffRole.account_id == account.id)))


def _hand_out(account: StaffAccount, now: datetime) -> str:
    password = passwords.one_time()
    account.password_hash, account.onetime_until = passwords.hashed(password), now + passwords.ONE_TIME_FOR
    account.failed_signins, account.locked_until = 0, None
    account.sessions_ended += 1
    return password


def _open(session: Session, name: str) -> StaffAccount:
    account = session.scalar(select(StaffAccount).where(
        StaffAccount.name == name, StaffAccount.closed_at.is_(None)).with_for_update())
    if account is None:
        raise AccountRefused(f"没有正在使用的账号“{name}”。请核对账号名。")
    return account


def _administrators(session: Session) -> dict[int, str]:
    """The open administrators and their areas, held till the end of the transaction.

    They are held before anything else and in one order: two who close each other at the same moment must not both succeed.
    """
    theirs = select(StaffRole.account_id).where(StaffRole.role == Role.ADMINISTRATOR.value)
    session.execute(select(StaffAccount.id).where(StaffAccount.id.in_(theirs)).order_by(StaffAccount.id).with_for_update())
    found = session.execute(select(StaffAccount.id, StaffAccount.division).where(
        StaffAccount.id.in_(theirs), StaffAccount.closed_at.is_(None)))
    return {row.id: row.division for row in found}


def _keep_one(administrators: dict[int, str], account: StaffAccount) -> None:
    """Refuse to take away the last open administrator of an area: nobody could let anybody in again."""
    if account.id in administrators and not any(
            number != account.id and account.division.startswith(area) for number, area in administrators.items()):
        raise AccountRefused(f"“{account.name}”是这个范围里最后一位管理员，停用、去掉管理员角色或改小范围后，就没有人能管账号了。"
                             "请先给另一位同事加上管理员角色。")
