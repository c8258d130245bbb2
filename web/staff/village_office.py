"""What the office sees of the villages' work: figures of a notice's posting and of a push's visits, by code, no ranking."""

from __future__ import annotations

from datetime import datetime

from flask import abort, render_template

from notices import reading
from profiles.divisions import Names
from push import hanging, rounds
from push.models import Dispatch
from push.postings import PostState
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import push_figures
from web.staff.menu import NOTICE_READERS, PUSH_READERS
from web.staff.notices import concerns
from web.staff.townships import by_township

NEVER_UP = "不用贴了"


@staff(*NOTICE_READERS)
def posted(reference: str) -> str:
    """Where a notice hangs, where it waits, where it is to come down."""
    with house().database.reading() as session:
        view = reading.current(session, reference, the_day())
        if view is None or not concerns(actor(), view):
            abort(404, description=f"没有编号为“{reference}”的信息。请核对编号，或从信息列表里打开。")
        found = hanging.posted_of(session, view.id)
        lines = [(code, state, _words(state, at), at) for code, state, at in found if actor().may_act_in(code)]
        said = [words for _, _, words, _ in lines]
        counts = [(words, said.count(words)) for words in (*(state.words for state in PostState), *({NEVER_UP} & set(said)))]
        return render_template("staff/village/posted.html", heading="公示栏张贴情况", view=view, counts=counts,
                               towns=by_township(Names(session), lines))


def _words(state: PostState, at: datetime | None) -> str:
    """Where it stands; what was called back before it was put up came down from nowhere."""
    return NEVER_UP if state is PostState.TAKEN_DOWN and at is None else state.words


@staff(*PUSH_READERS)
def visited(number: int) -> str:
    """How far the visits of a push are, village by village."""
    with house().database.reading() as session:
        about = session.get(Dispatch, number)
        if about is None or not any(actor().may_act_in(code) or actor().jurisdiction.startswith(code) for code in about.divisions):
            abort(404, description=f"您的管理范围内没有编号为 {number} 的推送任务。")
        villages = rounds.by_village(session, number, actor().jurisdiction)
        waiting, done, not_met = (sum(getattr(one, state) for one in villages) for state in ("open", "done", "not_met"))
        return render_template(
            "staff/village/visited.html", heading="入户办理情况", about=about, views=push_figures.views(session, about),
            towns=by_township(Names(session), ((one.code, one) for one in villages)),
            is_asked=rounds.is_asked(session, number, house().clock.now()), waiting=waiting, done=done, not_met=not_met,
            unseen=waiting + not_met)
