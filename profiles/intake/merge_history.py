"""What a file makes happen to known households and members is written down: moved, left, came back, died, changed house."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased

from kernel.database import Moment
from profiles.history import Event, RegisterEvent
from profiles.intake.staged import HOMES, MEMBERS
from profiles.intake.warnings import Warnings
from profiles.models import Household, Resident, Standing
from profiles.values import FactDate, ResidentAnswer

_H, _R = cast(Table, Household.__table__), cast(Table, Resident.__table__)
_S, _M = HOMES.c, MEMBERS.c
_NAMES = ("household_id", "resident_id", "event", "before", "after", "at", "actor", "source", "reason")
_EVENT_OF = {Standing.DIED: Event.DIED, Standing.MOVED: Event.AWAY, Standing.PRESENT: Event.PRESENT}


class Chronicle:
    """Writes the events of one import, set by set."""

    def __init__(self, session: Session, now: datetime, actor: str) -> None:
        """All carry the same moment and actor, and say that a file told them."""
        self._session = session
        self._told = (literal(now, Moment), literal(actor), literal("import"), literal(""))

    def found(self) -> None:
        """Known households that move or come back, members who die, move away or are back: before anything is written."""
        mine = and_(_S.household_id == _H.c.id, _S.good > 0)
        self._insert(self._line(_H.c.id, Event.MOVED, _H.c.division, _S.division).join_from(HOMES, _H, mine).where(_S.moved.is_(True)))
        self._insert(self._line(_H.c.id, Event.RETURNED).join_from(HOMES, _H, mine).where(_H.c.left_at.is_not(None)))
        event = case(*((_M.standing == standing.value, event.value) for standing, event in _EVENT_OF.items()), else_=Event.PRESENT.value)
        other = case((_M.standing.is_(None), _R.c.absent_since.is_not(None)), else_=_M.standing.is_distinct_from(_R.c.standing))
        self._insert(self._line(_R.c.household_id, event, resident=_R.c.id).join_from(MEMBERS, _R, _M.resident_id == _R.c.id).where(other))

    def parting(self, absent: ColumnElement[bool], gone: ColumnElement[bool]) -> None:
        """Households and members whom a whole register leaves out; both conditions are on their own tables."""
        self._insert(self._line(_H.c.id, Event.LEFT, _H.c.division).where(absent))
        self._insert(self._line(_R.c.household_id, Event.AWAY, resident=_R.c.id).where(gone))

    def joining(self) -> None:
        """Members who are in another household now are told of in both: before they are moved."""
        new, old = aliased(_H), aliased(_H)
        for told_in in (old.c.id, new.c.id):
            self._insert(
                self._line(told_in, Event.JOINED, old.c.reference, new.c.reference, _R.c.id)
                .select_from(MEMBERS.join(_R, _M.resident_id == _R.c.id).join(HOMES, _S.row == _M.home)
                             .join(old, old.c.id == _R.c.household_id).join(new, new.c.id == _S.household_id))
                .where(_M.joined.is_(True)))

    def _line(self, household: ColumnElement[Any], event: Event | ColumnElement[Any], before: ColumnElement[Any] | None = None,
              after: ColumnElement[Any] | None = None, resident: ColumnElement[Any] | None = None) -> Select[Any]:
        kind = literal(event.value) if isinstance(event, Event) else event
        ends = [null() if one is None else one for one in (before, after)]
        return select(household, null() if resident is None else resident, kind, *ends, *self._told)

    def _insert(self, lines: Select[Any]) -> None:
        self._session.execute(insert(RegisterEvent).from_select(_NAMES, lines))


def find_joined(session: Session, division: str, warnings: Warnings) -> bool:
    """In the whole register of a division, find by identity number who is in another household now; whether anybody is.

    Only where it is beyond doubt: the number stands once in the file and once in the register, and the former household
    is in the division and was read whole without naming it.
    """
    # Without it, every person of the file is compared with every other: minutes for a county.
    session.execute(text("CREATE INDEX ix_intake_id_numbers ON intake_members (id_index)"))
    other_row, other = aliased(MEMBERS), aliased(_R)
    once_here = ~exists(select(1).select_from(other_row).where(
        other_row.c.id_index == _M.id_index, other_row.c.row != _M.row).correlate(MEMBERS))
    once_there = ~exists(select(1).select_from(other).where(
        other.c.id_index == _R.c.id_index, other.c.id != _R.c.id, other.c.standing == Standing.PRESENT).correlate(_R))
    doubtful = exists(select(1).select_from(HOMES).where(_S.household_id == _R.c.household_id, _S.rejected > 0).correlate(_R))
    found = (
        select(func.min(_R.c.id)).select_from(_R.join(_H, _H.c.id == _R.c.household_id))
        .where(_R.c.id_index == _M.id_index, _R.c.standing == Standing.PRESENT,
               _H.c.division.startswith(division, autoescape=True), once_there, ~doubtful)
        .correlate(MEMBERS).scalar_subquery())
    session.execute(update(MEMBERS).where(_M.resident_id.is_(None), _M.id_index.is_not(None), once_here).values(resident_id=found, joined=true()))
    session.execute(update(MEMBERS).where(_M.joined.is_(True), _M.resident_id.is_(None)).values(joined=False))
    session.execute(update(MEMBERS).where(_M.joined.is_(True)).values(changed=True))
    query = (select(_M.row, _H.c.reference).join_from(MEMBERS, _R, _R.c.id == _M.resident_id)
             .join(_H, _H.c.id == _R.c.household_id).where(_M.joined.is_(True)).order_by(_M.row))
    rows = session.execute(query).all()
    for row, reference in rows:
        warnings.add(row, f"按证件号码，这位成员原来在另一户（{reference}），已转到这一户，联系方式一并转来")
    return bool(rows)


def move_joined(session: Session) -> None:
    """Take those found so over into their household, with what is dated and said of them."""
    new = select(_S.household_id).join_from(MEMBERS, HOMES, _S.row == _M.home)
    here = new.where(_M.resident_id == _R.c.id, _M.joined.is_(True)).correlate(_R).scalar_subquery()
    mine = select(_M.resident_id).where(_M.joined.is_(True))
    head = select(func.coalesce(_M.is_head, False)).where(_M.resident_id == _R.c.id).correlate(_R).scalar_subquery()
    session.execute(update(_R).where(_R.c.id.in_(mine)).values(household_id=here, is_head=head))
    for table, person in ((cast(Table, FactDate.__table__), "resident_id"), (cast(Table, ResidentAnswer.__table__), "about")):
        theirs = select(_R.c.household_id).where(_R.c.id == table.c[person]).correlate(table).scalar_subquery()
        session.execute(update(table).where(table.c[person].in_(mine)).values(household_id=theirs))
