"""Whether the house stands, and its figures for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from kernel.schema import current, newest
from push.models import Batch, BatchState, Delivery, Dispatch
from web.house import house
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
    """Counts of deliveries and batches by state; no label names a person."""
    registry = CollectorRegistry()
    deliveries = Gauge("zhida_deliveries", "Deliveries by state", ["channel", "state"], registry=registry)
    batches = Gauge("zhida_batches_open", "Batches that are not done", registry=registry)
    dispatches = Gauge("zhida_dispatches", "Dispatches by state", ["state"], registry=registry)
    with house().database.reading() as session:
        counted = select(Delivery.channel, Delivery.state, func.count()).group_by(Delivery.channel, Delivery.state)
        for channel, state, count in session.execute(counted):
            deliveries.labels(channel, str(state)).set(count)
        batches.set(session.scalar(select(func.count()).where(Batch.state != BatchState.DONE)) or 0)
        for stands, count in session.execute(select(Dispatch.state, func.count()).group_by(Dispatch.state)):
            dispatches.labels(str(stands)).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
