"""Who looked at whom: every look at a person's data, by staff, by command or by the person, kept apart from other acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import Actor
from kernel.database import Base, Moment

SELF = "本人"
"""The actor of a look at one's own matters."""


class Look(StrEnum):
    """What was looked at, and how."""

    PAGE = "page"
    SEARCH = "search"
    UNMASKED = "unmasked"
    LISTED = "listed"
    EXPORTED = "exported"
    ERASED = "erased"
    OWN = "own"

    @property
    def words(self) -> str:
        """The office's words."""
        return {
            Look.PAGE: "查看农户页", Look.SEARCH: "按姓名、号码查找", Look.UNMASKED: "查看完整号码", Look.LISTED: "列出名单",
            Look.EXPORTED: "导出个人数据", Look.ERASED: "删除个人数据", Look.OWN: "本人查看",
        }[self]


class AccessEntry(Base):
    """One look, never changed afterwards. `resident_id` is empty where the whole household was shown.

    `found` is how many people a search showed; what was searched for is not kept. No foreign keys: the entry outlives
    the person's record, which is what an inspection asks for.
    """

    __tablename__ = "access_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    actor: Mapped[str] = mapped_column(String(80), index=True)
    on_behalf_by: Mapped[str | None] = mapped_column(String(80))
    look: Mapped[Look] = mapped_column(String(12))
    household_id: Mapped[int | None]
    resident_id: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(60), default="")
    division: Mapped[str] = mapped_column(String(12), default="")
    found: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (Index("ix_access_entries_household_id_at", "household_id", "at"),
                      Index("ix_access_entries_resident_id", "resident_id"))


@dataclass(frozen=True)
class Whom:
    """Whom a look fell on: a household, or one of its members; `subject` is the reference a clerk knows."""

    household_id: int | None = None
    resident_id: int | None = None
    subject: str = ""
    division: str = ""


@dataclass(frozen=True)
class Seen:
    """One look as a page tells it."""

    at: datetime
    actor: str
    words: str
    subject: str
    division: str
    found: int
    reason: str


def looked(session: Session, now: datetime, actor: Actor, look: Look, whom: Whom, *, found: int = 1, reason: str = "") -> None:
    """Write one look down, in the transaction of whatever it led to."""
    session.add(AccessEntry(at=now, actor=actor.name[:80], on_behalf_by=actor.on_behalf_by, look=look,
                            household_id=whom.household_id, resident_id=whom.resident_id, subject=whom.subject[:60],
                            division=whom.division, found=found, reason=reason[:200]))


def looked_at_own(session: Session, now: datetime, whom: Whom) -> None:
    """A resident looked at what is held of them."""
    looked(session, now, Actor(SELF), Look.OWN, whom)


def looks_at(session: Session, household_id: int, resident_ids: Iterable[int] = (), limit: int = 50) -> list[Seen]:
    """The latest looks at a household and at its members."""
    members = tuple(resident_ids)
    whom = AccessEntry.household_id == household_id
    if members:
        whom = or_(whom, AccessEntry.resident_id.in_(members))
    found = session.scalars(select(AccessEntry).where(whom).order_by(AccessEntry.at.desc(), AccessEntry.id.desc()).limit(limit))
    return [_seen(one) for one in found]


def search(session: Session, words: str, jurisdiction: str, offset: int, limit: int) -> tuple[list[Seen], int]:
    """Looks at people of an area whose actor or subject holds the words, the latest first, and how many there are."""
    chosen = select(AccessEntry)
    if jurisdiction:
        chosen = chosen.where(AccessEntry.division.startswith(jurisdiction, autoescape=True))
    if words:
        chosen = chosen.where(AccessEntry.actor.icontains(words, autoescape=True)
                              | AccessEntry.subject.icontains(words, autoescape=True))
    total = session.scalar(chosen.with_only_columns(func.count(AccessEntry.id))) or 0
    entries = session.scalars(chosen.order_by(AccessEntry.at.desc(), AccessEntry.id.desc()).limit(limit).offset(offset))
    return [_seen(one) for one in entries], total


def summary(session: Session, household_id: int, resident_ids: Sequence[int]) -> list[tuple[str, str, int, datetime]]:
    """Who looked, how, how often and when last: what a person is told of the looks at them."""
    whom = or_(AccessEntry.household_id == household_id, AccessEntry.resident_id.in_(resident_ids))
    rows = session.execute(
        select(AccessEntry.actor, AccessEntry.look, func.count(), func.max(AccessEntry.at)).where(whom)
        .group_by(AccessEntry.actor, AccessEntry.look).order_by(func.max(AccessEntry.at).desc()))
    return [(actor, Look(look).words, count, last) for actor, look, count, last in rows]


def _seen(one: AccessEntry) -> Seen:
    by = f"{one.actor}（{one.on_behalf_by} 代操作）" if one.on_behalf_by else one.actor
    return Seen(one.at, by, Look(one.look).words, one.subject, one.division, one.found, one.reason)
