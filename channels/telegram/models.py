"""Who asked the bot for the county's public words: a chat and nothing more; never bound to a resident (个人信息保护法 §36)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Subscriber(Base):
    """One chat that asked; `ended_why`: asked (/stop), left (blocked the bot) or gone (the platform says so)."""

    __tablename__ = "telegram_subscribers"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    since: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_why: Mapped[str] = mapped_column(String(20), default="")

    __table_args__ = (Index("uq_telegram_subscribers_address_index", "address_index", unique=True),)
