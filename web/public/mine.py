"""One's own matters: nothing is shown before the person is known, only how to become so."""

from __future__ import annotations

from flask import Response, render_template

from web.house import house
from web.public import mine_binding, mine_sections
from web.public.mine_session import bound_resident, kept_to_oneself, leave
from web.security import public


@public
def mine() -> Response:
    """What a bound resident may see and decide; for everybody else, how to become known."""
    return page() if bound_resident() is not None else mine_binding.door()


def page(faults: tuple[str, ...] = (), done: str = "") -> Response:
    """The page of the resident who is bound, with what could not be done or was."""
    me = bound_resident()
    if me is None:
        return mine_binding.door()
    with house().database.reading() as session:
        sections = mine_sections.shown(session, me)
    shown = render_template("public/mine/page.html", me=me, sections=sections, faults=faults, done=done)
    return kept_to_oneself(shown, 400 if faults else 200)


@public
def going() -> Response:
    """End the session of this browser."""
    return leave(Response(status=303, headers={"Location": "/me"}))
