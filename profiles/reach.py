"""How far a condition reaches: households that surely and possibly satisfy it, and what is missing to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, not_, select
from sqlalchemy.orm import Session

from profiles.facts import ROSTER, Fact
from profiles.models import Household, Resident, Standing
from profiles.targeting.clauses import possibly, surely, would_decide
from profiles.targeting.conditions import Condition, facts_named, rests_on_members


@dataclass(frozen=True)
class Counts:
    """Households a condition reaches; `possibly` includes `surely`; `residents` are the members of the sure ones."""

    surely: int
    possibly: int
    residents: int

    @property
    def undecided(self) -> int:
        """Households whose data are not complete enough to say."""
        return self.possibly - self.surely


@dataclass(frozen=True)
class Missing:
    """A fact that is missing, and of how many undecided households it could settle the answer alone."""

    fact: Fact
    households: int


def count(session: Session, condition: Condition | None, divisions: Sequence[str], today: date) -> Counts:
    """How many households in `divisions` (empty: anywhere) and members the condition reaches, counted by the database."""
    sure, possible = surely(condition, divisions, today), possibly(condition, divisions, today)
    reached = (
        select(Household.id, case((sure, 1), else_=0).label("is_sure")).where(possible).cte("reached")
    )
    members = (
        select(func.count())
        .select_from(Resident)
        .join(reached, reached.c.id == Resident.household_id)
        .where(Resident.standing == Standing.PRESENT, reached.c.is_sure == 1)
    )
    row = session.execute(
        select(func.coalesce(func.sum(reached.c.is_sure), 0), func.count(), members.scalar_subquery()).select_from(reached)
    ).one()
    return Counts(int(row[0]), int(row[1]), int(row[2]))


def missing_facts(
    session: Session, condition: Condition | None, divisions: Sequence[str], today: date
) -> tuple[Missing, ...]:
    """The facts that keep households undecided, the one that could settle most first; none where all is known."""
    if condition is None:
        return ()
    facts = [*facts_named(condition), *([ROSTER] if rests_on_members(condition) else [])]
    open_question = and_(
        possibly(condition, divisions, today), not_(surely(condition, divisions, today))
    )
    settled = [func.coalesce(func.sum(case((would_decide(condition, fact.name, today), 1), else_=0)), 0) for fact in facts]
    row = session.execute(select(*settled).select_from(Household).where(open_question)).one()
    found = [Missing(fact, int(households)) for fact, households in zip(facts, row, strict=True) if households]
    return tuple(sorted(found, key=lambda missing: -missing.households))
