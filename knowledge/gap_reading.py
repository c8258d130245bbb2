"""Gaps as desks read them: what weighs most first, counted and worded for the area of whoever looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import Session

from knowledge.gap_models import Gap, GapCount, GapState, GapWording, Vain
from knowledge.vocabulary import standard
from knowledge.wording import bare

COUNTY_DIGITS = 6
"""Whoever is in charge of a county or more also sees what came from nowhere in particular."""
HIDDEN = ("****", "某")
WEEKS = 8
SHOWN = 3
COMPARED = 200
SAME_ENTRY = 0.2
"""What it counts that two gaps have the same nearest entry, beside the share of pairs of characters in common."""
LIKELY = 0.3
"""From so likely on, adding a wording to the nearest entry is offered first; below it a new entry is."""
ASKING = frozenset({"怎么", "什么", "多少", "少钱", "哪里", "去哪", "在哪", "时候", "可以", "能不", "不能", "有没", "没有", "要不", "不要", "是不", "不是"})
"""Pairs of characters that any question may have in common with any other."""
OPEN = (GapState.OPEN, GapState.WRITING)


@dataclass(frozen=True)
class Wording:
    """One way in which it was asked in the area, and how often."""

    id: int
    text: str
    asked: int
    vain: Vain
    added_to: str | None

    @property
    def is_hidden(self) -> bool:
        """Whether a name or number was taken out: such words cannot stand in an entry as they are."""
        return any(mark in self.text for mark in HIDDEN)


@dataclass(frozen=True)
class GapView:
    """A gap as an area sees it: `asked` and `places` are the area's, `title` and `wordings` were said there."""

    id: int
    state: GapState
    title: str
    asked: int
    places: int
    wordings: tuple[Wording, ...]
    office: str
    suggested_id: str | None
    suggested_score: float
    entry_id: str | None
    assigned_to: str
    reason: str
    opened_at: datetime
    last_at: datetime
    reopened_at: datetime | None
    settled_at: datetime | None
    settled_by: str


@dataclass(frozen=True)
class Wanted:
    """Which gaps: asked since a week, in an area, in some states, of one office (None for any)."""

    since: date
    within: str = ""
    states: tuple[GapState, ...] = OPEN
    office: str | None = None


@dataclass(frozen=True)
class Ranked:
    """A gap by its number, how often it was asked there and then, and the office of the nearest entry."""

    gap_id: int
    asked: int
    office: str


def first_week(day: date, weeks: int = WEEKS) -> date:
    """The Monday with which the last so many weeks begin."""
    return day - timedelta(days=day.weekday()) - timedelta(weeks=weeks - 1)


def count(session: Session, wanted: Wanted) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(_weighed(session, wanted).subquery())) or 0


def ranked(session: Session, wanted: Wanted, limit: int | None = None) -> list[Ranked]:
    """What was asked most first, as many as there are unless limited: number, times, office of the nearest entry."""
    rows = _weighed(session, wanted).order_by(literal_column("asked").desc(), Gap.last_at.desc(), Gap.id).limit(limit)
    return [Ranked(*row) for row in session.execute(rows)]


def views(session: Session, wanted: Wanted, limit: int) -> list[GapView]:
    """What was asked most first."""
    return views_of(session, ranked(session, wanted, limit), wanted)


def views_of(session: Session, chosen: Sequence[Ranked], wanted: Wanted) -> list[GapView]:
    """These gaps, in their order."""
    numbers = [one.gap_id for one in chosen]
    held = {gap.id: gap for gap in session.scalars(select(Gap).where(Gap.id.in_(numbers)))}
    said = _wordings(session, numbers, wanted.within, SHOWN)
    # Told apart first and counted then: counting distinct ones within each gap is slower.
    places = select(GapCount.gap_id, GapCount.division).where(
        GapCount.gap_id.in_(numbers), GapCount.week >= wanted.since, *_inside(wanted.within)).distinct().subquery()
    spread: dict[int, int] = dict(session.execute(select(places.c.gap_id, func.count()).group_by(places.c.gap_id)).all())
    return [_view(held[one.gap_id], one.asked, spread.get(one.gap_id, 0), said.get(one.gap_id, []), wanted.within)
            for one in chosen if one.gap_id in held]


def view(session: Session, gap_id: int, within: str, most: int = 50) -> GapView | None:
    """One gap with its wordings; None where nobody of the area asked it."""
    gap = session.get(Gap, gap_id)
    if gap is None:
        return None
    asked, places = session.execute(select(func.coalesce(func.sum(GapCount.asked), 0), func.count(GapCount.division.distinct()))
                                    .where(GapCount.gap_id == gap_id, *_inside(within))).one()
    if not asked:
        return None
    return _view(gap, asked, places, _wordings(session, [gap_id], within, most).get(gap_id, []), within)


def joined_to(session: Session, gap_id: int) -> int | None:
    """The gap that a gap was put together with, None where it stands for itself."""
    return session.scalar(select(Gap.joined_to).where(Gap.id == gap_id))


def tied_to(session: Session, entry_id: str, within: str) -> list[GapView]:
    """The open gaps for which an entry is being written, as an area sees them."""
    found = session.scalars(select(Gap.id).where(Gap.entry_id == entry_id, Gap.state.in_(OPEN)).order_by(Gap.id).limit(SHOWN))
    return [one for gap_id in found if (one := view(session, gap_id, within, SHOWN)) is not None]


def alike(session: Session, gap: GapView, wanted: Wanted, most: int = 6) -> list[GapView]:
    """Other gaps that may ask the same: those that share most pairs of characters or the nearest entry, of those asked most."""
    mine = [_pairs(one.text) for one in gap.wordings] or [_pairs(gap.title)]
    found = [(max(_shared(own, _pairs(one.title)) for own in mine)
              + (SAME_ENTRY if one.suggested_id and one.suggested_id == gap.suggested_id else 0.0), one)
             for one in views(session, wanted, COMPARED) if one.id != gap.id]
    return [one for share, one in sorted(found, key=lambda pair: -pair[0])[:most] if share > 0]


def by_week(session: Session, gap_id: int, within: str, since: date) -> list[tuple[date, int]]:
    """How often it was asked in each week since, the oldest first."""
    rows = session.execute(select(GapCount.week, func.sum(GapCount.asked)).where(
        GapCount.gap_id == gap_id, GapCount.week >= since, *_inside(within)).group_by(GapCount.week).order_by(GapCount.week))
    return [(week, asked) for week, asked in rows]


def by_place(session: Session, gap_ids: Sequence[int], within: str, since: date, digits: int = 12
             ) -> dict[int, list[tuple[str, int]]]:
    """How often each gap was asked since from each place (of so many digits), the most first; empty for no place."""
    # A number written out: PostgreSQL groups by the very expression that is selected.
    place, asked = func.substr(GapCount.division, literal_column("1"), literal_column(str(int(digits)))), func.sum(GapCount.asked)
    found: dict[int, list[tuple[str, int]]] = {}
    for gap_id, division, times in session.execute(
            select(GapCount.gap_id, place, asked).where(GapCount.gap_id.in_(gap_ids), GapCount.week >= since, *_inside(within))
            .group_by(GapCount.gap_id, place).order_by(asked.desc(), place)):
        found.setdefault(gap_id, []).append((division, times))
    return found


def is_whole(session: Session, gap_id: int, within: str) -> bool:
    """Whether nobody outside the area asked it: only then may the area settle it for everybody."""
    if len(within) <= COUNTY_DIGITS:
        return True
    outside = select(GapCount.gap_id).where(GapCount.gap_id == gap_id, ~GapCount.division.startswith(within, autoescape=True))
    return session.execute(outside.limit(1)).first() is None


def _weighed(session: Session, wanted: Wanted) -> Select[int, int, str]:
    """The counts are added up first, by their own index; what is joined to them then is a row a gap."""
    counted = (_ever() if _is_all(session, wanted) else _lately(wanted)).subquery()
    chosen = select(counted.c.gap_id, counted.c.asked.label("asked"), Gap.office).join(Gap, Gap.id == counted.c.gap_id).where(
        Gap.state.in_(wanted.states), counted.c.asked > 0)
    return chosen if wanted.office is None else chosen.where(Gap.office == wanted.office)


def _is_all(session: Session, wanted: Wanted) -> bool:
    """Whether everything that is kept is wanted: then the wordings' own sums say it, without every week of every village."""
    if _inside(wanted.within):
        return False
    first = session.scalar(select(func.min(GapCount.week)))
    return first is not None and first >= wanted.since


def _ever() -> Select[int, int]:
    return select(GapWording.gap_id, func.sum(GapWording.asked).label("asked")).group_by(GapWording.gap_id)


def _lately(wanted: Wanted) -> Select[int, int]:
    """Grouped by a sum, for by the bare column SQLite would walk every week there ever was, to have them in order."""
    number = (GapCount.gap_id + literal_column("0")).label("gap_id")
    return select(number, func.sum(GapCount.asked).label("asked")).where(
        GapCount.week >= wanted.since, *_inside(wanted.within)).group_by(number)


def _inside(within: str) -> list[ColumnElement[bool]]:
    """A range, so that the index serves it; a county's own desk leaves nothing out."""
    return [GapCount.division >= within, GapCount.division < within + "z"] if len(within) > COUNTY_DIGITS else []


def _wordings(session: Session, gap_ids: Sequence[int], within: str, most: int) -> dict[int, list[Wording]]:
    asked = func.sum(GapCount.asked)
    place = func.row_number().over(partition_by=GapCount.gap_id, order_by=(asked.desc(), GapCount.wording_id))
    counted = select(GapCount.gap_id, GapCount.wording_id, asked.label("asked"), place.label("place")).where(
        GapCount.gap_id.in_(gap_ids), *_inside(within)).group_by(GapCount.gap_id, GapCount.wording_id).subquery()
    found: dict[int, list[Wording]] = {}
    for wording, times in session.execute(
            select(GapWording, counted.c.asked).join(counted, counted.c.wording_id == GapWording.id)
            .where(counted.c.place <= most).order_by(counted.c.place)):
        found.setdefault(wording.gap_id, []).append(
            Wording(wording.id, wording.text, times, Vain(wording.vain), wording.added_to))
    return found


def _pairs(text: str) -> frozenset[str]:
    said = standard(bare(text))
    return frozenset(map("".join, pairwise(said))) - ASKING


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _view(gap: Gap, asked: int, places: int, wordings: Sequence[Wording], within: str) -> GapView:
    own = wordings[0].text if len(within) > COUNTY_DIGITS and wordings else gap.title
    return GapView(gap.id, GapState(gap.state), own, asked, places, tuple(wordings), gap.office, gap.suggested_id,
                   gap.suggested_score, gap.entry_id, gap.assigned_to, gap.reason, gap.opened_at, gap.last_at,
                   gap.reopened_at, gap.settled_at, gap.settled_by)
