"""What the tests of channels say over and over: a content, a call, and running a sender from ordinary code."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from channels.contract import Request
from channels.messages import Call, Content, Message, Purpose
from kernel.clock import SetClock
from kernel.http import Network
from kernel.ids import sortable_id

VARIABLES = {"title": "玉米种植补贴开始申报", "deadline": "12月31日前", "where": "白阳镇便民服务中心", "phone": "0954-7012345"}


@dataclass
class HookCalls:
    """What the vendors brought to our hooks, and what is answered."""

    requests: list[tuple[str, Request]] = field(default_factory=list)
    answer: Callable[[str, Request], tuple[int, bytes]] = lambda name, request: (200, b"success")
    address: str = ""

    def of(self, name: str) -> list[Request]:
        return [request for path, request in self.requests if path == name]


def content(purpose: Purpose = Purpose.NOTICE, **changes: str) -> Content:
    """A content whose blanks are filled."""
    return Content(purpose, "", {**VARIABLES, **changes})


def call(clock: SetClock, *addresses: str, said: Content | None = None, attempt: str | None = None) -> Call:
    """A call to these addresses, begun now; deliveries are numbered from 1."""
    said = said or content()
    messages = tuple(Message(number, address, said) for number, address in enumerate(addresses, start=1))
    return Call(attempt or sortable_id(), messages, clock.now())


def run(network: Network, work: Callable[[Any], Any]) -> Any:
    """Run `work(client)` in a loop of its own."""

    async def inside() -> Any:
        async with network.open(8) as client:
            return await work(client)

    return asyncio.run(inside())


def eventually(is_true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until something becomes true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_true():
            return True
        time.sleep(0.02)
    return is_true()


@contextmanager
def speaking(words: bytes) -> Iterator[str]:
    """The address of somebody who listens, says always the same and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def speak() -> None:
        while True:
            try:
                other, _ = listening.accept()
            except OSError:
                return
            with other:
                other.settimeout(2)
                other.recv(4096)
                other.sendall(words)

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
