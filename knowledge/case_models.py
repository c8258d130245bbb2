"""What hangs on a consultation: the steps of its way, and its answer on the way back to the asker."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Rating(StrEnum):
    """What the asker thinks of the answer: 满意, 基本满意, 不满意."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"

    @property
    def words(self) -> str:
        """The office's word, which is the asker's too."""
        return {"good": "满意", "fair": "基本满意", "bad": "不满意"}[self]


class LetterState(StrEnum):
    """Where an answer is: 待送, 在送, 已送出, 已送达, 待核实, 没送到 (it waits to be read), 待回电, 已回电, 对方看过."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    KEPT = "kept"
    TO_CALL = "to_call"
    CALLED = "called"
    READ = "read"


class Letter(Base):
    """One answer on its way; whom it goes to stands with the consultation alone, `why` is what kept it back.

    `reference`: the vendor's name for it, by which a receipt finds it, and `name` ours, which was there before it left and
    which some vendors bring back; each as a digest with the number. `by`: who called back.
    """

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
    reference: Mapped[str | None] = mapped_column(String(64), index=True)
    name: Mapped[str | None] = mapped_column(String(64), index=True)
    by: Mapped[str] = mapped_column(String(80), default="")


class Act(StrEnum):
    """A step of a consultation's way: 转办, 退回, 延期, 答复, 回电, 评价, 重办, 超期, 督办, 办结."""

    PASSED_ON = "passed_on"
    GIVEN_BACK = "given_back"
    EXTENDED = "extended"
    ANSWERED = "answered"
    CALLED = "called"
    RATED = "rated"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    URGED = "urged"
    CLOSED = "closed"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"passed_on": "转办", "given_back": "退回", "extended": "延期", "answered": "答复", "called": "回电", "rated": "评价",
                "reopened": "重办", "escalated": "超期", "urged": "督办", "closed": "办结"}[self]


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
