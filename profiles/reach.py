"""How far a condition reaches: households that surely and possibly satisfy it, and what is missing to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, not_, select
from sqlalchemy.orm import Session, aliased

from profiles.divisions import present_codes
from profiles.facts import Fact
from profiles.history import Codes
from profiles.models import Household, Resident, Standing
from profiles.present_places import presently, renamed
from profiles.targeting.clauses import possibly, surely, would_decide
from profiles.targeting.conditions import Condition, open_facts


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
    condition, divisions = presently(session, condition), present_codes(session, divisions)
    person = aliased(Resident)
    members = (
        select(func.count())
        .select_from(person)
        .where(person.household_id == Household.id, person.standing == Standing.PRESENT)
        .correlate(Household)
    )
    sure = surely(condition, divisions, today, is_stepwise=True)
    # One pass: the possible households are found first, the sure ones among them, members only of those.
    # Kept as a table of its own, or the planners would copy the expression into each of the three figures.
    reached = (
        select(case((sure, members.scalar_subquery())).label("members"))
        .where(possibly(condition, divisions, today))
        .cte("reached")
        .prefix_with("MATERIALIZED")
    )
    figures = select(func.count(reached.c.members), func.count(), func.coalesce(func.sum(reached.c.members), 0))
    row = session.execute(figures.select_from(reached)).one()
    return Counts(int(row[0]), int(row[1]), int(row[2]))


def missing_facts(
    session: Session, condition: Condition | None, divisions: Sequence[str], today: date
) -> tuple[Missing, ...]:
    """The facts that keep households undecided, the one that could settle most first; none where all is known."""
    if condition is None:
        return ()
    facts = open_facts(condition)
    condition, divisions = renamed(condition, Codes.read(session)), present_codes(session, divisions)
    open_question = and_(
        possibly(condition, divisions, today), not_(surely(condition, divisions, today))
    )
    settled = [func.coalesce(func.sum(case((would_decide(condition, fact.name, today), 1), else_=0)), 0) for fact in facts]
    row = session.execute(select(*settled).select_from(Household).where(open_question)).one()
    found = [Missing(fact, int(households)) for fact, households in zip(facts, row, strict=True) if households]
    return tuple(sorted(found, key=lambda missing: -missing.households))
