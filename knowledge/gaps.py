"""Keeps what was asked: the question without the asker, what it found, what the person said of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from kernel.database import table_of
from kernel.masking import of_nobody
from knowledge.gap_models import GapWording, Question, Vain
from knowledge.models import Entry, EntryState, Phrasing
from knowledge.ranking import Decision

LONGEST = 500
MOST_CONFIRMED = 20_000

# Made once: every question runs it.
_NOTING = insert(table_of(Question)).returning(table_of(Question).c.id)


def note(session: Session, *, channel: str, text: str, division: str | None, decision: str, entry_id: str | None,
         score: float, now: datetime) -> int:
    """Keep a question that was asked, masked, and what it found; its number, by which it may be judged."""
    vain = {Decision.HAND_OVER.value: Vain.HANDED_OVER.value, Decision.CLARIFY.value: Vain.CLARIFIED.value}.get(decision, "")
    asked = {"at": now, "channel": channel, "division": division or "", "text": of_nobody(text)[:LONGEST], "decision": decision,
             "entry_id": entry_id, "score": score, "vain": vain}
    return int(session.connection().execute(_NOTING, asked).scalar_one())


def judge(session: Session, number: int, helpful: bool) -> bool:
    """Keep that the answer to a question helped or did not; False for a question that is not kept any more."""
    asked = session.get(Question, number)
    if asked is None:
        return False
    asked.helpful = helpful
    asked.vain = "" if helpful else Vain.UNHELPFUL.value
    return True


def choose(session: Session, number: int, entry_id: str | None) -> bool:
    """Keep which of the offered entries the person meant, None for none of them; False for a question not kept any more."""
    asked = session.get(Question, number)
    if asked is None:
        return False
    asked.chosen_id = entry_id
    asked.vain = Vain.CLARIFIED.value if entry_id is None else ""
    return True


def confirmed(session: Session) -> list[tuple[str, str]]:
    """Questions with the entry a person confirmed for them, each wording once, the newest first.

    Confirmed is what somebody chose of several, an answer that was called helpful, and what the staff added to an entry
    that was then reviewed. A wording confirmed for two entries is left out, and so are entries that answer no more.
    """
    meant = func.coalesce(Question.chosen_id, Question.entry_id)
    said = Question.chosen_id.is_not(None) | (Question.helpful.is_(True) & (Question.decision == Decision.ANSWER.value))
    by_residents = session.execute(
        select(Question.text, meant).join(Entry, Entry.id == meant).where(
            Question.chosen_id.is_not(None) | Question.helpful, said, Question.helpful.is_not(False),
            Entry.state == EntryState.REVIEWED).order_by(Question.id.desc()).limit(MOST_CONFIRMED))
    by_staff = session.execute(
        select(GapWording.text, GapWording.added_to).join(Entry, Entry.id == GapWording.added_to)
        .join(Phrasing, (Phrasing.entry_id == Entry.id) & (Phrasing.text == GapWording.text))
        .where(Entry.state == EntryState.REVIEWED).order_by(GapWording.id.desc()).limit(MOST_CONFIRMED))
    return _settled([(text, entry_id) for text, entry_id in chain(by_residents, by_staff)])


def _settled(pairs: Sequence[tuple[str, str | None]]) -> list[tuple[str, str]]:
    meant: dict[str, set[str]] = {}
    for text, entry_id in pairs:
        meant.setdefault(text, set()).add(entry_id or "")
    return [(text, entry_ids.pop()) for text, entry_ids in meant.items() if len(entry_ids) == 1]
