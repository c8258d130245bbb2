"""Two at one entry: whoever saves second sees what the first wrote before anything takes its place."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from knowledge import versions
from knowledge.lines import EntryLine
from knowledge.models import EntryVersion


@dataclass(frozen=True)
class Newer:
    """A version that somebody else kept while the form was open, and what the form says otherwise."""

    number: int
    written_by: str
    changes: tuple[versions.Change, ...]

    @property
    def words(self) -> str:
        """What happened, and what to do."""
        return (f"您打开这一页以后，{self.written_by}存了第 {self.number} 稿。下面写着您的和它哪里不一样："
                "先把对方的改动合进来，再存；存了就用您的代替它。")


def newer(session: Session, entry_id: str, line: EntryLine, actor: Actor, seen: str) -> Newer | None:
    """The newest version when the form was opened before it, by somebody else, and it says something else.

    `seen` is the number of the newest version when the form was opened; a form that does not say is not asked.
    """
    if not (seen.isascii() and seen.isdigit() and len(seen) < 7):
        return None
    newest = session.scalar(select(EntryVersion).where(EntryVersion.entry_id == entry_id)
                            .order_by(EntryVersion.number.desc()).limit(1))
    if newest is None or newest.number <= int(seen) or newest.written_by == actor.name:
        return None
    found = tuple(versions.changes(newest.content, versions.content_of(line)))
    return Newer(newest.number, newest.written_by, found) if found else None
