"""Before a push leaves: the audience with what it costs and whom it misses, then one question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.clock import in_china
from notices import reading
from notices.views import NoticeView
from profiles.failures import ConditionRefused
from profiles.provenance import count_outdated
from profiles.targeting.parsing import parse
from push import dispatches as room
from push import trial
from push.dispatches import Seen
from push.failures import Refused
from push.foresight import foresee
from push.models import Dispatch
from push.states import Possibly
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import notice_page
from web.staff.frame import Fault
from web.staff.menu import PUSH_READERS, holds_itself
from web.staff.models import Role
from web.staff.noted import note_list
from web.staff.notices import reckoned_of, signature
from web.staff.preview import Preview, before, phones_in_words, preview
from web.staff.release_form import Asked, faults_in

EXPLAINED = {
    Possibly.LEAVE: "这次不管这些户，原因会记下来",
    Possibly.VILLAGE: "放行时，这些户所在的村待张贴里多一张不点名的公告（下面能看到原文）",
    Possibly.VISIT: "放行时，这些户列入村里的入户名单，由村干部上门核实",
}
# Within so many seconds a second press is the same press.
SECOND_CLICK = 120


@staff(*PUSH_READERS)
def audience(reference: str) -> str:
    """Whom a push would reach, what is missing, what it costs, whom it misses and why."""
    with house().database.reading() as session:
        view = _view(session, reference)
        return _audience_page(session, view, Asked(), ())


@staff(Role.SENDER)
def try_push(reference: str) -> Response:
    """Send the marked message to the office's own telephones; what came of it stands on the page."""
    with house().database.reading() as session:
        view = _view(session, reference)
    try:
        told = trial.try_out(house().database, house().channels, house().network, reference=view.reference, actor=actor(),
                             now=house().clock.now(), settings=house().settings.push, catalogue=house().catalogue)
        if told.is_good:
            flash(f"试发已提交 {len(told.outcomes)} 部手机，请看手机上的字对不对。", "good")
        else:
            flash("试发没有全部成功，平台的话写在“试发”一栏里。", "warn")
    except Refused as refusal:
        flash(refusal.words, "bad")
    return redirect(url_for("staff.audience", reference=view.reference, _anchor="try"))


@staff(Role.SENDER)
def confirm(reference: str) -> str | Response | tuple[str, int]:
    """The one question before anything leaves; the button below the summary sends."""
    asked = Asked.read(request.form)
    with house().database.reading() as session:
        view = _view(session, reference)
        faults = faults_in(asked, reckoned_of(session, view), house().clock.now(), house().settings.push.cost_ceiling)
        if faults:
            return _audience_page(session, view, asked, faults), 400
        if request.form.get("act") != "send":
            return _confirm_page(session, view, asked, ())
    try:
        planned = room.send(house().database, house().channels, reference=reference, actor=actor(), now=house().clock.now(),
                            settings=house().settings.push, at=asked.moment(), possibly=asked.possibly,
                            reason=asked.reason, ceiling=asked.yuan(), ceiling_reason=asked.ceiling_reason, seen=what_was_seen(),
                            catalogue=house().catalogue)
    except Refused as refusal:
        if refusal.earlier is not None:
            return led_to(refusal.earlier, refusal.words)
        with house().database.reading() as session:
            return _confirm_page(session, view, asked, [Fault("", refusal.words)])
    flash(_done(planned, asked), "good")
    return redirect(url_for("staff.dispatch", number=planned.dispatch))


def what_was_seen() -> Seen:
    """What stood on the page whose button was pressed; a form without it has seen nothing."""
    planned = request.form.get("planned", "")
    return Seen(request.form.get("digest", ""), int(planned) if planned.isascii() and planned.isdigit() else 0)


def led_to(number: int, why: str) -> Response:
    """To the dispatch that already carries these words: the first of two clicks sent it, or somebody else was quicker."""
    with house().database.reading() as session:
        earlier = session.get_one(Dispatch, number)
    is_own = earlier.sent_by == actor().name and earlier.digest == request.form.get("digest", "")
    if is_own and (house().clock.now() - earlier.created_at).total_seconds() < SECOND_CLICK:
        flash(f"已经放行（推送任务 {number}），没有再发一次。", "good")
    else:
        flash(f"您这一次没有发，放行的是 {earlier.sent_by}。{why}", "warn")
    return redirect(url_for("staff.dispatch", number=number))


def _done(planned: room.Planned, asked: Asked) -> str:
    more = [f"{planned.visits:,} 户列入入户名单"] if planned.visits else []
    more.extend([f"村里待张贴 {planned.postings:,} 张"] if planned.postings else [])
    also = f"；{'，'.join(more)}" if more else ""
    with house().database.reading() as session:
        starts = in_china(session.get_one(Dispatch, planned.dispatch).release_at)
    if starts > house().clock.now():
        night = "" if starts == asked.moment() else "（夜里不打扰）"
        return f"已定时，{starts:%-m月%-d日 %-H:%M}开始发{night}，约 {planned.planned:,} 条。开始以前可以取消；可以离开这一页。"
    return f"已放行，共 {planned.planned:,} 条{also}。可以离开这一页，发送不会停。"


def _view(session: Session, reference: str) -> NoticeView:
    """The notice in force, wholly in the actor's area, or 404; what is sent is what was approved, never a draft."""
    view = reading.current(session, reference, the_day())
    if view is None or not all(actor().may_act_in(code) for code in view.divisions):
        abort(404, description=f"您的管理范围内没有编号为“{reference}”的信息。")
    return view


def _foreseen(session: Session, view: NoticeView, at: datetime | None = None) -> tuple[Preview | None, str]:
    """What sending would do, or why it may not be sent."""
    try:
        told = foresee(house().database, house().channels, view, house().clock.now(), house().settings.push, at,
                       house().catalogue)
    except Refused as refusal:
        return None, refusal.words
    return preview(session, house().keyring, view, told, house().settings.push), ""


def _audience_page(session: Session, view: NoticeView, asked: Asked, faults: Sequence[Fault], known: Preview | None = None) -> str:
    foreseen, refused = (known, "") if known is not None else _foreseen(session, view)
    note_list(f"推送 {view.reference} 的抽查", view.divisions, len(foreseen.samples) if foreseen is not None else 0)
    return render_template(
        "staff/push/audience.html", heading=view.title, view=view, reckoned=reckoned_of(session, view), foreseen=foreseen,
        outdated=_outdated(session, view), refused=refused, asked=asked, faults=faults, faces=notice_page.faces(view, signature(), house().forms),
        decisions=[(one.value, one.words, EXPLAINED[one]) for one in (Possibly.VISIT, Possibly.VILLAGE, Possibly.LEAVE)],
        may_send=holds_itself(actor(), Role.SENDER), earlier=notice_page.dispatches(session, view.reference),
        before=before(session, view, house().catalogue), phones=phones_in_words(house().settings.push.trial_phones))


def _outdated(session: Session, view: NoticeView) -> int:
    """How many of the households that surely qualify have a value older than it may be; they get the notice all the same."""
    try:
        return count_outdated(session, parse(view.condition, house().catalogue), view.divisions, the_day())
    except ConditionRefused:
        return 0


def _confirm_page(session: Session, view: NoticeView, asked: Asked, faults: Sequence[Fault]) -> tuple[str, int]:
    foreseen, refused = _foreseen(session, view, asked.moment())
    if foreseen is not None and foreseen.is_over and (asked.yuan() or 0) < foreseen.told.cost and not faults:
        cost, raised = f"{foreseen.told.cost:.2f}", asked.yuan()
        words = (f"这次推送约 {cost} 元，放宽到 {raised:g} 元还不够。请写不少于 {cost} 的元数。" if raised else
                 f"这次推送约 {cost} 元，超过费用上限 {foreseen.ceiling:g} 元。要发，请写明原因，放宽这一次的上限。")
        return _audience_page(session, view, asked, [Fault("ceiling", words)], foreseen), 400
    if refused and not faults:
        if asked.moment() is not None:
            return _audience_page(session, view, asked, [Fault("at", refused)]), 400
        faults = [Fault("", refused)]
    decided = Possibly(asked.possibly).words if asked.possibly in set(Possibly) else ""
    page = render_template(
        "staff/push/confirm.html", heading=view.title, view=view, reckoned=reckoned_of(session, view), foreseen=foreseen,
        asked=asked, decided=decided, faults=faults, at=asked.moment(), can_try=bool(house().settings.push.trial_phones),
        faces=notice_page.faces(view, signature(), house().forms), before=before(session, view, house().catalogue))
    return page, 400 if faults else 200
