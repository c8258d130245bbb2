"""A consultation on its way through the offices: passed on, given back, given more time; every step is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.working_days import after_working_days
from knowledge.case_models import Act, Step
from knowledge.consultations import ConsultationRefused, open_case, stepped
from knowledge.models import Consultation, ConsultationState

LONGEST_REASON = 200
LONGEST_OFFICE = 40


@dataclass(frozen=True)
class Taken:
    """One step of the way: what, when, by whom, to which office, why."""

    act: Act
    at: datetime
    by: str
    office: str
    words: str


def pass_on(session: Session, number: str, office: str, handler: str, reason: str, actor: Actor, now: datetime) -> None:
    """Give a consultation to another office; `handler` is the area whose desk sees it too, empty for none.

    The deadline stays: the asker was told it.
    """
    case, why = open_case(session, number), _reason(reason, "请写明为什么转办，比如“归农业农村局管”。")
    if not office.strip():
        raise ConsultationRefused("没有写转给哪个单位。请写单位名称。")
    if len(office.strip()) > LONGEST_OFFICE:
        raise ConsultationRefused(f"单位名称最多 {LONGEST_OFFICE} 字。请缩短。")
    case.state, case.office, case.handler = ConsultationState.PASSED_ON, office.strip(), handler
    _keep(session, case, Act.PASSED_ON, why, actor, now)


def give_back(session: Session, number: str, reason: str, actor: Actor, now: datetime) -> None:
    """The office it was passed to gives it back; it waits again at the desk it came from."""
    case, why = open_case(session, number), _reason(reason, "请写明为什么退回，比如“不归我们管”。")
    if case.state != ConsultationState.PASSED_ON:
        raise ConsultationRefused(f"留言 {case.number} 没有转办，不用退回。")
    _keep(session, case, Act.GIVEN_BACK, why, actor, now)
    case.state, case.office, case.handler = ConsultationState.TAKEN, "", ""


def extend(session: Session, number: str, days: int, reason: str, actor: Actor, now: datetime, longest: int) -> date:
    """Give a consultation some working days more, once; returns the new deadline."""
    case, why = open_case(session, number), _reason(reason, "请写明为什么延期，比如“要到村里核实”。")
    if case.extended_from is not None:
        raise ConsultationRefused(f"留言 {case.number} 已经延过一次，不能再延。请尽快答复。")
    if not 1 <= days <= longest:
        raise ConsultationRefused(f"延期要在 1 到 {longest} 个工作日之间。请改天数。")
    case.extended_from, case.due_on = case.due_on, after_working_days(case.due_on, days)
    case.escalated_at = None
    _keep(session, case, Act.EXTENDED, f"延到{case.due_on.month}月{case.due_on.day}日，{why}", actor, now)
    return case.due_on


def steps(session: Session, number: str) -> list[Taken]:
    """The way of a consultation, from the first step on."""
    rows = session.scalars(select(Step).join(Consultation, Consultation.id == Step.consultation_id)
                           .where(Consultation.number == number).order_by(Step.id))
    return [Taken(Act(row.act), row.at, row.by, row.office, row.words) for row in rows]


def _reason(given: str, cure: str) -> str:
    words = " ".join(given.split())
    if not words:
        raise ConsultationRefused(f"没有写原因。{cure}")
    if len(words) > LONGEST_REASON:
        raise ConsultationRefused(f"原因有 {len(words)} 字，最多 {LONGEST_REASON} 字。请缩短。")
    return words


def _keep(session: Session, case: Consultation, act: Act, words: str, actor: Actor, now: datetime) -> None:
    stepped(session, case, act, actor, now, words)
    record(session, now, actor, f"{act.words}留言", f"consultation:{case.number}")
