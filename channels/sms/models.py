"""The register of templates filed with the gateways' vendors, beside the entries that the settings name."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class SmsTemplate(Base):
    """One wording at one vendor: what it is for, the vendor's id, how far its approval has come and why.

    `changed_by` and `changed_at` name the last hand, a person's or the vendor's answer; the acts themselves stand in the
    trail. A row is never deleted: `retired_at` takes it out of use.
    """

    __tablename__ = "sms_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(20))
    vendor_id: Mapped[str] = mapped_column(String(60), default="")
    wording: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(200), default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_sms_templates_gateway_purpose", "gateway", "purpose"),)
