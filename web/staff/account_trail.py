"""What the trail says of one account: when its person signed in, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from web.staff.accounts import SIGNED_IN, SIGNED_OUT, subject
from web.staff.frame import place_words, role_words

SHOWN = 10


@dataclass(frozen=True)
class SignIn:
    """One time somebody came in: when, from where on the network, and after how many wrong passwords."""

    at: datetime
    address: str
    wrong_before: int


@dataclass(frozen=True)
class ActOn:
    """One act on the account: when, what, by whom, and what it changed in words."""

    at: datetime
    words: str
    by: str
    changes: tuple[str, ...]


def sign_ins(session: Session, name: str) -> list[SignIn]:
    """The last times somebody signed in with an account, the latest first."""
    return [SignIn(one.at, str(one.details.get("address", "")), int(one.details.get("wrong_before", 0)))
            for one in _entries(session, name, AuditEntry.act == SIGNED_IN)]


def acts_on(session: Session, name: str) -> list[ActOn]:
    """What was done to an account lately, the latest first."""
    return [ActOn(one.at, one.act, one.actor + (f"（{one.on_behalf_by} 代操作）" if one.on_behalf_by else ""),
                  tuple(_changes(session, one.details)))
            for one in _entries(session, name, AuditEntry.act.not_in((SIGNED_IN, SIGNED_OUT)))]


def _entries(session: Session, name: str, which: Any) -> Sequence[AuditEntry]:
    return session.scalars(select(AuditEntry).where(AuditEntry.subject == subject(name), which)
                           .order_by(AuditEntry.id.desc()).limit(SHOWN)).all()


def _changes(session: Session, details: Mapping[str, Any]) -> list[str]:
    """From what to what: roles and area, as far as they became others."""
    told, before = [], details.get("before")
    if before is None:
        return [f"角色：{role_words(details['roles'])}", f"管理范围：{place_words(session, details['division'])}"] if "division" in details else []
    if "roles" in before and before["roles"] != details.get("roles"):
        told.append(f"角色：{role_words(before['roles'])} → {role_words(details.get('roles', ()))}")
    if "division" in before and before["division"] != details.get("division"):
        told.append(f"管理范围：{place_words(session, before['division'])} → {place_words(session, details.get('division', ''))}")
    return told
