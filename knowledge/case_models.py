"""What hangs on a consultation: the steps of its way, and its answer on the way back to the asker."""

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


class Act(StrEnum):
    """A step of a consultation's way: 转办, 退回, 延期, 答复."""

    PASSED_ON = "passed_on"
    GIVEN_BACK = "given_back"
    EXTENDED = "extended"
    ANSWERED = "answered"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"passed_on": "转办", "given_back": "退回", "extended": "延期", "answered": "答复"}[self]


class Step(Base):
    """One step: who took it, when, which office it concerned, and why."""

    __tablename__ = "consultation_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultations.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    act: Mapped[Act] = mapped_column(String(12))
    by: Mapped[str] = mapped_column(String(80))
    office: Mapped[str] = mapped_column(String(80), default="")
    words: Mapped[str] = mapped_column(String(250), default="")
