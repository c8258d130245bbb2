"""Accounts of the staff and the keys of programs that speak for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Role(StrEnum):
    """What an account may do."""

    EDITOR = "editor"
    FIRST_REVIEWER = "first_reviewer"
    SECOND_REVIEWER = "second_reviewer"
    SIGNER = "signer"
    SENDER = "sender"
    AGENT = "agent"
    CADRE = "cadre"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def words(self) -> str:
        """The office's word."""
        return {
            Role.EDITOR: "编辑", Role.FIRST_REVIEWER: "初审", Role.SECOND_REVIEWER: "复审", Role.SIGNER: "签发",
            Role.SENDER: "推送", Role.AGENT: "热线坐席", Role.CADRE: "村干部", Role.AUDITOR: "审计", Role.ADMINISTRATOR: "管理员",
        }[self]


class StaffAccount(Base):
    """One person's account: a name, roles, and the area it may act in.

    `sessions_ended` counts how often all its sessions were ended: a cookie that carries another number opens nothing.
    `onetime_until` is set while its password is one that an administrator handed out: good once, until then.
    """

    __tablename__ = "staff_accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    division: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    failed_signins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    sessions_ended: Mapped[int] = mapped_column(default=0)
    onetime_until: Mapped[datetime | None] = mapped_column(Moment)
    signed_in_at: Mapped[datetime | None] = mapped_column(Moment)


class StaffRole(Base):
    """One role of an account."""

    __tablename__ = "staff_roles"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class StaffToken(Base):
    """A key with which a program speaks for an account: its rights are the account's; only its SHA-256 is kept."""

    __tablename__ = "staff_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("staff_accounts.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
