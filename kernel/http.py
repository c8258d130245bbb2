"""The only door to the network: many requests in flight, and an honest word on whether one left the house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

TIMEOUT_SECONDS = 15.0
CONNECT_SECONDS = 5.0
MAX_ANSWER_BYTES = 8 * 1024 * 1024


class NotSent(Exception):
    """The request never reached the other side (refused, no route, no name): safe to send again."""


class AnswerLost(Exception):
    """The request may have arrived but no whole answer came back: nobody may assume either way."""


class HostRefused(Exception):
    """The address is not one this installation may talk to."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers (lower-cased names) and the whole body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Client:
    """Requests over one pool of kept-alive connections; belongs to the event loop it was opened in."""

    def __init__(self, session: aiohttp.ClientSession, allows: Callable[[str], bool]) -> None:
        """Wrap an open session; `allows` judges each host."""
        self._session = session
        self._allows = allows

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST once, never again by itself; raises NotSent or AnswerLost."""
        return await self._request("POST", url, headers, body)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET; raises NotSent or AnswerLost."""
        return await self._request("GET", url, headers or {}, None)

    async def dial(self, made: Callable[[], asyncio.Protocol], host: str, port: int) -> None:
        """A connection of its own that stays, in the running loop; raises NotSent or HostRefused."""
        await _dial(self._allows, made, host, port)

    async def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        # The address was encoded, and often signed, by the caller: it goes out byte for byte.
        address = URL(url, encoded=True)
        if not self._allows(address.host or ""):
            raise HostRefused(f"不允许访问 {address.host}")
        try:
            async with self._session.request(method, address, data=None if body is None else aiohttp.BytesPayload(body), headers=headers,
                                             allow_redirects=False) as response:
                content = await _whole(response.content)
                return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, content)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"连接不上 {address.host}") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise AnswerLost(f"{address.host} 没有完整回答（{type(error).__name__}）") from error


async def _dial(allows: Callable[[str], bool], made: Callable[[], asyncio.Protocol], host: str, port: int) -> None:
    if not allows(host):
        raise HostRefused(f"不允许访问 {host}")
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.get_running_loop().create_connection(made, host, port)
    except (OSError, TimeoutError) as error:
        raise NotSent(f"连接不上 {host}") from error


async def _whole(stream: aiohttp.StreamReader) -> bytes:
    """Everything up to the end: one `read` gives only what has arrived, and a long answer comes in pieces."""
    pieces, size = [], 0
    while not stream.at_eof():
        piece = await stream.readany()
        pieces.append(piece)
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise AnswerLost("对方的回答过长")
    return b"".join(pieces)


class Network:
    """Opens clients; holds the rule of which hosts may be talked to, so that a test can allow loopback only."""

    def __init__(self, allows: Callable[[str], bool] = lambda host: True, timeout: float = TIMEOUT_SECONDS) -> None:
        """`timeout` is the whole of one request in seconds."""
        self._allows = allows
        self._timeout = timeout

    @asynccontextmanager
    async def open(self, concurrency: int = 64) -> AsyncIterator[Client]:
        """A client with at most `concurrency` connections, closed at the end."""
        connector = aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=30)
        timeout = aiohttp.ClientTimeout(total=self._timeout, connect=CONNECT_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=True, trust_env=False,
                                         cookie_jar=aiohttp.DummyCookieJar()) as session:
            yield Client(session, self._allows)

    async def dial(self, made: Callable[[], asyncio.Protocol], host: str, port: int) -> None:
        """A connection of its own that stays, in the running loop; raises NotSent or HostRefused."""
        await _dial(self._allows, made, host, port)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One POST from ordinary code that is in no event loop."""
        return asyncio.run(self._once("POST", url, body, headers))

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """One GET from ordinary code that is in no event loop."""
        return asyncio.run(self._once("GET", url, b"", headers or {}))

    async def _once(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        async with self.open(1) as client:
            return await (client.post(url, body, headers) if method == "POST" else client.get(url, headers))


def loopback_only(host: str) -> bool:
    """The rule for tests and simulation: this machine and nothing else."""
    return host in {"localhost", "::1"} or host.startswith("127.")
