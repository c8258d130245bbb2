"""Asks the index with the wordings of gaps: which entry would have to be extended, and whether one answers them by now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kernel.database import Database
from knowledge.gap_models import Gap, GapCount, GapState, GapWording, Vain
from knowledge.index import Index
from knowledge.models import Entry
from knowledge.ranking import Decision, Finding

NEAR = 0.15
"""An entry that is less likely than this to be the answer is not the one to extend."""
ENOUGH = 0.8
"""So much of what was asked, of the examples, must be answered by now for a gap to close itself."""
EXAMPLES = 3
HEAVIEST, MOST = 500, 1500
"""A night looks at so many gaps: those asked most, then those that nobody looked at for longest."""
LATELY = timedelta(weeks=8)
OPEN = (GapState.OPEN, GapState.WRITING)


@dataclass(frozen=True)
class Example:
    """A wording with the place it was asked from most."""

    text: str
    vain: str
    asked: int
    last_at: datetime
    division: str


@dataclass(frozen=True)
class Looked:
    """What the index says of a gap: the entry that answers it now, else the nearest one with its likelihood."""

    answered_by: str | None
    nearest: str | None
    score: float


def look(database: Database, index: Index, now: datetime, day: date, *, entry_ids: Collection[str] | None = None,
         is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Look at open gaps again; how many closed themselves.

    Those for which entries changed since they were last looked at; with `entry_ids` only those for which one of these
    entries is written or suggested.
    """
    with database.reading() as session:
        due = _due(session, day, entry_ids)
    closed = 0
    for gap_id in due:
        if is_stopped():
            break
        with database.reading() as session:
            examples = _examples(session, gap_id)
        found = [index.find(one.text, division=one.division or None, today=day) for one in examples]
        with database.writing() as session:
            closed += _keep(session, gap_id, _looked(session, examples, found), now)
    return closed


def _due(session: Session, day: date, entry_ids: Collection[str] | None) -> list[int]:
    chosen = select(Gap.id).where(Gap.state.in_(OPEN))
    if entry_ids is not None:
        mine = chosen.where(or_(Gap.entry_id.in_(entry_ids), Gap.suggested_id.in_(entry_ids)))
        return list(session.scalars(mine.order_by(Gap.last_at.desc()).limit(MOST)))
    newest = select(func.max(Entry.updated_at)).scalar_subquery()
    stale = chosen.where(or_(Gap.checked_at.is_(None), Gap.checked_at <= newest, Gap.checked_at <= Gap.last_at))
    asked = func.sum(GapCount.asked)
    heavy = session.scalars(stale.join(GapCount, GapCount.gap_id == Gap.id).where(GapCount.week >= day - LATELY)
                            .group_by(Gap.id).order_by(asked.desc()).limit(HEAVIEST))
    longest = session.scalars(stale.order_by(Gap.checked_at.is_not(None), Gap.checked_at).limit(MOST))
    return list(dict.fromkeys([*heavy, *longest]))[:MOST]


def _examples(session: Session, gap_id: int) -> list[Example]:
    """The wordings asked most, each with its place."""
    wordings = session.scalars(select(GapWording).where(GapWording.gap_id == gap_id)
                               .order_by(GapWording.asked.desc(), GapWording.id).limit(EXAMPLES)).all()
    places: dict[int, str] = {}
    for wording_id, division in session.execute(
            select(GapCount.wording_id, GapCount.division).where(GapCount.wording_id.in_([one.id for one in wordings]))
            .group_by(GapCount.wording_id, GapCount.division).order_by(func.sum(GapCount.asked))):
        places[wording_id] = division
    return [Example(one.text, one.vain, one.asked, one.last_at, places.get(one.id, "")) for one in wordings]


def _looked(session: Session, examples: Sequence[Example], found: Sequence[Finding]) -> Looked:
    named = {candidate.id for finding in found for candidate in finding.candidates}
    entries = {one.id: one for one in session.scalars(select(Entry).where(Entry.id.in_(named)))}
    total = sum(one.asked for one in examples) or 1
    answers, near = dict[str, float](), dict[str, float]()
    for example, finding in zip(examples, found, strict=True):
        share = example.asked / total
        if finding.decision is Decision.ANSWER and _is_news(example, entries, finding.candidates[0].id):
            _add(answers, finding.candidates[0].id, share)
        for candidate in finding.candidates:
            # What stands for a notice changes with its notice, never by itself.
            if candidate.id in entries and entries[candidate.id].notice_reference is None:
                _add(near, candidate.id, share * candidate.score)
    answered_by = _highest(answers) if sum(answers.values()) >= ENOUGH else None
    nearest = _highest(near)
    score = near.get(nearest or "", 0.0)
    return Looked(answered_by, nearest, score) if score >= NEAR else Looked(answered_by, None, score)


def _is_news(example: Example, entries: Mapping[str, Entry], entry_id: str) -> bool:
    """Whether an answer may count: one that was called useless must have been written anew since."""
    entry = entries.get(entry_id)
    return entry is not None and (example.vain not in (Vain.UNHELPFUL, Vain.BADLY_RATED) or entry.updated_at > example.last_at)


def _keep(session: Session, gap_id: int, looked: Looked, now: datetime) -> bool:
    gap = session.get(Gap, gap_id)
    if gap is None or gap.state not in OPEN:
        return False
    gap.checked_at = now
    if looked.answered_by is not None:
        gap.state, gap.entry_id, gap.settled_at, gap.settled_by = GapState.CLOSED, looked.answered_by, now, ""
        return True
    gap.suggested_id, gap.suggested_score = looked.nearest, looked.score
    office = session.scalar(select(Entry.office).where(Entry.id == looked.nearest)) if looked.nearest else ""
    gap.office = office or ""
    return False


def _add(shares: dict[str, float], name: str, share: float) -> None:
    shares[name] = shares.get(name, 0.0) + share


def _highest(shares: Mapping[str, float]) -> str | None:
    return max(shares, key=lambda name: shares[name]) if shares else None


def are_open(session: Session) -> bool:
    """Whether there is any gap to look at."""
    return session.execute(select(Gap.id).where(Gap.state.in_(OPEN)).limit(1)).first() is not None


def awaits(session: Session, entry_ids: Collection[str]) -> bool:
    """Whether an open gap waits for one of these entries: it is being written for it, or the one to extend."""
    mine = select(Gap.id).where(Gap.state.in_(OPEN), or_(Gap.entry_id.in_(entry_ids), Gap.suggested_id.in_(entry_ids)))
    return session.execute(mine.limit(1)).first() is not None


def changed_since(session: Session, since: datetime) -> tuple[list[str], datetime]:
    """Entries that changed after a moment, and the moment of the last change."""
    rows = session.execute(select(Entry.id, Entry.updated_at).where(Entry.updated_at > since)).all()
    return [entry_id for entry_id, _ in rows], max((at for _, at in rows), default=since)
