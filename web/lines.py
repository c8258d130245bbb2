"""What a carrier's line brings, taken in as a hook's callback is: receipts to the push room, words to the bot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from channels.contract import Received
from channels.messages import Incoming, Reply
from web import noting
from web.answering_desk import answered
from web.saying import say

if TYPE_CHECKING:
    from web.house import House

class LineDesk:
    """Takes in what lines bring; called in their threads, raises when it could not be written down."""

    def __init__(self, house: House) -> None:
        """The rooms are opened when something comes."""
        self._house = house

    def take(self, gateway: str, received: Received) -> None:
        """Write receipts down, and answer words by the gateway over which they came."""
        house = self._house
        if received.receipts:
            noting.reported(house, received.receipts, house.clock.now())
        for incoming in received.incoming:
            replies = answered(house, incoming, once=True)
            if replies:
                # Beside it: the carrier waits for its thanks, and the answer goes over the same line.
                self._saying.submit(self._say, gateway, incoming, replies)

    @cached_property
    def _saying(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=2, thread_name_prefix="line-answers")

    def _say(self, gateway: str, incoming: Incoming, replies: Sequence[Reply]) -> None:
        talker = self._house.channels.gateways[gateway]
        say(self._house, talker, incoming, replies)  # type: ignore[arg-type]


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
