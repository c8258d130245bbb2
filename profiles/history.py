"""The register's history: who moved, split off, died or came back, when and why; and which village codes became which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.audit import Actor
from kernel.database import Base, Moment

LONGEST_REASON = 200


class Event(StrEnum):
    """What happened to a household or to one of its members."""

    MOVED = "moved"
    RECODED = "recoded"
    LEFT = "left"
    RETURNED = "returned"
    SPLIT = "split"
    MERGED = "merged"
    JOINED = "joined"
    PRESENT = "present"
    DIED = "died"
    AWAY = "away"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Event.MOVED: "整户迁移", Event.RECODED: "村代码变更", Event.LEFT: "整户离开", Event.RETURNED: "整户回来", Event.SPLIT: "分户",
    Event.MERGED: "并户", Event.JOINED: "成员转户", Event.PRESENT: "登记为健在", Event.DIED: "去世", Event.AWAY: "迁出",
}


class RegisterEvent(Base):
    """One thing that happened, never changed afterwards; `before` and `after` are division codes or household references.

    `household_id` is where it is told: a member who moved from one household to another is told in both. `actor` is an
    account, `source` is import or office.
    """

    __tablename__ = "register_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), index=True)
    resident_id: Mapped[int | None] = mapped_column(index=True)
    event: Mapped[Event] = mapped_column(String(12))
    before: Mapped[str | None] = mapped_column(String(40))
    after: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")


class DivisionChange(Base):
    """A code that became another on a day; one code that became several is a split, which only people can decide."""

    __tablename__ = "division_changes"

    old: Mapped[str] = mapped_column(String(12), primary_key=True)
    new: Mapped[str] = mapped_column(String(12), primary_key=True, index=True)
    on: Mapped[date | None]
    name: Mapped[str] = mapped_column(String(60), default="")
    recorded_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True)
class Told:
    """One line of a household's history as a page shows it."""

    at: datetime
    event: Event
    resident_id: int | None
    before: str
    after: str
    actor: str
    reason: str


def tell(session: Session, event: Event, household_id: int, *, now: datetime, actor: Actor, reason: str = "",
         resident_id: int | None = None, before: str | None = None, after: str | None = None) -> None:
    """Write one thing down that the office did."""
    session.add(RegisterEvent(
        household_id=household_id, resident_id=resident_id, event=event, before=before, after=after, at=now, actor=actor.name,
        source="office", reason=reason.strip()[:LONGEST_REASON]))


def history_of(session: Session, household_id: int) -> list[Told]:
    """What happened to a household and its members, the latest first."""
    query = (select(RegisterEvent).where(RegisterEvent.household_id == household_id)
             .order_by(RegisterEvent.at.desc(), RegisterEvent.id.desc()))
    return [Told(one.at, Event(one.event), one.resident_id, one.before or "", one.after or "", one.actor, one.reason)
            for one in session.scalars(query)]


CODES = select(DivisionChange.old, DivisionChange.new).order_by(DivisionChange.old, DivisionChange.new)
"""What `Codes` are made of."""


class Codes:
    """Every change of code that is on record, read once: what a code is today, and what it was before."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """`pairs` of old and new code."""
        self._after: dict[str, list[str]] = {}
        self._before: dict[str, list[str]] = {}
        for old, new in pairs:
            self._after.setdefault(old, []).append(new)
            self._before.setdefault(new, []).append(old)

    @classmethod
    def read(cls, session: Session) -> Codes:
        """All changes in the database."""
        return cls((row.old, row.new) for row in session.execute(CODES))

    @staticmethod
    def edition(session: Session) -> tuple[int, datetime | None]:
        """What is another whenever changes were added: for what is kept as it was read under them."""
        row = session.execute(select(func.count(DivisionChange.old), func.max(DivisionChange.recorded_at))).one()
        return int(row[0]), row[1]

    def present(self, code: str) -> str:
        """The code that stands for this one today; a code that was split stays itself until people decide."""
        while len(after := self._after.get(code, [])) == 1:
            code = after[0]
        return code

    def parts(self, code: str) -> tuple[str, ...]:
        """What a code was split into, in the end; empty when it was not split."""
        present = self.present(code)
        return tuple(self._after.get(present, ()))

    def reached(self, code: str) -> tuple[str, ...]:
        """Every code under which the people of this one may be registered by now, itself first."""
        return self._closure(code, self._after)

    def standing_for(self, code: str) -> tuple[str, ...]:
        """A code of today and every earlier one that leads to it alone."""
        return (code, *(former for former in self.former(code) if self.present(former) == code))

    def former(self, code: str) -> tuple[str, ...]:
        """Every code that this one had before."""
        return self._closure(code, self._before)[1:]

    def _closure(self, code: str, steps: dict[str, list[str]]) -> tuple[str, ...]:
        found = {code: None}
        waiting = [code]
        while waiting:
            for one in steps.get(waiting.pop(), ()):
                if one not in found:
                    found[one] = None
                    waiting.append(one)
        return tuple(found)

    def __bool__(self) -> bool:
        return bool(self._after)
