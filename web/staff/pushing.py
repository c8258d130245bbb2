"""定向推送: what can be sent and what was sent, one dispatch and its acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import Actor
from profiles.divisions import Names
from push import allowing, ceiling, figures, trace, visits
from push import dispatches as room
from push.failures import Refused
from push.models import Dispatch
from push.states import REACHED, DispatchState
from web.house import house
from web.security import actor, staff
from web.staff import push_figures, waiting
from web.staff.frame import Fault
from web.staff.menu import PUSH_READERS, REGISTER_READERS, holds, holds_itself
from web.staff.models import Role
from web.staff.reckoning import places_in_words

# What starts later than this is not watched by the second.
SOON = timedelta(minutes=10)

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Act:
    """Something that can be done to a dispatch: its question, what it does, its button."""

    name: str
    button: str
    question: str
    explained: str
    done: str
    works: Callable[..., None]
    is_final: bool = False


def _resume(session: Session, number: int, who: Actor, now: datetime) -> None:
    room.resume(session, number, who, now, house().settings.push)


ACTS = {
    "pause": Act("暂停", "暂停", "暂停推送任务 {number}？", "还没有发出的先停住；正在发的那几条会发完。随时可以继续。", "已暂停。", room.pause),
    "resume": Act("继续", "继续发送", "继续推送任务 {number}？", "从停下的地方接着发，发过的不会再发。", "已继续。", _resume),
    "stop": Act("停止", "停止，不再发", "停止推送任务 {number}？",
        "还没有发出的都不再发，记为“未发送（推送已停止）”；还没入户的从村里的名单上拿掉。停止后不能再继续；已经发出的收不回来，"
        "内容有错请发更正。",
                "已停止。", room.stop, is_final=True),
    "cancel": Act("取消", "取消，不发", "取消推送任务 {number}？", "还没有放行，取消后一条也不会发出，记为“未发送（推送在放行前已取消）”。同样的内容以后可以另发。",
                  "已取消。", room.stop, is_final=True),
}


@staff(*PUSH_READERS)
def dispatches() -> str:
    """What may be sent now, and what was sent."""
    with house().database.reading() as session:
        ready = waiting.unsent(session, actor())
        return render_template("staff/push/list.html", heading="定向推送", ready=ready, may_send=_may_send(),
                               lines=push_figures.lines(session, actor()))


@staff(*PUSH_READERS)
def dispatch(number: int) -> str:
    """One dispatch: how far it came, whom it did not reach and why."""
    with house().database.reading() as session:
        found = found_dispatch(session, number)
        status = figures.status(session, number, house().settings.push)
        about = push_figures.about(found)
        spending = ceiling.spending(session, found)
        later = session.scalars(select(Dispatch.id).where(Dispatch.corrects == number)).all()
        return render_template(
            "staff/push/dispatch.html", heading=about.title, about=about, status=status,
            strips=push_figures.strips(status), views=push_figures.views(session, found), steps=trace.life(session, found),
            may_find=holds(actor(), *REGISTER_READERS, Role.SENDER), place=places_in_words(found.divisions, Names(session)), corrections=later,
            acts=_acts(session, found, about) if _may_send() else (), names=ACTS, spending=spending,
            may_allow=_may_send() and waits_for_money(session, found, spending),
            may_correct=_may_send() and about.state.is_over and (
                any(status.deliveries.get(one, 0) for one in REACHED) or visits.is_owed_anew(session, number)),
            may_send_rest=_may_send() and about.is_cut_short and not later, is_moving=_is_moving(status, about))


@staff(Role.SENDER)
def act(number: int, name: str) -> Answer:
    """Ask before pausing, going on or stopping, then do it."""
    chosen = ACTS.get(name)
    if chosen is None:
        abort(404)
    with house().database.reading() as session:
        found = found_dispatch(session, number)
        status = figures.status(session, number, house().settings.push)
        about = push_figures.about(found)
        acts = _acts(session, found, about)
    faults: list[Fault] = []
    if request.method == "GET" and (not _may_send() or name not in acts):
        can = "、".join(ACTS[one].name for one in acts)
        faults = [Fault("", f"推送任务 {number} 现在是“{about.words}”，不能{chosen.name}。{f'可以{can}。' if can else '结果在推送任务里看。'}"
                        if _may_send() else f"{chosen.name}推送要有“推送”角色，您没有。")]
    if request.method == "POST":
        try:
            with house().database.writing() as session:
                chosen.works(session, number, actor(), house().clock.now())
            flash(f"推送任务 {number} {chosen.done}", "good")
            return redirect(url_for("staff.dispatch", number=number))
        except Refused as refusal:
            faults = [Fault("", refusal.words)]
    page = render_template("staff/push/act.html", heading=f"{chosen.name}推送任务 {number}", about=about, status=status,
                           act=chosen, question=chosen.question.format(number=number), faults=faults,
                           strips=push_figures.strips(status))
    return (page, 400) if faults else page


def found_dispatch(session: Session, number: int) -> Dispatch:
    """The dispatch of a number, where it lies in the actor's area; 404 otherwise."""
    found = session.get(Dispatch, number)
    if found is None or not all(actor().may_act_in(code) for code in found.divisions):
        abort(404, description=f"您的管理范围内没有编号为 {number} 的推送任务。")
    return found


def waits_for_money(session: Session, dispatch: Dispatch, spending: ceiling.Spending | None) -> bool:
    """Whether anything of a dispatch waits for a word on its cost, and may still go."""
    held = dispatch.state == DispatchState.PAUSED and dispatch.released_at is None and ceiling.OVER in dispatch.held_because
    if spending is None or not (held or spending.kept_back):
        return False
    try:
        allowing.may_allow(session, dispatch, house().clock.now())
    except Refused:
        return False
    return True


def _may_send() -> bool:
    return holds_itself(actor(), Role.SENDER)


def _acts(session: Session, dispatch: Dispatch, about: push_figures.About) -> tuple[str, ...]:
    end = "cancel" if about.waits else "stop"
    if about.state is DispatchState.PAUSED:
        try:
            room.refuse_lapsed(session, dispatch, house().clock.now())
        except Refused:
            return (end,)
        return ("resume", end)
    return ("pause", end) if about.state.is_open else ()


def _is_moving(status: figures.Status, about: push_figures.About) -> bool:
    """Whether the figures may still change soon, so that the page looks again by itself."""
    state = about.state
    if about.waits and about.release_at > house().clock.now() + SOON:
        return False
    waits = sum(status.deliveries.get(name, 0) for name in ("planned", "sending", "accepted", "unknown"))
    return state.is_open or (state is not DispatchState.PAUSED and waits > 0)
