"""Where each conversation stands, and which events were already answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Conversation(Base):
    """The state of one talk, by channel and blind index of the address; survives restarts.

    `state` is sealed JSON: it holds what was asked, in the asker's own words.
    """

    __tablename__ = "conversations"

    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Moment, index=True)


class AnsweredEvent(Base):
    """An event that was taken, with the replies it got (sealed JSON), so that the platform's retry hears the same again."""

    __tablename__ = "answered_events"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    replies: Mapped[bytes | None] = mapped_column(LargeBinary)
