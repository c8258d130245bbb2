"""A correction to those a push reached: chosen first, then one question with its words and figures before anything leaves."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from kernel.clock import in_china
from notices import reading
from notices.models import Notice, State
from push import dispatches as room
from push import figures
from push.correcting import Correction, foresee_correction
from push.failures import Refused
from push.figures import Status
from push.models import Dispatch
from web.house import house
from web.security import actor, staff
from web.staff import push_figures
from web.staff.frame import Fault
from web.staff.models import Role
from web.staff.push_figures import About
from web.staff.pushing import Answer, found_dispatch
from web.staff.sending import led_to, what_was_seen
from web.wording import households

MOST_OFFERED = 100


@staff(Role.SENDER)
def correct(number: int) -> Answer:
    """Choose the correction, see what it does, send it."""
    with house().database.reading() as session:
        found = found_dispatch(session, number)
        status, about = figures.status(session, number, house().settings.push), push_figures.about(found)
        offered, others = _offered(session, found), _told_too(session, found)
    if request.method == "GET":
        return _choose(about, status, offered, others, ())
    reference = request.form.get("reference", "")
    if reference not in {code for code, _ in offered if code}:
        return _choose(about, status, offered, others, [Fault("reference", "请选一条已签发的更正信息。")]), 400
    try:
        if request.form.get("act") == "send":
            return _send(number, reference)
        return _ask(about, reference, dict(offered)[reference], _foreseen(number, reference))
    except Refused as refusal:
        if refusal.earlier is not None and request.form.get("act") == "send":
            return led_to(refusal.earlier, refusal.words)
        return _choose(about, status, offered, others, [Fault("reference", refusal.words)]), 400


def _send(number: int, reference: str) -> Response:
    planned = room.correct(house().database, house().channels, dispatch_id=number, reference=reference, actor=actor(),
                           now=house().clock.now(), settings=house().settings.push, catalogue=house().catalogue,
                           seen=what_was_seen())
    with house().database.reading() as session:
        starts = in_china(session.get_one(Dispatch, planned.dispatch).release_at)
    night = f"，{starts:%-m月%-d日 %-H:%M}开始发（夜里不打扰）" if starts > house().clock.now() else ""
    at_home = f"；{households(planned.visits)}列入村里的入户名单" if planned.visits else ""
    flash(f"更正已放行：{planned.planned} 条{night}{at_home}。", "good")
    return redirect(url_for("staff.dispatch", number=planned.dispatch))


def _foreseen(number: int, reference: str) -> Correction:
    return foresee_correction(house().database, house().channels, dispatch_id=number, reference=reference, actor=actor(),
                              now=house().clock.now(), settings=house().settings.push, catalogue=house().catalogue)


def _choose(about: About, status: Status, offered: Sequence[tuple[str, str]], others: Sequence[int], faults: Sequence[Fault]) -> str:
    reached = sum(status.deliveries.get(state, 0) for state in ("sending", "accepted", "delivered", "unknown"))
    return render_template("staff/push/correct.html", heading=f"更正推送任务 {about.number}", about=about, offered=offered, others=others,
                           faults=faults, given=request.form.get("reference", ""), reached=reached)


def _ask(about: About, reference: str, title: str, told: Correction) -> str:
    return render_template("staff/push/correct_confirm.html", heading=f"更正推送任务 {about.number}", about=about, told=told,
                           reference=reference, title=title, words=push_figures.channel_words,
                           is_held_back=told.release_at > house().clock.now())


def _told_too(session: Session, corrected: Dispatch) -> Sequence[int]:
    """Other dispatches of the very words that nobody corrected yet: what was stopped and what was sent to the others."""
    correction = aliased(Dispatch)
    return session.scalars(
        select(Dispatch.id).where(
            Dispatch.notice_id == corrected.notice_id, Dispatch.digest == corrected.digest, Dispatch.id != corrected.id,
            Dispatch.released_at.is_not(None), ~exists().where(correction.corrects == Dispatch.id)).order_by(Dispatch.id)).all()


def _offered(session: Session, corrected: Dispatch) -> list[tuple[str, str]]:
    """Approved notices of the actor's area, the latest first, but not the very words that are to be corrected."""
    rows = session.scalars(select(Notice.reference).where(Notice.state.in_([State.APPROVED, State.PUBLISHED]))
                           .order_by(Notice.approved_at.desc()).limit(MOST_OFFERED))
    views = [view for view in (reading.working(session, reference) for reference in rows) if view is not None]
    own = [view for view in views if (view.id, view.digest) != (corrected.notice_id, corrected.digest)
           and all(actor().may_act_in(code) for code in view.divisions)]
    return [("", "请选"), *((view.reference, f"{view.title}（{view.reference}）") for view in own)]
