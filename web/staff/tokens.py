"""Keys of programs: each speaks for one account with that account's roles and area, is shown once and can be revoked."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from web.staff import accounts
from web.staff.accounts import AccountRefused
from web.staff.models import StaffAccount, StaffToken

PREFIX = "zhida_"
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Token:
    """A key as it may be listed: never the key itself."""

    id: int
    label: str
    made_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def make(session: Session, name: str, label: str, now: datetime, by: Actor) -> tuple[int, str]:
    """A new key for an open account: its number and the key, which is not kept and cannot be shown again."""
    account = _account(session, name)
    key = PREFIX + secrets.token_urlsafe(32)
    made = StaffToken(account_id=account.id, label=label.strip()[:80] or "未命名", digest=_digest(key), made_at=now)
    session.add(made)
    session.flush()
    record(session, now, by, "发放接口密钥", f"staff:{account.name}", {"token": made.id, "label": made.label})
    return made.id, key


def revoke(session: Session, number: int, now: datetime, by: Actor) -> str:
    """Make a key worthless at once; gives the account's name."""
    found = session.get(StaffToken, number)
    if found is None or found.revoked_at is not None:
        raise AccountRefused(f"没有编号为 {number} 的有效接口密钥。请用 zhida staff tokens 账号名 查看编号。")
    found.revoked_at = now
    account = session.get_one(StaffAccount, found.account_id)
    record(session, now, by, "收回接口密钥", f"staff:{account.name}", {"token": number, "label": found.label})
    return account.name


def of_account(session: Session, name: str) -> list[Token]:
    """Every key that was made for an account."""
    rows = session.scalars(select(StaffToken).where(StaffToken.account_id == _account(session, name).id).order_by(StaffToken.id))
    return [Token(one.id, one.label, one.made_at, one.used_at, one.revoked_at) for one in rows]


def actor_of(session: Session, key: str, now: datetime) -> tuple[Actor, int | None] | None:
    """Whom a key speaks for, and its number when its use should be noted; None for a key that is none."""
    found = session.scalar(select(StaffToken).where(StaffToken.digest == _digest(key), StaffToken.revoked_at.is_(None)))
    account = session.get(StaffAccount, found.account_id) if found is not None else None
    actor = accounts.actor(session, account.name) if account is not None else None
    if found is None or actor is None:
        return None
    is_noted = found.used_at is not None and found.used_at > now - NOTED_EVERY
    return actor, None if is_noted else found.id


def note_use(session: Session, number: int, now: datetime) -> None:
    """Write down when a key was last used, so that idle ones can be revoked."""
    session.get_one(StaffToken, number).used_at = now


def _account(session: Session, name: str) -> StaffAccount:
    found = session.scalar(select(StaffAccount).where(StaffAccount.name == name, StaffAccount.closed_at.is_(None)))
    if found is None:
        raise AccountRefused(f"没有正在使用的账号“{name}”。请核对账号名。")
    return found


def _digest(key: str) -> str:
    """A random key of 32 bytes needs no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
