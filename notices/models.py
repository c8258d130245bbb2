"""A notice, its revisions, and what each reviewer said of which revision."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class State(StrEnum):
    """Where a notice stands: 草稿, 待初审, 待复审, 待签发, 已签发, 已发布, 已撤下."""

    DRAFT = "draft"
    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    SIGNING = "signing"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """The office's word."""
        return {
            State.DRAFT: "草稿", State.FIRST_REVIEW: "待初审", State.SECOND_REVIEW: "待复审", State.SIGNING: "待签发",
            State.APPROVED: "已签发", State.PUBLISHED: "已发布", State.WITHDRAWN: "已撤下",
        }[self]

    @property
    def is_under_review(self) -> bool:
        """Whether a reviewer has to act."""
        return self in (State.FIRST_REVIEW, State.SECOND_REVIEW, State.SIGNING)

    @property
    def may_be_sent(self) -> bool:
        """Whether a dispatch may carry it."""
        return self in (State.APPROVED, State.PUBLISHED)


class Notice(Base):
    """What the office says, by its reference.

    `state`, `title`, `topic`, `kind`, `valid_*` and `approved_*` are the current revision's; the public reads revision
    `published_revision`, which stays up while a newer one is being written. `round` counts submissions: reviews of an
    earlier round count for nothing.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    state: Mapped[State] = mapped_column(String(20), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    published_revision: Mapped[int | None] = mapped_column(index=True)
    round: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(120))
    topic: Mapped[str] = mapped_column(String(20), default="其他")
    kind: Mapped[str] = mapped_column(String(20))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    submitted_by: Mapped[str | None] = mapped_column(String(80))
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    published_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_reason: Mapped[str | None] = mapped_column(String(200))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class NoticeDivision(Base):
    """Where a published notice applies: one row a division code of the published revision."""

    __tablename__ = "notice_divisions"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True)
    division: Mapped[str] = mapped_column(String(12), primary_key=True)

    __table_args__ = (Index("ix_notice_divisions_division", "division", "notice_id"),)


class Revision(Base):
    """One version of a notice's words.

    `content` is the whole writing as filed, `surfaces` its renderings as they will be shown and sent, `digest` what an
    approval binds: the hash over both. The columns after them repeat what lists and searches ask for.
    """

    __tablename__ = "notice_revisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    surfaces: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(20))
    aspect: Mapped[str | None] = mapped_column(String(10))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    deadline: Mapped[date | None]
    search_text: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("uq_notice_revisions_number", "notice_id", "number", unique=True),)


class Review(Base):
    """One reviewer's word on one revision: stage (a State), decision, reason, and the hash it binds.

    `decision` is approved, returned or not_cleared (保密审查未通过).
    """

    __tablename__ = "notice_reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    revision: Mapped[int]
    stage: Mapped[str] = mapped_column(String(20))
    decision: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(20))
    reviewer: Mapped[str] = mapped_column(String(80))
    on_behalf_by: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text, default="")
    confidentiality: Mapped[str | None] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
