"""Callbacks of the vendors: verified by their channel, words handed to the bot, receipts to the push room."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request

from channels.contract import Received
from channels.contract import Request as Callback
from channels.failures import CallbackRefused
from channels.messages import Reply
from web import noting
from web.answering_desk import AnsweringDesk
from web.house import house
from web.security import vendor

BODY_LIMIT = 64 * 1024

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
log = structlog.get_logger(__name__)


def attach(app: Flask) -> None:
    """Give the application the threads in which questions are answered."""
    app.extensions["zhida_answering"] = AnsweringDesk()


@blueprint.route("/<channel>", methods=["GET", "POST"])
@vendor
def callback(channel: str) -> Response:
    """Take one callback of a channel or SMS gateway; 404 for a channel that is not set up."""
    receiver = house().channels.receivers.get(channel)
    if receiver is None:
        abort(404, description="没有启用这个通道。")
    try:
        received = receiver.receive(_callback())
    except CallbackRefused as refusal:
        log.warning("callback refused", channel=channel, status=refusal.status, words=refusal.words)
        return Response(refusal.words, status=refusal.status, content_type="text/plain; charset=utf-8")
    if received.receipts:
        noting.reported(house(), received.receipts, house().clock.now())
    noting.besides(house(), received, house().clock.now())
    if received.response is not None and not received.incoming:
        return _http(received.response.body, received.response.content_type, received.response.status)
    answer = receiver.acknowledge(received, _replies(received))
    return _http(answer.body, answer.content_type, answer.status)


def _callback() -> Callback:
    length = request.content_length
    if length is not None and length > BODY_LIMIT:
        _discard(request.stream)
        raise_too_large()
    body = request.stream.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        _discard(request.stream)
        raise_too_large()
    return Callback(method=request.method, query=dict(request.args), body=body, remote=request.remote_addr or "",
                    headers={name.lower(): value for name, value in request.headers.items()}, at=house().clock.now())


def raise_too_large() -> None:
    """Refuse a body over 64 KB."""
    abort(413, description="回调内容超过 64 KB，已拒收。")


def _discard(stream: object) -> None:
    # Reading on lets the sender hear the 413 instead of a reset line; 16 MB at most.
    left = 16 * 1024 * 1024
    while left > 0:
        chunk = stream.read(min(left, 65536))  # type: ignore[attr-defined]
        if not chunk:
            return
        left -= len(chunk)


def _replies(received: Received) -> list[Reply]:
    """The bot's replies to what came, as far as they are ready in time."""
    if not received.incoming:
        return []
    desk: AnsweringDesk = current_app.extensions["zhida_answering"]
    if received.in_place:
        return [reply for incoming in received.incoming for reply in desk.passive(house(), incoming)]
    for incoming in received.incoming:
        # This vendor's callback carries no answer back, and waits for none.
        desk.aside(house(), incoming)
    return []


def _http(body: bytes, content_type: str, status: int) -> Response:
    return Response(body, status=status, content_type=content_type)
