"""What residents did with notices, kept 180 days, what training drew from it, and who chose the plain order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Deed(StrEnum):
    """What a resident did: 打开, 点击, 扫码, 提问, 回复."""

    OPENED = "opened"
    CLICKED = "clicked"
    SCANNED = "scanned"
    ASKED = "asked"
    REPLIED = "replied"

    @property
    def strength(self) -> float:
        """How much it says of interest, 0 to 1: who asks or replies wants it, a scan may be of a whole board."""
        return {Deed.OPENED: 0.7, Deed.CLICKED: 0.9, Deed.SCANNED: 0.7, Deed.ASKED: 1.0, Deed.REPLIED: 1.0}[self]


class PortraitSignal(Base):
    """One deed of a resident with a notice; the notice's number only, since notices live a storey above."""

    __tablename__ = "portrait_signals"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"))
    notice_id: Mapped[int]
    topic: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(12))
    hour: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment, index=True)

    __table_args__ = (Index("ix_portrait_signals_resident_id_at", "resident_id", "at"),)


class PlainOrder(Base):
    """A resident who chose the order that is not personalised; nothing of theirs is remembered."""

    __tablename__ = "portrait_plain_orders"

    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class PortraitInterest(Base):
    """How much of a resident's attention a topic has, 0 to 1; drawn anew by each training."""

    __tablename__ = "portrait_interests"

    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    share: Mapped[float]


class PortraitVillageInterest(Base):
    """The same of a whole village of at least 20 people, for those of whom nothing is known; the empty village is everybody."""

    __tablename__ = "portrait_village_interests"

    village: Mapped[str] = mapped_column(String(12), primary_key=True)
    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    share: Mapped[float]


class PortraitWay(Base):
    """By which channel and from which hour on a resident clearly opens more; empty or None where it makes no difference."""

    __tablename__ = "portrait_ways"

    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(12), default="")
    hour: Mapped[int | None]


class PortraitTraining(Base):
    """One training: when, under which assessment, and how good it was; nothing about anybody."""

    __tablename__ = "portrait_trainings"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    assessment: Mapped[str] = mapped_column(String(120))
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
