"""Accounts: making them, signing in, and the actor a command or a page acts as."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from web.staff.models import Role, StaffAccount, StaffRole

SHORTEST_PASSWORD = 8
LEVELS = frozenset({2, 4, 6, 9, 12})
TRIES = 5
LOCKED_FOR = timedelta(minutes=15)


class AccountRefused(Exception):
    """An account cannot be made or used as asked; `words` says why and what to do."""

    def __init__(self, words: str) -> None:
        """Keep the sentence a person reads."""
        super().__init__(words)
        self.words = words


def add(session: Session, name: str, roles: Iterable[Role], division: str, password: str, now: datetime,
        by: Actor) -> StaffAccount:
    """Make an account; refuses a taken name and a weak password."""
    name = name.strip()
    if not name:
        raise AccountRefused("账号名不能为空。")
    if len(password) < SHORTEST_PASSWORD:
        raise AccountRefused(f"密码太短：至少 {SHORTEST_PASSWORD} 位。请换一个更长的密码。")
    if not (name + password).isprintable():
        raise AccountRefused("账号名或密码里有看不见或不能识别的字。请重新输入；从文件读入时请用 UTF-8 编码。")
    if not (division.isascii() and division.isdigit() and len(division) in LEVELS):
        raise AccountRefused(f"管理范围“{division}”不是区划代码。请写 6 位（县）、9 位（乡镇）或 12 位（村）的代码。")
    if session.scalar(select(StaffAccount).where(StaffAccount.name == name)) is not None:
        raise AccountRefused(f"账号“{name}”已经有了。请换一个名字。")
    account = StaffAccount(name=name, division=division, password_hash=PasswordHasher().hash(password), created_at=now)
    session.add(account)
    session.flush()
    chosen = sorted(set(roles))
    session.add_all(StaffRole(account_id=account.id, role=role.value) for role in chosen)
    record(session, now, by, "添加账号", f"staff:{name}", {"roles": [role.value for role in chosen], "division": division})
    return account


def sign_in(session: Session, name: str, password: str, now: datetime) -> Actor:
    """The actor of a right name and password; five wrong ones lock the account for a quarter of an hour."""
    account = session.scalar(select(StaffAccount).where(StaffAccount.name == name.strip()))
    if account is None or account.closed_at is not None:
        # As slow as for a name that there is: the time it takes must not tell which names are.
        PasswordHasher().hash(password)
        raise AccountRefused("账号或密码不对。请检查后再试；忘记密码请找系统管理员。")
    if account.locked_until is not None and account.locked_until > now:
        raise AccountRefused(f"连续输错次数过多，账号锁到 {account.locked_until:%H:%M}。请稍后再试。")
    try:
        PasswordHasher().verify(account.password_hash, password)
    except (VerificationError, InvalidHashError) as error:
        account.failed_signins += 1
        if account.failed_signins % TRIES == 0:
            account.locked_until = now + LOCKED_FOR
        session.commit()
        raise AccountRefused("账号或密码不对。请检查后再试；忘记密码请找系统管理员。") from error
    account.failed_signins = 0
    account.locked_until = None
    found = _actor(session, account)
    record(session, now, found, "登录", f"staff:{account.name}")
    return found


def close(session: Session, name: str, now: datetime, by: Actor) -> None:
    """Close an open account for good: its person is out at once, its acts stay on record."""
    account = session.scalar(select(StaffAccount).where(StaffAccount.name == name, StaffAccount.closed_at.is_(None)))
    if account is None:
        raise AccountRefused(f"没有正在使用的账号“{name}”。请核对账号名。")
    account.closed_at = now
    record(session, now, by, "停用账号", f"staff:{name}")


def actor(session: Session, name: str) -> Actor | None:
    """The actor of an open account, or None."""
    account = session.scalar(
        select(StaffAccount).where(StaffAccount.name == name, StaffAccount.closed_at.is_(None)))
    return None if account is None else _actor(session, account)


def acting_for(session: Session, name: str, system_user: str) -> Actor:
    """The actor of a command typed on the machine for an account (代操作)."""
    found = actor(session, name)
    if found is None:
        known = session.scalars(select(StaffAccount.name).order_by(StaffAccount.id).limit(8)).all()
        hint = f"现有账号：{'、'.join(known)}。" if known else "还没有账号，请先用 zhida staff add 添加。"
        raise AccountRefused(f"没有名为“{name}”的账号。{hint}")
    return Actor(found.name, found.roles, found.jurisdiction, on_behalf_by=system_user)


def _actor(session: Session, account: StaffAccount) -> Actor:
    roles = session.scalars(select(StaffRole.role).where(StaffRole.account_id == account.id)).all()
    return Actor(account.name, frozenset(roles), account.division)
