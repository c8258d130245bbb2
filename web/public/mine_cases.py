"""What one asked and what was answered: there for whoever could not be reached with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import today
from knowledge import consultations
from knowledge.models import ConsultationState
from profiles.models import Resident
from profiles.sessions import Me
from profiles.subjects import subject
from web.house import house

WORDS = {ConsultationState.TAKEN: "已受理", ConsultationState.PASSED_ON: "已转办", ConsultationState.ANSWERED: "已答复",
         ConsultationState.CLOSED: "已办结"}


def context(session: Session, me: Me) -> Mapping[str, Any]:
    """The consultations from addresses that are this resident's alone, the latest first."""
    indexes = subject(session, house().keyring, session.get_one(Resident, me.resident_id)).indexes
    found = consultations.of_addresses(session, house().keyring, indexes, today(house().clock))
    return {"cases": found, "words": WORDS}
