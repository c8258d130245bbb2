"""Entries with their phrasings and versions, and the consultations people are working on."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment
from knowledge.gap_models import Question as Question


class EntryState(StrEnum):
    """Whether an entry answers: 草稿, 已审定, 停用."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    RETIRED = "retired"


class EntryKind(StrEnum):
    """What sort of entry it is: 问答, 办事指南."""

    ANSWER = "answer"
    GUIDE = "guide"


class Entry(Base):
    """One reviewed answer with its office, source and validity; `id` is the office's own.

    From `background` to `link` stand the elements of a guide, empty where they are not known. `retired_with` names the notice
    or document whose end retired it, empty when somebody did so by hand.
    """

    __tablename__ = "entries"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[EntryState] = mapped_column(String(10), index=True)
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    short: Mapped[str] = mapped_column(String(200), default="")
    office: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    divisions: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(200), default="")
    notice_reference: Mapped[str | None] = mapped_column(String(60), index=True)
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(Moment, index=True)
    kind: Mapped[EntryKind] = mapped_column(String(10), default=EntryKind.ANSWER, server_default="answer")
    background: Mapped[str] = mapped_column(Text, default="", server_default="")
    conditions: Mapped[str] = mapped_column(Text, default="", server_default="")
    standard: Mapped[str] = mapped_column(Text, default="", server_default="")
    materials: Mapped[str] = mapped_column(Text, default="", server_default="")
    steps: Mapped[str] = mapped_column(Text, default="", server_default="")
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    hours: Mapped[str] = mapped_column(String(200), default="", server_default="")
    until: Mapped[str] = mapped_column(String(100), default="", server_default="")
    time_limit: Mapped[str] = mapped_column(String(200), default="", server_default="")
    fee: Mapped[str] = mapped_column(String(300), default="", server_default="")
    link: Mapped[str] = mapped_column(String(300), default="", server_default="")
    retired_with: Mapped[str] = mapped_column(String(200), default="", server_default="", index=True)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_because: Mapped[str] = mapped_column(String(300), default="", server_default="")


class Phrasing(Base):
    """Another way the same thing is asked (相似问)."""

    __tablename__ = "phrasings"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)


class VersionState(StrEnum):
    """What became of a version: 等审定, 已审定, 已退回, 被新稿代替."""

    DRAFT = "draft"
    FILED = "filed"
    RETURNED = "returned"
    REPLACED = "replaced"


class EntryVersion(Base):
    """An entry as somebody wrote it once, with who reviewed it; the last filed one is what the entry answers.

    `beside`: why its writer kept it although another entry says the same or something else.
    """

    __tablename__ = "entry_versions"
    __table_args__ = (UniqueConstraint("entry_id", "number", name="uq_entry_versions_entry_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(String(10), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime] = mapped_column(Moment)
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(300), default="")
    beside: Mapped[str] = mapped_column(Text, default="", server_default="")


class AbolishedDocument(Base):
    """A document that is no longer in force (废止): what cites it does not answer until it is reinstated."""

    __tablename__ = "abolished_documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300))
    abolished_by: Mapped[str] = mapped_column(String(80))
    abolished_at: Mapped[datetime] = mapped_column(Moment)
    reinstated_by: Mapped[str | None] = mapped_column(String(80))
    reinstated_at: Mapped[datetime | None] = mapped_column(Moment)


class ConsultationState(StrEnum):
    """Where a consultation stands: 受理, 转办, 答复, 办结."""

    TAKEN = "taken"
    PASSED_ON = "passed_on"
    ANSWERED = "answered"
    CLOSED = "closed"


class Consultation(Base):
    """A question a person must answer (留言); `number` is short and tells nothing of the asker.

    `office` and `handler`: to whom it was passed on, and the area whose desk sees it for that; `extended_from`: the deadline
    before it was given more time; `secret`: what opens the answer beside the number, for who left no address;
    `entry_id`: the entry that answered a call at once; `by_call`: the caller wants to be called back; `first_answer`: what was
    answered before the asker had it done again.
    """

    __tablename__ = "consultations"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    state: Mapped[ConsultationState] = mapped_column(String(12), index=True)
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    division: Mapped[str] = mapped_column(String(12), default="")
    text: Mapped[bytes] = mapped_column(LargeBinary)
    office: Mapped[str] = mapped_column(String(80), default="")
    handler: Mapped[str] = mapped_column(String(12), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str | None] = mapped_column(String(80))
    taken_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date]
    extended_from: Mapped[date | None]
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    misses: Mapped[int] = mapped_column(default=0)
    missed_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_by: Mapped[str] = mapped_column(String(80), default="")
    by_call: Mapped[bool] = mapped_column(default=False)
    entry_id: Mapped[str | None] = mapped_column(String(80))
    rating: Mapped[str | None] = mapped_column(String(8))
    rating_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    rated_at: Mapped[datetime | None] = mapped_column(Moment)
    first_answer: Mapped[str] = mapped_column(Text, default="")
    reopened_at: Mapped[datetime | None] = mapped_column(Moment)
    escalated_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_consultations_address", "channel", "address_index"),)
