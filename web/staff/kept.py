"""What was written in a long form stays when its session ended meanwhile: it is carried through signing in and handed in again.

A session lasts eight hours however busy it is, and ends on every computer when its person signs out: whoever is in the middle
of a notice then must not find an empty form.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from web.staff import frame

# Forms somebody sits over. What is asked in one question, and what leaves the house, is looked at afresh and asked again.
LONG_FORMS = frozenset({"staff.write", "staff.rewrite", "staff.new_entry", "staff.entry", "staff.consultation", "staff.take_call",
                        "staff.report_change", "staff.household_moves", "staff.data_request"})
_SIGN_IN = "staff.sign_in"


def asked_to_sign_in() -> Response | BaseResponse:
    """The way in for whoever has no session (any more): with what they just handed in, if it was a long form of ours."""
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        # A script that asks for a piece of a page: it must not put the way in into the middle of a form.
        abort(403, description="登录已经结束。")
    if request.method not in ("POST", "PUT", "DELETE"):
        return redirect(url_for(_SIGN_IN, next=request.full_path.rstrip("?")))
    if line := _standing():
        return Response(sign_in_page("", _meant(), line), status=400)
    if request.endpoint == _SIGN_IN:
        flash("这一页放得太久了，请再登录一次。")
        return redirect(url_for(_SIGN_IN, next=_meant()))
    flash("登录已经结束，刚才那一步没有办成。请登录后再做一次。")
    return redirect(url_for(_SIGN_IN, next=_page_before()))


def sign_in_page(name: str, following: str, line: str, faults: Sequence[frame.Fault] = ()) -> str:
    """The form of the way in; `line` is what waits to be handed in afterwards."""
    return render_template("staff/sign_in.html", name=name, following=following, kept=line, faults=faults)


def waiting_page() -> Response | BaseResponse | None:
    """For somebody who is signed in and whose long form is one of an earlier session: the same again, to be handed in."""
    page = resumed(_meant(), _standing())
    return redirect(url_for(_SIGN_IN)) if page is None and request.endpoint == _SIGN_IN else page


def resumed(path: str, line: str) -> Response | None:
    """The page on which what was kept is handed in; nothing where there is nothing, or where it does not belong."""
    fields = _fields(line)
    if not fields or not _is_long_form(path):
        return None
    page = render_template("staff/kept.html", **frame.at_hand(), heading="刚才填的还在", path=path, fields=fields,
                           long=[value for _, value in fields if len(value.strip()) > 20])
    return Response(page, status=200 if request.endpoint == _SIGN_IN else 400)


def _meant() -> str:
    """Where what is handed in belongs."""
    return request.form.get("next", "") if request.endpoint == _SIGN_IN else request.path


def _standing() -> str:
    """What this request hands in, as one line; empty where it is no long form, or another site's doing."""
    if not _is_from_here():
        return ""
    if request.endpoint == _SIGN_IN:
        return request.form.get("kept", "")
    if request.endpoint not in LONG_FORMS:
        return ""
    return json.dumps([pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"], ensure_ascii=False)


def _fields(line: str) -> list[tuple[str, str]]:
    try:
        pairs = json.loads(line or "[]")
        return [(name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)]
    except (ValueError, TypeError, RecursionError):
        return []


def _is_long_form(path: str) -> bool:
    return _endpoint(path, "POST") in LONG_FORMS


def _endpoint(path: str, method: str) -> str:
    try:
        return str(current_app.url_map.bind("").match(path, method=method)[0])
    except (HTTPException, RequestRedirect):
        return ""


def _is_from_here() -> bool:
    """Whether one of our own pages sent this: browsers say so with every form."""
    return urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "").netloc == request.host


def _page_before() -> str:
    """The page on which the button was pressed: what it was sent to can only be sent to."""
    before = urlsplit(request.headers.get("Referer") or "")
    return before.path if before.netloc == request.host and _endpoint(before.path, "GET") else ""
