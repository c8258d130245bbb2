"""Who may be profiled, and what of them is looked at: village, age, gender, what they grow and keep, work away.

Kinds of household, income, house grade, disability and skills are left out: they tell of 救助, 残疾 or 疾病.
Children under 14 are left out whole (PIPL §31).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from profiles.models import Household, HouseholdCrop, HouseholdLivestock, Resident, Standing
from profiles.portraits.models import PlainOrder

LEAST_GROUP = 20
LEAST_AGE = 14
_PIECE = 500


@dataclass(frozen=True)
class Profiled:
    """One resident whose order may be personal."""

    id: int
    village: str
    row: dict[str, str]


def profiled(session: Session, today: date, resident_ids: Iterable[int]) -> list[Profiled]:
    """Those of the residents who may be profiled, with what is looked at, in the order of their numbers."""
    wanted, found = sorted(set(resident_ids)), []
    for begin in range(0, len(wanted), _PIECE):
        found.extend(_piece(session, today, wanted[begin:begin + _PIECE]))
    return found


def people_of_village(session: Session, village: str, today: date) -> int:
    """How many of a village may be profiled; below LEAST_GROUP nobody there is."""
    asked = select(func.count()).select_from(Resident).join(Household, Household.id == Resident.household_id).where(
        Household.division == village, *_may_be_profiled(today))
    return session.scalar(asked) or 0


def is_in_a_large_group(session: Session, resident_id: int, today: date) -> bool:
    """Whether a resident may be profiled at all: of age, present, and one of at least LEAST_GROUP such in the village."""
    found = profiled(session, today, [resident_id])
    return bool(found) and people_of_village(session, found[0].village, today) >= LEAST_GROUP


def _piece(session: Session, today: date, ids: list[int]) -> list[Profiled]:
    rows = session.execute(
        select(Resident.id, Resident.birth_date, Resident.gender, Resident.migrant, Resident.household_id, Household.division)
        .join(Household, Household.id == Resident.household_id)
        .where(Resident.id.in_(ids), *_may_be_profiled(today)).order_by(Resident.id)).all()
    homes = {row.household_id for row in rows}
    crops = _names((home, name) for home, name in session.execute(
        select(HouseholdCrop.household_id, HouseholdCrop.name).where(
            HouseholdCrop.household_id.in_(homes), HouseholdCrop.mu > 0)))
    livestock = _names((home, name) for home, name in session.execute(
        select(HouseholdLivestock.household_id, HouseholdLivestock.name).where(
            HouseholdLivestock.household_id.in_(homes), HouseholdLivestock.head > 0)))
    return [Profiled(row.id, row.division, {
        "village": row.division, "township": row.division[:9], "age": _age_band(row.birth_date, today),
        "gender": row.gender or "", "migrant": "yes" if row.migrant else "",
        "crop": "|".join(crops.get(row.household_id, ())), "livestock": "|".join(livestock.get(row.household_id, ())),
    }) for row in rows]


def _may_be_profiled(today: date) -> tuple[ColumnElement[bool], ...]:
    grown = date(today.year - LEAST_AGE, today.month, min(today.day, 28))
    return (Resident.standing == Standing.PRESENT, Household.left_at.is_(None),
            or_(Resident.birth_date.is_(None), Resident.birth_date <= grown),
            Resident.id.not_in(select(PlainOrder.resident_id)))


def _names(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for household, name in rows:
        found.setdefault(household, []).append(name)
    return {household: sorted(names) for household, names in found.items()}


def _age_band(born: date | None, today: date) -> str:
    if born is None:
        return ""
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return next((words for most, words in ((29, "30 岁以下"), (44, "30 到 44 岁"), (59, "45 到 59 岁")) if age <= most),
                "60 岁以上")

