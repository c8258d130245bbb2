"""One's own matters: nothing is shown before the person is known, only how to become so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Response, render_template

from web.house import house
from web.public import mine_binding, mine_sections
from web.public.mine_session import Reply, bound_resident, kept_to_oneself, leave
from web.security import public


@public
def mine() -> Response:
    """What a bound resident may see and decide; for everybody else, how to become known."""
    return _page(Reply()) if bound_resident() is not None else mine_binding.door()


def answered(act: Callable[..., Reply | Response]) -> Callable[[], Response]:
    """An act of the page's own forms, answered with the page: acts know nothing of it, so that it may know of them."""

    @wraps(act)
    def view() -> Response:
        came_to = act()
        return _page(came_to) if isinstance(came_to, Reply) else came_to

    return view


@public
def going() -> Response:
    """End the session of this browser."""
    return leave(Response(status=303, headers={"Location": "/me"}))


def _page(said: Reply) -> Response:
    me = bound_resident()
    if me is None:
        return mine_binding.door()
    with house().database.reading() as session:
        sections = mine_sections.shown(session, me)
    shown = render_template("public/mine/page.html", me=me, sections=sections, faults=said.faults, done=said.done)
    return kept_to_oneself(shown, 400 if said.faults else 200)
