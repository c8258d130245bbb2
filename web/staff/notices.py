"""信息发布: the list of notices and the page of one."""

from __future__ import annotations

from flask import abort, render_template, request
from sqlalchemy.orm import Session

from kernel.audit import Actor
from notices import reading
from notices.models import State
from notices.topics import Topic
from notices.transitions import Act
from notices.views import NoticeView
from notices.writing import Kind
from profiles.divisions import Names
from profiles.failures import ConditionRefused
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import notice_list, notice_page
from web.staff.division_tree import townships
from web.staff.frame import page_asked
from web.staff.menu import NOTICE_READERS, WRITERS, holds_itself
from web.staff.models import Role
from web.staff.reckoning import Reckoned, reckon

FUNDS = (Kind.PROJECT, Kind.PUBLIC_LIST)


@staff(*NOTICE_READERS)
def notices() -> str:
    """The notices of the actor's area, narrowed by filters that say themselves."""
    return _list("staff/notices/list.html", "信息发布", (), "信息")


@staff(*NOTICE_READERS)
def funds() -> str:
    """资金项目: where the money goes, project by project, and the lists of names that hang out for it."""
    return _list("staff/notices/funds.html", "资金项目", FUNDS, "项目和公示名单")


def _list(template: str, heading: str, only: tuple[Kind, ...], everything: str) -> str:
    filters = notice_list.filters_of(request.args)
    with house().database.reading() as session:
        page = page_asked(notice_list.count(session, actor(), filters, only))
        lines = notice_list.lines(session, actor(), filters, page, only)
        said = filters.said(Names(session).place(filters.place), everything)
        places = townships(session, actor(), house().county)
    return render_template(
        template, heading=heading, filters=filters, page=page, lines=lines, said=said,
        may_write=holds_itself(actor(), *WRITERS), places=[("", "全部地方"), *places],
        states=[("", "全部状态"), *((state.value, state.words) for state in State)],
        kinds=[("", "全部种类"), *((kind.value, kind.words) for kind in only or Kind)],
        topics=[("", "全部主题"), *((topic.value, topic.value) for topic in Topic)])


@staff(*NOTICE_READERS)
def notice(reference: str) -> str:
    """One notice: where it stands, what is sent, what keeps it back, what was done to it."""
    with house().database.reading() as session:
        view = view_of(session, reference)
        return render_template(
            "staff/notices/page.html", heading=view.title, view=view, state=view.newer or view.state,
            slip=notice_page.slip(session, view), trail=notice_page.trail(session, view),
            looked=notice_page.looked(view, house().forms), faces=notice_page.faces(view, signature(), house().forms),
            reckoned=reckoned_of(session, view), refusal=notice_page.last_refusal(session, view),
            dispatches=notice_page.dispatches(session, reference), next=_next(view),
            may_write=holds_itself(actor(), *WRITERS) and _is_mine(view))


def view_of(session: Session, reference: str) -> NoticeView:
    """The latest words of a notice that lies in the actor's area or covers it, or 404."""
    view = reading.working(session, reference, the_day())
    if view is None or not concerns(actor(), view):
        abort(404, description=f"没有编号为“{reference}”的信息。请核对编号，或从信息列表里打开。")
    return view


def concerns(who: Actor, view: NoticeView) -> bool:
    """Whether a notice lies in somebody's area or covers it."""
    return any(who.may_act_in(code) or who.jurisdiction.startswith(code) for code in view.divisions)


def reckoned_of(session: Session, view: NoticeView) -> Reckoned | None:
    """How far a notice reaches; None when its condition names something the register does not know any more."""
    try:
        return reckon(session, view.condition, view.divisions, the_day())
    except ConditionRefused:
        return None


def signature() -> str:
    """What the SMS supplier puts before every text."""
    return house().settings.channels.sms.sms_signature or "短信签名未设置"


def _next(view: NoticeView) -> dict[str, bool]:
    """Which of the next steps stand open to the actor."""
    who = actor()
    state = view.newer or view.state
    is_sender = holds_itself(who, Role.SENDER) and _is_mine(view)
    return {
        "submit": notice_page.may(view, who, Act.SUBMIT),
        "review": notice_page.may(view, who, Act.APPROVE) and not notice_page.is_own(view, who),
        "own": notice_page.may(view, who, Act.APPROVE) and notice_page.is_own(view, who),
        "publish": notice_page.may(view, who, Act.PUBLISH),
        "withdraw": notice_page.may(view, who, Act.WITHDRAW),
        "send": is_sender and state.may_be_sent and bool({"sms", "wechat"} & set(view.channels)),
    }


def _is_mine(view: NoticeView) -> bool:
    return all(actor().may_act_in(code) for code in view.divisions)
