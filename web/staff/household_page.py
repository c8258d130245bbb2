"""One household as a member of the staff may see it: masked by role, every look written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.crypto import Keyring
from notices.eligibility import Policy, policies_for
from notices.offers import Offers
from profiles import contacts, register
from profiles.divisions import Names
from profiles.facts import NONE, Catalogue
from profiles.intake.dates import age
from profiles.models import Household, Resident, Standing
from profiles.privacy import masked_phone
from profiles.register import facts_of
from profiles.targeting.households import HouseholdFacts
from web.staff.menu import holds_itself
from web.staff.models import Role
from web.wording import figure

STANDINGS = {Standing.PRESENT: "健在", Standing.DIED: "去世", Standing.MOVED: "迁出"}
CHANNELS = {"sms": "短信", "wechat": "微信", "telegram": "Telegram", "landline": "座机"}
UNKNOWN = "没有登记"


@dataclass(frozen=True)
class Sight:
    """What a role lets one see: whole names, and what tells of hardship."""

    names: bool
    hardship: bool


@dataclass(frozen=True)
class Known:
    """One fact of a household in words; `is_known` is false where the register says nothing."""

    label: str
    words: str

    @property
    def is_known(self) -> bool:
        """Whether anything is registered."""
        return self.words != UNKNOWN


@dataclass(frozen=True)
class Member:
    """One member as shown."""

    name: str
    relation: str
    gender: str
    age: str
    standing: str
    is_here: bool
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A household with its members and what it may claim."""

    reference: str
    place: str
    group: str
    facts: tuple[Known, ...]
    members: tuple[Member, ...]
    may_claim: tuple[Policy, ...]
    open_questions: tuple[Policy, ...]
    updated_at: datetime
    left_at: datetime | None
    sight: Sight


def sight_of(actor: Actor) -> Sight:
    """Cadres know their neighbours by name; an agent on the telephone sees nothing that tells of hardship."""
    return Sight(names=holds_itself(actor, Role.CADRE), hardship=holds_itself(actor, Role.CADRE, Role.EDITOR, Role.AUDITOR))


def page(session: Session, keyring: Keyring, household: Household, actor: Actor, today: date,
         offers: Offers) -> Page:
    """Everything one may see of a household."""
    sight, facts = sight_of(actor), facts_of(session, household.id)
    found = policies_for(session, facts, today, offers)
    return Page(
        reference=household.reference, place=Names(session).place(household.division), group=household.group_name or "",
        facts=_facts(facts, sight, offers.catalogue), members=_members(session, keyring, household.id, sight, today), may_claim=found.yes,
        open_questions=found.unknown, updated_at=household.updated_at, left_at=household.left_at, sight=sight)


def _facts(facts: HouseholdFacts, sight: Sight, catalogue: Catalogue) -> tuple[Known, ...]:
    hard = [
        Known("户类型", _listed(facts.kinds)), Known("人均年收入", _amount(facts.income_per_head, "元")),
        Known("房屋等级", _grade(facts.house_grade)), Known("易地搬迁", _truth(facts.relocated)),
    ]
    plain = [
        Known("家庭人口", _size(facts)), Known("承包地", _amount(facts.land, "亩")),
        Known("种植", _amounts(facts.crops, "crop.", catalogue)), Known("养殖", _amounts(facts.livestock, "livestock.", catalogue)),
    ]
    return tuple([*hard, *plain] if sight.hardship else plain)


def _members(session: Session, keyring: Keyring, household_id: int, sight: Sight, today: date) -> tuple[Member, ...]:
    ids = dict(session.execute(select(Resident.reference, Resident.id).where(
        Resident.household_id == household_id)).all())
    shown = []
    for line in register.members_of(session, keyring, household_id, masked=not sight.names):
        shown.append(Member(
            name=line.name, relation="户主" if line.is_head else line.relation or "", gender=line.gender or "",
            age=f"{age(line.birth_date, today)} 岁" if line.birth_date else "", standing=STANDINGS[line.standing],
            is_here=line.standing is Standing.PRESENT, ways=_ways(session, keyring, ids[line.reference])))
    return tuple(shown)


def _ways(session: Session, keyring: Keyring, resident_id: int) -> tuple[str, ...]:
    """How a resident can be reached: telephones masked, WeChat only that it is bound."""
    found = []
    for contact in contacts.contacts_of(session, resident_id):
        if contact.channel in (contacts.SMS, contacts.LANDLINE):
            number = masked_phone(keyring.decrypt(contact.address, contacts.purpose_of(contact.channel)))
            found.append(f"{number}（代收）" if contact.shared else number)
        else:
            found.append(f"已绑定{CHANNELS.get(contact.channel, contact.channel)}")
    return tuple(found)


def _listed(values: frozenset[str] | None) -> str:
    return UNKNOWN if values is None else "、".join(sorted(values)) or "无"


def _size(facts: HouseholdFacts) -> str:
    """What was written down, else as many as are known to live there."""
    if facts.size is not None:
        return f"{facts.size} 人"
    return f"{'' if facts.roster_complete else '至少 '}{len(facts.members)} 人" if facts.members else UNKNOWN


def _grade(grade: str | None) -> str:
    return UNKNOWN if grade is None else grade if grade == NONE else f"{grade} 级"


def _amount(value: float | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{figure(value)} {unit}"


def _amounts(values: Mapping[str, float] | None, family: str, catalogue: Catalogue) -> str:
    """玉米 5 亩，肉牛 4 头: each with the unit of its own fact."""
    if values is None:
        return UNKNOWN
    facts = {name: catalogue.fact(family + name) for name in values}
    return "，".join(f"{name} {figure(amount)} {fact.unit if (fact := facts[name]) else ''}".strip()
                    for name, amount in values.items()) or "无"


def _truth(value: bool | None) -> str:
    return UNKNOWN if value is None else "是" if value else "否"
