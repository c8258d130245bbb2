"""Members into the register: found again by identity number or name, changed, or new."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    Table,
    Text,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from kernel.database import Moment
from profiles.intake.merge_dates import IMPORTED
from profiles.intake.merge_own import mark_members_by_own
from profiles.intake.staged import HOMES, MEMBERS
from profiles.models import Resident, Standing

_R = cast(Table, Resident.__table__)
_C, _M, _S = _R.c, MEMBERS.c, HOMES.c
_STATED = ("relation", "birth_date", "gender", "disability", "study", "migrant", "standing", "is_head")


def find_members(session: Session) -> None:
    """Find each staged person among the residents of the same known household, and mark who changed."""
    _find_by_number(session)
    _find_by_name(session, _M.birth_date == _C.birth_date)
    _find_by_name(session, or_(_M.birth_date.is_(None), _C.birth_date.is_(None)))
    _mark_changed(session)
    mark_members_by_own(session)


def write_members(session: Session, now: datetime, *, known: bool) -> None:
    """Write the changed residents, and add the others."""
    if known:
        _write_changed(session, now)
    _insert_new(session, now)


def _find_by_number(session: Session) -> None:
    found = (select(func.min(_C.id)).where(_C.household_id == _household(), _C.id_index == _M.id_index)
             .correlate(MEMBERS).scalar_subquery())
    session.execute(update(MEMBERS).where(_M.id_index.is_not(None)).values(resident_id=found))


def _household() -> ColumnElement[Any]:
    """The household of a staged person in the register."""
    return select(_S.household_id).where(_S.row == _M.home).correlate(MEMBERS).scalar_subquery()


def _find_by_name(session: Session, births: ColumnElement[bool]) -> None:
    """By name within the household where not both have a number; one resident is never two persons of the file."""
    taken = MEMBERS.alias("taken")
    free = ~exists(select(1).select_from(taken).where(taken.c.resident_id == _C.id).correlate(_R))
    found = select(func.min(_C.id)).where(
        _C.household_id == _household(), _C.name_index == _M.name_index, births, free,
        or_(_M.id_index.is_(None), _C.id_index.is_(None))).correlate(MEMBERS).scalar_subquery()
    session.execute(update(MEMBERS).where(_M.resident_id.is_(None)).values(resident_id=found))
    earlier = exists(select(1).select_from(taken).where(taken.c.resident_id == _M.resident_id, taken.c.row < _M.row)
                     .correlate(MEMBERS))
    session.execute(update(MEMBERS).where(_M.resident_id.is_not(None), earlier).values(resident_id=None))


def _mark_changed(session: Session) -> None:
    stated = [and_(_M[name].is_not(None), _M[name].is_distinct_from(_C[name])) for name in _STATED]
    # PostgreSQL cannot compare json; both sides were written by the same serialiser.
    skills = and_(_M.skills.is_not(None), _M.skills.is_distinct_from(sql_cast(_C.skills, Text)))
    numbered = and_(_M.id_index.is_not(None), _M.id_index.is_distinct_from(_C.id_index))
    differs = or_(*stated, skills, numbered, _M.name_index != _C.name_index, _C.absent_since.is_not(None))
    session.execute(update(MEMBERS).where(_M.resident_id == _C.id, differs).values(changed=True))


def _write_changed(session: Session, now: datetime) -> None:
    values: dict[str, Any] = {name: func.coalesce(_M[name], _C[name]) for name in _STATED}
    renamed = _M.name_index != _C.name_index
    numbered = and_(_M.id_index.is_not(None), _M.id_index.is_distinct_from(_C.id_index))
    # Who was taken as moved only because a whole register left him out is back when one names him.
    back = and_(_M.standing.is_(None), _C.absent_since.is_not(None))
    values |= {
        "name": case((renamed, _M.name), else_=_C.name), "name_index": _M.name_index,
        "id_number": case((numbered, _M.id_number), else_=_C.id_number),
        "id_index": func.coalesce(_M.id_index, _C.id_index),
        "skills": case((_M.skills.is_not(None), _as_json(session)), else_=_C.skills),
        "standing": case((back, Standing.PRESENT.value), else_=func.coalesce(_M.standing, _C.standing)),
        "absent_since": None, "updated_at": now,
    }
    session.execute(update(_R).where(_C.id == _M.resident_id, _M.changed.is_(True)).values(values))


def _insert_new(session: Session, now: datetime) -> None:
    columns: dict[str, ColumnElement[Any]] = {name: _M[name] for name in (
        "reference", "name", "name_index", "id_number", "id_index", "relation", "birth_date", "gender",
        "disability", "study", "migrant")}
    columns |= {
        "household_id": _S.household_id, "skills": _as_json(session), "standing": func.coalesce(_M.standing, Standing.PRESENT.value),
        "is_head": func.coalesce(_M.is_head, False), "source": literal(IMPORTED), "stated_at": literal(now, Moment),
        "updated_at": literal(now, Moment),
    }
    session.execute(insert(_R).from_select(
        list(columns), select(*columns.values()).join_from(MEMBERS, HOMES, _S.row == _M.home)
        .where(_M.resident_id.is_(None)).order_by(_M.row), include_defaults=False))


def _as_json(session: Session) -> ColumnElement[Any]:
    """Staged JSON text as the column takes it: a cast on PostgreSQL; on SQLite text already, where CAST AS JSON is a number."""
    if session.get_bind().dialect.name == "sqlite":
        return type_coerce(_M.skills, Text)
    return sql_cast(_M.skills, JSON)
