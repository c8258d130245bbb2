"""What an import came to, counted from the temporary tables while they stand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from profiles.intake.staged import HOMES, MEMBERS

MOST_NAMED = 50
_S, _M = HOMES.c, MEMBERS.c


def counts(session: Session) -> dict[str, int]:
    """Members created and updated (their own details, their contacts or their household), homes and people that were good."""
    touched = select(_S.row).where(_S.changed.is_(True))
    known = _M.resident_id.is_not(None)
    asked = {
        "created": select(func.count()).select_from(MEMBERS).where(~known),
        "updated": select(func.count()).select_from(MEMBERS).where(
            known, or_(_M.changed.is_(True), _M.home.in_(touched))),
        "households": select(func.count()).select_from(HOMES).where(_S.good > 0),
        "residents": select(func.count()).select_from(MEMBERS),
    }
    return {name: int(session.scalar(query) or 0) for name, query in asked.items()}


def difference(session: Session, left: int, departed: int) -> dict[str, Any]:
    """What a file changes in the register: numbers of households, and the first of each sort by their own numbers."""
    conditions = {"new_households": _S.is_new.is_(True), "changed_households": _S.changed.is_(True),
                  "moved_households": _S.moved.is_(True)}
    told: dict[str, Any] = {name: _named(session, condition) for name, condition in conditions.items()}
    return {**told, "left_households": left, "departed_members": departed}


def _named(session: Session, condition: ColumnElement[bool]) -> dict[str, Any]:
    count = session.scalar(select(func.count()).select_from(HOMES).where(condition))
    first = session.scalars(select(_S.reference).where(condition).order_by(_S.row).limit(MOST_NAMED))
    return {"count": int(count or 0), "first": list(first)}
