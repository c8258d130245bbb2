"""One resident as a person whose data are copied or erased: by what every table knows them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring, Unreadable
from kernel.holdings import Subject
from profiles.contacts import purpose_of
from profiles.models import Contact, Household, Resident

WEB = "web"


def subject_of(session: Session, keyring: Keyring, reference: str) -> Subject | None:
    """The resident with this reference, or None.

    Addresses that other residents have too are left out: what was written from a family's common telephone need not be
    this person's.
    """
    person = session.scalar(select(Resident).where(Resident.reference == reference.strip()))
    return None if person is None else subject(session, keyring, person)


def subject(session: Session, keyring: Keyring, person: Resident) -> Subject:
    """The same for a resident at hand."""
    home = session.get_one(Household, person.household_id)
    contacts = session.scalars(select(Contact).where(Contact.resident_id == person.id)).all()
    others = session.scalar(select(func.count()).where(
        Resident.household_id == home.id, Resident.id != person.id)) or 0
    return Subject(person.id, home.id, person.reference, home.division, person.is_head, others == 0,
                   tuple(one.id for one in contacts),
                   tuple(sorted({*_own_indexes(session, keyring, contacts), *keyring.indexes(web_address(person), WEB)})))


def web_address(person: Resident) -> str:
    """From where somebody writes who proved on the web who they are: their own, whichever browser it is."""
    return f"me:{person.reference}"


def _own_indexes(session: Session, keyring: Keyring, contacts: Sequence[Contact]) -> tuple[bytes, ...]:
    own: set[bytes] = set()
    for one in contacts:
        alien = session.scalar(select(Contact.id).where(
            Contact.channel == one.channel, Contact.address_index == one.address_index,
            Contact.resident_id != one.resident_id).limit(1))
        if alien is None:
            own.add(one.address_index)
            try:
                purpose = purpose_of(one.channel)
                own.update(keyring.indexes(keyring.decrypt(one.address, purpose), purpose))
            except Unreadable:
                continue  # its own index is all there is to go by
    return tuple(sorted(own))
