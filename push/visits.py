"""入户名单: households somebody of the village goes to see, because no message can tell them, or none arrived."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Insert,
    Select,
    String,
    case,
    exists,
    insert,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.database import Base, Moment
from push.models import LONG, Delivery, Dispatch
from push.states import DeliveryState, DispatchState

LONGEST_NOTE = 60


class Why(StrEnum):
    """Why somebody goes there; the words tell nothing of the household's circumstances."""

    POSSIBLY = "possibly"
    NOT_REACHED = "not_reached"
    MUST_ARRIVE = "must_arrive"
    CORRECTED = "corrected"

    @property
    def words(self) -> str:
        """What stands on the list."""
        return {"possibly": "登记资料不全，请当面核对", "not_reached": "消息没有送到，请当面告知",
                "must_arrive": "还没有看到通知，请当面告知", "corrected": "上次说的有更正，请再去说明"}[self]


class VisitState(StrEnum):
    """Where a visit stands: 待入户, 已入户, 没见到人."""

    OPEN = "open"
    DONE = "done"
    NOT_MET = "not_met"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"open": "待入户", "done": "已入户", "not_met": "没见到人"}[self]


class Visit(Base):
    """One household to be seen for one dispatch, once; the village is wherever the household lives by now.

    `note` is what the cadre adds, never an address or a number.
    """

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(LONG, primary_key=True)
    dispatch_id: Mapped[int]
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    why: Mapped[Why] = mapped_column(String(12))
    state: Mapped[VisitState] = mapped_column(String(8))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    ticked_by: Mapped[str | None] = mapped_column(String(80))
    ticked_at: Mapped[datetime | None] = mapped_column(Moment)
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="", server_default="")

    __table_args__ = (Index("uq_visits_dispatch_household", "dispatch_id", "household_id", unique=True),
                      Index("ix_visits_household", "household_id"),
                      Index("ix_visits_open", "asked_at", sqlite_where=text("state = 'open'"),
                            postgresql_where=text("state = 'open'")))


def ask_for(session: Session, dispatch_id: int, households: Select[int], why: Why, now: datetime) -> int:
    """Put households on the list of a dispatch, each once whatever it is asked for later; how many are new.

    `households` selects their ids, one column; one statement, however many they are.
    """
    wanted = households.subquery("wanted")
    household = next(iter(wanted.c))
    return _put(session, select(literal(dispatch_id), household, literal(why.value), literal(VisitState.OPEN.value),
                                literal(now, Moment()), literal("")).where(household.is_not(None)).distinct())


def ask_anew(session: Session, corrected: int, correction: int, now: datetime) -> int:
    """Put the households of a corrected dispatch's list on that of the correction: whoever was told at home is told again, but
    by the message they get, whoever still waits hears the right words; how many.

    What was stopped is asked of nobody any more.
    """
    was_seen, is_owed = _owed_anew(corrected)
    is_written_to = exists(select(1).where(Delivery.dispatch_id == correction, Delivery.household_id == Visit.household_id,
                                           Delivery.state == DeliveryState.PLANNED))
    return _put(session, select(literal(correction), Visit.household_id, case((was_seen, Why.CORRECTED.value), else_=Visit.why),
                                literal(VisitState.OPEN.value), literal(now, Moment()), Visit.note).where(
        Visit.dispatch_id == corrected, is_owed, or_(~was_seen, ~is_written_to)))


def is_owed_anew(session: Session, corrected: int) -> bool:
    """Whether anybody on a dispatch's list has to hear of its correction at home."""
    _, is_owed = _owed_anew(corrected)
    return session.scalar(select(Visit.id).where(Visit.dispatch_id == corrected, is_owed).limit(1)) is not None


def _owed_anew(corrected: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Who was seen, and who hears of a correction: whoever was, and whoever is still to be."""
    was_seen = Visit.state == VisitState.DONE
    return was_seen, or_(was_seen, exists(select(1).where(Dispatch.id == corrected, Dispatch.state != DispatchState.STOPPED)))


def _put(session: Session, rows: Select[*tuple[Any, ...]]) -> int:
    statement = _insert(session).from_select(["dispatch_id", "household_id", "why", "state", "asked_at", "note"], rows)
    result: Any = session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)


def _insert(session: Session) -> Insert:
    keys = ["dispatch_id", "household_id"]
    match session.get_bind().dialect.name:
        case "postgresql":
            return postgresql.insert(Visit).on_conflict_do_nothing(index_elements=keys)
        case "sqlite":
            return sqlite.insert(Visit).on_conflict_do_nothing(index_elements=keys)
    return insert(Visit)
