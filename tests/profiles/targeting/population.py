"""A village of invented households with gaps, as values and as rows of the register."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import CHINA
from profiles.models import Household, HouseholdCrop, HouseholdKind, HouseholdLivestock, Resident, Standing
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.values import OwnHouseholdFact, OwnMemberFact
from tests.profiles.targeting.strategies import (
    HOUSEHOLD_VALUES,
    MEMBER_VALUES,
    OWN_OF_HOUSEHOLD,
    OWN_OF_MEMBER,
    SIZES,
    VILLAGES,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)


def invented(number: int, seed: int) -> list[HouseholdFacts]:
    """`number` households by lot; about a third of all facts are unknown."""
    lot = Random(seed)
    return [_household(lot) for _ in range(number)]


def _household(lot: Random) -> HouseholdFacts:
    known = {name: lot.choice(few) for name, few in HOUSEHOLD_VALUES.items() if lot.random() < 0.7}
    return HouseholdFacts(
        **known,
        division=lot.choice(VILLAGES),
        size=lot.choice((None, None, *SIZES)),
        members=tuple(_member(lot) for _ in range(lot.choice((0, 1, 1, 2, 3)))),
        roster_complete=lot.random() < 0.7,
        own=_own(lot, OWN_OF_HOUSEHOLD),
    )


def _own(lot: Random, values: Mapping[str, Sequence[float | str]]) -> dict[str, float | str]:
    return {name: lot.choice(few) for name, few in values.items() if lot.random() < 0.7}


def _member(lot: Random) -> MemberFacts:
    member = MemberFacts(**{name: lot.choice(few) for name, few in MEMBER_VALUES.items() if lot.random() < 0.75},
                         own=_own(lot, OWN_OF_MEMBER))
    if member.birth_date is None:
        return member
    return replace(member, birth_date=member.birth_date + timedelta(days=lot.choice((-1, 0, 0, 1))))


def stored(session: Session, households: Sequence[HouseholdFacts], first: int = 0, stated: datetime | None = None) -> dict[int, HouseholdFacts]:
    """The households as rows; each with a member who died and one who moved, whom no reading may count."""
    rows = {}
    for number, facts in enumerate(households, start=first):
        household = Household(
            reference=f"H{number:05}",
            division=facts.division or "",
            group_name=facts.group,
            size=facts.size,
            land=facts.land,
            income_per_head=facts.income_per_head,
            house_grade=facts.house_grade,
            relocated=facts.relocated,
            kinds_known=facts.kinds is not None,
            crops_known=facts.crops is not None,
            livestock_known=facts.livestock is not None,
            roster_complete=facts.roster_complete,
            stated_at=stated,
            updated_at=NOW,
        )
        session.add(household)
        session.flush()
        rows[household.id] = facts
        session.add_all(_lists(household.id, facts))
        for member in facts.members:
            person = resident(household.id, member)
            session.add(person)
            session.flush()
            session.add_all(OwnMemberFact(resident_id=person.id, **_kept(name, value)) for name, value in member.own.items())
        gone = MEMBER_VALUES["birth_date"][number % len(MEMBER_VALUES["birth_date"])]
        for standing in (Standing.DIED, Standing.MOVED):
            session.add(resident(household.id, MemberFacts(birth_date=gone, migrant=True), standing))
    session.commit()
    return rows


def _lists(household_id: int, facts: HouseholdFacts) -> list[Any]:
    kinds = [HouseholdKind(household_id=household_id, kind=kind) for kind in facts.kinds or ()]
    crops = [HouseholdCrop(household_id=household_id, name=name, mu=mu) for name, mu in (facts.crops or {}).items()]
    livestock = [
        HouseholdLivestock(household_id=household_id, name=name, head=head)
        for name, head in (facts.livestock or {}).items()
    ]
    own = [OwnHouseholdFact(household_id=household_id, **_kept(name, value)) for name, value in facts.own.items()]
    return [*kinds, *crops, *livestock, *own]


def _kept(name: str, value: float | str) -> dict[str, Any]:
    return {"name": name, "word": value} if isinstance(value, str) else {"name": name, "number": value}


def resident(household_id: int, member: MemberFacts, standing: Standing = Standing.PRESENT) -> Resident:
    """One member as a row; nobody reads the name here."""
    return Resident(
        reference=secrets.token_hex(13),
        household_id=household_id,
        name=b"sealed",
        name_index=b"index",
        relation=member.relation,
        birth_date=member.birth_date,
        gender=member.gender,
        disability=member.disability,
        study=member.study,
        migrant=member.migrant,
        skills=None if member.skills is None else sorted(member.skills),
        standing=standing,
        updated_at=NOW,
    )
