"""A resident of the sample county whose telephone was proved, for tests of one's own pages. Everybody is invented."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from kernel.crypto import Keyring
from kernel.database import Database
from profiles import contacts, sessions
from profiles.models import Household, Resident
from web.public.mine_session import COOKIE, seal

VILLAGE = "640425100200"


def resident(database: Database, keyring: Keyring, reference: str, name: str, phone: str, now: object, **more: object) -> int:
    """A household of one with a telephone in the register; gives the resident's id."""
    with database.writing() as session:
        home = Household(reference=reference, division=VILLAGE, kinds_known=True, crops_known=True, livestock_known=True,
                         updated_at=now)
        session.add(home)
        session.flush()
        person = Resident(reference=f"{reference}-1", household_id=home.id, name=keyring.encrypt(name, "name"),
                          name_index=keyring.index(name, "name"), is_head=True, updated_at=now, **more)
        session.add(person)
        session.flush()
        contacts.bind(session, keyring, person.id, contacts.SMS, phone, now)  # type: ignore[arg-type]
        return person.id


def enter(site: Flask, visitor: FlaskClient, resident_id: int) -> None:
    """Give a browser the session of a resident, as a right code would."""
    house = site.extensions["zhida"]
    with house.database.writing() as session:
        contact = contacts.contacts_of(session, resident_id)[0]
        token = sessions.open_session(session, resident_id, contact.id, house.clock.now())
    with site.app_context():
        visitor.set_cookie(COOKIE, seal(token))
