"""`zhida poller`: hears the bot's updates by long polling and answers each; idles while no token is set."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog
from telegram import Update
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.ext import Application, ApplicationBuilder, ContextTypes, TypeHandler
from telegram.request import BaseRequest, RequestData

from channels.contract import Replier
from channels.failures import Outcome
from channels.messages import Incoming, IncomingKind, Reply
from channels.telegram import reading
from channels.telegram.receiver import ASK_ALONE
from channels.telegram.settings import TelegramSettings
from kernel.clock import Clock
from kernel.http import AnswerLost, Client, HostRefused, Network, NotSent

# getUpdates must come back before the network gives up on it (15 s).
POLL_SECONDS = 8
REST_SECONDS = 30.0
BUSY = Reply("系统正忙，没能办成这一步。请稍后再发一次，或拨打 12345。")

TRIES = 3
LONGEST_REST = timedelta(minutes=2)

Receive = Callable[[Incoming, datetime], Sequence[Reply]]
Gone = Callable[[Incoming, Outcome], None]
Begin = Callable[[Incoming], bool]
End = Callable[[Incoming], None]
log = structlog.get_logger(__name__)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class HouseRequest(BaseRequest):
    """One client of the kernel's network, opened when the bot starts and closed when it stops."""

    def __init__(self, network: Network, connections: int = 4) -> None:
        """`connections` is how many requests may run at once."""
        self._network = network
        self._connections = connections
        self._stack = AsyncExitStack()
        self._client: Client | None = None

    @property
    def read_timeout(self) -> float | None:
        """The network's own time-out holds; the library need not add one."""
        return None

    async def initialize(self) -> None:
        """Open the client in the running loop."""
        if self._client is None:
            self._client = await self._stack.enter_async_context(self._network.open(self._connections))

    async def shutdown(self) -> None:
        """Close the client."""
        self._client = None
        await self._stack.aclose()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, read_timeout: object = None,
        write_timeout: object = None, connect_timeout: object = None, pool_timeout: object = None,
    ) -> tuple[int, bytes]:
        """Make one request; the library maps its NetworkError and TimedOut to waiting and polling again."""
        if self._client is None:
            raise NetworkError("the transport is not open")
        body = urlencode(request_data.json_parameters).encode() if request_data else b""
        try:
            answer = await (self._client.get(url) if method == "GET" else self._client.post(url, body, _FORM))
        except AnswerLost as error:
            raise TimedOut from error
        except (NotSent, HostRefused) as error:
            raise NetworkError(str(error)) from error
        return answer.status, answer.body


def run_poller(
    settings: TelegramSettings, receive: Receive, talker: Replier | None, clock: Clock, stop: threading.Event,
    network: Network | None = None, gone: Gone = lambda incoming, outcome: None, begin: Begin = lambda incoming: True,
    end: End = lambda incoming: None,
) -> None:
    """Poll until told to stop; without a token, or with a webhook in its place, only wait.

    Answers go by `talker`, whose pauses bind the whole account; `gone` hears of those that could not be given. `begin` says
    whether nobody else says an answer, `end` that it is said.
    """
    if talker is None or not settings.is_on or settings.telegram_webhook_secret:
        log.info("the Telegram poller idles", token=settings.is_on, webhook=bool(settings.telegram_webhook_secret))
        stop.wait()
        return
    while not stop.is_set():
        try:
            asyncio.run(_poll(settings, Answering(receive, talker, clock, gone, begin, end), stop, network or Network()))
        except TelegramError as error:
            log.warning("Telegram could not be reached; trying again", error=type(error).__name__, seconds=REST_SECONDS)
            stop.wait(REST_SECONDS)


async def _poll(settings: TelegramSettings, answering: Answering, stop: threading.Event, network: Network) -> None:
    application = _application(settings, network)
    application.add_error_handler(_tell)
    async with application, network.open(8) as client:
        application.add_handler(TypeHandler(Update, answering.to(client)))
        await application.start()
        if application.updater is not None:
            await application.updater.start_polling(timeout=POLL_SECONDS, bootstrap_retries=-1)
        await asyncio.to_thread(stop.wait)
        if application.updater is not None:
            await application.updater.stop()
        await application.stop()


def _application(settings: TelegramSettings, network: Network) -> Application[Any, Any, Any, Any, Any, Any]:
    return (
        ApplicationBuilder()
        .token(settings.telegram_token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .request(HouseRequest(network))
        .get_updates_request(HouseRequest(network, 1))
        .concurrent_updates(8)
        .build()
    )


class Answering:
    """Hears one update after the other and answers each by the talker, waiting when the platform says so."""

    def __init__(self, receive: Receive, talker: Replier, clock: Clock, gone: Gone, begin: Begin, end: End) -> None:
        """`receive` is called in threads, many at once."""
        self._receive, self._talker, self._clock, self._gone = receive, talker, clock, gone
        self._begin, self._end = begin, end

    def to(self, client: Client) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Any]:
        """The handler, over an open client."""

        async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            if update.callback_query is not None:
                with suppress(TelegramError):  # an old button: it only goes on turning
                    await context.bot.answer_callback_query(update.callback_query.id)
            told = update.to_dict()
            incoming, group = reading.incoming(told), reading.group_asked(told)
            if group:
                await self._say(client, Incoming("telegram", group, "", IncomingKind.TEXT), Reply(ASK_ALONE))
            if incoming is not None:
                await self._answer(client, incoming)

        return answer

    async def _answer(self, client: Client, incoming: Incoming) -> None:
        replies = await self._heard(incoming)
        if not replies or not await asyncio.to_thread(self._begin, incoming):
            return
        for reply in replies:
            await self._say(client, incoming, reply)
        await asyncio.to_thread(self._end, incoming)

    async def _heard(self, incoming: Incoming) -> Sequence[Reply]:
        try:
            return await asyncio.to_thread(self._receive, incoming, self._clock.now())
        except Exception:
            log.exception("the bot could not answer", channel="telegram", key=incoming.key)
            return [BUSY]

    async def _say(self, client: Client, incoming: Incoming, reply: Reply) -> None:
        for tried in range(TRIES):
            outcome = await self._talker.reply(client, incoming, reply)
            if not outcome.kind.may_be_sent_again or outcome.wait > LONGEST_REST or tried == TRIES - 1:
                break
            await asyncio.sleep(max(1.0, outcome.wait.total_seconds()))
        log.info("answered", channel="telegram", outcome=outcome.kind.value, code=outcome.code)
        if outcome.kind.retires_address:
            await asyncio.to_thread(self._gone, incoming, outcome)


async def _tell(_update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    # The update itself stays out of the log: it holds what a person wrote.
    log.warning("an update could not be answered", error=type(context.error).__name__)
