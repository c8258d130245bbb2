"""Before a push leaves: the audience with what it costs and whom it misses, then one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from push.admission import refuse_repetition
from push.failures import Refused
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
from web.staff.preview import Preview, preview

EXPLAINED = {
    Possibly.LEAVE: "这次不管这些户，原因会记下来",
    Possibly.VILLAGE: "请村里在公示栏、微信群发一条不点名的通知",
    Possibly.VISIT: "列入户名单，由村干部上门核实",
}
LONGEST_REASON = 200


@dataclass(frozen=True)
class Asked:
    """The sender's decisions: the households with incomplete data, why, and when."""

    possibly: str = ""
    reason: str = ""
    when: str = "now"
    at: str = ""

    def moment(self) -> datetime | None:
        """When to send; None is now. Raises ValueError for what is no moment."""
        return in_china(datetime.fromisoformat(self.at)) if self.when == "later" else None


@staff(*PUSH_READERS)
def audience(reference: str) -> str:
    """Whom a push would reach, what is missing, what it costs, whom it misses and why."""
    with house().database.reading() as session:
        view = _view(session, reference)
        return _audience_page(session, view, Asked(), ())


@staff(Role.SENDER)
def confirm(reference: str) -> str | Response | tuple[str, int]:
    """The one question before anything leaves; the button below the summary sends."""
    asked = Asked(request.form.get("possibly", ""), request.form.get("reason", "").strip(), request.form.get("when", "now"),
                  request.form.get("at", ""))
    with house().database.reading() as session:
        view = _view(session, reference)
        faults = _faults(session, view, asked)
        if faults:
            return _audience_page(session, view, asked, faults), 400
        if request.form.get("act") != "send":
            return _confirm_page(session, view, asked, ())
    if request.form.get("digest", "") != view.digest:
        with house().database.reading() as session:
            return _confirm_page(session, view, asked, [Fault("", "您打开这一页以后，信息有改动。请重新看一遍再发。")]), 400
    try:
        planned = room.send(house().database, house().channels, reference=reference, actor=actor(), now=house().clock.now(),
                            settings=house().settings.push, at=asked.moment(), possibly=asked.possibly or "leave",
                            reason=asked.reason, catalogue=house().catalogue)
    except Refused as refusal:
        with house().database.reading() as session:
            return _confirm_page(session, view, asked, [Fault("", refusal.words)]), 400
    flash(f"已放行，共 {planned.planned} 条。可以离开这一页，发送不会停。", "good")
    return redirect(url_for("staff.dispatch", number=planned.dispatch))


def _view(session: Session, reference: str) -> NoticeView:
    """The notice in force, wholly in the actor's area, or 404; what is sent is what was approved, never a draft."""
    view = reading.current(session, reference, the_day())
    if view is None or not all(actor().may_act_in(code) for code in view.divisions):
        abort(404, description=f"您的管理范围内没有编号为“{reference}”的信息。")
    return view


def _faults(session: Session, view: NoticeView, asked: Asked) -> list[Fault]:
    found = []
    reckoned = reckoned_of(session, view)
    has_undecided = reckoned is not None and reckoned.undecided > 0
    if has_undecided and asked.possibly not in set(Possibly):
        found.append(Fault("possibly", "请决定资料不全的户怎么办。"))
    if has_undecided and asked.possibly == Possibly.LEAVE and not asked.reason:
        found.append(Fault("reason", "选了“暂不处理”，请写明原因。"))
    if len(asked.reason) > LONGEST_REASON:
        found.append(Fault("reason", f"原因有 {len(asked.reason)} 字，最多 {LONGEST_REASON} 字。"))
    try:
        moment = asked.moment()
        if moment is not None and moment <= house().clock.now():
            found.append(Fault("at", "定时要在现在以后。"))
    except ValueError:
        found.append(Fault("at", "请选定时发送的日期和钟点。"))
    return found


def _foreseen(session: Session, view: NoticeView) -> tuple[Preview | None, str]:
    """What sending would do, or why it may not be sent."""
    try:
        refuse_repetition(session, view)
        return preview(session, house().keyring, view, house().channels, house().settings.push,
                       house().clock.now(), house().catalogue), ""
    except Refused as refusal:
        return None, refusal.words


def _audience_page(session: Session, view: NoticeView, asked: Asked, faults: Sequence[Fault]) -> str:
    foreseen, refused = _foreseen(session, view)
    note_list(f"推送 {view.reference} 的抽查", view.divisions, len(foreseen.samples) if foreseen is not None else 0)
    return render_template(
        "staff/push/audience.html", heading=view.title, view=view, reckoned=reckoned_of(session, view), foreseen=foreseen,
        outdated=_outdated(session, view), refused=refused, asked=asked, faults=faults, faces=notice_page.faces(view, signature(), house().forms),
        decisions=[(one.value, one.words, EXPLAINED[one]) for one in (Possibly.VISIT, Possibly.VILLAGE, Possibly.LEAVE)],
        may_send=holds_itself(actor(), Role.SENDER), earlier=notice_page.dispatches(session, view.reference))


def _outdated(session: Session, view: NoticeView) -> int:
    """How many of the households that surely qualify have a value older than it may be; they get the notice all the same."""
    try:
        return count_outdated(session, parse(view.condition, house().catalogue), view.divisions, the_day())
    except ConditionRefused:
        return 0


def _confirm_page(session: Session, view: NoticeView, asked: Asked, faults: Sequence[Fault]) -> str:
    foreseen, refused = _foreseen(session, view)
    if refused and not faults:
        faults = [Fault("", refused)]
    decided = Possibly(asked.possibly).words if asked.possibly in set(Possibly) else ""
    return render_template(
        "staff/push/confirm.html", heading=view.title, view=view, reckoned=reckoned_of(session, view), foreseen=foreseen,
        asked=asked, decided=decided, faults=faults, at=asked.moment(),
        faces=notice_page.faces(view, signature(), house().forms))
