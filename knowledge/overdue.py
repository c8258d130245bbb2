"""Consultations whose deadline is past: told to the head of the office once, by the clock, and urged by people (督办)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import SYSTEM, Actor, record
from knowledge.case_models import Act, Step
from knowledge.consultations import OPEN, ConsultationRefused, concerns, open_case, stepped
from knowledge.models import Consultation

AT_ONCE = 500
LONGEST_WORDS = 200
TOLD = "已报承办单位负责人和县政务公开办"


@dataclass(frozen=True)
class Late:
    """An overdue consultation as a head sees it: not what was asked, nor by whom."""

    number: str
    division: str
    office: str
    due_on: date
    urged: int


def escalate(session: Session, today: date, now: datetime) -> int:
    """Note once on every consultation that became overdue that the heads were told; gives how many."""
    cases = session.scalars(select(Consultation).where(
        Consultation.state.in_(OPEN), Consultation.due_on < today, Consultation.escalated_at.is_(None)).limit(AT_ONCE)).all()
    for case in cases:
        case.escalated_at = now
        stepped(session, case, Act.ESCALATED, SYSTEM, now, TOLD)
    return len(cases)


def count(session: Session, jurisdiction: str, today: date) -> int:
    """How many of an area are overdue."""
    return session.scalar(select(func.count()).select_from(Consultation).where(
        Consultation.state.in_(OPEN), Consultation.due_on < today, concerns(jurisdiction))) or 0


def overdue(session: Session, jurisdiction: str, today: date, limit: int = 200) -> list[Late]:
    """What is overdue in an area, the longest first."""
    urged = (select(func.count()).where(Step.consultation_id == Consultation.id, Step.act == Act.URGED)
             .correlate(Consultation).scalar_subquery())
    rows = session.execute(
        select(Consultation, urged).where(Consultation.state.in_(OPEN), Consultation.due_on < today, concerns(jurisdiction))
        .order_by(Consultation.due_on, Consultation.id).limit(limit)).all()
    return [Late(case.number, case.division, case.office, case.due_on, times) for case, times in rows]


def urged(session: Session, numbers: Iterable[str]) -> frozenset[str]:
    """Which of some consultations were urged since they were taken or done again."""
    return frozenset(session.scalars(
        select(Consultation.number).join(Step, Step.consultation_id == Consultation.id).where(
            Consultation.number.in_(list(numbers)), Step.act == Act.URGED,
            Consultation.reopened_at.is_(None) | (Step.at > Consultation.reopened_at))))


def urge(session: Session, number: str, words: str, actor: Actor, today: date, now: datetime) -> None:
    """Urge the desk of an overdue consultation; the desk reads it on the consultation's page."""
    case, said = open_case(session, number), " ".join(words.split())
    if case.due_on >= today:
        raise ConsultationRefused(f"留言 {case.number} 还没超期，{case.due_on.month}月{case.due_on.day}日前答复，不用督办。")
    if len(said) > LONGEST_WORDS:
        raise ConsultationRefused(f"督办意见有 {len(said)} 字，最多 {LONGEST_WORDS} 字。请缩短。")
    stepped(session, case, Act.URGED, actor, now, said)
    record(session, now, actor, "督办留言", f"consultation:{case.number}")
