"""`zhida poller`: hears the bot's updates by long polling and answers each; idles while no token is set."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from telegram import Update
from telegram.error import TelegramError
from telegram.ext import Application, ApplicationBuilder, ContextTypes, TypeHandler

from channels.messages import Incoming, Reply
from channels.splitting import split_text
from channels.telegram import reading
from channels.telegram.receiver import LONGEST
from channels.telegram.settings import TelegramSettings
from channels.telegram.transport import HouseRequest
from channels.wording import lines
from kernel.clock import Clock
from kernel.http import Network

# getUpdates must come back before the network gives up on it (15 s).
POLL_SECONDS = 8
REST_SECONDS = 30.0
BUSY = Reply("系统正忙，没能办成这一步。请稍后再发一次，或拨打 12345。")

Receive = Callable[[Incoming, datetime], Sequence[Reply]]
log = structlog.get_logger(__name__)


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
