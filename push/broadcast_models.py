"""Public notices told to everybody who follows an account: one row a release, one a reader where each is told apart."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class BroadcastState(StrEnum):
    """Where a broadcast stands; `unknown` was called without an answer and is asked for under the same reference."""

    CALLING = "calling"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"calling": "发送中", "unknown": "待核实", "taken": "已提交", "finished": "已完成", "failed": "失败"}[self]


class PostState(StrEnum):
    """One reader's copy."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Broadcast(Base):
    """One release: of which words, by whom, what the platform answered and whom it reached, in figures.

    The row is committed with its `client_id` before the call; under that id the platform takes it once.
    """

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(12))
    notice_id: Mapped[int]
    notice_reference: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(4096))
    client_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    vendor_reference: Mapped[str | None] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(60), default="")
    words: Mapped[str] = mapped_column(String(200), default="")
    released_by: Mapped[str] = mapped_column(String(80))
    released_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    total: Mapped[int] = mapped_column(default=0)
    filtered: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("uq_broadcasts_client_id", "client_id", unique=True),
        Index("ix_broadcasts_vendor_reference", "vendor_reference"),
    )


class BroadcastPost(Base):
    """One subscriber's copy of a broadcast that goes chat by chat; claimed before it leaves, so that none goes twice."""

    __tablename__ = "broadcast_posts"

    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("telegram_subscribers.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    code: Mapped[str] = mapped_column(String(60), default="")
