"""The measure of sending: the very calls a worker makes, in a loop that keeps no books.

Either with the bodies built and signed as they leave, by the sender itself, or (the stricter measure) all of them beforehand.

`python -m benchmarks.bare PORT` is where the vendors' receipts go meanwhile: a door that thanks and forgets.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import uvloop

from channels.contract import Sender
from channels.failures import OutcomeKind
from channels.messages import Call, Content, Message, Purpose
from kernel.http import Answer, Client, Network, loopback_only
from kernel.ids import sortable_id

SAID = Content(Purpose.NOTICE, "", {"title": "玉米补贴开始登记", "deadline": "12月25日前", "where": "村委会", "phone": "0954-7000102"})
THANKS = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Posted = tuple[str, bytes, Mapping[str, str]]


class _Recorder:
    """Takes a request down instead of making it."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.posted.append((url, body, headers))
        return Answer(200, {}, b'{"Code":"OK","errcode":0}')


def bare_seconds(sender: Sender, addresses: list[str]) -> float:
    """Seconds until every request, made beforehand, is answered, at the sender's own concurrency."""
    return uvloop.run(_timed(sender, addresses))


def bare_seconds_with_building(sender: Sender, addresses: list[str]) -> float:
    """The same, but each body is built and signed as it leaves."""
    return uvloop.run(_timed_with_building(sender, addresses))


async def _timed_with_building(sender: Sender, addresses: list[str]) -> float:
    size = sender.limits.bulk
    messages = [Message(number, address, SAID) for number, address in enumerate(addresses)]
    waiting = [messages[start:start + size] for start in range(0, len(messages), size)]
    kinds: set[OutcomeKind] = set()
    async with Network(loopback_only).open(sender.limits.in_flight) as client:
        await sender.send(client, _call(messages[:1]))

        async def work() -> None:
            while waiting:
                kinds.update(outcome.kind for outcome in await sender.send(client, _call(waiting.pop())))

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(sender.limits.in_flight)))
        seconds = time.perf_counter() - began
    if kinds != {OutcomeKind.ACCEPTED}:
        raise RuntimeError(f"the bare loop was not answered well: {kinds}")
    return seconds


async def _timed(sender: Sender, addresses: list[str]) -> float:
    network, size = Network(loopback_only), sender.limits.bulk
    messages = [Message(number, address, SAID) for number, address in enumerate(addresses)]
    async with network.open(sender.limits.in_flight) as client:
        # The token is fetched, the lines are open, the template is looked up.
        await sender.send(client, _call(messages[:1]))
        recorder = _Recorder()
        for start in range(0, len(messages), size):
            await sender.send(cast(Client, recorder), _call(messages[start:start + size]))
        waiting = recorder.posted
        answers: list[int] = []

        async def work() -> None:
            while waiting:
                answers.append((await client.post(*waiting.pop())).status)

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(sender.limits.in_flight)))
        seconds = time.perf_counter() - began
    if set(answers) != {200}:
        raise RuntimeError(f"the bare loop was not answered well: {set(answers)}")
    return seconds


def _call(messages: list[Message]) -> Call:
    return Call(sortable_id(), tuple(messages), datetime.now().astimezone())


class _Door(asyncio.Protocol):
    """Reads one POST after the other and thanks for each."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
            if len(self._buffer) < end + 4 + length:
                return
            del self._buffer[:end + 4 + length]
            self._transport.write(THANKS)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Door, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
