"""What hangs on the villages' boards: one row a notice and village, from 待张贴 to 已撤下."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    Insert,
    Select,
    String,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.database import Base, Moment
from profiles.divisions import VILLAGE, present_codes
from profiles.history import DivisionChange
from profiles.models import Division


class PostWhy(StrEnum):
    """Why it hangs: the notice asks for the board, the sender decided so for 资料不全户, or it is an emergency."""

    CHANNEL = "channel"
    VILLAGE = "village"
    EMERGENCY = "emergency"

    @property
    def words(self) -> str:
        """The office's words."""
        return {"channel": "上公示栏", "village": "在村里公告", "emergency": "紧急"}[self]


# What says more goes before what says less: a neutral sheet gives way to the notice itself.
_RANK = {PostWhy.VILLAGE: 0, PostWhy.CHANNEL: 1, PostWhy.EMERGENCY: 2}


class PostState(StrEnum):
    """Where a posting stands: 待张贴, 已张贴, 待撤下, 已撤下."""

    WANTED = "wanted"
    POSTED = "posted"
    TO_TAKE_DOWN = "to_take_down"
    TAKEN_DOWN = "taken_down"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"wanted": "待张贴", "posted": "已张贴", "to_take_down": "待撤下", "taken_down": "已撤下"}[self]

    @property
    def waits(self) -> bool:
        """Whether the village has something to do."""
        return self in (PostState.WANTED, PostState.TO_TAKE_DOWN)


DOWN = (PostState.TO_TAKE_DOWN, PostState.TAKEN_DOWN)


class Posting(Base):
    """A notice on the board of one village.

    `digest` is of the words that were asked for: other words are wanted anew, and `posted_at` then says that an older
    sheet hangs. `take_down_at` is when the sheet is over, None while the notice is in force.
    """

    __tablename__ = "postings"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int]
    reference: Mapped[str] = mapped_column(String(60))
    village: Mapped[str] = mapped_column(String(12))
    why: Mapped[PostWhy] = mapped_column(String(12))
    state: Mapped[PostState] = mapped_column(String(14))
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    dispatch_id: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(Moment)
    take_down_at: Mapped[datetime | None] = mapped_column(Moment)
    posted_by: Mapped[str | None] = mapped_column(String(80))
    posted_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_down_by: Mapped[str | None] = mapped_column(String(80))
    taken_down_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("uq_postings_notice_village", "notice_id", "village", unique=True),
                      Index("ix_postings_village", "village", "state"),
                      Index("ix_postings_over", "take_down_at", sqlite_where=text("state IN ('wanted', 'posted')"),
                            postgresql_where=text("state IN ('wanted', 'posted')")))


def post_in(session: Session, *, notice_id: int, reference: str, divisions: Iterable[str], why: PostWhy, now: datetime,
            take_down_at: datetime | None = None, dispatch_id: int | None = None, digest: str = "") -> int:
    """Ask every village in these divisions (of any level) to post a notice; how many have something to do for it.

    A second time changes nothing, unless the words (`digest`) or the reason became others, or the sheet was taken down.
    """
    villages = villages_in(session, divisions)
    renewed = _renew(session, notice_id, villages, why, now, take_down_at, dispatch_id, digest)
    known = select(Posting.village).where(Posting.notice_id == notice_id)
    rows = select(literal(notice_id), literal(reference), Division.code, literal(why.value),
                  literal(PostState.WANTED.value), literal(digest), literal(dispatch_id, Posting.dispatch_id.type),
                  literal(now, Moment()), literal(take_down_at, Moment())).where(
        Division.code.in_(villages), Division.code.not_in(known))
    columns = ["notice_id", "reference", "village", "why", "state", "digest", "dispatch_id", "asked_at", "take_down_at"]
    result: Any = session.execute(_insert(session).from_select(columns, rows), execution_options={"preserve_rowcount": True})
    return renewed + int(result.rowcount)


def _insert(session: Session) -> Insert:
    """Of two that ask at once, one writes the row."""
    keys = ["notice_id", "village"]
    match session.get_bind().dialect.name:
        case "postgresql":
            return postgresql.insert(Posting).on_conflict_do_nothing(index_elements=keys)
        case "sqlite":
            return sqlite.insert(Posting).on_conflict_do_nothing(index_elements=keys)
    return insert(Posting)


def take_along(session: Session, old: str, new: str) -> None:
    """What hangs in a village hangs under its code of today; of two villages that became one, the new one's row stands."""
    held = select(Posting.notice_id).where(Posting.village == new)
    session.execute(delete(Posting).where(Posting.village == old, Posting.notice_id.in_(held))
                    .execution_options(synchronize_session=False))
    session.execute(update(Posting).where(Posting.village == old).values(village=new).execution_options(synchronize_session=False))


def villages_in(session: Session, divisions: Iterable[str]) -> Select[str]:
    """The villages that stand today in divisions of any level; what became another is named by its code of today."""
    gone = select(DivisionChange.old).group_by(DivisionChange.old).having(func.count() == 1)
    inside = or_(*(Division.code.startswith(code, autoescape=True) for code in present_codes(session, divisions)))
    return select(Division.code).where(func.length(Division.code) == VILLAGE, inside, Division.code.not_in(gone))


def _renew(session: Session, notice_id: int, villages: Select[str], why: PostWhy, now: datetime,
           take_down_at: datetime | None, dispatch_id: int | None, digest: str) -> int:
    """What hangs in other words, for less, or no more, is wanted again."""
    result: Any = session.execute(
        update(Posting).where(Posting.notice_id == notice_id, Posting.village.in_(villages), _differs(why, digest))
        .values(state=PostState.WANTED, why=why, digest=digest or Posting.digest, asked_at=now, take_down_at=take_down_at,
                dispatch_id=func.coalesce(dispatch_id, Posting.dispatch_id), taken_down_by=None, taken_down_at=None,
                posted_by=_unless_down(Posting.posted_by), posted_at=_unless_down(Posting.posted_at))
        .execution_options(synchronize_session=False))
    return int(result.rowcount)


def _differs(why: PostWhy, digest: str) -> ColumnElement[bool]:
    lesser = [one for one in PostWhy if _RANK[one] < _RANK[why]]
    greater = [one for one in PostWhy if _RANK[one] > _RANK[why]]
    others = and_(Posting.digest != digest, Posting.digest != "") if digest else Posting.state.in_(DOWN)
    return and_(Posting.why.not_in(greater), or_(Posting.why.in_(lesser), Posting.state.in_(DOWN), others))


def _unless_down(column: Any) -> ColumnElement[Any]:
    return case((Posting.state == PostState.TAKEN_DOWN, None), else_=column)
