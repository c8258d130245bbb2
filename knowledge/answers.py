"""The library every door asks: entries in memory, kept true to the database, read as reviewed answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.database import Database
from knowledge.encoders import Encoder, available_encoder
from knowledge.index import Index
from knowledge.lines import read_lines
from knowledge.models import Entry, EntryState, Phrasing
from knowledge.ranking import Candidate, Decision
from knowledge.shelf import Entry as ShelfEntry
from knowledge.training import load_weights
from knowledge.vectors import VectorStore

# A published answer must be heard within five seconds in every process.
LOOK_EVERY_SECONDS = 2.0
WEIGHTS_FILE = "answering-weights.json"


@dataclass(frozen=True)
class EntryView:
    """An entry as doors show it."""

    id: str
    question: str
    answer: str
    short: str
    office: str
    phone: str
    source: str
    valid_until: date | None
    notice_reference: str | None


@dataclass(frozen=True)
class Found:
    """What a question found: the decision, all candidates, and the entries to show (one, or up to three)."""

    decision: Decision
    candidates: tuple[Candidate, ...]
    entries: tuple[EntryView, ...]


class Library:
    """Answers from reviewed entries; looks for changes at most every two seconds, and never blocks a second reader."""

    def __init__(self, database: Database, folder: Path, encoder: Encoder | None = None) -> None:
        """`folder` keeps vectors and weights beside the database; nothing is loaded before the first question."""
        self._database = database
        self._folder = folder
        self._encoder = encoder
        self._index: Index | None = None
        self._seen: tuple[int, datetime | None] = (0, None)
        self._looked = float("-inf")
        self._changing = Lock()

    def ask(self, text: str, division: str | None, day: date, former: frozenset[str] = frozenset()) -> Found:
        """The best answers to a question for a place (a code, or None) on a day; `former` are codes it had before."""
        finding = self._fresh().find(text, division=division, former=former, today=day)
        shown = {Decision.ANSWER: 1, Decision.CLARIFY: 3, Decision.HAND_OVER: 0}[finding.decision]
        ids = [candidate.id for candidate in finding.candidates[:shown]]
        return Found(finding.decision, finding.candidates, self.entries(ids))

    def entries(self, ids: Sequence[str]) -> tuple[EntryView, ...]:
        """Entries by id, in the order asked."""
        if not ids:
            return ()
        with self._database.reading() as session:
            found = {entry.id: _view(entry) for entry in session.scalars(select(Entry).where(Entry.id.in_(ids)))}
        return tuple(found[entry_id] for entry_id in ids if entry_id in found)

    def prepare(self) -> int:
        """Load or refresh now (encoding new texts once, into the store beside the database); how many entries answer."""
        self._looked = float("-inf")
        return len(self._fresh().shelf.entries)

    def index(self) -> Index:
        """The present index, refreshed."""
        return self._fresh()

    def _fresh(self) -> Index:
        index = self._index
        if index is None:
            self._changing.acquire()
        elif time.monotonic() - self._looked < LOOK_EVERY_SECONDS or not self._changing.acquire(blocking=False):
            return index  # fresh enough, or somebody else is looking: the present shelf is whole
        try:
            return self._look()
        finally:
            self._changing.release()

    def _look(self) -> Index:
        with self._database.reading() as session:
            newest = session.execute(select(func.count(), func.max(Entry.updated_at))).one()
            seen = (int(newest[0]), newest[1])
            if self._index is None:
                self._index = self._built(session)
            elif seen != self._seen:
                since = self._seen[1]
                changed = _entries(session, since)
                gone = session.scalars(select(Entry.id).where(Entry.state != EntryState.REVIEWED)).all()
                self._index.update(changed, gone)
        self._seen, self._looked = seen, time.monotonic()
        return self._index

    def _built(self, session: Session) -> Index:
        encoder = self._encoder or available_encoder()
        weights = load_weights(self._folder / WEIGHTS_FILE)
        return Index.build(_entries(session, None), encoder, VectorStore(self._folder), weights)


def _entries(session: Session, since: datetime | None) -> list[ShelfEntry]:
    chosen = select(Entry).where(Entry.state == EntryState.REVIEWED)
    if since is not None:
        chosen = chosen.where(Entry.updated_at >= since)
    entries = session.scalars(chosen).all()
    asked = select(Phrasing.entry_id, Phrasing.text).order_by(Phrasing.id)
    if since is not None:
        asked = asked.where(Phrasing.entry_id.in_(chosen.with_only_columns(Entry.id)))
    similar: dict[str, list[str]] = {}
    for entry_id, text in session.execute(asked):
        similar.setdefault(entry_id, []).append(text)
    return [ShelfEntry(entry.id, entry.question, tuple(similar.get(entry.id, ())), entry.answer,
                        tuple(entry.divisions), entry.valid_from, entry.valid_until) for entry in entries]


def _view(entry: Entry) -> EntryView:
    return EntryView(entry.id, entry.question, entry.answer, entry.short, entry.office, entry.phone, entry.source,
                     entry.valid_until, entry.notice_reference)


def index_of(data: bytes) -> Index:
    """An index over the entries of a knowledge file alone, for measuring; faulty lines are left aside."""
    entries = [ShelfEntry(line.id, line.question, tuple(line.similar), line.answer, tuple(line.divisions),
                          line.valid_from, line.valid_until) for line in read_lines(data).good]
    return Index.build(entries, available_encoder())
