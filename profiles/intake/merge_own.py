"""A county's own facts into the register: what a file states replaces, what it leaves empty stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Table, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from profiles.intake.staged import HOMES, MEMBERS, OWN_OF_HOMES, OWN_OF_MEMBERS
from profiles.models import Resident
from profiles.values import OwnHouseholdFact, OwnMemberFact

_R = cast(Table, Resident.__table__)


@dataclass(frozen=True)
class _Level:
    """Where one level's values wait, whose they are there, and where they are kept."""

    staged: Table
    owners: Table
    link: str
    kept: Table

    @property
    def owner(self) -> ColumnElement[Any]:
        """The column of the kept values that says whose they are."""
        return self.kept.c[next(iter(self.kept.c)).name]

    @property
    def joined(self) -> FromClause:
        """The waiting values with their owners."""
        return self.staged.join(self.owners, self.owners.c.row == self.staged.c.owner)

    def owner_in_register(self) -> ColumnElement[Any]:
        """Whose a waiting value is in the register."""
        linked = self.owners.c[self.link]
        if self.owners is HOMES:
            return linked
        added = select(_R.c.id).where(_R.c.reference == MEMBERS.c.reference).correlate(MEMBERS).scalar_subquery()
        return func.coalesce(linked, added)


_HOMES = _Level(OWN_OF_HOMES, HOMES, "household_id", cast(Table, OwnHouseholdFact.__table__))
_MEMBERS = _Level(OWN_OF_MEMBERS, MEMBERS, "resident_id", cast(Table, OwnMemberFact.__table__))


def mark_homes_by_own(session: Session) -> None:
    """Mark the known households of which the file states an own fact that the register does not have so."""
    _mark(session, _HOMES)


def mark_members_by_own(session: Session) -> None:
    """The same for known members; before that, what a person's rows repeat counts once."""
    _mark(session, _MEMBERS)


def settle_own(session: Session) -> None:
    """Of what several rows of one person say of a fact, the first stands."""
    earlier = aliased(OWN_OF_MEMBERS)
    again = exists(select(1).select_from(earlier).where(
        earlier.c.owner == OWN_OF_MEMBERS.c.owner, earlier.c.name == OWN_OF_MEMBERS.c.name,
        earlier.c.said_at < OWN_OF_MEMBERS.c.said_at).correlate(OWN_OF_MEMBERS))
    session.execute(delete(OWN_OF_MEMBERS).where(again))


def _mark(session: Session, level: _Level) -> None:
    if _is_empty(session, level):
        return
    staged, link = level.staged, level.owners.c[level.link]
    same = exists(select(1).select_from(level.kept).where(
        level.owner == link, level.kept.c.name == staged.c.name, ~_differs(level)).correlate(staged, level.owners))
    news = exists(select(1).select_from(staged).where(staged.c.owner == level.owners.c.row, ~same).correlate(level.owners))
    session.execute(update(level.owners).where(link.is_not(None), level.owners.c.changed.is_(False), news).values(changed=True))


def write_own(session: Session, *, known: bool) -> None:
    """Put in what the file states, for households and members that all stand in the register by now."""
    for level in (_HOMES, _MEMBERS):
        if _is_empty(session, level):
            continue
        if known:
            other = exists(select(1).select_from(level.joined).where(
                level.owners.c[level.link] == level.owner, level.staged.c.name == level.kept.c.name, _differs(level))
                .correlate(level.kept))
            session.execute(delete(level.kept).where(other))
        owner = level.owner_in_register()
        there = exists(select(1).select_from(level.kept).where(
            level.owner == owner, level.kept.c.name == level.staged.c.name).correlate(level.staged, level.owners))
        columns = (level.staged.c.name, level.staged.c.number, level.staged.c.word)
        session.execute(insert(level.kept).from_select(
            [next(iter(level.kept.c)).name, "name", "number", "word"],
            select(owner, *columns).select_from(level.joined).where(owner.is_not(None), ~there)))


def _differs(level: _Level) -> ColumnElement[bool]:
    kept, staged = level.kept.c, level.staged.c
    return or_(kept.number.is_distinct_from(staged.number), kept.word.is_distinct_from(staged.word))


def _is_empty(session: Session, level: _Level) -> bool:
    return session.scalar(select(level.staged.c.owner).limit(1)) is None
