"""After village codes changed: who is in charge there, what waits to be answered, and what hangs on the board goes along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from knowledge import gap_figures, places
from knowledge.gap_models import AskedDay, GapCount
from knowledge.models import Consultation, Question
from profiles.data_requests import DataRequest
from profiles.history import Codes
from push import postings
from push.postings import Posting
from web.staff.models import StaffAccount

PLACES = (Consultation.division, Consultation.handler, Question.division, DataRequest.division)
"""Where somebody asked from; desks show it to whoever is in charge of that place."""


@dataclass(frozen=True)
class TakenAlong:
    """How many accounts, how many consultations, questions and requests, and how many entries are under today's codes now."""

    staff: int
    cases: int
    entries: int = 0


def take_along(session: Session, now: datetime, actor: Actor) -> TakenAlong:
    """Bring everything under the code that stands today; what was split stays until people decide. A second time does nothing."""
    codes = Codes.read(session)
    accounts = [one for one in session.scalars(select(StaffAccount)) if codes.present(one.division) != one.division]
    for account in accounts:
        before, account.division = account.division, codes.present(account.division)
        audit.record(session, now, actor, "staff.division", f"staff:{account.name}", {"from": before, "to": account.division})
    cases = 0
    for column in PLACES:
        for code in session.scalars(select(column).where(column != "").distinct()).all():
            if codes.present(code) != code:
                done = session.execute(update(column.class_).where(column == code).values({column: codes.present(code)}))
                cases += done.rowcount  # type: ignore[attr-defined]
    for column in (GapCount.division, AskedDay.division):
        for code in session.scalars(select(column).where(column != "").distinct()).all():
            if codes.present(code) != code:
                gap_figures.take_along(session, code, codes.present(code))
    hangs = {village: codes.present(village) for village in session.scalars(select(Posting.village).distinct())}
    for old, new in hangs.items():
        if old != new:
            postings.take_along(session, old, new)
    entries = places.take_along(session, codes.present, now)
    if entries:
        audit.record(session, now, actor, "knowledge.divisions", "knowledge:divisions", {"entries": entries})
    return TakenAlong(len(accounts), cases, entries)
