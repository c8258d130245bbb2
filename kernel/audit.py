"""Who did what to which thing, when and by what right: written with the act, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.database import Base, Moment


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: an account's name, its roles, and the area (a code prefix) it may act in.

    `on_behalf_by` names the system user of the machine when the act was typed there for the account (代操作).
    """

    name: str
    roles: frozenset[str] = frozenset()
    jurisdiction: str = ""
    on_behalf_by: str | None = None

    def may_act_in(self, code: str) -> bool:
        """Whether a division code lies in the actor's area."""
        return code.startswith(self.jurisdiction)


SYSTEM = Actor("系统")


class AuditEntry(Base):
    """One act, never changed afterwards."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    actor: Mapped[str] = mapped_column(String(80))
    on_behalf_by: Mapped[str | None] = mapped_column(String(80))
    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


def record(
    session: Session, now: datetime, actor: Actor, act: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Write one act; `subject` is `kind:reference` (`notice:PY-2026-001`), `details` hold no personal data."""
    session.add(AuditEntry(at=now, actor=actor.name, on_behalf_by=actor.on_behalf_by, act=act, subject=subject,
                           details=dict(details or {})))
