"""The door to one's own matters: a signed cookie with an opaque token, and the resident behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, current_app, g, make_response, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from profiles import sessions
from profiles.sessions import Me
from web.house import house
from web.security import Door

__all__ = ["Me", "Reply", "bound", "bound_resident", "forget", "is_secure", "kept_to_oneself", "leave", "let_in", "seal", "unsealed"]

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "me"
_SECONDS = int(sessions.LONGEST.total_seconds())


@dataclass(frozen=True)
class Reply:
    """What an act on one's own page comes to: what could not be done, or what was; the page says it (`web.public.mine.answered`)."""

    faults: tuple[str, ...] = ()
    done: str = ""


def bound_resident() -> Me | None:
    """The resident who proved a telephone in this browser within the last half hour, or None."""
    if "me" not in g:
        g.me = _found()
    return cast("Me | None", g.me)


def bound(view: View) -> View:
    """A page of a resident's own, called with `me` first; whoever is not known is led to where one becomes so."""

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        me = bound_resident()
        if me is None:
            return redirect(url_for("public.mine"), 303)
        return view(me, *arguments, **named)

    guarded.door = Door("resident")  # type: ignore[attr-defined]
    return cast(View, guarded)


def let_in(response: Response, resident_id: int, contact_id: int) -> Response:
    """Open a session for a resident and give its token to the browser."""
    with house().database.writing() as session:
        token = sessions.open_session(session, resident_id, contact_id, house().clock.now())
    response.set_cookie(COOKIE, seal(token), max_age=_SECONDS, httponly=True, samesite="Lax", secure=is_secure())
    return response


def leave(response: Response) -> Response:
    """End this browser's session."""
    token = unsealed(request.cookies.get(COOKIE, ""))
    if token:
        with house().database.writing() as session:
            sessions.end(session, token)
    return forget(response, COOKIE)


def forget(response: Response, cookie: str) -> Response:
    """Take a cookie back."""
    response.delete_cookie(cookie, httponly=True, samesite="Lax", secure=is_secure())
    return response


def seal(token: str) -> str:
    """A token as it stands in a cookie: signed, so that guesses never reach the database."""
    return _serializer().dumps(token)


def unsealed(cookie: str) -> str:
    """The token of a cookie; empty for one that we did not sign."""
    try:
        return str(_serializer().loads(cookie)) if cookie else ""
    except BadSignature:
        return ""


def _found() -> Me | None:
    token = unsealed(request.cookies.get(COOKIE, ""))
    if not token:
        return None
    now = house().clock.now()
    with house().database.reading() as session:
        me = sessions.who(session, house().keyring, token, now)
        is_due = me is not None and sessions.is_to_be_noted(session, token, now)
    if is_due:
        with house().database.writing() as session:
            sessions.note(session, token, now)
    return me


def kept_to_oneself(page: str, status: int = 200) -> Response:
    """A page that no cache may keep: the next person may hold the same telephone."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def is_secure() -> bool:
    """Whether cookies of this site may travel encrypted only."""
    return bool(current_app.config.get("SESSION_COOKIE_SECURE")) or request.is_secure


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="own matters")

