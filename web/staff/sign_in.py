"""The way in and out of the console."""

from __future__ import annotations

from flask import Response, flash, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from web.house import house
from web.security import actor, let_in, public, signed_in, staff
from web.staff import accounts, kept, known_browsers
from web.staff.accounts import AccountRefused
from web.staff.frame import Fault


@public
def sign_in() -> str | Response | BaseResponse:
    """Ask for name and password; a right pair opens a session of eight hours."""
    following, line = _own_path(request.values.get("next", "")), request.form.get("kept", "")
    if request.method == "GET":
        return redirect(following) if signed_in() else kept.sign_in_page("", following, "")
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    faults = [Fault(place, words) for place, words, given in
              (("name", "请填写账号。", name), ("password", "请填写密码。", password)) if not given]
    if faults:
        return Response(kept.sign_in_page(name, following, line, faults), status=400)
    try:
        with house().database.writing() as writing:
            desk = accounts.sign_in(writing, name, password, house().clock.now(), _address(), known_browsers.told(name))
    except AccountRefused as refusal:
        return Response(kept.sign_in_page(name, following, line, [Fault("name", refusal.words)]), status=400)
    let_in(desk)
    g.actor, g.has_one_time = desk.actor, desk.has_one_time
    return known_browsers.remember(kept.resumed(following, line) or redirect(following), desk.actor.name)


@staff(with_one_time=True)
def sign_out() -> BaseResponse:
    """End the session, and every copy of it."""
    with house().database.writing() as writing:
        accounts.end_sessions(writing, actor(), house().clock.now())
    session.clear()
    flash("已退出。这个账号在其他电脑和手机上的登录也一起结束了。", "good")
    return redirect(url_for("staff.sign_in"))


def _address() -> str:
    """Where the browser stands on the network; empty for this machine, which is a proxy that tells nothing."""
    address = request.remote_addr or ""
    return "" if address.startswith("127.") or address == "::1" else address[:45]


def _own_path(path: str) -> str:
    """Where to go afterwards: only a page of the console, never another site, and never straight out again."""
    is_page = path.startswith("/staff/") and "//" not in path and "\\" not in path
    return path if is_page and not path.startswith(url_for("staff.sign_out")) else url_for("staff.desk")
