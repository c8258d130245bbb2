"""How often one address may knock at the doors that can be tried or flooded."""

from __future__ import annotations

import re

from flask import Flask, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

# Residents behind one carrier's gateway share an address, so these stop floods and guessing, never a busy village.
RATES = {
    "staff.sign_in": "30 per minute; 300 per hour",
    "staff.own_account": "20 per minute; 100 per hour",
    "public.mine_phone": "30 per minute; 200 per hour",
    "public.mine_code": "60 per minute; 600 per hour",
    "public.mine_add": "30 per minute; 200 per hour",
    "public.mine_confirm": "60 per minute; 600 per hour",
    "public.ask": "1200 per minute",
    "public.case": "300 per minute; 3000 per hour",
    "public.mine_case": "60 per minute",
    "public.search": "1200 per minute",
    "api.ask": "1200 per minute",
    "api_judging.judge": "1200 per minute",
    # Each counts the whole register, some of them place by place.
    "staff.trial": "60 per minute",
    "staff.count": "120 per minute",
    "staff.find_person": "60 per minute; 600 per hour",
    "staff.whole_number": "60 per minute; 600 per hour",
}


def attach_limits(app: Flask) -> None:
    """Put each rate before its view; counts live in Redis when there is one, else each process keeps to its share."""
    house = app.extensions["zhida"]
    proxies, redis = house.settings.web.trusted_proxies, house.installation.redis_url
    rates = RATES if redis else {view: shared(rate, house.settings.web.site_processes) for view, rate in RATES.items()}
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    Limiter(_who, app=app, storage_uri=redis or "memory://", strategy="moving-window",
            default_limits=[lambda: rates.get(request.endpoint or "", "1 per second")], default_limits_exempt_when=_is_unlimited,
            swallow_errors=True)


def shared(rate: str, processes: int) -> str:
    """One process's share of a rate: together they never let more through than one alone would."""
    return re.sub(r"\d+(?= per )", lambda found: str(max(1, int(found[0]) // processes)), rate)


def _who() -> str:
    """The account on a page of the console, for an office shares one address; else the address."""
    name = session.get("account") if (request.endpoint or "").startswith("staff.") else None
    return f"account:{name}" if isinstance(name, str) else get_remote_address()


def _is_unlimited() -> bool:
    # Reading a page of the console costs nothing; only what is sent is counted.
    return request.endpoint not in RATES or (request.endpoint.startswith("staff.") and request.method != "POST")
