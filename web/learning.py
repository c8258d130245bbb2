"""The night's learning: what people could not find is gathered, counted and looked at again; by day, what was just published."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kernel.clock import CHINA, in_china
from knowledge import gap_answers, gap_figures, gap_ratings, gap_reading
from knowledge.answers import Library
from knowledge.encoders import available_encoder
from knowledge.gap_models import GapNight
from knowledge.gap_reading import Wanted
from knowledge.gathering import Gathered, gather, retitle, waits
from profiles.divisions import Names
from web.house import House

LOOK_SECONDS = 300.0
NIGHT = range(5)
FOLDER = "gaps"
TOP = 10
PLACES = 3
DAY = timedelta(days=1)
BEGINNING = datetime(2000, 1, 1, tzinfo=CHINA)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Learned:
    """What a night did."""

    day: date
    gathered: int
    left_over: int
    opened: int
    closed: int
    reopened: int
    seconds: float


@dataclass(frozen=True)
class Reported:
    """The figures of a time, the gaps that weighed most in it with their places, and the places with most in vain."""

    since: date
    until: date
    figures: gap_figures.Figures
    moved: gap_figures.Moved
    top: tuple[dict[str, Any], ...]
    places: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """Everything under English names."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), **self.figures.as_json(),
                "new_gaps": self.moved.opened, "closed_gaps": self.moved.closed, "top": list(self.top),
                "places": list(self.places)}


def learn(house: House, is_stopped: Callable[[], bool] = lambda: False) -> Learned:
    """Do a night's work now; it may be done as often as one likes. The answers' index is opened for it and let go after."""
    now, began = house.clock.now(), time.process_time()
    day = in_china(now).date() - DAY
    with house.database.writing() as session:
        gap_ratings.bring(session, house.keyring, _last(session))
        retitle(session)
        has_work = waits(session) or gap_answers.are_open(session)
    gathered, closed = _gathered(house, now, is_stopped) if has_work else (Gathered(0, 0, 0, 0), 0)
    gap_figures.count_days(house.database, now, house.settings.retention.keep_questions_days)
    done = Learned(day, gathered.rows, gathered.left_over, gathered.opened, closed, gathered.reopened,
                   round(time.process_time() - began, 2))
    with house.database.writing() as session:
        _write_down(session, done, now)
    return done


def _gathered(house: House, now: datetime, is_stopped: Callable[[], bool]) -> tuple[Gathered, int]:
    index = Library(house.database, house.installation.folder, model=house.settings.answering.answer_model).index()
    # How alike questions must be to fall together was measured with the smaller model, whichever answers.
    found = gather(house.database, available_encoder(), house.installation.folder / FOLDER, now, is_stopped)
    return found, gap_answers.look(house.database, index, now, in_china(now).date(), is_stopped=is_stopped)


def gathered_at(session: Session) -> datetime | None:
    """When questions in vain were gathered last, if ever."""
    return session.scalar(select(func.max(GapNight.at)))


def report(session: Session, since: date, until: date, within: str = "") -> Reported:
    """What was asked from `since` up to and with `until` in an area, and what could not be found."""
    names = Names(session)
    wanted = Wanted(since - timedelta(days=since.weekday()), within)
    found = gap_reading.views(session, wanted, TOP)
    spread = gap_reading.by_place(session, [one.id for one in found], within, wanted.since)
    top = tuple({"gap": one.id, "question": one.title, "asked": one.asked, "state": one.state.value, "entry": one.suggested_id,
                 "places": [_place(names, code, asked) for code, asked in spread.get(one.id, [])[:PLACES]]} for one in found)
    places = tuple({**_place(names, code, numbers.in_vain), "of": numbers.asked}
                   for code, numbers in gap_figures.by_place(session, since, until, within, TOP))
    return Reported(since, until, gap_figures.figures(session, since, until, within), gap_figures.moved(session, since, until),
                    top, places)


def _place(names: Names, code: str, asked: int) -> dict[str, Any]:
    return {"division": code, "name": names.place(code) if code else "没说在哪里", "asked": asked}


def _last(session: Session) -> datetime:
    return gathered_at(session) or BEGINNING


def _write_down(session: Session, done: Learned, now: datetime) -> None:
    """Beside what an earlier run of the same night did."""
    wanted = Wanted(gap_reading.first_week(done.day, 1))
    found = gap_reading.views(session, wanted, TOP)
    spread = gap_reading.by_place(session, [one.id for one in found], "", wanted.since)
    night = session.get(GapNight, done.day) or GapNight(day=done.day, gathered=0, opened=0, closed=0, reopened=0, seconds=0.0)
    session.add(night)
    night.at, night.left_over = now, done.left_over
    night.gathered += done.gathered
    night.opened += done.opened
    night.closed += done.closed
    night.reopened += done.reopened
    night.seconds += done.seconds
    night.top = [{"gap": one.id, "asked": one.asked, "places": [list(place) for place in spread.get(one.id, [])[:PLACES]]}
                 for one in found]


class Learner:
    """Learns each night, at once when a night was missed; by day it closes gaps for which an entry was just published."""

    def __init__(self, house: House) -> None:
        """Of a house."""
        self._house = house
        self._seen = house.clock.now()

    def look(self, is_stopped: Callable[[], bool] = lambda: False) -> int:
        """Do what is due; how many gaps closed."""
        now = self._house.clock.now()
        with self._house.database.reading() as session:
            last = gathered_at(session)
        if last is None or now - last > timedelta(hours=28) or (now.hour in NIGHT and in_china(last).date() < now.date()):
            done = learn(self._house, is_stopped)
            log.info("questions in vain were gathered", rows=done.gathered, gaps=done.opened, closed=done.closed,
                     seconds=done.seconds)
            return done.closed
        return self._published(now)

    def run(self, stop: threading.Event) -> None:
        """Look every few minutes until told to stop."""
        while not stop.is_set():
            try:
                self.look(stop.is_set)
            except SQLAlchemyError as error:
                log.warning("questions in vain could not be gathered, trying again", kind=type(error).__name__)
            stop.wait(LOOK_SECONDS)

    def _published(self, now: datetime) -> int:
        """Ask again for the gaps that wait for an entry which just changed; the index is opened only for these."""
        with self._house.database.reading() as session:
            changed, self._seen = gap_answers.changed_since(session, self._seen)
            waits = bool(changed) and gap_answers.awaits(session, changed)
        if not waits:
            return 0
        index = Library(self._house.database, self._house.installation.folder,
                        model=self._house.settings.answering.answer_model).index()
        return gap_answers.look(self._house.database, index, now, in_china(now).date(), entry_ids=changed)
