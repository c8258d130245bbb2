"""The library every door asks: entries in memory, kept true to the database, read as reviewed answers."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from kernel.database import Database
from kernel.files import FileRefused
from knowledge import telling
from knowledge.elements import Elements, asked_for
from knowledge.encoders import HEAVY, Encoder, available_encoder
from knowledge.index import Index
from knowledge.lines import EntryLine, Lines
from knowledge.models import Entry, EntryKind, EntryState, Phrasing
from knowledge.ranking import Candidate, Decision, default_weights
from knowledge.remembered import LONGEST, Remembered, RememberingEncoder
from knowledge.settings import AnswerModel
from knowledge.shelf import Entry as ShelfEntry
from knowledge.training import load_weights
from knowledge.vectors import VectorStore

# A published answer must be heard within five seconds in every process.
LOOK_EVERY_SECONDS = 2.0
# An import takes its moment once and may write for minutes.
LATE = timedelta(minutes=10)
MOST_BY_ID = 1000
TRIAL_FILE = "answering-trial.json"


Seen = tuple[int, frozenset[tuple[str, str, str]]]


@dataclass(frozen=True)
class EntryView:
    """An entry as doors show it.

    `answer` is ready to be said: with its elements, at most 600 characters, beginning with what was asked for; `short` likewise
    for a text message. `point` is the answer as written, `address` the entry's public page below the site's root, `asked` the
    element that the question asked for (empty for none).
    """

    id: str
    question: str
    answer: str
    short: str
    office: str
    phone: str
    source: str
    valid_until: date | None
    notice_reference: str | None
    kind: EntryKind = EntryKind.ANSWER
    point: str = ""
    elements: Elements = field(default_factory=Elements)
    address: str = ""
    valid_from: date | None = None
    divisions: tuple[str, ...] = ()
    asked: str = ""
    state: EntryState = EntryState.REVIEWED

    @property
    def steps(self) -> tuple[str, ...]:
        """How it is done, a step each (怎么办)."""
        return self.elements.listed("steps")

    @property
    def bring(self) -> tuple[str, ...]:
        """What to bring, a thing each (要带什么)."""
        return self.elements.listed("materials")

    @property
    def where(self) -> str:
        """Where to go, when it is open, whom to ring (去哪儿办)."""
        return telling.where(self.tellable())

    def tellable(self) -> telling.Tellable:
        """The entry as `knowledge.telling` says it on any surface."""
        return telling.Tellable(self.question, self.point, self.short, self.office, self.phone, self.source, self.valid_until,
                                self.elements, self.address)


@dataclass(frozen=True)
class Found:
    """What a question found: the decision, all candidates, and the entries to show (one, or up to three)."""

    decision: Decision
    candidates: tuple[Candidate, ...]
    entries: tuple[EntryView, ...]


class Library:
    """Answers from reviewed entries; looks for changes at most every two seconds, and never blocks a second reader."""

    def __init__(self, database: Database, folder: Path, encoder: Encoder | None = None, site: str = "",
                 model: AnswerModel = AnswerModel.LIGHT) -> None:
        """`folder` keeps vectors and weights beside the database; nothing is loaded before the first question.

        `site` is the public address that an answer names when it is too long to be said whole. Without an `encoder` the
        installed one of this `model` is taken.
        """
        self._site = site
        self._database = database
        self._folder = folder
        self._encoder = encoder
        self._model = model
        self._index: Index | None = None
        self._seen: Seen = (0, frozenset())
        self._looked = float("-inf")
        self._weighed = 0
        self._changes = 0
        self._changing = Lock()
        self._found: Remembered[Found] = Remembered()

    def ask(self, text: str, division: str | None, day: date, former: frozenset[str] = frozenset()) -> Found:
        """The best answers to a question for a place (a code, or None) on a day; `former` are codes it had before.

        What was asked before in the same words is not searched for again until an entry or a weight changes.
        """
        index, changes = self._fresh(), self._changes
        if len(text) > LONGEST:
            return self._searched(index, text, division, day, former)
        return self._found.value(changes, (text, division, day, former), lambda: self._searched(index, text, division, day, former))

    def _searched(self, index: Index, text: str, division: str | None, day: date, former: frozenset[str]) -> Found:
        finding = index.find(text, division=division, former=former, today=day)
        shown = {Decision.ANSWER: 1, Decision.CLARIFY: 3, Decision.HAND_OVER: 0}[finding.decision]
        ids = [candidate.id for candidate in finding.candidates[:shown]]
        return Found(finding.decision, finding.candidates, self.entries(ids, text))

    def entries(self, ids: Sequence[str], question: str = "") -> tuple[EntryView, ...]:
        """Entries by id, in the order asked; to a `question` each begins with the element that it asks for."""
        if not ids:
            return ()
        with self._database.looking() as session:
            found = {entry.id: view_of(entry, self._site, question)
                     for entry in session.scalars(select(Entry).where(Entry.id.in_(ids)))}
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
            seen = _seen(session)
            if self._index is None:
                self._index = self._built(session)
            elif seen != self._seen:
                held = set(self._index.shelf.entries)
                answering = set(session.scalars(select(Entry.id).where(Entry.state == EntryState.REVIEWED)))
                moved = {entry_id for entry_id, _, _ in seen[1] - self._seen[1]} | (answering - held)
                self._index.update(_entries(session, moved & answering), held - answering)
        is_weighed = self._weigh(self._index)
        if is_weighed or seen != self._seen:
            self._changes += 1  # after the change: what is worked out meanwhile is not kept
        self._seen, self._looked = seen, time.monotonic()
        return self._index

    def _weigh(self, index: Index) -> bool:
        """Answer by the weights of the file from the moment it was written anew, in every process; whether it was."""
        file = self._folder / weights_file(index.encoder.name)
        written = file.stat().st_mtime_ns if file.exists() else 0
        if written != self._weighed:
            index.weights = load_weights(file) or default_weights(index.encoder.name)
            self._weighed = written
            return True
        return False

    def _built(self, session: Session) -> Index:
        encoder = RememberingEncoder(self._encoder or available_encoder(self._model))
        return Index.build(_entries(session, None), encoder, VectorStore(self._folder))


def _seen(session: Session) -> Seen:
    """What tells that something changed: how many entries there are, and all that moved within the last minutes before the
    newest. The newest moment alone would not do: it is taken before a transaction waits for the lock, so a change may
    arrive with an older one.
    """
    count, newest = session.execute(select(func.count(), func.max(Entry.updated_at))).one()
    if newest is None:
        return 0, frozenset()
    # The moments are only compared: read as they lie, ten thousand of them cost half.
    moment = type_coerce(Entry.updated_at, NullType())
    moved = session.execute(select(Entry.id, moment, Entry.state).where(Entry.updated_at >= newest - LATE))
    return int(count), frozenset((entry_id, str(at), str(state)) for entry_id, at, state in moved)


def _entries(session: Session, ids: Collection[str] | None) -> list[ShelfEntry]:
    chosen = select(Entry).where(Entry.state == EntryState.REVIEWED)
    asked = select(Phrasing.entry_id, Phrasing.text).order_by(Phrasing.id)
    if ids is not None and len(ids) <= MOST_BY_ID:
        chosen, asked = chosen.where(Entry.id.in_(ids)), asked.where(Phrasing.entry_id.in_(ids))
    entries = session.scalars(chosen).all()
    similar: dict[str, list[str]] = {}
    for entry_id, text in session.execute(asked):
        similar.setdefault(entry_id, []).append(text)
    return [ShelfEntry(entry.id, entry.question, tuple(similar.get(entry.id, ())), entry.answer,
                        tuple(entry.divisions), entry.valid_from, entry.valid_until) for entry in entries]


def view_of(entry: Entry, site: str = "", question: str = "") -> EntryView:
    """A stored entry as doors show it, `site` being the public address before its page's own."""
    page = f"/notices/{quote(entry.notice_reference)}" if entry.notice_reference else f"/entries/{quote(entry.id, safe='')}"
    whole = telling.Tellable(entry.question, entry.answer, entry.short, entry.office, entry.phone, entry.source, entry.valid_until,
                             Elements.of(entry), f"{site}{page}")
    return EntryView(
        entry.id, entry.question, telling.talk(whole, question), telling.wanted(whole, question) or entry.short,
        entry.office, entry.phone, entry.source, entry.valid_until, entry.notice_reference, EntryKind(entry.kind), entry.answer,
        whole.elements, page, entry.valid_from, tuple(entry.divisions), asked_for(question, telling.aspects(whole)),
        EntryState(entry.state))


def weights_file(encoder: str) -> str:
    """Where the weights learned on this base stand, by the encoder's name: those of one model say nothing of another's."""
    return "answering-weights-heavy.json" if encoder == HEAVY else "answering-weights.json"


def would_answer(line: EntryLine) -> bool:
    """Whether an entry of a file is there to answer: those that say they are drafts or stopped are not."""
    return line.state in (None, EntryState.REVIEWED)


def index_of(lines: Lines, model: AnswerModel = AnswerModel.LIGHT) -> Index:
    """An index over the entries of a file alone that would answer, for measuring; FileRefused when there are none."""
    answering = [line for line in lines.good if would_answer(line)]
    if not answering:
        why = "；".join(f"第 {one.row} 行 {one.column}：{one.reason}" for one in lines.errors[:3]) or "没有条目，或者都是草稿、停用的"
        raise FileRefused(f"条目文件里没有一条读得出来：{why}。请改正后再评。")
    entries = [ShelfEntry(line.id, line.question, tuple(line.similar), line.answer, tuple(line.divisions),
                          line.valid_from, line.valid_until) for line in answering]
    return Index.build(entries, available_encoder(model))
