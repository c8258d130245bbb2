"""What a clerk does with a consultation besides answering it: passing it on, giving it back, taking more time, calling back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from knowledge import calls, casework
from knowledge.consultations import Case, ConsultationRefused
from knowledge.models import ConsultationState
from profiles.divisions import TOWNSHIP, short_name, standing
from web.house import house
from web.security import actor
from web.staff.frame import Fault

# Which field of the page an act's refusal belongs to.
FIELDS = {"pass_on": "pass_reason", "give_back": "back_reason", "extend": "extend_reason", "reached": "call-back",
          "missed": "call-back"}
NOBODY_HERE = ("", "不用系统的单位，由我们转达")


def handlers(session: Session) -> list[tuple[str, str]]:
    """The desks a consultation may be passed on to: county and townships, without the actor's own."""
    desks = [(code, name) for code, name in standing(session, house().county) if len(code) <= TOWNSHIP]
    return [NOBODY_HERE, *((code, f"{short_name(name)}的坐席") for code, name in desks if code != actor().jurisdiction)]


def may_give_back(case: Case) -> bool:
    """Whether it lies with an office that may say it is not theirs."""
    return case.state is ConsultationState.PASSED_ON


def carry_out(act: str, case: Case, form: dict[str, str]) -> tuple[str, list[Fault]]:
    """Do what a form asks; the words to say it with, or what is wrong."""
    try:
        with house().database.writing() as session:
            return _done(session, act, case, form), []
    except ConsultationRefused as refused:
        return "", [Fault(FIELDS[act], refused.words)]


def _done(session: Session, act: str, case: Case, form: dict[str, str]) -> str:
    now, reason = house().clock.now(), form.get(FIELDS[act], "")
    if act == "pass_on":
        handler = form.get("handler", "")
        if handler not in {code for code, _ in handlers(session)}:
            raise ConsultationRefused("没有这个办理的坐席。请从列表里选。")
        casework.pass_on(session, case.number, form.get("office", ""), handler, reason, actor(), now)
        return f"留言 {case.number} 已转给{form['office'].strip()}，期限不变。"
    if act == "give_back":
        casework.give_back(session, case.number, reason, actor(), now)
        return f"留言 {case.number} 已退回，等着重新办。"
    if act in ("reached", "missed"):
        is_reached = act == "reached"
        calls.called(session, case.number, is_reached=is_reached, actor=actor(), now=now)
        return f"留言 {case.number} 已回电。" if is_reached else f"留言 {case.number} 这次没打通，还在待回电里。"
    longest = house().settings.consultations.consultation_extension_days
    days = form.get("days", "")
    due = casework.extend(session, case.number, int(days) if days.isascii() and days.isdigit() else 0, reason, actor(), now, longest)
    return f"留言 {case.number} 延到{due.month}月{due.day}日前答复。"
