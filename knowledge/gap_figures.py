"""How much was asked and what came of it, day by day and place by place; and what each night's gathering did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from kernel.clock import CHINA, in_china
from kernel.database import Database
from knowledge.gap_models import AskedDay, Gap, GapCount, GapNight, GapState, Question, Vain
from knowledge.ranking import Decision

LATE_WORDS = 2
"""Somebody may say of an answer days later whether it helped: so many days before yesterday are counted again."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """What was asked in a time: answered at once, one of several offered (and chosen), handed over; what people said of it."""

    asked: int = 0
    answered: int = 0
    clarified: int = 0
    chosen: int = 0
    handed_over: int = 0
    helpful: int = 0
    unhelpful: int = 0

    @property
    def helpful_rate(self) -> float | None:
        """The share of those who said something that called the answer helpful; None where nobody did."""
        judged = self.helpful + self.unhelpful
        return self.helpful / judged if judged else None

    @property
    def answered_rate(self) -> float | None:
        """The share answered at once; None where nothing was asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def in_vain(self) -> int:
        """Handed over, left without choosing, or called useless."""
        return self.handed_over + self.clarified - self.chosen + self.unhelpful

    def as_json(self) -> dict[str, Any]:
        """The numbers and the rates."""
        rates = {"answered_rate": self.answered_rate, "helpful_rate": self.helpful_rate}
        return {**{name: getattr(self, name) for name in NUMBERS},
                **{name: None if rate is None else round(rate, 4) for name, rate in rates.items()}}


NUMBERS = tuple(one.name for one in fields(Figures))


@dataclass(frozen=True)
class Moved:
    """Gaps that were opened, and gaps that were closed, in a time."""

    opened: int
    closed: int


def count_days(database: Database, now: datetime, keep_days: int) -> int:
    """Count the days since the last count, a few before again while their questions are all still kept; how many days."""
    today = in_china(now).date()
    with database.reading() as session:
        last, first = session.scalar(select(func.max(AskedDay.day))), session.scalar(select(func.min(Question.at)))
    if first is None:
        return 0
    whole = in_china(now - keep_days * DAY).date() + DAY
    begins = in_china(first).date() if last is None else max(min(last, today - DAY) - LATE_WORDS * DAY, whole)
    begins = min(begins, today - DAY)
    days = [begins + number * DAY for number in range((today - begins).days + 1)]
    for day in days:
        with database.writing() as session:
            _count(session, day)
    return len(days)


def figures(session: Session, since: date, until: date, within: str = "") -> Figures:
    """The figures of the days from `since` up to and with `until`, of the places that begin with a code."""
    sums = [func.coalesce(func.sum(getattr(AskedDay, name)), 0) for name in NUMBERS]
    row = session.execute(select(*sums).where(*_days(since, until, within))).one()
    return Figures(**dict(zip(NUMBERS, row, strict=True)))


def by_place(session: Session, since: date, until: date, within: str = "", limit: int = 10) -> list[tuple[str, Figures]]:
    """The places from which most was asked in vain, each with its figures."""
    sums = [func.sum(getattr(AskedDay, name)) for name in NUMBERS]
    vain = func.sum(AskedDay.handed_over + AskedDay.clarified - AskedDay.chosen + AskedDay.unhelpful)
    rows = session.execute(select(AskedDay.division, *sums).where(*_days(since, until, within), AskedDay.division != "")
                           .group_by(AskedDay.division).having(vain > 0).order_by(vain.desc(), AskedDay.division).limit(limit))
    return [(place, Figures(**dict(zip(NUMBERS, numbers, strict=True)))) for place, *numbers in rows]


def moved(session: Session, since: date, until: date) -> Moved:
    """How many gaps were opened and closed on the days from `since` up to and with `until`."""
    start, end = _moment(since), _moment(until + DAY)
    opened = session.scalar(select(func.count(Gap.id)).where(Gap.opened_at >= start, Gap.opened_at < end)) or 0
    closed = session.scalar(select(func.count(Gap.id)).where(
        Gap.state == GapState.CLOSED, Gap.settled_at >= start, Gap.settled_at < end)) or 0
    return Moved(opened, closed)


def nights(session: Session, limit: int = 60) -> Sequence[GapNight]:
    """The last nights, the newest first."""
    return session.scalars(select(GapNight).order_by(GapNight.day.desc()).limit(limit)).all()


def take_along(session: Session, old: str, new: str) -> None:
    """What was counted under a code that a place had before is counted under its present one, together with what is there."""
    for table, keys, sums in ((GapCount, ("wording_id", "week", "gap_id"), ("asked",)), (AskedDay, ("day", "channel"), NUMBERS)):
        both = session.execute(select(*(getattr(table, name) for name in keys),
                                      *(func.sum(getattr(table, name)) for name in sums))
                               .where(table.division.in_((old, new))).group_by(*(getattr(table, name) for name in keys))).all()
        session.execute(delete(table).where(table.division.in_((old, new))))
        if both:
            session.execute(insert(table), [{**dict(zip((*keys, *sums), row, strict=True)), "division": new} for row in both])


def _days(since: date, until: date, within: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [AskedDay.day.between(since, until)]
    return [*found, AskedDay.division.startswith(within, autoescape=True)] if within else found


def _count(session: Session, day: date) -> None:
    def of(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(condition)

    decision = Question.decision
    session.execute(delete(AskedDay).where(AskedDay.day == day))
    session.execute(insert(AskedDay).from_select(["day", "division", "channel", *NUMBERS], select(
        literal(day), Question.division, Question.channel, func.count(), of(decision == Decision.ANSWER.value),
        of(decision == Decision.CLARIFY.value), of((decision == Decision.CLARIFY.value) & Question.chosen_id.is_not(None)),
        of(decision == Decision.HAND_OVER.value), of(Question.helpful.is_(True)), of(Question.helpful.is_(False)))
        .where(Question.at >= _moment(day), Question.at < _moment(day + DAY), decision != Vain.BADLY_RATED.value)
        .group_by(Question.division, Question.channel)))


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
