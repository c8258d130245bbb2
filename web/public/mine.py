"""One's own matters: nothing is shown before the person is known, only how to become so."""

from __future__ import annotations

from flask import Response, make_response, render_template

from web.house import house
from web.public import mine_sections
from web.public.mine_session import bound_resident, leave
from web.security import public


@public
def mine() -> Response:
    """What a bound resident may see and decide; for everybody else, how to become known."""
    me = bound_resident()
    if me is None:
        return kept_to_oneself(render_template("public/mine.html"))
    with house().database.reading() as session:
        sections = mine_sections.shown(session, me)
    return kept_to_oneself(render_template("public/mine/page.html", me=me, sections=sections))


@public
def going() -> Response:
    """End the session of this browser."""
    response = Response(status=303, headers={"Location": "/me"})
    leave(response)
    return response


def kept_to_oneself(page: str, status: int = 200) -> Response:
    """A page that no cache may keep: the next person may hold the same telephone."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
