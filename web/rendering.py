"""What every page has at hand: the site's name and foot, the day, the words for dates, and light, lasting files."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from kernel.clock import today
from profiles import divisions
from web import wording
from web.house import House, house

LARGE_COOKIE = "large"
YEAR_SECONDS = 365 * 24 * 3600
# Under this a compressed answer is no smaller on the line.
LEAST_COMPRESSED = 600
COMPRESSIBLE = frozenset({"text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml",
                          "application/atom+xml", "application/json"})


@dataclass(frozen=True)
class Site:
    """Whose site this is, and what its foot must say (政府网站 rules)."""

    county: str
    organiser: str
    undertaker: str
    site_code: str
    icp_number: str
    police_number: str
    is_simulation: bool

    @property
    def name(self) -> str:
        """The site's name in titles."""
        return f"{self.county}政务公开"


def attach(app: Flask) -> None:
    """Give templates their words and answers their weight; called once by the public blueprint."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_at_hand)
    app.jinja_env.globals.update(asset=asset, same_page=same_page)
    app.jinja_env.filters.update(
        day=lambda value: wording.day(value, the_day()),
        by_day=lambda value: wording.by_day(value, the_day()),
        moment=lambda value: wording.moment(value, the_day()),
        full_day=_full_day, whole_day=wording.whole_day, figure=wording.figure, households=wording.households,
        telephones=wording.telephones, lines=wording.lines,
    )
    app.after_request(_remember_size)
    app.after_request(_lighten)


def the_day() -> date:
    """Today in China by the house's clock."""
    return today(house().clock)


def site(of: House) -> Site:
    """The site's name and foot; a county that cannot be read is called 本县, so that even an error page stands."""
    settings = of.settings.web
    return Site(_county_name(of), settings.organiser, settings.undertaker, settings.site_code, settings.icp_number,
                settings.police_number, settings.simulating)


def asset(name: str) -> str:
    """The address of a static file with the digest of its content, so that browsers may keep it for a year."""
    known: dict[str, str] = current_app.extensions.setdefault("zhida_assets", {})
    if name not in known or current_app.debug:
        content = (Path(current_app.static_folder or "") / name).read_bytes()
        known[name] = hashlib.sha256(content).hexdigest()[:10]
    return url_for("static", filename=name, v=known[name])


def same_page(**changes: object) -> str:
    """The address of this page with some of its query changed; a posted page leads to its own start."""
    kept = {**(request.args.to_dict() if request.method == "GET" else {}), **{k: str(v) for k, v in changes.items()}}
    return f"{request.path}?{urlencode(kept)}"


def is_large() -> bool:
    """Whether this browser wants the large print (大字版): by this address, else by its cookie."""
    return (request.args.get("large") or request.cookies.get(LARGE_COOKIE)) == "1"


def _at_hand() -> dict[str, Any]:
    return {"site": site(house()), "today": the_day(), "large": is_large()}


def _full_day(value: date | datetime | None) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if value is not None else ""


def _county_name(of: House) -> str:
    names: dict[str, str] = current_app.extensions.setdefault("zhida_county_names", {})
    if of.county and of.county not in names:
        try:
            with of.database.reading() as session:
                names[of.county] = divisions.name_of(session, of.county)
        except SQLAlchemyError:
            return "本县"
    return names.get(of.county, "本县")


def _remember_size(response: Response) -> Response:
    asked = request.args.get("large")
    if asked in ("0", "1"):
        response.set_cookie(LARGE_COOKIE, asked, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


def _lighten(response: Response) -> Response:
    """Compress public text; pages of signed-in staff stay plain, so that their length betrays no secret (BREACH)."""
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    if response.mimetype not in COMPRESSIBLE or request.path.startswith(("/staff", "/api", "/hooks")):
        return response
    response.vary.update(("Accept-Encoding", "Cookie") if response.mimetype == "text/html" else ("Accept-Encoding",))
    if not request.accept_encodings.quality("gzip") or response.status_code in (204, 304):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= LEAST_COMPRESSED:
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
