"""One household and one push: why it came or did not, step by step; finding a household in a push; what people answered."""

from __future__ import annotations

from unicodedata import normalize

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles import access, lookup, register
from profiles.access import Look, Whom
from profiles.contacts import masked_name
from profiles.divisions import Names
from push import explanations, replies
from push.explanations import KEPT_BACK, Explanation
from push.models import Dispatch
from web.house import house
from web.security import actor, staff
from web.staff import push_figures
from web.staff.frame import LONG_ROWS_A_PAGE, page_asked
from web.staff.looks import LONGEST
from web.staff.menu import PUSH_READERS, REGISTER_READERS, holds
from web.staff.models import Role
from web.staff.pushing import found_dispatch
from web.staff.sight import sight_of

STORY_READERS = (*REGISTER_READERS, Role.SENDER)


@staff(*STORY_READERS)
def explained(reference: str, number: int) -> str:
    """Why a household did or did not get a push; the look is written down."""
    now = house().clock.now()
    with house().database.writing() as session:
        home, dispatch = register.household_by_reference(session, reference), session.get(Dispatch, number)
        if home is None or not actor().may_act_in(home.division):
            abort(404, description=f"您的管理范围内没有户编号为“{reference}”的户。请核对编号。")
        if dispatch is None:
            abort(404, description=f"没有编号为 {number} 的推送任务。请核对编号。")
        told = explanations.of_household(session, house().keyring, dispatch, home, None, now, house().catalogue)
        place = Names(session).place(home.division)
        access.looked(session, now, actor(), Look.PAGE, Whom(home.id, None, home.reference, home.division),
                      reason=f"查看推送任务 {number} 的去向")
    return render_template("staff/push/explained.html", heading=f"户 {told.household}", told=told, place=place,
                           because=_because(told), ask=told.audience.ask if sight_of(actor()).hardship else (),
                           may_read=holds(actor(), *REGISTER_READERS), may_open=_may_open(told))


@staff(*STORY_READERS)
def find_in_push(number: int) -> str | Response:
    """Find a household of the actor's area in a push; posted, so that no number stands in an address."""
    words = normalize("NFKC", request.form.get("words", "")).strip()[:LONGEST]
    now = house().clock.now()
    with house().database.writing() as session:
        found = found_dispatch(session, number)
        home = register.household_by_reference(session, words) or register.household_by_reference(session, words.upper())
        if home is not None and actor().may_act_in(home.division):
            return redirect(url_for("staff.explained", reference=home.reference, number=number))
        hits = lookup.find(session, house().keyring, words, actor().jurisdiction) if words else []
        for one in hits:
            access.looked(session, now, actor(), Look.SEARCH, Whom(one.household_id, one.resident_id, one.household, one.division),
                          found=len(hits))
        if words and not hits:
            access.looked(session, now, actor(), Look.SEARCH, Whom(division=actor().jurisdiction), found=0)
        names, whole = Names(session), sight_of(actor()).names
        lines = [(one.household, _name(one.name, whole=whole), one.relation, names.place(one.division)) for one in hits]
        views = push_figures.views(session, found)
    return render_template("staff/push/found.html", heading=found.title, number=number, lines=lines, most=lookup.MOST, views=views)


@staff(*PUSH_READERS)
def push_replies(number: int) -> str:
    """What people answered to a push within three days; numbers masked, the look written down."""
    now = house().clock.now()
    with house().database.writing() as session:
        found = found_dispatch(session, number)
        page = page_asked(replies.counted(session, [number]).get(number, 0), LONG_ROWS_A_PAGE)
        heard = replies.of_dispatch(session, house().keyring, number, page.offset, page.rows)
        names = Names(session)
        places = {one.division: names.place(one.division) for one in heard if one.division}
        views = push_figures.views(session, found)
        if heard:
            access.looked(session, now, actor(), Look.LISTED, Whom(subject=f"推送任务 {number} 的回复"), found=len(heard))
    return render_template("staff/push/replies.html", heading=found.title, number=number, heard=heard, page=page, places=places,
                           views=views, words=push_figures.channel_words)


def _because(told: Explanation) -> list[str]:
    """The reasons an actor may read: what tells of hardship only those who see hardship."""
    if sight_of(actor()).hardship:
        return [one.words for one in told.audience.because]
    plain = [one.words for one in told.audience.because if not one.is_sensitive]
    return [*plain, KEPT_BACK] if len(plain) < len(told.audience.because) else plain


def _may_open(told: Explanation) -> bool:
    """Whether the actor may open the page of the dispatch itself."""
    with house().database.reading() as session:
        found = session.get_one(Dispatch, told.dispatch)
    return holds(actor(), *PUSH_READERS) and all(actor().may_act_in(code) for code in found.divisions)


def _name(sealed: bytes, *, whole: bool) -> str:
    name = house().keyring.decrypt(sealed, "name")
    return name if whole else masked_name(name)
