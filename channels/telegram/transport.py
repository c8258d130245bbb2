"""The kernel's network as python-telegram-bot's transport, so that this library too goes through the one door."""

from __future__ import annotations

from contextlib import AsyncExitStack
from urllib.parse import urlencode

from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from kernel.http import AnswerLost, Client, HostRefused, Network, NotSent

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
