"""Finding a person by what a caller says: a name, a telephone, an identity number; all by blind index."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from profiles.contacts import SMS, landline, normal_phone
from profiles.models import Contact, Household, Resident, Standing

MOST = 20
_DOCUMENT = re.compile(r"\d{15}|\d{17}[\dXx]")


@dataclass(frozen=True)
class Found:
    """Somebody found; `name` is sealed still."""

    resident_id: int
    household_id: int
    household: str
    division: str
    name: bytes
    relation: str
    standing: Standing


def find(session: Session, keyring: Keyring, words: str, jurisdiction: str) -> list[Found]:
    """Residents of an area with this telephone, identity number or whole name; at most twenty, those who live here first."""
    said = "".join(words.split())
    if not said:
        return []
    rows = session.execute(
        select(Resident, Household).join(Household, Household.id == Resident.household_id)
        .where(_whose(keyring, said), Household.division.startswith(jurisdiction, autoescape=True))
        .order_by(Resident.standing != Standing.PRESENT, Household.left_at.is_not(None), Resident.id).limit(MOST))
    return [Found(one.id, home.id, home.reference, home.division, one.name, "户主" if one.is_head else one.relation or "",
                  Standing(one.standing)) for one, home in rows]


def _whose(keyring: Keyring, said: str) -> ColumnElement[bool]:
    number = normal_phone(said) or landline(said)
    if number is not None:
        return Resident.id.in_(select(Contact.resident_id).where(
            Contact.address_index.in_(keyring.indexes(number, "phone")), Contact.channel.in_((SMS, "landline"))))
    if _DOCUMENT.fullmatch(said):
        return or_(*(Resident.id_index.in_(keyring.indexes(form, "id_number")) for form in {said, said.upper()}))
    return Resident.name_index.in_(keyring.indexes(said, "name"))
