"""What hangs on a consultation: its answer on the way back to the asker."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class LetterState(StrEnum):
    """Where an answer is: 待送, 在送, 已送出, 待核实, 没送到 (it waits to be read)."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    KEPT = "kept"


class Letter(Base):
    """One answer on its way; whom it goes to stands with the consultation alone, `why` is what kept it back."""

    __tablename__ = "consultation_letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultations.id", ondelete="CASCADE"), index=True)
    state: Mapped[LetterState] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(12))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(String(200), default="")
