"""What is known beside the register's own columns: a county's own facts, older dates and sources, residents' answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class OwnHouseholdFact(Base):
    """A fact of the county's own catalogue as known of a household: a number (1 and 0 for yes and no) or a word.

    No row is unknown; a word of 无 is known none.
    """

    __tablename__ = "household_own_facts"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[float | None]
    word: Mapped[str | None] = mapped_column(String(60))

    __table_args__ = (Index("ix_household_own_facts_name", "name", "household_id"),)


class OwnMemberFact(Base):
    """The same of a member."""

    __tablename__ = "resident_own_facts"

    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[float | None]
    word: Mapped[str | None] = mapped_column(String(60))

    __table_args__ = (Index("ix_resident_own_facts_name", "name", "resident_id"),)


class FactDate(Base):
    """When and from where a value comes that is not as old as its row: what a later file left empty, what an office set.

    Every other value is as old as its household's or resident's `stated_at`, from its `source`. A household's own facts
    stand under resident 0.
    """

    __tablename__ = "fact_dates"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(primary_key=True, default=0)
    fact: Mapped[str] = mapped_column(String(60), primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Moment)


class AnswerState(StrEnum):
    """What became of a resident's answer: 待核对, 已采纳, 未采纳, 已更新."""

    SAID = "said"
    TAKEN = "taken"
    LEFT = "left"
    REPLACED = "replaced"


class ResidentAnswer(Base):
    """What a resident said of a fact; it never overwrites the register but stands beside it until an office looked.

    `resident_id` is who said it, `about` the member it is about (None: the household); `value` is sealed JSON.
    """

    __tablename__ = "resident_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), index=True)
    resident_id: Mapped[int | None]
    about: Mapped[int | None]
    fact: Mapped[str] = mapped_column(String(60))
    value: Mapped[bytes] = mapped_column(LargeBinary)
    channel: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[AnswerState] = mapped_column(String(10), default=AnswerState.SAID)
    settled_by: Mapped[str | None] = mapped_column(String(80))
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
