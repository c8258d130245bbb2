"""Where each conversation stands, which events were already answered, and what is still to be said to them."""

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


class LateAnswer(Base):
    """An answer that goes out as a message of its own and has not been said (`bot.late`); sealed JSON.

    `replies` is empty while it is still to be worked out, `due_at` once somebody has begun to say it.
    """

    __tablename__ = "late_answers"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    incoming: Mapped[bytes] = mapped_column(LargeBinary)
    replies: Mapped[bytes | None] = mapped_column(LargeBinary)
