"""What a carrier's line brings, taken in as a hook's callback is: receipts to the push room, words to the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from channels.contract import Received
from channels.messages import Content, Incoming, Message, Purpose, Reply
from channels.wording import lines
from push import receipts

if TYPE_CHECKING:
    from web.house import House

BUSY = Reply("系统正忙，没能办成这一步。请稍后再发一次，或拨打 12345。")

log = structlog.get_logger(__name__)


class LineDesk:
    """Takes in what lines bring; called in their threads, raises when it could not be written down."""

    def __init__(self, house: House) -> None:
        """The rooms are opened when something comes."""
        self._house = house

    def take(self, gateway: str, received: Received) -> None:
        """Write receipts down, and answer words by the gateway over which they came."""
        house = self._house
        if received.receipts:
            receipts.take(house.database, house.keyring, received.receipts, house.clock.now())
        for incoming in received.incoming:
            replies = self._replies(gateway, incoming)
            if replies:
                # Beside it: the carrier waits for its thanks, and the answer goes over the same line.
                self._saying.submit(self._say, gateway, incoming, replies)

    def _replies(self, gateway: str, incoming: Incoming) -> Sequence[Reply]:
        try:
            return self._house.reception.receive(incoming, self._house.clock.now())
        except Exception:
            log.exception("the bot could not answer", channel=incoming.channel, gateway=gateway, key=incoming.key)
            return [BUSY]

    @cached_property
    def _saying(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=2, thread_name_prefix="line-answers")

    def _say(self, gateway: str, incoming: Incoming, replies: Sequence[Reply]) -> None:
        house = self._house
        talker = house.channels.gateways[gateway]

        async def say() -> None:
            async with house.network.open(1) as client:
                for reply in replies:
                    content = Content(Purpose.CONSULTATION, lines(reply), link=reply.link)
                    outcome = await talker.say(client, Message(0, incoming.address, content))  # type: ignore[attr-defined]
                    log.info("answered over the line", gateway=gateway, outcome=outcome.kind.value, code=outcome.code)

        try:
            asyncio.run(say())
        except Exception:
            log.exception("an answer could not be said", gateway=gateway)


@contextmanager
def kept_open(house: House) -> Iterator[None]:
    """The carriers' lines of this installation, open while the worker works and left politely at its end."""
    opened = tuple(house.channels.lines.values())
    for line in opened:
        line.open(house.network)
    try:
        yield
    finally:
        for line in opened:
            line.close()
