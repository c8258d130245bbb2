"""Questions that no entry answered (待补充问题), the same words counted together, the most asked first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.clock import CHINA
from knowledge.models import Question

DAYS = 30
HANDED_OVER = "hand_over"
MOST_SHOWN = 100


@dataclass(frozen=True)
class Gap:
    """One wording that found no answer: how often it was asked, over how many doors, and when last."""

    text: str
    asked: int
    last_asked: datetime


def gaps(session: Session, actor: Actor, day: date, limit: int = MOST_SHOWN) -> list[Gap]:
    """The wordings of the last thirty days that found no answer, in the actor's area."""
    asked = func.count().label("asked")
    chosen = _handed_over(actor, day).with_only_columns(Question.text, asked, func.max(Question.at)).group_by(
        Question.text).order_by(asked.desc(), func.max(Question.at).desc()).limit(limit)
    return [Gap(text, count, last) for text, count, last in session.execute(chosen)]


def count(session: Session, actor: Actor, day: date) -> int:
    """How many different wordings found no answer."""
    return session.scalar(_handed_over(actor, day).with_only_columns(func.count(Question.text.distinct()))) or 0


def _handed_over(actor: Actor, day: date) -> Select[Question]:
    since = datetime.combine(day - timedelta(days=DAYS), time(), CHINA)
    return select(Question).where(
        Question.decision == HANDED_OVER, Question.at >= since,
        Question.division.startswith(actor.jurisdiction, autoescape=True) | (Question.division == ""))
