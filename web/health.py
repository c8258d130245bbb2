"""Whether the house stands, and its figures for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kernel.schema import current, newest
from web.house import house
from web.metrics import Figures
from web.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The process can do its work: the database answers and has the schema this code wants."""
    try:
        with house().database.reading() as session:
            session.execute(text("SELECT 1"))
        ready = current(house().database) == newest()
    except SQLAlchemyError:
        ready = False
    return jsonify(ok=ready), 200 if ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """What is sent, what waits and what needs a person; no label names anybody."""
    registry = CollectorRegistry(auto_describe=False)
    with house().database.reading() as session:
        registry.register(Figures(session, house().settings.push, house().clock.now()))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
