"""`zhida poller`: hears the bot's updates by long polling and answers each; idles while no token is set."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import structlog
from telegram import Update
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.ext import Application, ApplicationBuilder, ContextTypes, TypeHandler
from telegram.request import BaseRequest, RequestData

from channels.messages import Incoming, Reply
from channels.splitting import split_text
from channels.telegram import reading
from channels.telegram.receiver import LONGEST
from channels.telegram.settings import TelegramSettings
from channels.wording import lines
from kernel.clock import Clock
from kernel.http import AnswerLost, Client, HostRefused, Network, NotSent

# getUpdates must come back before the network gives up on it (15 s).
POLL_SECONDS = 8
REST_SECONDS = 30.0
BUSY = Reply("系统正忙，没能办成这一步。请稍后再发一次，或拨打 12345。")

Receive = Callable[[Incoming, datetime], Sequence[Reply]]
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
    settings: TelegramSettings, receive: Receive, clock: Clock, stop: threading.Event, network: Network | None = None
) -> None:
    """Poll until told to stop; without a token, or with a webhook in its place, only wait."""
    if not settings.is_on or settings.telegram_webhook_secret:
        log.info("the Telegram poller idles", token=settings.is_on, webhook=bool(settings.telegram_webhook_secret))
        stop.wait()
        return
    while not stop.is_set():
        try:
            asyncio.run(_poll(settings, receive, clock, stop, network or Network()))
        except TelegramError as error:
            log.warning("Telegram could not be reached; trying again", error=type(error).__name__, seconds=REST_SECONDS)
            stop.wait(REST_SECONDS)


async def _poll(
    settings: TelegramSettings, receive: Receive, clock: Clock, stop: threading.Event, network: Network
) -> None:
    application = _application(settings, network)
    application.add_handler(TypeHandler(Update, _answering(receive, clock)))
    application.add_error_handler(_tell)
    async with application:
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


def _answering(receive: Receive, clock: Clock) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Any]:
    async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        incoming = reading.incoming(update.to_dict())
        if incoming is None:
            return
        try:
            replies = await asyncio.to_thread(receive, incoming, clock.now())
        except Exception:
            log.exception("the bot could not answer", channel="telegram", key=incoming.key)
            replies = [BUSY]
        for text in (piece for reply in replies for piece in split_text(lines(reply), LONGEST)):
            await context.bot.send_message(int(incoming.address), text)

    return answer


async def _tell(_update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    # The update itself stays out of the log: it holds what a person wrote.
    log.warning("an update could not be answered", error=type(context.error).__name__)
