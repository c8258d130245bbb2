"""留言办理: what people wait to hear, the longest overdue first, and the answer to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import record
from kernel.working_days import after_working_days
from knowledge import calls, casework, letters, overdue
from knowledge import consultations as room
from knowledge.case_models import LetterState, Rating
from knowledge.consultations import Case, ConsultationRefused
from knowledge.letters import Told
from knowledge.models import Consultation, ConsultationState
from notices.redaction import scan
from profiles.divisions import Names
from profiles.privacy import masked_phone
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import calling, consulting_acts
from web.staff.frame import Fault
from web.staff.menu import AGENTS, KNOWLEDGE_WRITERS, holds
from web.staff.sight import sight_of

STATES = {ConsultationState.TAKEN: "受理", ConsultationState.PASSED_ON: "转办", ConsultationState.ANSWERED: "已答复",
          ConsultationState.CLOSED: "办结"}
DOORS = {"web": "网站", "wechat": "微信", "sms": "短信", "telegram": "Telegram", "phone": "电话"}
LETTERS = {LetterState.WAITING: "正在送", LetterState.SENDING: "正在送", LetterState.SENT: "答复已送出", LetterState.DELIVERED: "答复已送达",
           LetterState.UNKNOWN: "不知道送到没有", LetterState.KEPT: "没送到", LetterState.TO_CALL: "待回电",
           LetterState.CALLED: "已回电", LetterState.READ: "对方自己看了"}
HINT = "先说结论，再说怎么办、找谁、电话多少。600 字以内，对方原样看到。"
WEB_HINT = "这条是在网页上问的，对方凭编号和查询码看答复：不要写姓名、电话和家里的情况。"
KINDS: Mapping[str, Callable[[Case, date], bool]] = {
    "late": lambda case, _: case.is_overdue,
    "soon": lambda case, soon: not case.is_overdue and case.due_on <= soon,
    "passed": lambda case, _: case.state is ConsultationState.PASSED_ON,
}
CODE_LOST = "对方说查询码丢了的，核对问的是什么、哪个村，对得上就在电话里念答复。"
LATELY = 20
LONGEST_ANSWER = 600


@staff(*AGENTS)
def consultations() -> str | Response:
    """What waits for an answer in the actor's area, and what was answered lately; `which` shows the late or the urgent alone.

    A `number` read out over the telephone leads to its consultation.
    """
    which, number = request.args.get("which", ""), request.args.get("number", "").strip().upper()
    if number:
        with house().database.reading() as session:
            _case(session, number)
        return redirect(url_for("staff.consultation", number=number))
    soon = after_working_days(the_day(), house().settings.consultations.consultation_remind_days)
    with house().database.reading() as session:
        waiting = room.waiting(session, house().keyring, actor().jurisdiction, the_day())
        answered = _answered(session)
        names = Names(session)
        chosen = [case for case in waiting if which not in KINDS or KINDS[which](case, soon)]
        return render_template(
            "staff/consultations/list.html", heading="留言办理", waiting=chosen, answered=answered, which=which, soon=soon,
            fared=letters.latest(session, [case.id for case in answered]), letter_words=letter_words, total=len(waiting),
            tabs=calling.tabs(session), rated=_rated(answered), urged=overdue.urged(session, [case.number for case in chosen]),
            places={case.division: names.place(case.division) for case in waiting if case.division}, doors=DOORS,
            late=sum(case.is_overdue for case in waiting), urgent=sum(KINDS["soon"](case, soon) for case in waiting))


@staff(*AGENTS)
def consultation(number: str) -> str | Response | tuple[str, int]:
    """One consultation: its answer, or a step of its way."""
    with house().database.reading() as session:
        case = _case(session, number)
        if request.method == "GET":
            return _page(session, case, ())
    act = request.form.get("act", "")
    if act == "number":
        return _with_number(case)
    said, faults = consulting_acts.carry_out(act, case, dict(request.form)) if act in consulting_acts.FIELDS else _answer(case)
    if not faults:
        flash(said, "good")
        return redirect(_afterwards(number))
    with house().database.reading() as session:
        return _page(session, case, faults), 400


def _with_number(case: Case) -> str:
    """The page with the asker's telephone whole, asked for by a click that is written down."""
    if not sight_of(actor()).numbers:
        abort(403, description="您的账号看不到完整号码。需要联系群众的，请由热线坐席办理。")
    with house().database.writing() as session:
        record(session, house().clock.now(), actor(), "查看来电号码", f"consultation:{case.number}")
    with house().database.reading() as session:
        return _page(session, case, (), calls.phone_of(session, house().keyring, case.number))


def _answer(case: Case) -> tuple[str, list[Fault]]:
    words = request.form.get("answer", "").strip()
    faults = _faults(words)
    if faults:
        return "", faults
    try:
        with house().database.writing() as session:
            room.answer(session, case.number, words, actor(), house().clock.now())
    except ConsultationRefused as refusal:
        return "", [Fault("answer", refusal.words)]
    return f"留言 {case.number} 已答复。{_going(case)}", []


def _afterwards(number: str) -> str:
    """The consultation, or the list for who handed it to another desk and does not see it any more."""
    with house().database.reading() as session:
        case = room.case_of(session, house().keyring, number, the_day())
    is_mine = case is not None and _concerns(case)
    return url_for("staff.consultation", number=number) if is_mine else url_for("staff.consultations")


def _concerns(case: Case) -> bool:
    return not case.division or actor().may_act_in(case.division) or (bool(case.handler) and actor().may_act_in(case.handler))


def _case(session: Session, number: str) -> Case:
    case = room.case_of(session, house().keyring, number, the_day())
    if case is None or not _concerns(case):
        abort(404, description=f"您的管理范围内没有编号为 {number} 的留言。请核对编号。")
    return case


def _faults(words: str) -> list[Fault]:
    if not words:
        return [Fault("answer", "答复不能为空。请写明怎么办、找谁、电话多少。")]
    if len(words) > LONGEST_ANSWER:
        return [Fault("answer", f"答复有 {len(words)} 字，最多 {LONGEST_ANSWER} 字。请说得短一些。")]
    return [Fault("answer", f"{found.place}有{found.kind.words}（{found.excerpt}）。请删去。")
            for found in scan(words) if found.kind.value in ("id_number", "bank_card")]


def _page(session: Session, case: Case, faults: Sequence[Fault], whole_number: str = "") -> str:
    is_open, consulting = case.is_open, house().settings.consultations
    told, phone = letters.told(session, case.number), calls.phone_of(session, house().keyring, case.number)
    near = house().library.ask(case.text, case.division or None, the_day()) if is_open else None
    return render_template(
        "staff/consultations/page.html", heading=f"留言 {case.number}", case=case, faults=faults, is_open=is_open,
        place=Names(session).place(case.division) if case.division else "没有说明", door=DOORS.get(case.channel, case.channel),
        near=near.entries if near else (), answer_hint=HINT + (WEB_HINT if case.channel == "web" else ""), state=STATES[ConsultationState(case.state)], given=request.form.get("answer", ""),
        may_keep=holds(actor(), *KNOWLEDGE_WRITERS), letters=told, letter_words=letter_words,
        phone=whole_number or (masked_phone(phone) if phone else ""), is_whole=bool(whole_number),
        to_call=bool(told) and told[0].state is LetterState.TO_CALL, hints=CODE_LOST if case.channel in room.BY_SECRET else "",
        steps=casework.steps(session, case.number), handlers=consulting_acts.handlers(session) if is_open else (),
        may_give_back=consulting_acts.may_give_back(case), longest=consulting.consultation_extension_days, form=request.form)


def letter_words(told: Told) -> str:
    """How an answer fared, by which way, and why it went no further."""
    if told.state is LetterState.READ:
        return "对方看到了"
    if told.channel == "web":
        return "网页上问的，对方凭编号和查询码在“查留言”里看"
    way = f"（{DOORS[told.channel]}）" if told.channel in DOORS else ""
    if told.state is LetterState.CALLED:
        return f"{told.by}打电话告诉对方了"
    return f"{LETTERS[told.state]}{way}{'：' + told.why.rstrip('。') if told.why else ''}"


def _going(case: Case) -> str:
    if case.by_call:
        return "请打电话告诉对方，打完在下面记一笔。"
    return "对方凭编号和查询码在“查留言”里看。" if case.channel == "web" else "马上送给对方，送到没有看下面。"


def _rated(answered: Sequence[Consultation]) -> dict[int, Rating]:
    return {case.id: Rating(case.rating) for case in answered if case.rating}


def _answered(session: Session) -> Sequence[Consultation]:
    return session.scalars(select(Consultation).where(
        Consultation.state.in_([ConsultationState.ANSWERED, ConsultationState.CLOSED]),
        room.concerns(actor().jurisdiction))
        .order_by(Consultation.answered_at.desc()).limit(LATELY)).all()
