"""Doors: every route says whose it is, and this module holds it to that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from kernel.audit import Actor
from web.house import house
from web.staff import accounts, kept, tokens
from web.staff.accounts import AtDesk
from web.staff.models import Role

View = TypeVar("View", bound=Callable[..., Any])

CONTENT_SECURITY = ("default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
                    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")

_SECONDS = 8 * 3600
_KEPT_BY_NOBODY = ("/staff", "/me", "/api/v1/households")


@dataclass(frozen=True)
class Door:
    """Who may come in: everybody, a vendor with its signature, a program with its key, or staff with one of some roles."""

    kind: str
    roles: frozenset[Role] = frozenset()


def public(view: View) -> View:
    """A page for everybody."""
    view.door = Door("public")  # type: ignore[attr-defined]
    return view


def vendor(view: View) -> View:
    """A callback; the channel's receiver verifies who speaks."""
    view.door = Door("vendor")  # type: ignore[attr-defined]
    return view


def staff(*roles: Role, acts_itself: bool = False, with_one_time: bool = False) -> Callable[[View], View]:
    """A page for signed-in staff who hold one of the roles; no role named means any.

    An administrator may look at every page. With `acts_itself` that is all: what is posted there needs one of the roles.
    Whoever came in with a one-time password is led to choose an own one first; `with_one_time` are the pages that let them.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> Any:
            desk = signed_in()
            if desk is None:
                return kept.asked_to_sign_in()
            if desk.has_one_time and not with_one_time:
                return redirect(url_for("staff.own_account"))
            actor, g.has_one_time = desk.actor, desk.has_one_time
            held = {Role(role) for role in actor.roles}
            may_look = acts_itself is False or request.method != "POST"
            if roles and not held & {*roles, *((Role.ADMINISTRATOR,) if may_look else ())}:
                abort(403, description="您的账号没有办理这件事的权限。需要时请系统管理员给账号加上相应角色。")
            g.actor = actor
            return view(*arguments, **named)

        guarded.door = Door("staff", frozenset(roles))  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def keyed(*roles: Role) -> Callable[[View], View]:
    """A call of a program that shows the key of an account which holds one of the roles; no cookie opens it."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> Any:
            actor = _key_holder()
            if actor is None:
                abort(401, description="请在 Authorization: Bearer 后面写接口密钥；密钥由系统管理员用 zhida staff token 发放。")
            if not {Role(role) for role in actor.roles} & set(roles):
                abort(403, description="这把密钥的账号没有办理这件事的权限。请系统管理员给账号加上相应角色。")
            g.actor = actor
            return view(*arguments, **named)

        guarded.door = Door("key", frozenset(roles))  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def _key_holder() -> Actor | None:
    """Whom the key of this call speaks for."""
    shown = request.authorization
    if shown is None or shown.type != "bearer" or not shown.token:
        return None
    now = house().clock.now()
    with house().database.reading() as reading:
        found = tokens.actor_of(reading, shown.token, now)
    if found is None:
        return None
    holder, to_note = found
    if to_note is not None:
        with house().database.writing() as writing:
            tokens.note_use(writing, to_note, now)
    return holder


def signed_in() -> AtDesk | None:
    """The account of this browser's session, read afresh: one that was closed, or whose sessions were ended, is out at once."""
    name, until, ended = (session.get(key) for key in ("account", "until", "ended"))
    if not isinstance(name, str) or not isinstance(until, int) or until <= house().clock.now().timestamp():
        return None
    if not isinstance(ended, int):
        return None
    with house().database.reading() as reading:
        return accounts.at_desk(reading, name, ended)


def let_in(desk: AtDesk) -> None:
    """Open a session of eight hours for an account, however busy it is: a cookie that was copied ends with it.

    It ends sooner when the account's sessions are ended: the cookie carries how often they were.
    A session begun before signing in is not carried over: whoever planted it would be signed in too.
    """
    session.clear()
    session.update(account=desk.actor.name, until=int(house().clock.now().timestamp()) + _SECONDS, ended=desk.sessions_ended)
    session.permanent = True


def actor() -> Actor:
    """The actor of the present staff page."""
    return cast(Actor, g.actor)


def harden(app: Flask) -> None:
    """Set cookies and headers that browsers need to keep pages to themselves."""
    secure = _is_https(app)
    # Written only when it changes: a count that was under way while its form was saved would bring the session of before
    # back, and the word on what was saved with it.
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=secure,
                      SESSION_COOKIE_NAME="zhida", PERMANENT_SESSION_LIFETIME=_SECONDS, SESSION_REFRESH_EACH_REQUEST=False)

    @app.after_request
    def _headers(response: Response) -> BaseResponse:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.path.startswith(_KEPT_BY_NOBODY):
            # Over whatever a view or the sending of a file said: a copy on a shared computer is a leak.
            response.headers["Cache-Control"] = "no-store"
        return response


def _is_https(app: Flask) -> bool:
    return str(app.extensions["zhida"].settings.web.public_url).startswith("https://")
