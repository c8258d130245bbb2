"""Who is at home in households that are visited: nobody is sent to the dead, to an empty house, or asks for who moved away."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from kernel.crypto import Keyring
from profiles.models import Household, Resident, Standing
from push.visits import Visit


def somebody_lives() -> ColumnElement[bool]:
    """Whether a household is on the register and one of its members is here; one whose members nobody named counts as lived in."""
    member = aliased(Resident)
    anybody = select(member.id).where(member.household_id == Household.id).correlate(Household)
    return Household.left_at.is_(None) & or_(anybody.where(member.standing == Standing.PRESENT).exists(), ~anybody.exists())


def standing_in(session: Session, keyring: Keyring, area: str) -> dict[int, str]:
    """By household of an area's lists whose head died, left or was erased: the oldest member who is here, by name."""
    head = aliased(Resident)
    head_is_gone = select(head.id).where(
        head.household_id == Household.id, head.name_index == Household.head_name_index,
        head.standing != Standing.PRESENT).correlate(Household).exists()
    rows = session.execute(
        select(Resident.household_id, Resident.name).join(Household, Household.id == Resident.household_id)
        .where(Household.division.startswith(area, autoescape=True), Household.id.in_(select(Visit.household_id)),
               or_(Household.head_name.is_(None), head_is_gone),
               Resident.standing == Standing.PRESENT, Resident.erased_at.is_(None))
        .order_by(Resident.household_id, Resident.birth_date.is_(None).desc(), Resident.birth_date.desc(), Resident.id))
    # The last one stands: the oldest.
    return {household: keyring.decrypt(name, "name") for household, name in rows}
