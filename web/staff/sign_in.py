"""The way in and out of the console."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from web.house import house
from web.security import let_in, public, signed_in, staff
from web.staff import accounts
from web.staff.accounts import AccountRefused
from web.staff.frame import Fault


@public
def sign_in() -> str | Response | BaseResponse:
    """Ask for name and password; a right pair opens a session of eight hours."""
    following = _own_path(request.values.get("next", ""))
    if request.method == "GET":
        return redirect(following) if signed_in() else _asked("", following, ())
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    faults = [Fault(place, words) for place, words, given in
              (("name", "请填写账号。", name), ("password", "请填写密码。", password)) if not given]
    if faults:
        return Response(_asked(name, following, faults), status=400)
    try:
        with house().database.writing() as writing:
            actor = accounts.sign_in(writing, name, password, house().clock.now())
    except AccountRefused as refusal:
        return Response(_asked(name, following, [Fault("name", refusal.words)]), status=400)
    let_in(actor.name)
    return redirect(following)


@staff()
def sign_out() -> BaseResponse:
    """End the session."""
    session.clear()
    flash("已退出。", "good")
    return redirect(url_for("staff.sign_in"))


def _asked(name: str, following: str, faults: list[Fault] | tuple[Fault, ...]) -> str:
    return render_template("staff/sign_in.html", name=name, following=following, faults=faults)


def _own_path(path: str) -> str:
    """Where to go afterwards: only a page of the console, never another site."""
    return path if path.startswith("/staff/") and "//" not in path and "\\" not in path else url_for("staff.desk")
