"""Routes of `/api/v1`: read what is public, ask a question; nothing of a household leaves by this door."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from kernel.clock import today
from knowledge.answers import EntryView
from notices import reading
from profiles.models import Division
from web import asked
from web.api.description import described
from web.house import house
from web.security import public

LONGEST_QUESTION = 500
MOST_NOTICES = 50

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
judging = Blueprint("api_judging", __name__, url_prefix="/api/v1")


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The description of this API (OpenAPI 3.1)."""
    return jsonify(described(house().settings.web.public_url))


@blueprint.get("/notices")
@public
def notices() -> Response:
    """Published notices in force for a division, newest first."""
    code = request.args.get("division", house().county)
    limit = min(max(request.args.get("limit", 20, type=int), 1), MOST_NOTICES)
    with house().database.reading() as session:
        if session.get(Division, code) is None:
            abort(404, description=f"没有代码为“{code[:12]}”的区划。请核对代码。")
        found = reading.published_for(session, code, today(house().clock), limit)
    return jsonify(notices=[_notice(one) for one in found])


@blueprint.get("/notices/<reference>")
@public
def notice(reference: str) -> Response:
    """One published notice with its body."""
    with house().database.reading() as session:
        found = reading.current(session, reference)
    if found is None or found.published_at is None:
        abort(404, description="没有这条信息，或者还没有发布。")
    if found.withdrawn_at is not None:
        return jsonify(reference=found.reference, title=found.title, withdrawn=True, reason=found.withdrawn_reason)
    return jsonify({**_notice(found), "body": found.body})


@blueprint.get("/ask")
@public
def ask() -> Response:
    """The answer to a question, up to three to choose from, or an honest no."""
    text = request.args.get("q", "").strip()
    if not text or len(text) > LONGEST_QUESTION:
        abort(400, description=f"请用参数 q 写出问题，最多 {LONGEST_QUESTION} 个字。")
    division = request.args.get("division")
    found = house().library.ask(text, division, today(house().clock))
    return jsonify(decision=found.decision.value, number=asked.keep(house(), asked.API, text, division, found), answers=[
        {"id": one.id, "question": one.question, "answer": one.answer, "office": one.office, "phone": one.phone,
         "source": one.source, "valid_until": one.valid_until.isoformat() if one.valid_until else None, **_guide(one)}
        for one in found.entries])


@judging.post("/ask/<number>")
@public
def judge(number: str) -> Response:
    """What the asker says: whether the answer helped, or which of several was meant."""
    said = request.get_json(silent=True)
    helpful, chosen = (said.get("helpful"), said.get("chosen")) if isinstance(said, dict) else (None, None)
    if isinstance(helpful, bool):
        is_kept = asked.judge(house(), number, helpful=helpful)
    elif isinstance(chosen, str) and chosen:
        is_kept = asked.choose(house(), number, chosen)
    else:
        abort(400, description='请写 {"helpful": true}、{"helpful": false}，或 {"chosen": "条目编号"}。')
    if not is_kept:
        abort(404, description="没有这次提问，或者已经过了保存期。请用 /ask 返回的 number。")
    return jsonify(kept=True)


def _guide(entry: EntryView) -> dict[str, Any]:
    """How an entry is said elsewhere than in talk, and the elements of a guide."""
    return {"kind": entry.kind.value, "asked": entry.asked or None, "short": entry.short, "steps": list(entry.steps),
            "bring": list(entry.bring), "where": entry.where,
            "elements": {name: entry.elements.said(name) for name in entry.elements.known()},
            "address": f"{house().settings.web.public_url}{entry.address}"}


def _notice(view: reading.NoticeView) -> dict[str, Any]:
    return {"reference": view.reference, "title": view.title, "summary": view.summary, "topic": view.topic,
            "office": view.office, "phone": view.phone, "document_number": view.document_number,
            "divisions": list(view.divisions), "deadline": view.deadline.isoformat() if view.deadline else None,
            "valid_until": view.valid_until.isoformat() if view.valid_until else None,
            "published_at": view.published_at.isoformat() if view.published_at else None,
            "address": f"{house().settings.web.public_url}/notices/{view.reference}"}
