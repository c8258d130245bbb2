"""One household as a member of the staff may see it: masked by role, every look written down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.crypto import Keyring
from notices.eligibility import Policy, policies_for
from notices.offers import Offers
from profiles import access, contacts, register
from profiles.access import Seen
from profiles.divisions import Names
from profiles.intake.dates import age
from profiles.models import Household, Resident, Standing
from profiles.privacy import masked_phone
from profiles.register import facts_of
from web.staff.register_words import Known, known
from web.staff.sight import Sight, sight_of

STANDINGS = {Standing.PRESENT: "健在", Standing.DIED: "去世", Standing.MOVED: "迁出"}
CHANNELS = {"sms": "短信", "wechat": "微信", "telegram": "Telegram", "landline": "座机"}
LOOKS_SHOWN = 10


@dataclass(frozen=True)
class Member:
    """One member as shown; `has_number` says whether a masked number may be asked for whole."""

    reference: str
    name: str
    relation: str
    gender: str
    age: str
    standing: str
    is_here: bool
    ways: tuple[str, ...]
    has_number: bool


@dataclass(frozen=True)
class Page:
    """A household with its members and what it may claim."""

    reference: str
    division: str
    place: str
    group: str
    facts: tuple[Known, ...]
    members: tuple[Member, ...]
    may_claim: tuple[Policy, ...]
    open_questions: tuple[Policy, ...]
    updated_at: datetime
    left_at: datetime | None
    sight: Sight
    looks: tuple[Seen, ...]

    @property
    def usual_source(self) -> str:
        """Where most values come from, said once where there is little room; empty when there is nothing to save."""
        [(source, times)] = Counter(one.source for one in self.facts if one.source).most_common(1) or [("", 0)]
        return source if times > 1 else ""


def page(session: Session, keyring: Keyring, household: Household, actor: Actor, today: date,
         offers: Offers, whole: str = "") -> Page:
    """Everything one may see of a household; `whole` is the member whose number was asked for."""
    sight, facts = sight_of(actor), facts_of(session, household.id)
    found = policies_for(session, facts, today, offers)
    return Page(
        reference=household.reference, division=household.division, place=Names(session).place(household.division), group=household.group_name or "",
        facts=known(session, keyring, household, facts, offers.catalogue, today, names=sight.names, hardship=sight.hardship),
        members=_members(session, keyring, household.id, sight, today, whole), may_claim=found.yes,
        open_questions=found.unknown, updated_at=household.updated_at, left_at=household.left_at, sight=sight,
        looks=tuple(access.looks_at(session, household.id, limit=LOOKS_SHOWN)) if sight.looks else ())


def _members(session: Session, keyring: Keyring, household_id: int, sight: Sight, today: date, whole: str
             ) -> tuple[Member, ...]:
    ids = dict(session.execute(select(Resident.reference, Resident.id).where(
        Resident.household_id == household_id)).all())
    shown = []
    for line in register.members_of(session, keyring, household_id, masked=not sight.names):
        ways, has_number = _ways(session, keyring, ids[line.reference], whole=sight.numbers and line.reference == whole)
        shown.append(Member(
            reference=line.reference, has_number=has_number and sight.numbers and line.reference != whole, name=line.name,
            relation="户主" if line.is_head else line.relation or "", gender=line.gender or "",
            age=f"{age(line.birth_date, today)} 岁" if line.birth_date else "", standing=STANDINGS[line.standing],
            is_here=line.standing is Standing.PRESENT, ways=ways))
    return tuple(shown)


def _ways(session: Session, keyring: Keyring, resident_id: int, *, whole: bool) -> tuple[tuple[str, ...], bool]:
    """How a resident can be reached, and whether by a number: telephones masked unless asked for, WeChat only that it is bound."""
    found, has_number = [], False
    for contact in contacts.contacts_of(session, resident_id):
        if contact.channel in (contacts.SMS, contacts.LANDLINE):
            number = keyring.decrypt(contact.address, contacts.purpose_of(contact.channel))
            number, has_number = number if whole else masked_phone(number), True
            found.append(f"{number}（代收）" if contact.shared else number)
        else:
            found.append(f"已绑定{CHANNELS.get(contact.channel, contact.channel)}")
    return tuple(found), has_number
