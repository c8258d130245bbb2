"""Codes on boards, where each hangs, and how often it was scanned."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Code(Base):
    """One code; its token is signed over `id`, so a code can be moved, expired or replaced on its own.

    `kind`: board (a village's page) or screen (电子阅报屏); `target` is the division code.
    """

    __tablename__ = "codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(12))
    placement: Mapped[str] = mapped_column(String(80), default="村务公示栏")
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    replaced_by: Mapped[int | None]
    printed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_codes_target", "target", "kind"),)


class ScanCount(Base):
    """How often a code was opened on a day by people: no address, no device, nothing personal."""

    __tablename__ = "scan_counts"

    code_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    scans: Mapped[int] = mapped_column(default=0)
