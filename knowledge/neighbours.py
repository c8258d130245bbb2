"""Entries that ask what another asks already, where both hold: pointed out before they are kept, with what they contradict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge import versions
from knowledge.clashes import Clash, Span, clashes
from knowledge.elements import NAMES
from knowledge.index import Index
from knowledge.lines import EntryLine
from knowledge.models import Entry, EntryState, EntryVersion, VersionState
from knowledge.shelf import Entry as ShelfEntry
from knowledge.wording import bare

# On the demo's 71 entries: 0.85 hears 87 of 100 phrasings held out as near their own entry and joins 1 of 100 entries to one
# about something else; 0.7 hears 91 and joins 7.
NEAR = 0.85
"""How sure the index must be that another entry answers the question, for it to be called near."""
NEAR_AND_CLASHING = 0.7
"""The same where the two contradict each other: a wrong answer is worse than a question too many."""
MOST_NEIGHBOURS = 4
MOST_ASKED = 12
MOST_LINES_COMPARED = 300
MOST_WARNINGS = 100
MOST_DRAFTS = 500


@dataclass(frozen=True)
class Piece:
    """A stretch of an answer; marked where the other says something else."""

    text: str
    is_marked: bool = False


@dataclass(frozen=True)
class Neighbour:
    """Another entry beside the one that is written: both answers with the differing spots marked."""

    id: str
    question: str
    is_same: bool
    about: tuple[str, ...]
    here: tuple[Piece, ...]
    there: tuple[Piece, ...]
    office: str = ""
    is_draft: bool = False

    @property
    def words(self) -> str:
        """How the two stand to each other."""
        asked = "问法一样" if self.is_same else "问法相近"
        return f"{asked}，{'、'.join(self.about)}说得不一样" if self.about else asked


def whole(line: EntryLine) -> str:
    """Everything an entry states: its answer, its elements, its telephone."""
    said = "\n".join(part for part in (line.answer, *(getattr(line, name) for name in NAMES)) if part)
    return said if not line.phone or line.phone in said else f"{said}\n{line.phone}"


def overlap(one: EntryLine, other: EntryLine) -> bool:
    """Whether there is a place and a day on which both hold."""
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_until or date.max, other.valid_until or date.max)
    meets = not one.divisions or not other.divisions or any(
        a.startswith(b) or b.startswith(a) for a in one.divisions for b in other.divisions)
    return starts <= ends and meets


def neighbours(session: Session, index: Index, line: EntryLine) -> list[Neighbour]:
    """The entries, reviewed or waiting, that ask the same or nearly the same as one that is written; the gravest first."""
    sure = _near(index, line)
    held = {entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_(sure), Entry.state == EntryState.REVIEWED))}
    asked = versions.similar_of(session, held)
    others = [(versions.line_of(entry, asked.get(entry.id, ())), sure[entry.id], False) for entry in held.values()]
    others += [(other, 0.0, True) for other in _drafts(session, line)]
    found = [one for other, score, is_draft in others if (one := beside(line, other, score, is_draft=is_draft)) is not None]
    return sorted(found, key=lambda one: (not one.about, not one.is_same))[:MOST_NEIGHBOURS]


def beside(line: EntryLine, other: EntryLine, score: float, *, is_draft: bool = False) -> Neighbour | None:
    """Two entries side by side, or None when they do not meet or are not alike enough."""
    if line.id == other.id or not overlap(line, other):
        return None
    is_same = not phrasings(line).isdisjoint(phrasings(other))
    here, there = whole(line), whole(other)
    found = clashes(here, there) if is_same or score >= NEAR_AND_CLASHING else ()
    if not is_same and score < (NEAR_AND_CLASHING if found else NEAR):
        return None
    return Neighbour(other.id, other.question, is_same, tuple(one.about for one in found), _marked(here, _all(found, "here")),
                     _marked(there, _all(found, "there")), other.office, is_draft)


def warnings_of(library: Callable[[], Index], read: Sequence[EntryLine], *, looks_further: bool = True) -> list[str]:
    """What a file says twice or against what answers already: equal phrasings in any file, near ones in a short one.

    `library` gives the index; it is asked for only where near phrasings are looked for, beyond the file and if one `looks_further`.
    """
    lines = [line for line in read if line.state is not EntryState.RETIRED]
    holders: dict[str, list[EntryLine]] = {}
    for line in lines:
        for phrasing in phrasings(line):
            holders.setdefault(phrasing, []).append(line)
    pairs = {tuple(sorted((one.id, other.id))): (one, other) for held in holders.values() for other in held[1:] for one in held[:1]}
    known = {line.id for line in lines}
    found = [_warning(one, beside(one, other, 0.0)) for one, other in pairs.values()]
    if not looks_further or not 0 < len(lines) <= MOST_LINES_COMPARED:
        return [words for words in found if words][:MOST_WARNINGS]
    index = library()
    stored = index.shelf.entries
    for line in lines:
        for entry_id, score in _near(index, line).items():
            if entry_id not in known and entry_id in stored:
                found.append(_warning(line, beside(line, _line_of(stored[entry_id]), score)))
    return [words for words in found if words][:MOST_WARNINGS]


def phrasings(line: EntryLine) -> frozenset[str]:
    """Every way the entry is asked, in the bare form in which two phrasings are one."""
    return frozenset(text for text in map(bare, (line.question, *line.similar)) if text)


def _near(index: Index, line: EntryLine) -> dict[str, float]:
    """How surely each other entry answers one of the line's phrasings; the line's own stored self is left out."""
    shelf = index.shelf
    hidden = np.zeros(len(shelf.phrasings), bool)
    hidden[shelf.rows(line.id)] = True
    sure: dict[str, float] = {}
    for text in (line.question, *line.similar)[:MOST_ASKED]:
        for row in shelf.same_words(text):
            sure[shelf.phrasings[row].entry] = 1.0
        if len(shelf.phrasings) > hidden.sum() and bare(text):
            for candidate in index.rank(index.search(text, shelf, hidden if hidden.any() else None))[:3]:
                sure[candidate.id] = max(sure.get(candidate.id, 0.0), candidate.score)
    return {entry_id: score for entry_id, score in sure.items() if entry_id != line.id and score >= NEAR_AND_CLASHING}


def _drafts(session: Session, line: EntryLine) -> Iterator[EntryLine]:
    """What others have waiting under an equal phrasing."""
    waiting = session.execute(select(EntryVersion.entry_id, EntryVersion.content).where(
        EntryVersion.state == VersionState.DRAFT, EntryVersion.entry_id != line.id).order_by(EntryVersion.id.desc()).limit(MOST_DRAFTS))
    for entry_id, content in waiting:
        other = versions.line_of_content(entry_id, content)
        if not phrasings(line).isdisjoint(phrasings(other)):
            yield other


def _line_of(held: ShelfEntry) -> EntryLine:
    return EntryLine.model_construct(
        id=held.id, question=held.question, similar=list(held.similar), answer=held.answer, divisions=list(held.divisions),
        valid_from=held.valid_from, valid_until=held.valid_until)


def _warning(line: EntryLine, found: Neighbour | None) -> str:
    if found is None or (not found.about and line.question == found.question):
        return ""
    return f"条目 {line.id} 与 {found.id}（{found.question[:20]}）{found.words}，请核对"


def _all(found: Iterable[Clash], side: str) -> list[Span]:
    return sorted({span for one in found for span in getattr(one, side)})


def _marked(text: str, spans: Sequence[Span]) -> tuple[Piece, ...]:
    pieces, place = list[Piece](), 0
    for start, end in spans:
        if start < place:
            continue
        pieces += [Piece(text[place:start]), Piece(text[start:end], is_marked=True)]
        place = end
    return tuple(piece for piece in (*pieces, Piece(text[place:])) if piece.text)
