"""How often one address may knock at the doors that can be tried or flooded."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

# Residents behind one carrier's gateway share an address, so these stop floods and guessing, never a busy village.
RATES = {
    "staff.sign_in": "30 per minute; 300 per hour",
    "public.mine_phone": "30 per minute; 200 per hour",
    "public.mine_code": "60 per minute; 600 per hour",
    "public.mine_add": "30 per minute; 200 per hour",
    "public.mine_confirm": "60 per minute; 600 per hour",
    "public.ask": "1200 per minute",
    "public.search": "1200 per minute",
}


def attach_limits(app: Flask) -> None:
    """Put each rate before its view; counts live in Redis when there is one, else in this process."""
    house = app.extensions["zhida"]
    proxies = house.settings.web.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    Limiter(get_remote_address, app=app, storage_uri=house.installation.redis_url or "memory://",
            strategy="moving-window", default_limits=[_rate], default_limits_exempt_when=_is_unlimited,
            swallow_errors=True)


def _rate() -> str:
    return RATES.get(request.endpoint or "", "1 per second")


def _is_unlimited() -> bool:
    # Reading a sign-in page costs nothing; only tries are counted.
    return request.endpoint not in RATES or (request.endpoint == "staff.sign_in" and request.method != "POST")
