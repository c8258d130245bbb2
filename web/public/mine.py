"""One's own matters: nothing is shown before the person is known, only how to become so."""

from __future__ import annotations

from flask import Response, make_response, render_template

from web.security import public


@public
def mine() -> Response:
    """How to bind a telephone to a person, and what can be seen afterwards."""
    response = make_response(render_template("public/mine.html"))
    response.headers["Cache-Control"] = "no-store"
    return response
