"""The night's gathering: what was asked in vain is put into the gap it belongs to, or opens one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.database import Database
from knowledge.encoders import Encoder
from knowledge.gap_models import ASIDE, Gap, GapCount, GapState, GapWording, Question, Vain
from knowledge.vectors import VectorStore
from knowledge.vocabulary import standard
from knowledge.wording import LONGEST, bare

SETTLES = timedelta(hours=2)
"""So long one of several answers may still be chosen."""
MOST_ROWS = 50_000
MOST_NEW = 10_000
MOST_KNOWN = 20_000
"""A night takes in so many questions, new wordings of them, and compares with so many of the wordings known; the rest waits."""
AT_ONCE = 300
ROWS_AT_ONCE = 3000
One = TypeVar("One")
Home = tuple[int, int | None]
"""A gap, and which of the families in it: what the staff put together is several in one gap, each drawing its like."""


@dataclass
class Heard:
    """One wording as it was asked since the last night: which questions, where and in which week, when last."""

    text: str
    vain: str
    last_at: datetime
    rows: list[int] = field(default_factory=list)
    places: dict[tuple[date, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Gathered:
    """What a gathering did: questions put into gaps, gaps opened and reopened, and how many questions wait for the next."""

    rows: int
    opened: int
    reopened: int
    left_over: int


def gather(database: Database, encoder: Encoder, folder: Path, now: datetime,
           is_stopped: Callable[[], bool] = lambda: False) -> Gathered:
    """Put every question in vain that has settled into a gap; killed halfway, the rest is gathered by the next run."""
    with database.reading() as session:
        aside, heard, beyond = _since_last(session, now)
        known = _known(session, list(heard))
    fresh = {key: one for key, one in heard.items() if key not in known}
    chosen = dict(sorted(fresh.items(), key=lambda item: -len(item[1].rows))[:MOST_NEW])
    beyond += sum(len(fresh[key].rows) for key in fresh.keys() - chosen.keys())
    for part in _parts(aside, most=ROWS_AT_ONCE):
        with database.writing() as session:
            session.execute(update(Question), [{"id": row, "gap_id": ASIDE} for row in part])
    reopened = 0
    for again in _parts([(heard[key], wording) for key, wording in known.items()]):
        with database.writing() as session:
            reopened += sum(_again(session, one, wording) for one, wording in again)
    opened = 0
    for family in _families(database, encoder, folder, chosen):
        if is_stopped():
            break
        with database.writing() as session:
            for home, members in family:
                opened += home is None
                reopened += _take_in(session, home, {key: chosen[key] for key in members}, now)
    rows = sum(len(one.rows) for key, one in heard.items() if key in known or key in chosen)
    return Gathered(rows, opened, reopened, beyond)


def waits(session: Session) -> bool:
    """Whether there is anything to gather."""
    return session.execute(select(Question.id).where(Question.vain != "", Question.gap_id.is_(None)).limit(1)).first() is not None


def retitle(session: Session) -> None:
    """Give a gap whose title nobody asked for longer than words are kept the wording that is asked most."""
    told = select(GapWording.id).where(GapWording.gap_id == Gap.id, GapWording.text == Gap.title).exists()
    most = (select(GapWording.text).where(GapWording.gap_id == Gap.id).order_by(GapWording.asked.desc(), GapWording.id)
            .limit(1).scalar_subquery())
    session.execute(update(Gap).where(~told).values(title=func.coalesce(most, "")))


def key_of(text: str) -> str:
    """The same for what differs in greetings, particles and dialect words alone; empty for what asks nothing."""
    said = standard(bare(text))
    if len(said) < 2 or said.isascii():
        return ""
    return blake2b(said.encode(), digest_size=16).hexdigest()


def _since_last(session: Session, now: datetime) -> tuple[list[int], dict[str, Heard], int]:
    waiting = select(Question.id, Question.text, Question.vain, Question.division, Question.at).where(
        Question.vain != "", Question.gap_id.is_(None)).order_by(Question.id)
    settled = (Question.vain != Vain.CLARIFIED.value) | (Question.at <= now - SETTLES)
    aside: list[int] = []
    heard: dict[str, Heard] = {}
    found = session.execute(waiting.where(settled).limit(MOST_ROWS + 1)).all()
    for row, text, vain, division, at in found[:MOST_ROWS]:
        key = key_of(text)
        if not key:
            aside.append(row)
            continue
        one = heard.setdefault(key, Heard(text, vain, at))
        day = in_china(at).date()
        place = (day - timedelta(days=day.weekday()), division)
        one.rows.append(row)
        one.places[place] = one.places.get(place, 0) + 1
        one.last_at = max(one.last_at, at)
    return aside, heard, max(0, len(found) - MOST_ROWS)


def _known(session: Session, keys: Sequence[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for part in _parts(keys):
        known.update(session.execute(select(GapWording.key, GapWording.id).where(GapWording.key.in_(part))).all())
    return known


def _families(database: Database, encoder: Encoder, folder: Path, fresh: Mapping[str, Heard]
              ) -> Iterator[list[tuple[Home | None, list[str]]]]:
    """Which new wordings go where, None for a new gap; as many at once as one transaction takes."""
    if not fresh:
        return
    # Imported where it is needed: nothing but the night compares.
    from knowledge.likeness import Likeness, belonging, heaps

    with database.reading() as session:
        rows = session.execute(select(GapWording.text, GapWording.gap_id, GapWording.kin).order_by(GapWording.last_at.desc())
                               .limit(MOST_KNOWN)).all()
    keys, texts = list(fresh), [one.text for one in fresh.values()] + [row.text for row in rows]
    store = VectorStore(folder)
    said = [standard(text[:LONGEST]) for text in texts]
    likeness = Likeness(texts, store.encoded(said, encoder))
    store.keep(said, encoder)
    new, old = np.arange(len(keys)), np.arange(len(keys), len(texts))
    places: list[Home] = list(dict.fromkeys((row.gap_id, row.kin) for row in rows))
    number = {place: group for group, place in enumerate(places)}
    homes = belonging(likeness, new, old, [number[row.gap_id, row.kin] for row in rows])
    joined: dict[Home, list[str]] = {}
    for key, home in zip(keys, homes, strict=True):
        if home is not None:
            joined.setdefault(places[home], []).append(key)
    homeless = new[[home is None for home in homes]]
    found: list[tuple[Home | None, list[str]]] = [*joined.items()]
    found += [(None, [keys[row] for row in heap]) for heap in heaps(likeness, homeless)]
    yield from _parts(found, weigh=lambda family: sum(len(fresh[key].rows) + 4 for key in family[1]),
                      most=ROWS_AT_ONCE)


def _take_in(session: Session, home: Home | None, members: Mapping[str, Heard], now: datetime) -> bool:
    """Add wordings to a gap, or to a new one; whether that opened it again."""
    last = max(one.last_at for one in members.values())
    gap_id, kin = home or (None, None)
    gap = session.get(Gap, gap_id) if gap_id is not None else None
    if gap is not None and gap.joined_to is not None:  # put together with another since the night began
        gap, kin = session.get(Gap, gap.joined_to), kin or gap_id
    if gap is None:
        gap = Gap(state=GapState.OPEN, title=_title(members.values()), opened_at=now, last_at=last)
        kin = None
        session.add(gap)
        session.flush()
    wordings = [GapWording(gap_id=gap.id, key=key, text=one.text, vain=one.vain, asked=0, last_at=one.last_at, kin=kin)
                for key, one in members.items()]
    session.add_all(wordings)
    session.flush()
    for wording, one in zip(wordings, members.values(), strict=True):
        _count(session, wording, one)
    return _reopened(gap, last)


def _again(session: Session, one: Heard, wording_id: int) -> bool:
    """Count a wording that is known; whether that opened its gap again."""
    wording = session.get_one(GapWording, wording_id)
    wording.vain = one.vain
    wording.last_at = max(wording.last_at, one.last_at)
    _count(session, wording, one)
    return _reopened(session.get_one(Gap, wording.gap_id), one.last_at)


def _count(session: Session, wording: GapWording, one: Heard) -> None:
    wording.asked += len(one.rows)
    held = {(row.week, row.division): row.asked for row in session.execute(
        select(GapCount.week, GapCount.division, GapCount.asked).where(GapCount.wording_id == wording.id))}
    mine = [{"wording_id": wording.id, "week": week, "division": division, "gap_id": wording.gap_id,
             "asked": asked + held.get((week, division), 0)} for (week, division), asked in one.places.items()]
    if held:
        for week, division in one.places:
            session.execute(delete(GapCount).where(GapCount.wording_id == wording.id, GapCount.week == week,
                                                   GapCount.division == division))
    session.execute(insert(GapCount), mine)
    session.execute(update(Question), [{"id": row, "gap_id": wording.gap_id} for row in one.rows])


def _reopened(gap: Gap, last: datetime) -> bool:
    """A gap that was filled and is asked in vain again is open again; what is not ours stays so."""
    gap.last_at = max(gap.last_at, last)
    if gap.state != GapState.CLOSED or gap.settled_at is None or last <= gap.settled_at:
        return False
    gap.state, gap.reopened_at, gap.settled_at, gap.assigned_to = GapState.OPEN, last, None, ""
    return True


def _title(wordings: Iterable[Heard]) -> str:
    """The wording asked most; of those asked equally often one that is neither a word nor a story."""
    return min(wordings, key=lambda one: (-len(one.rows), abs(len(one.text) - 12))).text


def _parts(ones: Iterable[One], weigh: Callable[[One], int] = lambda _: 1, most: int = AT_ONCE) -> Iterator[list[One]]:
    """Cut so that a transaction is short."""
    part: list[One] = []
    weight = 0
    for one in ones:
        part.append(one)
        weight += weigh(one)
        if weight >= most:
            yield part
            part, weight = [], 0
    if part:
        yield part
