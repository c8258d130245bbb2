"""One identity number in two households: the pairs are kept, both stand until a clerk decides, and the decision is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from kernel.audit import Actor, record
from kernel.crypto import Keyring
from kernel.database import Moment
from profiles import moves
from profiles.changes.failures import ChangeRefused
from profiles.changes.models import Decision, ResidentDouble
from profiles.changes.reporting import PURPOSE
from profiles.models import Household, Resident, Standing

DECIDED = "判定一人两户"


MOST_OF_ONE_NUMBER = 50
"""A number that stands with more people than this is no person's but a placeholder: a mistake of the table, not pairs to decide."""


def look_for(session: Session, now: datetime) -> None:
    """Write down the pairs nobody wrote down yet: members who live here, in two households, with one identity number.

    Each is paired with the one registered first, so that twenty wrong copies make nineteen pairs, not a hundred and ninety.
    """
    one, other = aliased(Resident), aliased(Resident)
    home, elsewhere = aliased(Household), aliased(Household)
    here = (Resident.standing == Standing.PRESENT, Household.left_at.is_(None), Resident.id_index.is_not(None))
    repeated = (
        select(Resident.id_index, func.min(Resident.id).label("first"))
        .join(Household, Household.id == Resident.household_id).where(*here)
        .group_by(Resident.id_index).having(func.count().between(2, MOST_OF_ONE_NUMBER)).subquery("repeated")
    )
    known = exists(select(1).where(ResidentDouble.first_id == one.id, ResidentDouble.second_id == other.id))
    pairs = (
        select(one.id, other.id, literal(now, Moment))
        .join_from(repeated, one, one.id == repeated.c.first)
        .join(other, (other.id_index == repeated.c.id_index) & (other.id > one.id))
        .join(home, home.id == one.household_id).join(elsewhere, elsewhere.id == other.household_id)
        .where(one.household_id != other.household_id, other.standing == Standing.PRESENT, elsewhere.left_at.is_(None), ~known)
    )
    session.execute(insert(ResidentDouble).from_select(["first_id", "second_id", "found_at"], pairs, include_defaults=False))


@dataclass(frozen=True)
class Side:
    """One of the two records: whose it is, where, and since when the register has said so."""

    resident_id: int
    resident: str
    household: str
    division: str
    group: str
    name: bytes = field(repr=False)
    id_number: bytes | None = field(repr=False)
    relation: str
    birth: date | None
    stated_at: datetime | None


@dataclass(frozen=True)
class Pair:
    """Two records with one identity number."""

    first: Side
    second: Side
    found_at: datetime


def undecided(session: Session, actor: Actor, most: int = 100) -> list[Pair]:
    """The pairs that wait for a decision, of which one side at least lies in the actor's area."""
    one, other, home, elsewhere = (aliased(Resident), aliased(Resident), aliased(Household), aliased(Household))
    rows = session.execute(_open(select(one, home, other, elsewhere, ResidentDouble.found_at), actor, one, home, other, elsewhere)
                           .order_by(ResidentDouble.found_at, ResidentDouble.first_id, ResidentDouble.second_id).limit(most))
    return [Pair(_side(row[0], row[1]), _side(row[2], row[3]), row[4]) for row in rows]


def find(session: Session, actor: Actor, first: int, second: int) -> Pair | None:
    """A pair that waits for a decision, if the actor may see it."""
    one, other, home, elsewhere = (aliased(Resident), aliased(Resident), aliased(Household), aliased(Household))
    row = session.execute(
        _open(select(one, home, other, elsewhere, ResidentDouble.found_at), actor, one, home, other, elsewhere)
        .where(ResidentDouble.first_id == first, ResidentDouble.second_id == second)).first()
    return None if row is None else Pair(_side(row[0], row[1]), _side(row[2], row[3]), row[4])


def count_undecided(session: Session, actor: Actor) -> int:
    """How many pairs wait."""
    one, other, home, elsewhere = (aliased(Resident), aliased(Resident), aliased(Household), aliased(Household))
    return session.scalar(_open(select(func.count()), actor, one, home, other, elsewhere)) or 0


def decide(session: Session, keyring: Keyring, actor: Actor, pair: Pair, decision: Decision, reason: str, now: datetime) -> None:
    """Keep the record of one household and put the other down as moved away, or say that both are right and why.

    Raises ChangeRefused: for a record outside the actor's area, for no reason, for a pair decided meanwhile.
    """
    other = {Decision.FIRST: pair.second, Decision.SECOND: pair.first}.get(decision)
    if other is None and not reason.strip():
        raise ChangeRefused("请写明为什么两处都对，以后查得到。", "reason")
    if other is not None and not actor.may_act_in(other.division):
        raise ChangeRefused("要记为迁出的那一户不归您管。请和那边的同事商量，或请上级办理。", "decision")
    done = session.execute(
        update(ResidentDouble).where(ResidentDouble.first_id == pair.first.resident_id,
                                     ResidentDouble.second_id == pair.second.resident_id, ResidentDouble.decision.is_(None))
        .values(decision=decision, decided_by=actor.name, decided_at=now,
                reason=keyring.encrypt(reason.strip()[:300], PURPOSE) if reason.strip() else None)
        .returning(ResidentDouble.first_id).execution_options(synchronize_session=False)).first()
    if done is None:
        raise ChangeRefused("这一对已经有人办了。请回到列表。")
    if other is not None:
        moves.set_standing(session, other.resident_id, Standing.MOVED, now, actor, "同一证件号码登记在两户，判定在另一户")
    for side in (pair.first, pair.second):
        record(session, now, actor, DECIDED, f"household:{side.household}",
               {"decision": decision.value, "residents": [pair.first.resident_id, pair.second.resident_id]})


def _open(query: Select[*tuple[Any, ...]], actor: Actor, one: type[Resident], home: type[Household], other: type[Resident],
          elsewhere: type[Household]) -> Select[*tuple[Any, ...]]:
    """Pairs nobody decided of which both still live where they are registered, and one in the actor's area."""
    area = actor.jurisdiction
    return (
        query.select_from(ResidentDouble).join(one, one.id == ResidentDouble.first_id)
        .join(other, other.id == ResidentDouble.second_id).join(home, home.id == one.household_id)
        .join(elsewhere, elsewhere.id == other.household_id)
        .where(ResidentDouble.decision.is_(None), one.household_id != other.household_id, one.id_index == other.id_index,
               one.standing == Standing.PRESENT, other.standing == Standing.PRESENT, home.left_at.is_(None),
               elsewhere.left_at.is_(None),
               or_(home.division.startswith(area, autoescape=True), elsewhere.division.startswith(area, autoescape=True)))
    )


def _side(one: Resident, home: Household) -> Side:
    return Side(one.id, one.reference, home.reference, home.division, home.group_name or "", one.name, one.id_number,
                "户主" if one.is_head else one.relation or "", one.birth_date, one.stated_at)
