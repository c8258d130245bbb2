"""One identity number in two households: the pairs are kept, both stand until a clerk decides, and the decision is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from kernel.database import Moment
from profiles.changes.models import ResidentDouble
from profiles.models import Household, Resident, Standing


def look_for(session: Session, now: datetime) -> None:
    """Write down the pairs nobody wrote down yet: members who live here, in two households, with one identity number."""
    one, other = aliased(Resident), aliased(Resident)
    home, elsewhere = aliased(Household), aliased(Household)
    repeated = select(Resident.id_index).where(Resident.id_index.is_not(None)).group_by(Resident.id_index).having(
        func.count() > 1)
    known = exists(select(1).where(ResidentDouble.first_id == one.id, ResidentDouble.second_id == other.id))
    pairs = (
        select(one.id, other.id, literal(now, Moment))
        .join_from(one, other, (other.id_index == one.id_index) & (other.id > one.id))
        .join(home, home.id == one.household_id).join(elsewhere, elsewhere.id == other.household_id)
        .where(one.id_index.in_(repeated), one.household_id != other.household_id,
               one.standing == Standing.PRESENT, other.standing == Standing.PRESENT,
               home.left_at.is_(None), elsewhere.left_at.is_(None), ~known)
    )
    session.execute(insert(ResidentDouble).from_select(["first_id", "second_id", "found_at"], pairs, include_defaults=False))
