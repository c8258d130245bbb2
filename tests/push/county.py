"""Families, an approved notice and a sender: what the tests of this room start from. Everybody is invented."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.crypto import Keyring
from kernel.database import Database
from notices import lifecycle
from profiles.contacts import purpose_of
from profiles.models import Contact, Household, HouseholdCrop, Resident
from push.models import Delivery
from tests.notices import offices

VILLAGE = offices.VILLAGE
SENDER = Actor("推送员赵静", frozenset({"sender"}), offices.COUNTY)
REFERENCE = "PY-2026-001"


@dataclass
class County:
    """Adds families to a database; phones are made from a running number."""

    session: Session
    keyring: Keyring
    now: datetime
    born: date = date(1970, 5, 1)

    def family(self, name: str, *, corn: float | None = 5, division: str = VILLAGE) -> Household:
        household = Household(reference=name, division=division, kinds_known=True, crops_known=corn is not None,
                              livestock_known=True, roster_complete=True, source="test", updated_at=self.now)
        self.session.add(household)
        self.session.flush()
        if corn:
            self.session.add(HouseholdCrop(household_id=household.id, name="玉米", mu=corn))
        return household

    def member(self, household: Household, name: str, *, head: bool = False, born: date | None = date(1970, 5, 1),
               **more: Any) -> Resident:
        resident = Resident(
            reference=f"{household.reference}/{name}"[:26], household_id=household.id, is_head=head, birth_date=born,
            name=self.keyring.encrypt(name, "name"), name_index=self.keyring.index(name, "name"),
            updated_at=self.now, **more)
        self.session.add(resident)
        self.session.flush()
        return resident

    def contact(self, resident: Resident, address: str, channel: str = "sms", **more: Any) -> Contact:
        purpose = purpose_of(channel)
        contact = Contact(resident_id=resident.id, channel=channel, address=self.keyring.encrypt(address, purpose),
                          address_index=self.keyring.index(address, purpose), created_at=self.now, **more)
        self.session.add(contact)
        self.session.flush()
        return contact

    def household_with_phone(self, name: str, phone: str, **more: Any) -> Household:
        """A family whose head has one telephone."""
        household = self.family(name, **more)
        self.contact(self.member(household, f"{name}户主", head=True), phone)
        return household


def phone(number: int) -> str:
    """An invented mobile number."""
    return f"139{number:08d}"


def approve_notice(session: Session, now: datetime, reference: str = REFERENCE, **changes: Any) -> None:
    """Write a notice and take it through the three reviews."""
    offices.save(session, now, reference=reference, **changes)
    offices.sign(session, now, reference)


def publish(session: Session, now: datetime, reference: str = REFERENCE) -> None:
    lifecycle.publish(session, reference, offices.EDITOR, now)


def rows(database: Database, dispatch: int) -> dict[str, tuple[str, str, str]]:
    """What became of each family: its name → state, reason and channel."""
    with database.reading() as session:
        found = session.execute(
            select(Household.reference, Delivery.state, Delivery.reason, Delivery.channel)
            .join(Household, Household.id == Delivery.household_id).where(Delivery.dispatch_id == dispatch)
            .order_by(Delivery.id))
        return {name: (str(state), str(reason), channel) for name, state, reason, channel in found}


def addressed(database: Database, keyring: Keyring, dispatch: int) -> dict[str, str]:
    """To whom a planned delivery of each family goes: its name → the address in clear."""
    with database.reading() as session:
        found = session.execute(
            select(Household.reference, Contact.address, Contact.channel)
            .select_from(Delivery).join(Household, Household.id == Delivery.household_id)
            .join(Contact, Contact.id == Delivery.contact_id)
            .where(Delivery.dispatch_id == dispatch, Delivery.state == "planned"))
        return {name: keyring.decrypt(address, purpose_of(channel)) for name, address, channel in found}


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
