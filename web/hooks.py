"""Callbacks of the vendors: verified by their channel, words handed to the bot, receipts to the push room."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request

from channels.contract import Received
from channels.contract import Request as Callback
from channels.failures import CallbackRefused
from channels.messages import Content, Incoming, Message, Purpose, Reply
from channels.wording import lines
from push import receipts, replies
from web import noting
from web.house import House, house
from web.security import vendor

BODY_LIMIT = 64 * 1024
# WeChat waits five seconds; what takes longer is said as a 客服消息 instead.
PASSIVE_SECONDS = 3.8

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
log = structlog.get_logger(__name__)


def attach(app: Flask) -> None:
    """Give the application the threads in which questions are answered."""
    app.extensions["zhida_answering"] = ThreadPoolExecutor(max_workers=16, thread_name_prefix="answering")


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
        receipts.take(house().database, house().keyring, received.receipts, house().clock.now())
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
    the_house = house()
    pool: ThreadPoolExecutor = current_app.extensions["zhida_answering"]
    asked = [(incoming, pool.submit(_answer, the_house, incoming)) for incoming in received.incoming]
    told: list[Reply] = []
    for incoming, future in asked:
        try:
            told.extend(future.result(timeout=PASSIVE_SECONDS))
        except NotYet:
            future.add_done_callback(lambda done, who=incoming: _say_later(the_house, who, done))  # type: ignore[misc]
    if told and not received.in_place:
        # This vendor's callback carries no answer back: the words go out as a message of their own.
        pool.submit(_say, the_house, received.incoming[0], told)
        return []
    return told


def _answer(the_house: House, incoming: Incoming) -> list[Reply]:
    now = the_house.clock.now()
    try:
        said = noting.note(the_house, incoming, now)
        if said is not None:
            return [said]
        number = replies.keep(the_house.database, the_house.keyring, incoming, now)
        told = list(the_house.reception.receive(incoming, now))
        if number is not None and told:
            replies.answered(the_house.database, the_house.keyring, number, incoming, now)
        return told
    except Exception:
        log.exception("the bot could not answer", channel=incoming.channel, key=incoming.key)
        return [Reply("系统正忙，没能办成这一步。请稍后再发一次，或拨打 12345。")]


def _say_later(the_house: House, incoming: Incoming, done: Future[list[Reply]]) -> None:
    _say(the_house, incoming, done.result())


def _say(the_house: House, incoming: Incoming, told: list[Reply]) -> None:
    talker = the_house.channels.talkers.get(incoming.channel)
    if talker is None:
        log.warning("nobody can answer on this channel", channel=incoming.channel)
        return

    async def say() -> None:
        async with the_house.network.open(1) as client:
            for reply in told:
                content = Content(Purpose.CONSULTATION, lines(reply), link=reply.link)
                outcome = await talker.say(client, Message(0, incoming.address, content))
                log.info("said later", channel=incoming.channel, outcome=outcome.kind.value, code=outcome.code)

    asyncio.run(say())


def _http(body: bytes, content_type: str, status: int) -> Response:
    return Response(body, status=status, content_type=content_type)
