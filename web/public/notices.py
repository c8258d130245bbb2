"""One notice on a page of its own: in force, past, or withdrawn with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from notices import reading
from notices.models import State
from notices.reading import NoticeView
from profiles import divisions
from profiles.portraits.models import Deed
from qrcodes.scans import is_person
from web.house import house
from web.public.boards import Above
from web.public.cards import address, page
from web.public.mine_session import bound_resident
from web.rendering import the_day
from web.security import public


@dataclass(frozen=True)
class Withdrawn:
    """What stays of a withdrawn notice: its title, why it went, and whom to ask."""

    title: str
    office: str
    phone: str
    withdrawn: datetime | None
    reason: str


@public
def notice(reference: str) -> BaseResponse:
    """A published notice; a list of names is shown in its own room."""
    view = _published(reference)
    return redirect(address(view)) if view.kind == "public_list" else _shown(view)


@public
def public_list(reference: str) -> BaseResponse:
    """A public list (公示名单) with where to object."""
    view = _published(reference)
    return _shown(view) if view.kind == "public_list" else redirect(address(view))


def _published(reference: str) -> NoticeView:
    with house().database.reading() as session:
        view = reading.current(session, reference, the_day())
    if view is None or view.state not in (State.PUBLISHED, State.WITHDRAWN):
        abort(404, description="没有找到这条通知。可能还没有公开，或者地址写错了。")
    return view


def _shown(view: NoticeView) -> Response:
    _remember(view)
    with house().database.reading() as session:
        if view.state == State.WITHDRAWN:
            gone = Withdrawn(view.title, view.office, view.phone, view.withdrawn_at, view.withdrawn_reason or "没有写明原因")
            return make_response(render_template("public/withdrawn.html", notice=gone, above=_above(session, view)))
        names = divisions.Names(session)
        shown = page(view, the_day(), names, house().catalogue)
        return make_response(render_template("public/notice.html", notice=shown, above=_above(session, view)))


def _remember(view: NoticeView) -> None:
    """With portraits on, that a resident who is let in on this browser opened a notice, and whence."""
    if not house().personal.is_on or view.state == State.WITHDRAWN or not is_person(request.user_agent.string, request.headers.get("Purpose", "")):
        return
    me = bound_resident()
    if me is not None:
        deed, channel = _deed(request.referrer or "", request.host_url)
        house().personal.remember(me.resident_id, view, deed, channel, house().clock.now())


def _deed(came_from: str, here: str) -> tuple[Deed, str]:
    """What an opening was: a choice on a scanned board, a choice in one of our lists, or simply an opening."""
    if came_from.startswith(f"{here}q/"):
        return Deed.SCANNED, "board"
    return (Deed.CLICKED, "web") if came_from.startswith(here) else (Deed.OPENED, "web")


def _above(session: Session, view: NoticeView) -> tuple[Above, ...]:
    """The way back: the county, and the one place a notice is for."""
    names = divisions.Names(session)
    way = [Above(names.name(house().county), url_for("public.county"))]
    if len(view.divisions) == 1:
        code = view.divisions[0]
        way.extend(Above(names.name(code[:length]), url_for("public.board", code=code[:length]))
                   for length in (9, 12) if length <= len(code))
    return tuple(way)
