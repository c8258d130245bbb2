"""Dispatches, batches, attempts, deliveries and receipts: the rows that are the truth of what was sent.

Addresses are not copied: a delivery names its contact and keeps only the blind index, so that a death, an erasure or a
new key reaches every message that has not left yet.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment
from push.months import earlier_partition
from push.states import AttemptState, BatchState, DeliveryState, DispatchState

__all__ = ["Attempt", "AttemptState", "Batch", "BatchState", "Delivery", "DeliveryState", "Dispatch", "DispatchState",
           "GatewayAside", "ReceiptEntry"]

# SQLite counts rows only in a column that is INTEGER to the letter.
LONG = BigInteger().with_variant(Integer, "sqlite")


class Dispatch(Base):
    """One notice to one audience; `content` is the snapshot of the renderings that were approved.

    `possibly` is the sender's decision on households whose data is incomplete: leave, village or visit.
    `cost`: what it was reckoned to cost when it was released, in fen; `cost_ceiling`: what it was allowed to (0 = any), with
    the reason where its sender raised that.
    `about_households`: its message tells that a household meets a condition, so that no 代收 number gets it.
    `held_because` says why the machine paused or ended it; a person has to look before it goes on.
    `released_at`: when its batches were cut; None while it waits for its hour, and for ever when it was cancelled before.
    `must_arrive`: so many days before the deadline whoever has it not is looked for (0 = not), next at `arrival_at`.
    `join_at`: when late joiners are looked for next, None for never again.
    """

    __tablename__ = "dispatches"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(index=True)
    notice_reference: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120), default="")
    digest: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(20), default="")
    is_exempt: Mapped[bool] = mapped_column(default=False)
    about_households: Mapped[bool] = mapped_column(default=False)
    to: Mapped[str] = mapped_column(String(12), default="households")
    state: Mapped[DispatchState] = mapped_column(String(10), index=True)
    held_because: Mapped[str] = mapped_column(String(200), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    channels: Mapped[list[str]] = mapped_column(JSON)
    divisions: Mapped[list[str]] = mapped_column(JSON)
    priority: Mapped[int] = mapped_column(default=0)
    possibly: Mapped[str] = mapped_column(String(10), default="leave")
    possibly_reason: Mapped[str] = mapped_column(String(200), default="")
    surely_households: Mapped[int] = mapped_column(default=0)
    possibly_households: Mapped[int] = mapped_column(default=0)
    cost: Mapped[int] = mapped_column(default=0, server_default="0")
    cost_ceiling: Mapped[int] = mapped_column(default=0, server_default="0")
    ceiling_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    corrects: Mapped[int | None]
    sent_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    release_at: Mapped[datetime] = mapped_column(Moment)
    deadline: Mapped[datetime | None] = mapped_column(Moment)
    resumed_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)
    must_arrive: Mapped[int] = mapped_column(default=0, server_default="0")
    arrival_at: Mapped[datetime | None] = mapped_column(Moment)
    join_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def is_cancelled(self) -> bool:
        """Whether it was stopped before anything of it could leave."""
        return self.state == DispatchState.STOPPED and self.released_at is None


class Batch(Base):
    """A range of a dispatch's deliveries on one channel that one worker takes on a lease; only its id travels.

    Its deliveries are those of the dispatch and channel with ids from `first_id` to `last_id`; `size` is how many ids
    that spans at most. Nothing is sent by the batch's word alone: each delivery is claimed by its own conditional update.
    """

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(index=True)
    channel: Mapped[str] = mapped_column(String(12))
    state: Mapped[BatchState] = mapped_column(String(10))
    priority: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    leased_by: Mapped[str | None] = mapped_column(String(60))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    size: Mapped[int] = mapped_column(default=0)
    first_id: Mapped[int] = mapped_column(LONG)
    last_id: Mapped[int] = mapped_column(LONG)

    __table_args__ = (
        Index("ix_batches_open", "due_at", "priority", sqlite_where=text("state <> 'done'"),
              postgresql_where=text("state <> 'done'")),
    )


class Attempt(Base):
    """One request to a vendor, written with its time before the request leaves.

    Its deliveries have `attempt_id` and lie between `first_id` and `last_id`. A lost one is asked about from `ask_at`
    on; without `ask_at` only a receipt can settle it. `code` and `words` are the vendor's, where it did not simply take them.
    `calls`: more than one for a sheaf, requests of one message each that were written down together.
    """

    __tablename__ = "attempts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    batch_id: Mapped[int] = mapped_column(LONG)
    dispatch_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(12))
    gateway: Mapped[str] = mapped_column(String(20))
    state: Mapped[AttemptState] = mapped_column(String(10))
    first_id: Mapped[int] = mapped_column(LONG)
    last_id: Mapped[int] = mapped_column(LONG)
    size: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    vendor_reference: Mapped[str | None] = mapped_column(String(80))
    ask_at: Mapped[datetime | None] = mapped_column(Moment)
    asked: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(String(60), default="", server_default="")
    words: Mapped[str] = mapped_column(String(200), default="", server_default="")
    calls: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        Index("ix_attempts_dispatch", "dispatch_id", "started_at"),
        Index("ix_attempts_open", "batch_id", sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
        Index("ix_attempts_lost", "ask_at", sqlite_where=text("state = 'lost'"),
              postgresql_where=text("state = 'lost'")),
        Index("ix_attempts_vendor_reference", "vendor_reference", sqlite_where=text("vendor_reference IS NOT NULL"),
              postgresql_where=text("vendor_reference IS NOT NULL")),
    )


class Delivery(Base):
    """One message to one address, or the reason why there is none.

    `origin` (see `states.Origin`) and `added_at` stand on what was added after the release: late joiners, reminders.

    `tried` names the gateways that refused it for their own sake, each with a comma behind it; none is asked twice.

    No foreign keys: the planner guarantees them and a check proves it, at raw insert speed. No index names a column
    that changes on the way to `delivered`, so that an update touches the row alone.
    """

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    dispatch_id: Mapped[int]
    household_id: Mapped[int]
    resident_id: Mapped[int | None]
    contact_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(12))
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    state: Mapped[DeliveryState] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40), default="")
    alone: Mapped[bool] = mapped_column(default=False)
    attempt_id: Mapped[str | None] = mapped_column(String(26))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    vendor_reference: Mapped[str | None] = mapped_column(String(80))
    vendor_code: Mapped[str] = mapped_column(String(60), default="")
    vendor_words: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    origin: Mapped[str] = mapped_column(String(10), default="", server_default="")
    added_at: Mapped[datetime | None] = mapped_column(Moment)
    replaces: Mapped[int | None] = mapped_column(LONG)
    tried: Mapped[str | None] = mapped_column(String(60))

    __table_args__ = (
        Index("ix_deliveries_dispatch", "dispatch_id", "id"),
        Index("ix_deliveries_household", "household_id", "dispatch_id"),
        Index("ix_deliveries_reason", "dispatch_id", "reason", sqlite_where=text("reason <> ''"),
              postgresql_where=text("reason <> ''")),
        # By the month on PostgreSQL; what is kept of a page's room stands with the partitions (see push.months).
        {"postgresql_partition_by": "RANGE (id)", "listeners": [("after_create", earlier_partition())]},
    )


class GatewayAside(Base):
    """A gateway that is set up wrongly for one purpose: the others carry on, and somebody has to mend it."""

    __tablename__ = "gateways_aside"

    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    words: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime] = mapped_column(Moment)


class ReceiptEntry(Base):
    """A vendor's receipt as it came, once, where its delivery does not say the same: failures, what came before its delivery
    could be found, and what only number and moment told of. `delivery_id` is the delivery it speaks of, or none yet.

    Of a message that arrived the delivery keeps the moment and the vendor's words, and is itself the proof that it was told.
    """

    __tablename__ = "receipts"

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    channel: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    attempt_id: Mapped[str | None] = mapped_column(String(26))
    vendor_reference: Mapped[str | None] = mapped_column(String(80))
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    code: Mapped[str] = mapped_column(String(60), default="")
    words: Mapped[str] = mapped_column(String(200), default="")
    recipient_gone: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime] = mapped_column(Moment)
    delivery_id: Mapped[int | None] = mapped_column(LONG)

    __table_args__ = (
        Index("ix_receipts_unmatched", "received_at", sqlite_where=text("delivery_id IS NULL"),
              postgresql_where=text("delivery_id IS NULL")),
        Index("ix_receipts_delivery", "delivery_id", sqlite_where=text("delivery_id IS NOT NULL"),
              postgresql_where=text("delivery_id IS NOT NULL")),
    )
