"""A cadre's reports of changes, and the pairs of records that bear one identity number."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class ChangeKind(StrEnum):
    """What happened in a household."""

    DIED = "died"
    MOVED_OUT = "moved_out"
    CAME_BACK = "came_back"
    NEW_MEMBER = "new_member"
    PHONE = "phone"
    FARMING = "farming"
    HOUSE = "house"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The cadre's words for it."""
        return {
            ChangeKind.DIED: "有人去世", ChangeKind.MOVED_OUT: "有人迁出", ChangeKind.CAME_BACK: "有人回来",
            ChangeKind.NEW_MEMBER: "新添了人", ChangeKind.PHONE: "电话换了", ChangeKind.FARMING: "种养变了",
            ChangeKind.HOUSE: "搬家、分户", ChangeKind.OTHER: "其他变化",
        }[self]

    @property
    def is_about_somebody(self) -> bool:
        """Whether a member must be named."""
        return self in (ChangeKind.DIED, ChangeKind.MOVED_OUT, ChangeKind.CAME_BACK, ChangeKind.PHONE)


class ReportState(StrEnum):
    """What became of a report: 待确认, 已确认, 退回, 已收回."""

    SAID = "said"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"

    @property
    def words(self) -> str:
        """The office's word."""
        return {ReportState.SAID: "待确认", ReportState.CONFIRMED: "已确认", ReportState.RETURNED: "退回",
                ReportState.TAKEN_BACK: "已收回"}[self]


class ChangeReport(Base):
    """One change as a cadre reported it; `content` and the office's `answer` are sealed."""

    __tablename__ = "change_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), index=True)
    resident_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[ChangeKind] = mapped_column(String(12))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    reported_by: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[ReportState] = mapped_column(String(12), default=ReportState.SAID, index=True)
    settled_by: Mapped[str | None] = mapped_column(String(80))
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)


class Decision(StrEnum):
    """What a clerk decided of one identity number in two households."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class ResidentDouble(Base):
    """Two records with one identity number, the older one first; both stand until a clerk has decided."""

    __tablename__ = "resident_doubles"

    first_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True)
    found_at: Mapped[datetime] = mapped_column(Moment)
    decision: Mapped[Decision | None] = mapped_column(String(8), index=True)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
