"""The Flask application over a composed house."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from web import errors, health, hooks, phones
from web.api import imports
from web.api import routes as api
from web.compose import compose
from web.house import House
from web.limits import attach_limits
from web.public import site
from web.security import harden
from web.staff import rooms

LARGEST_BODY = 16 * 1024 * 1024


def create_app(house: House | None = None) -> Flask:
    """The whole site and console; composes the house from the environment when none is given."""
    app = Flask("web", static_folder="static", template_folder="templates")
    house = house or compose()
    app.extensions["zhida"] = house
    app.config.update(SECRET_KEY=house.installation.key_for("sessions"), MAX_CONTENT_LENGTH=LARGEST_BODY,
                      MAX_FORM_MEMORY_SIZE=LARGEST_BODY, JSON_AS_ASCII=False, WTF_CSRF_TIME_LIMIT=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    protect = CSRFProtect(app)
    attach_limits(app)
    harden(app)
    errors.attach(app)
    hooks.attach(app)
    for blueprint in (health.blueprint, hooks.blueprint, api.blueprint, api.judging, imports.blueprint, *site.blueprints(), *rooms.blueprints()):
        app.register_blueprint(blueprint)
    if house.settings.web.simulating:
        for blueprint in phones.blueprints():
            app.register_blueprint(blueprint)
    protect.exempt(hooks.blueprint)
    # A key in a header is no cookie: no other page can make a browser send it.
    protect.exempt(imports.blueprint)
    # Whoever judges an answer proves by its number that they got it.
    protect.exempt(api.judging)
    return app
