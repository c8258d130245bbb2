"""What of the knowledge base waits for somebody: drafts to review, one's own that came back, what ends or lost its ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from kernel.audit import Actor
from knowledge import versions
from knowledge.models import Entry, EntryState, EntryVersion, VersionState
from notices.models import Notice, Revision

MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Waiting:
    """An entry that waits, by its question."""

    entry_id: str
    question: str


def to_review(session: Session, actor: Actor, county: str) -> list[Waiting]:
    """Drafts the actor may file: in the actor's area, and with none of the actor's own writing in them."""
    rows = session.execute(select(EntryVersion, Entry).join(Entry, Entry.id == EntryVersion.entry_id).where(
        EntryVersion.state == VersionState.DRAFT).order_by(EntryVersion.written_at).limit(MOST_LOOKED_AT)).all()
    return [Waiting(entry.id, draft.content["question"]) for draft, entry in rows
            if may_file(actor, entry, draft, county) and actor.name not in versions.writers(session, entry.id)]


def returned(session: Session, actor: Actor) -> list[Waiting]:
    """The actor's drafts that came back and were not written anew."""
    later = aliased(EntryVersion)
    newer = select(func.count(later.id)).where(
        later.entry_id == EntryVersion.entry_id, later.number > EntryVersion.number).scalar_subquery()
    rows = session.scalars(select(EntryVersion).where(
        EntryVersion.state == VersionState.RETURNED, EntryVersion.written_by == actor.name, newer == 0)
        .order_by(EntryVersion.written_at).limit(MOST_LOOKED_AT))
    return [Waiting(one.entry_id, one.content["question"]) for one in rows]


def ending(day: date, days: int) -> ColumnElement[bool]:
    """Entries that answer and end within so many days, or have ended; a notice's end with their notice."""
    return and_(Entry.state == EntryState.REVIEWED, Entry.notice_reference.is_(None),
                Entry.valid_until <= day + timedelta(days=days))


def unfounded() -> ColumnElement[bool]:
    """Entries that answer though the notice or document they rest on was withdrawn; a notice's own retire with it."""
    gone = select(Notice.id).join(Revision, Revision.notice_id == Notice.id).where(
        Notice.withdrawn_at.is_not(None), Revision.number == Notice.published_revision,
        or_(Entry.source == Notice.reference, Entry.source == Revision.title,
            Entry.source == Revision.content["document_number"].as_string()))
    return and_(Entry.state == EntryState.REVIEWED, Entry.notice_reference.is_(None), Entry.source != "", gone.exists())


def fallen() -> ColumnElement[bool]:
    """Entries that stopped answering because what they rest on was abolished or taken down, until somebody decides on them."""
    return and_(Entry.state == EntryState.RETIRED, Entry.notice_reference.is_(None), Entry.retired_with != "")


def chosen(session: Session, actor: Actor, county: str, condition: ColumnElement[bool]) -> list[Waiting]:
    """The entries of the actor's area that meet a condition, what ends first first."""
    rows = session.scalars(select(Entry).where(condition).order_by(Entry.valid_until, Entry.id).limit(MOST_LOOKED_AT))
    return [Waiting(one.id, one.question) for one in rows if reaches(actor, one.divisions, county)]


def may_file(actor: Actor, entry: Entry, draft: EntryVersion, county: str) -> bool:
    """Whether somebody may let a draft answer: everywhere the entry is used, and everywhere it would be used from then on."""
    return reaches(actor, entry.divisions, county) and reaches(actor, draft.content.get("divisions") or (), county)


def reaches(actor: Actor, divisions: Sequence[str], county: str) -> bool:
    """Whether somebody's area holds everywhere an entry is used; one for everywhere is the county's."""
    return all(actor.may_act_in(code) for code in divisions or [county])


def own_area(actor: Actor, county: str) -> tuple[str, ...]:
    """Where an entry that somebody begins is used unless they say otherwise: a township's in the township, a county's everywhere."""
    return () if reaches(actor, (), county) else (actor.jurisdiction,)
