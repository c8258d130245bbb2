"""Where entries are used, after the codes of places changed: whoever is in charge there now must be able to change and stop them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.models import Entry, EntryVersion
from knowledge.turns import take_turn


def take_along(session: Session, present: Callable[[str], str], now: datetime) -> int:
    """Bring entries and all that was ever written at them under today's codes; how many answer under another code from now on.

    Entries of notices stay as their notice was signed.
    """
    take_turn(session)
    moved = set[str]()
    for entry in session.scalars(select(Entry).where(Entry.notice_reference.is_(None))):
        if (today := _today(entry.divisions, present)) != list(entry.divisions):
            entry.divisions, entry.updated_at = today, max(now, entry.updated_at + timedelta(microseconds=1))
            moved.add(entry.id)
    written = session.execute(select(EntryVersion.id, EntryVersion.content).join(Entry, Entry.id == EntryVersion.entry_id)
                              .where(Entry.notice_reference.is_(None))).all()
    for number, content in written:
        codes = content.get("divisions") or []
        if (today := _today(codes, present)) != codes:
            session.get_one(EntryVersion, number).content = {**content, "divisions": today}
    return len(moved)


def _today(codes: list[str], present: Callable[[str], str]) -> list[str]:
    return list(dict.fromkeys(map(present, codes)))
