"""Dispatches, batches, attempts, deliveries and receipts: the rows that are the truth of what was sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class DispatchState(StrEnum):
    """Where a dispatch stands."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"planned": "待发", "running": "发送中", "paused": "已暂停", "stopped": "已停止", "finished": "已完成"}[self]


class DeliveryState(StrEnum):
    """Where one delivery stands: 待发, 发送中, 已提交, 已送达, 失败, 待核实, 未发送."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"

    @property
    def words(self) -> str:
        """The office's word."""
        return {
            "planned": "待发", "sending": "发送中", "accepted": "已提交", "delivered": "已送达",
            "failed": "失败", "unknown": "待核实", "skipped": "未发送",
        }[self]

    @property
    def is_final(self) -> bool:
        """Whether nothing more is expected of us; an accepted one may still hear its receipt."""
        return self in (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.SKIPPED)


class Dispatch(Base):
    """One notice to one audience; `content` is the snapshot of the renderings that were approved.

    `possibly` is the sender's decision on households whose data is incomplete: leave, village or visit.
    """

    __tablename__ = "dispatches"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(index=True)
    notice_reference: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(20))
    state: Mapped[DispatchState] = mapped_column(String(10), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    channels: Mapped[list[str]] = mapped_column(JSON)
    priority: Mapped[int] = mapped_column(default=0)
    possibly: Mapped[str] = mapped_column(String(10), default="leave")
    possibly_reason: Mapped[str] = mapped_column(String(200), default="")
    surely_households: Mapped[int] = mapped_column(default=0)
    possibly_households: Mapped[int] = mapped_column(default=0)
    corrects: Mapped[int | None]
    sent_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    release_at: Mapped[datetime] = mapped_column(Moment)
    deadline: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class BatchState(StrEnum):
    """Whether a batch still has something to send."""

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"


class Batch(Base):
    """A slice of a dispatch that one worker takes on a lease; only its id travels through the queue."""

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(index=True)
    channel: Mapped[str] = mapped_column(String(12))
    state: Mapped[BatchState] = mapped_column(String(10))
    priority: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    leased_by: Mapped[str | None] = mapped_column(String(60))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    size: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("ix_batches_open", "due_at", "priority", sqlite_where=text("state <> 'done'"),
              postgresql_where=text("state <> 'done'")),
    )


class Attempt(Base):
    """One request to a vendor, written with its time before the request leaves."""

    __tablename__ = "attempts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    batch_id: Mapped[int] = mapped_column(index=True)
    dispatch_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(12))
    gateway: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class Delivery(Base):
    """One message to one address, or the reason why there is none.

    No foreign keys: the planner guarantees them and a check proves it, at raw insert speed.
    """

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    dispatch_id: Mapped[int]
    batch_id: Mapped[int | None]
    household_id: Mapped[int]
    resident_id: Mapped[int | None]
    contact_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    state: Mapped[DeliveryState] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40), default="")
    attempt_id: Mapped[str | None] = mapped_column(String(26))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    gateway: Mapped[str | None] = mapped_column(String(20))
    vendor_reference: Mapped[str | None] = mapped_column(String(80))
    vendor_code: Mapped[str] = mapped_column(String(60), default="")
    vendor_words: Mapped[str] = mapped_column(String(200), default="")
    parts: Mapped[int] = mapped_column(default=0)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    replaces: Mapped[int | None]

    __table_args__ = (
        Index("ix_deliveries_dispatch_state", "dispatch_id", "state"),
        Index("ix_deliveries_batch", "batch_id", sqlite_where=text("batch_id IS NOT NULL"),
              postgresql_where=text("batch_id IS NOT NULL")),
        Index("ix_deliveries_attempt", "attempt_id", sqlite_where=text("attempt_id IS NOT NULL"),
              postgresql_where=text("attempt_id IS NOT NULL")),
        Index("ix_deliveries_vendor_reference", "vendor_reference",
              sqlite_where=text("vendor_reference IS NOT NULL"), postgresql_where=text("vendor_reference IS NOT NULL")),
        Index("ix_deliveries_household", "household_id", "dispatch_id"),
    )


class ReceiptEntry(Base):
    """A vendor's receipt as it came, once; `matched` is the delivery it settled, or none yet."""

    __tablename__ = "receipts"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    attempt_id: Mapped[str | None] = mapped_column(String(26), index=True)
    vendor_reference: Mapped[str | None] = mapped_column(String(80), index=True)
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    code: Mapped[str] = mapped_column(String(60), default="")
    words: Mapped[str] = mapped_column(String(200), default="")
    recipient_gone: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime] = mapped_column(Moment)
    delivery_id: Mapped[int | None]
