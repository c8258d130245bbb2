"""What residents say of their own household: kept beside the register, never in it, until an office has looked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from profiles.facts import Catalogue, Fact, Kind, Level
from profiles.models import Resident, Standing
from profiles.targeting.households import HouseholdFacts
from profiles.targeting.weighing import Observed
from profiles.values import AnswerState, ResidentAnswer

PURPOSE = "answer"
Value = bool | float | str


@dataclass(frozen=True)
class Said:
    """One answer: who said it (`resident_id`), of which fact, about whom (None: the household), and when."""

    id: int
    household_id: int
    resident_id: int | None
    about: int | None
    fact: str
    value: Value
    channel: str
    at: datetime


def keep(
    session: Session, keyring: Keyring, *, household_id: int, resident_id: int | None, about: int | None, fact: Fact,
    value: Value, channel: str, now: datetime,
) -> None:
    """Keep an answer for the office to look at; one said before of the same fact is replaced by it."""
    session.execute(update(ResidentAnswer).where(
        ResidentAnswer.household_id == household_id, ResidentAnswer.fact == fact.name, ResidentAnswer.about.is_not_distinct_from(about),
        ResidentAnswer.state == AnswerState.SAID).values(state=AnswerState.REPLACED, settled_at=now))
    session.add(ResidentAnswer(
        household_id=household_id, resident_id=resident_id, about=about, fact=fact.name,
        value=keyring.encrypt(json.dumps(value, ensure_ascii=False), PURPOSE), channel=channel, at=now, state=AnswerState.SAID))


def standing_answers(session: Session, keyring: Keyring, household_id: int) -> tuple[Said, ...]:
    """What a household said and no office has settled yet, the oldest first."""
    rows = session.scalars(select(ResidentAnswer).where(
        ResidentAnswer.household_id == household_id, ResidentAnswer.state == AnswerState.SAID).order_by(ResidentAnswer.id))
    return tuple(opened(row, keyring) for row in rows)


def opened(row: ResidentAnswer, keyring: Keyring) -> Said:
    """A stored answer as a value."""
    return Said(row.id, row.household_id, row.resident_id, row.about, row.fact,
                json.loads(keyring.decrypt(row.value, PURPOSE)), row.channel, row.at)


def beside(
    session: Session, facts: HouseholdFacts, household_id: int, answers: Sequence[Said], catalogue: Catalogue
) -> HouseholdFacts:
    """The household with its own answers in the register's gaps; what the register knows stays as it is.

    Only for telling the household itself; pushing rests on the register alone.
    """
    if not answers:
        return facts
    # In the order of `profiles.register.facts_of`, so that answers about a member find their place.
    members = session.scalars(select(Resident.id).where(
        Resident.household_id == household_id, Resident.standing == Standing.PRESENT).order_by(Resident.id)).all()
    own = {one.fact: _observed(one.fact, one.value, catalogue) for one in answers if one.about is None}
    people = tuple(
        replace(member, said={one.fact: _observed(one.fact, one.value, catalogue) for one in answers if one.about == number})
        for number, member in zip(members, facts.members, strict=True))
    return replace(facts, said=own, members=people)


def heard(
    session: Session, facts: HouseholdFacts, household_id: int, said: Mapping[str, Value], catalogue: Catalogue
) -> HouseholdFacts:
    """The household with what is being said just now, by fact, before it is kept."""
    for name, value in said.items():
        fact = catalogue.fact(name)
        is_clear, about = (False, None) if fact is None else whom(session, fact, household_id)
        observed = _observed(name, value, catalogue)
        if is_clear and about is None:
            facts = replace(facts, said={**facts.said, name: observed})
        elif is_clear:
            # A member is meant only where the household has just one.
            facts = replace(facts, members=tuple(replace(one, said={**one.said, name: observed}) for one in facts.members))
    return facts


def _observed(name: str, value: Value, catalogue: Catalogue) -> Observed:
    """An answer as the rule language reads it; one that does not fit the fact (any more) says nothing."""
    fact = catalogue.fact(name)
    if fact is None:
        return None
    if fact.kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if fact.kind.is_choice:
        return None if not isinstance(value, str) else frozenset({value}) if fact.is_many else value
    return float(value) if not isinstance(value, bool | str) else None


def can_answer(fact: Fact) -> bool:
    """Whether a resident can say it in a word or a number."""
    return fact.kind in (Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.CHOICE, Kind.OPEN_CHOICE) and fact.name != "member.relation"


def whom(session: Session, fact: Fact, household_id: int) -> tuple[bool, int | None]:
    """Whether it is clear whom the answer is about, and the member: of members only where there is just one."""
    if fact.level is Level.HOUSEHOLD:
        return True, None
    members = session.scalars(select(Resident.id).where(
        Resident.household_id == household_id, Resident.standing == Standing.PRESENT).limit(2)).all()
    return (True, members[0]) if len(members) == 1 else (False, None)
