"""How consultations fared, office by office: how many, in time or not, and what the askers think of the answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from knowledge.case_models import Rating
from knowledge.consultations import OPEN, concerns
from knowledge.models import Consultation

AT_THE_DESK = "坐席直接答复"
# Under this a share tells more of single askers than of the office.
FEW = 5


@dataclass
class OfficeFigures:
    """One office's consultations of a period."""

    office: str
    taken: int = 0
    in_time: int = 0
    late: int = 0
    waiting: int = 0
    overdue: int = 0
    at_once: int = 0
    reopened: int = 0
    ratings: Counter[Rating] = field(default_factory=Counter)

    @property
    def rated(self) -> int:
        """Answers whose asker said what they think; one that was done again was called bad before."""
        return self.ratings.total() + self.reopened

    @property
    def satisfaction(self) -> float | None:
        """The share of content askers among those who said anything; None where too few did."""
        content = self.ratings[Rating.GOOD] + self.ratings[Rating.FAIR]
        return content / self.rated if self.rated >= FEW else None

    def add(self, other: OfficeFigures) -> None:
        """Count another office's in."""
        for name in ("taken", "in_time", "late", "waiting", "overdue", "at_once", "reopened"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.ratings.update(other.ratings)


def by_office(session: Session, jurisdiction: str, since: datetime, until: datetime, today: date) -> list[OfficeFigures]:
    """The figures of what was taken in between two moments, the office with most first."""
    rows = session.execute(
        select(Consultation.office, Consultation.state, Consultation.answered_at, Consultation.due_on, Consultation.rating,
               Consultation.reopened_at, Consultation.entry_id)
        .where(Consultation.taken_at >= since, Consultation.taken_at < until, concerns(jurisdiction))).yield_per(1000)
    found: dict[str, OfficeFigures] = {}
    for office, state, answered_at, due_on, rating, reopened_at, entry_id in rows:
        # Who answers from an entry on the telephone speaks for the desk, whichever office wrote the entry.
        name = AT_THE_DESK if entry_id is not None or not office else office
        one = found.setdefault(name, OfficeFigures(name))
        one.taken += 1
        one.reopened += reopened_at is not None
        if rating:
            one.ratings[Rating(rating)] += 1
        if state in OPEN:
            one.waiting += 1
            one.overdue += due_on < today
        elif entry_id is not None:
            one.at_once += 1
        elif answered_at is not None and in_china(answered_at).date() <= due_on:
            one.in_time += 1
        else:
            one.late += 1
    return sorted(found.values(), key=lambda one: (-one.taken, one.office))


def used_entries(session: Session, jurisdiction: str, since: datetime, until: datetime, limit: int = 10) -> dict[str, int]:
    """Which entries answered calls most often, by the entry's id."""
    times = func.count().label("times")
    rows = session.execute(
        select(Consultation.entry_id, times).where(
            Consultation.entry_id.is_not(None), Consultation.taken_at >= since, Consultation.taken_at < until,
            concerns(jurisdiction)).group_by(Consultation.entry_id).order_by(times.desc(), Consultation.entry_id).limit(limit))
    return {str(entry_id): count for entry_id, count in rows}
