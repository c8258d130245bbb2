"""How often one address may knock at the doors that can be tried or flooded."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

# Residents behind one carrier gateway share an address, so these only stop floods, never a busy village.
RATES = {
    "staff.sign_in": "20 per minute; 200 per hour",
    "public.ask": "120 per minute",
    "public.search": "120 per minute",
    "public.landing": "300 per minute",
}


def attach_limits(app: Flask) -> None:
    """Put each rate before its view; counts live in Redis when there is one, else in this process."""
    house = app.extensions["zhida"]
    proxies = house.settings.web.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    Limiter(get_remote_address, app=app, storage_uri=house.installation.redis_url or "memory://",
            strategy="moving-window", default_limits=[_rate], swallow_errors=True)


def _rate() -> str:
    from flask import request

    return RATES.get(request.endpoint or "", "6000 per minute")
