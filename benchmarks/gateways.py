"""Messages a second over carriers' lines with a window of 16: one connection, reports coming back and thanked for.

The simulated carrier is a process of its own. `bare` is the same connection in one loop with frames made beforehand; the
sender adds its book, the thread of its line and two crossings a message.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvloop

from channels.contract import Received
from channels.messages import Call, Content, Message, Purpose
from channels.registry import open_channels
from channels.simulators.identity import demo_config
from channels.sms.gateways.cmpp.dialect import CmppDialect
from channels.sms.gateways.smpp.dialect import SmppDialect
from channels.sms.lines.connections import Connections
from channels.sms.segments import segments
from kernel.clock import SystemClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Client, Network, loopback_only
from kernel.ids import sortable_id
from tests.servers import free_port, wait_for_port

COUNT = 6_000
WINDOW = 16
PATIENCE = 60.0
SAID = Content(Purpose.NOTICE, "", {"title": "玉米补贴开始登记", "deadline": "12月25日前", "where": "村委会", "phone": "0954-7000102"})


def measure() -> dict[str, Any]:
    """Each protocol alone, and CMPP with 99 numbers a frame."""
    return {"cmpp": _measured("cmpp", 1), "cmpp_99_numbers": _measured("cmpp", 99), "smpp": _measured("smpp", 1)}


def _measured(gateway: str, bulk: int) -> dict[str, Any]:
    with _carrier() as address:
        bare = uvloop.run(_bare(address, gateway, bulk))
        sent, reported = uvloop.run(_ours(address, gateway, bulk))
    return {"messages": COUNT, "numbers_a_frame": bulk, "per_second": round(COUNT / sent),
            "per_second_until_every_report": round(COUNT / reported), "bare_per_second": round(COUNT / bare),
            "ratio": round(bare / sent, 2)}


@contextmanager
def _carrier() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "channels.simulators", "--port", str(port), "--failing", "0", "--delay", "0"],
                               stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


async def _bare(address: str, gateway: str, bulk: int) -> float:
    """Seconds of one connection that is fed ready frames and keeps no books."""
    config, network = demo_config(address), Network(loopback_only)
    dialect = CmppDialect(config.cmpp.account) if gateway == "cmpp" else SmppDialect(config.smpp.account)
    settings = config.cmpp.figures if gateway == "cmpp" else config.smpp.figures
    lines = Connections(dialect, settings, lambda heard, thank: thank(), SystemClock().now)
    keeper = asyncio.create_task(lines.keep(network))
    part = segments("【彭阳县政务公开】玉米补贴开始登记。时间：12月25日前；地点：村委会；电话：0954-7000102，可拨12345核实。", 0)[0]
    frames = [dialect.submission(1, tuple(_number(place) for place in range(start, min(start + bulk, COUNT))), part)
              for start in range(0, COUNT, bulk)]

    async def one(frame: bytes) -> None:
        where = 8 if gateway == "cmpp" else 12
        await lines.submit(lambda sequence: frame[:where] + sequence.to_bytes(4, "big") + frame[where + 4:])

    spent = await _all(one, frames)
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    return spent


async def _ours(address: str, gateway: str, bulk: int) -> tuple[float, float]:
    """Seconds until every message was answered, and until every report was taken."""
    clock, got, lock = SystemClock(), set[str](), threading.Lock()
    config = demo_config(address, {"SMS_GATEWAYS": gateway, "CMPP_BULK": str(bulk)})
    channels = open_channels(config, Database("sqlite://"), Keyring([secrets.token_bytes(32)]), clock)

    def take(_: str, received: Received) -> None:
        # Two groups are handed over side by side, and a report that was thanked for late comes twice.
        with lock:
            got.update(receipt.key for receipt in received.receipts)

    line, sender = channels.lines[gateway], channels.gateways[gateway]
    line.hand_to(take)
    line.open(Network(loopback_only))
    calls = [Call(sortable_id(), tuple(Message(place, _number(place), SAID) for place in range(start, min(start + bulk, COUNT))),
                  clock.now()) for start in range(0, COUNT, bulk)]
    async with Network(loopback_only).open(1) as client:
        began = time.perf_counter()
        spent = await _all(lambda call: _send(sender, client, call), calls)
        # A busy machine may take longer than that for all of them: only silence is given up on.
        known, news_at = len(got), time.perf_counter()
        while len(got) < COUNT and time.perf_counter() - news_at < PATIENCE:
            await asyncio.sleep(0.01)
            if len(got) > known:
                known, news_at = len(got), time.perf_counter()
        reported = time.perf_counter() - began
    line.close()
    if len(got) < COUNT:
        raise RuntimeError(f"{COUNT - len(got)} of {COUNT} reports never came")
    return spent, reported


async def _send(sender: Any, client: Client, call: Call) -> None:
    outcomes = await sender.send(client, call)
    if any(not outcome.vendor_reference for outcome in outcomes):
        raise RuntimeError(outcomes[0].code)


async def _all(work: Callable[[Any], Awaitable[None]], things: list[Any]) -> float:
    waiting = iter(things)

    async def worker() -> None:
        for thing in waiting:
            await work(thing)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(WINDOW)))
    return time.perf_counter() - began


def _number(place: int) -> str:
    return f"139{place:08d}"
