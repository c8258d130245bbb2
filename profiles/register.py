"""The register of households as values: one household's facts for the rule language, its members for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from profiles.contacts import masked_name
from profiles.models import Household, HouseholdCrop, HouseholdKind, HouseholdLivestock, Resident, Standing
from profiles.targeting.households import HouseholdFacts, MemberFacts, OwnFacts
from profiles.values import OwnHouseholdFact, OwnMemberFact


@dataclass(frozen=True)
class MemberLine:
    """A member as a page of the register shows one."""

    reference: str
    name: str
    relation: str | None
    gender: str | None
    birth_date: date | None
    standing: Standing
    is_head: bool


def household_by_reference(session: Session, reference: str) -> Household | None:
    """The household with this reference (户编号), whether it still lives here or not."""
    return session.scalar(select(Household).where(Household.reference == reference.strip()))


def facts_of(session: Session, household_id: int) -> HouseholdFacts:
    """What is known of a household; members who died or moved away are left out. NoResultFound for an unknown id."""
    household = session.get_one(Household, household_id)
    kinds = session.scalars(select(HouseholdKind.kind).where(HouseholdKind.household_id == household_id))
    crops = select(HouseholdCrop.name, HouseholdCrop.mu).where(HouseholdCrop.household_id == household_id)
    livestock = select(HouseholdLivestock.name, HouseholdLivestock.head).where(
        HouseholdLivestock.household_id == household_id
    )
    members = session.scalars(
        select(Resident)
        .where(Resident.household_id == household_id, Resident.standing == Standing.PRESENT)
        .order_by(Resident.id)
    )
    own = _own_of_household(session, household_id)
    of_members = _own_of_members(session, household_id)
    return HouseholdFacts(
        division=household.division,
        kinds=frozenset(kinds) if household.kinds_known else None,
        group=household.group_name,
        size=household.size,
        land=household.land,
        income_per_head=household.income_per_head,
        house_grade=household.house_grade,
        relocated=household.relocated,
        crops={row.name: row.mu for row in session.execute(crops)} if household.crops_known else None,
        livestock={row.name: row.head for row in session.execute(livestock)} if household.livestock_known else None,
        members=tuple(_member_facts(member, of_members.get(member.id, {})) for member in members),
        roster_complete=household.roster_complete,
        own=own,
    )


def members_of(
    session: Session, keyring: Keyring, household_id: int, *, masked: bool = True
) -> list[MemberLine]:
    """All members of a household, the head first; names are masked (张*三) unless the reader may see them whole."""
    members = session.scalars(
        select(Resident).where(Resident.household_id == household_id).order_by(Resident.is_head.desc(), Resident.id)
    )
    return [_line(member, keyring, masked=masked) for member in members]


def _line(member: Resident, keyring: Keyring, *, masked: bool) -> MemberLine:
    name = keyring.decrypt(member.name, "name")
    return MemberLine(
        reference=member.reference,
        name=masked_name(name) if masked else name,
        relation=member.relation,
        gender=member.gender,
        birth_date=member.birth_date,
        standing=Standing(member.standing),
        is_head=member.is_head,
    )


def _own_of_household(session: Session, household_id: int) -> dict[str, float | str]:
    kept = OwnHouseholdFact
    rows = session.execute(select(kept.name, kept.number, kept.word).where(kept.household_id == household_id))
    return {name: value for name, number, word in rows if (value := _value(number, word)) is not None}


def _own_of_members(session: Session, household_id: int) -> dict[int, dict[str, float | str]]:
    kept = OwnMemberFact
    rows = session.execute(
        select(kept.resident_id, kept.name, kept.number, kept.word)
        .join(Resident, Resident.id == kept.resident_id)
        .where(Resident.household_id == household_id)
    )
    found: dict[int, dict[str, float | str]] = {}
    for resident_id, name, number, word in rows:
        value = _value(number, word)
        if value is not None:
            found.setdefault(resident_id, {})[name] = value
    return found


def _value(number: float | None, word: str | None) -> float | str | None:
    return word if number is None else number


def _member_facts(member: Resident, own: OwnFacts) -> MemberFacts:
    return MemberFacts(
        birth_date=member.birth_date,
        gender=member.gender,
        relation=member.relation,
        disability=member.disability,
        study=member.study,
        migrant=member.migrant,
        skills=None if member.skills is None else frozenset(member.skills),
        own=own,
    )
