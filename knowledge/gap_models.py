"""What was asked and what came of it, the gaps that questions in vain are gathered in, and how each day and night went."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment

ASIDE = 0
"""The gap of what says nothing (a lone number, a sign): it is in none."""


class Vain(StrEnum):
    """Why a question was asked in vain: 没答上, 让人选却没选, 说没用, 留言评了不满意."""

    HANDED_OVER = "hand_over"
    CLARIFIED = "clarify"
    UNHELPFUL = "unhelpful"
    BADLY_RATED = "rated"

    @property
    def words(self) -> str:
        """The office's words."""
        return {"hand_over": "没答上来", "clarify": "给了选项没有选", "unhelpful": "答了，说没用", "rated": "留言答复不满意"}[self]


class Question(Base):
    """A question as it came and how it ended, with the asker's division but not the asker; names and numbers are masked.

    `entry_id` is the nearest entry, `chosen_id` the one that the person chose of several. `vain` is empty where the
    question found its answer; `gap_id` is empty until a question in vain is gathered.
    """

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    channel: Mapped[str] = mapped_column(String(12))
    division: Mapped[str] = mapped_column(String(12), default="")
    text: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(String(12))
    entry_id: Mapped[str | None] = mapped_column(String(80))
    score: Mapped[float] = mapped_column(default=0.0)
    helpful: Mapped[bool | None]
    chosen_id: Mapped[str | None] = mapped_column(String(80))
    vain: Mapped[str] = mapped_column(String(10), default="", server_default="")
    gap_id: Mapped[int | None]

    __table_args__ = (
        Index("ix_questions_to_gather", "id", sqlite_where=sql("vain <> '' AND gap_id IS NULL"),
              postgresql_where=sql("vain <> '' AND gap_id IS NULL")),
        Index("ix_questions_confirmed", "id", sqlite_where=sql("chosen_id IS NOT NULL OR helpful"),
              postgresql_where=sql("chosen_id IS NOT NULL OR helpful")),
    )


class GapState(StrEnum):
    """Where a gap stands: 待补充, 在写, 已补上, 不归我们管."""

    OPEN = "open"
    WRITING = "writing"
    CLOSED = "closed"
    NOT_OURS = "not_ours"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"open": "待补充", "writing": "在写", "closed": "已补上", "not_ours": "不归我们管"}[self]


class Gap(Base):
    """One thing people asked in vain, in however many wordings; it keeps its number from night to night.

    `suggested_id` and `suggested_score`: the nearest entry, empty where none is near. `entry_id`: what is being written for
    it, then what closed it. `settled_by` is empty where it closed itself. `joined_to`: the gap it was put together with, which
    has its wordings and counts now.
    """

    __tablename__ = "gaps"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[GapState] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(Text)
    office: Mapped[str] = mapped_column(String(80), default="")
    suggested_id: Mapped[str | None] = mapped_column(String(80))
    suggested_score: Mapped[float] = mapped_column(default=0.0)
    entry_id: Mapped[str | None] = mapped_column(String(80), index=True)
    assigned_to: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    opened_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)
    reopened_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_by: Mapped[str] = mapped_column(String(80), default="")
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    joined_to: Mapped[int | None]

    __table_args__ = (Index("ix_gaps_state", "state", "checked_at"),)


class GapWording(Base):
    """One way in which a gap was asked; `key` is the same for what differs in greetings and particles alone.

    `added_to` is the entry that a member of the staff added it to; `kin` the gap in which it fell together with its like before
    that was put together with another: what is new is compared with those that are like one another, not with the whole.
    """

    __tablename__ = "gap_wordings"

    id: Mapped[int] = mapped_column(primary_key=True)
    gap_id: Mapped[int] = mapped_column(ForeignKey("gaps.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    text: Mapped[str] = mapped_column(Text)
    vain: Mapped[str] = mapped_column(String(10))
    asked: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)
    added_to: Mapped[str | None] = mapped_column(String(80))
    kin: Mapped[int | None]


class GapCount(Base):
    """How often a wording was asked in a week (its Monday) from a place."""

    __tablename__ = "gap_counts"

    wording_id: Mapped[int] = mapped_column(ForeignKey("gap_wordings.id", ondelete="CASCADE"), primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    division: Mapped[str] = mapped_column(String(12), primary_key=True, default="")
    gap_id: Mapped[int]
    asked: Mapped[int]

    # Each holds all that is added up: what was asked in some weeks, and what was asked of one gap.
    __table_args__ = (Index("ix_gap_counts_week", "week", "division", "gap_id", "asked"),
                      Index("ix_gap_counts_gap", "gap_id", "wording_id", "division", "week", "asked"))


class AskedDay(Base):
    """What was asked on a day from a place over one door, in numbers alone."""

    __tablename__ = "asked_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    division: Mapped[str] = mapped_column(String(12), primary_key=True)
    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    asked: Mapped[int]
    answered: Mapped[int]
    clarified: Mapped[int]
    chosen: Mapped[int]
    handed_over: Mapped[int]
    helpful: Mapped[int]
    unhelpful: Mapped[int]


class GapNight(Base):
    """What one night's gathering found, and which gaps weighed most then: numbers and places, no words of anybody."""

    __tablename__ = "gap_nights"

    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    gathered: Mapped[int]
    left_over: Mapped[int]
    opened: Mapped[int]
    closed: Mapped[int]
    reopened: Mapped[int]
    seconds: Mapped[float]
    top: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
