"""Running the simulators: as a process of their own for the demo, or in a thread for tests and benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping

import uvloop
from aiohttp import web

from channels.registry import ChannelConfig
from channels.simulators.faults import Faults
from channels.simulators.identity import demo_config
from channels.simulators.inbox import Inbox
from channels.simulators.ledger import Ledger
from channels.simulators.lines import Sorter
from channels.simulators.postman import Postman
from channels.simulators.server import Simulators
from channels.simulators.world import World
from kernel.clock import Clock, SystemClock

HOST = "127.0.0.1"
# The command of a carrier's first frame: CMPP_CONNECT, bind_transceiver.
FIRST_FRAMES = {"cmpp": 0x1, "smpp": 0x9}


class Running:
    """Simulators that answer at `address`; `faults`, `ledger` and `inbox` may be used from any thread."""

    def __init__(self, simulators: Simulators, address: str, loop: asyncio.AbstractEventLoop) -> None:
        """Made by `start_simulators`."""
        self._loop = loop
        self.simulators = simulators
        self.address = address

    @property
    def config(self) -> ChannelConfig:
        """Settings with which our senders talk to these simulators."""
        return self.simulators.world.config

    @property
    def faults(self) -> Faults:
        """The switches."""
        return self.simulators.world.faults

    @property
    def ledger(self) -> Ledger:
        """The vendors' books."""
        return self.simulators.world.ledger

    @property
    def inbox(self) -> Inbox:
        """The telephones' screens."""
        return self.simulators.world.inbox

    def call(self, act: Callable[[], object]) -> None:
        """Do something in the simulators' own loop, and wait until it is done."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(act)
        self._loop.call_soon_threadsafe(done.set)
        done.wait(10)

    def wait_for_receipts(self, seconds: float = 10.0) -> bool:
        """Wait until no receipt is under way; False when that did not come about in time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.simulators.is_idle:
                return True
            time.sleep(0.02)
        return False


def make(config: ChannelConfig, hooks: str | None, clock: Clock, seed: int = 1) -> Simulators:
    """Simulators of one account, not yet serving."""
    faults = Faults(seed)
    return Simulators(World(config, clock, faults, Ledger(), Inbox(), Postman(hooks, faults)))


async def serve(simulators: Simulators, listening: socket.socket, started: Callable[[], None]) -> None:
    """Answer on an open socket until cancelled."""
    runner = web.ServerRunner(web.Server(simulators.handle, access_log=None))
    await runner.setup()
    http = runner.server
    gateways = {FIRST_FRAMES[name]: gateway for name, gateway in simulators.lines.items()}
    server = await asyncio.get_running_loop().create_server(lambda: Sorter(http, gateways), sock=listening)  # type: ignore[arg-type]
    post = asyncio.create_task(simulators.world.postman.run())
    started()
    try:
        await asyncio.Event().wait()
    finally:
        server.close()
        for gateway in simulators.lines.values():
            gateway.restart(0)
        post.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await post
        await runner.cleanup()


@contextlib.contextmanager
def start_simulators(
    *, hooks: str | None = None, clock: Clock | None = None, port: int = 0, seed: int = 1,
    changes: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Simulators in a thread; `hooks` is the address before `/aliyun`; `changes` are settings by their names."""
    listening = socket.create_server((HOST, port))
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    simulators = make(demo_config(address, changes), hooks, clock or SystemClock(), seed)
    ready = threading.Event()
    loop = uvloop.new_event_loop()
    task: list[asyncio.Task[None]] = []

    def run() -> None:
        asyncio.set_event_loop(loop)
        task.append(loop.create_task(serve(simulators, listening, ready.set)))
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task[0])
        loop.close()

    thread = threading.Thread(target=run, name="simulators", daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the simulators did not start")
    try:
        yield Running(simulators, address, loop)
    finally:
        loop.call_soon_threadsafe(task[0].cancel)
        thread.join(10)
        listening.close()


def run_process(port: int, hooks: str, *, failing: float, delay: float) -> None:
    """Serve until interrupted: `python -m channels.simulators`."""
    listening = socket.create_server((HOST, port))
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    simulators = make(demo_config(address), hooks, SystemClock())
    simulators.world.faults.receipts.failing = failing
    simulators.world.faults.receipts.delay = delay
    uvloop.run(_until_told(simulators, listening))


async def _until_told(simulators: Simulators, listening: socket.socket) -> None:
    serving = asyncio.create_task(serve(simulators, listening, lambda: None))
    # A handler of the loop: an exception out of a plain one may end inside a request and be lost there.
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
