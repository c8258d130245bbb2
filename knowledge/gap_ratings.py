"""Questions whose answer by a person was rated lowest count as asked in vain too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring, Unreadable
from kernel.masking import of_nobody
from knowledge.case_models import Rating
from knowledge.consultations import PURPOSE
from knowledge.gap_models import Question, Vain
from knowledge.models import Consultation

LONGEST = 200
"""The gist of a letter comes first; the rest stays with the consultation."""


def bring(session: Session, keyring: Keyring, since: datetime) -> int:
    """Put the questions of consultations rated lowest since a moment, masked, among those in vain; a second time brings none."""
    # Who was not content and had it done again rates anew; that it was asked in vain the first time stays true.
    cases = session.scalars(select(Consultation).where(
        ((Consultation.rating == Rating.BAD.value) & (Consultation.rated_at > since)) | (Consultation.reopened_at > since))).all()
    held = {(at, channel) for at, channel in session.execute(select(Question.at, Question.channel).where(
        Question.at > since, Question.decision == Vain.BADLY_RATED.value))}
    brought = 0
    for case in cases:
        at = case.rated_at if case.rating == Rating.BAD else case.reopened_at
        if at is None or (at, case.channel) in held:
            continue
        try:
            text = keyring.decrypt(case.text, PURPOSE)
        except Unreadable:
            continue  # nobody can read it: there is nothing to answer
        session.add(Question(at=at, channel=case.channel, division=case.division, text=of_nobody(text)[:LONGEST],
                             decision=Vain.BADLY_RATED.value, entry_id=None, score=0.0, vain=Vain.BADLY_RATED.value))
        brought += 1
    return brought
