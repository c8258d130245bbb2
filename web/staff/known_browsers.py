"""Browsers at which somebody signed in before: strangers who type wrong passwords cannot lock the account's own person out of them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

COOKIE = "zhida_known"
KNOWN_FOR = timedelta(days=90)


def told(name: str) -> str:
    """What this browser is counted under when it came in with the account before; empty for a stranger's."""
    shown = request.cookies.get(COOKIE, "")
    try:
        whose, number = _sealer().loads(shown, max_age=int(KNOWN_FOR.total_seconds()))
    except (BadSignature, ValueError, TypeError):
        return ""
    return hashlib.sha256(str(number).encode()).hexdigest()[:32] if whose == _whose(name) else ""


def remember(response: Response, name: str) -> Response:
    """Let a browser be known to an account from now on; the cookie opens nothing and names nobody."""
    response.set_cookie(COOKIE, _sealer().dumps((_whose(name), secrets.token_hex(16))), max_age=KNOWN_FOR, path="/staff/sign-in",
                        httponly=True, samesite="Lax", secure=bool(current_app.config["SESSION_COOKIE_SECURE"]))
    return response


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="known browsers")


def _whose(name: str) -> str:
    return hashlib.sha256(f"{current_app.config['SECRET_KEY']!s}:{name}".encode()).hexdigest()[:32]
