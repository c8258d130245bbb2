"""A worker in a thread, a clock that runs from a set moment, and the hooks by which simulated vendors bring receipts."""

from __future__ import annotations

import faulthandler
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dramatiq.broker import Broker
from sqlalchemy import func, select

from channels.contract import Request
from channels.limits import Rates
from channels.registry import Channels, open_channels
from channels.simulators.running import Running, start_simulators
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from kernel.queue import open_broker
from push import receipts
from push.models import Delivery
from push.settings import PushSettings
from push.worker import run_worker

# A busy machine may stand still for seconds; who waits in vain waits this long.
SECONDS = 90.0


class RunningClock:
    """Time that starts at a moment and runs as the machine's does; `since` lets another process share it."""

    def __init__(self, start: datetime, since: float | None = None) -> None:
        self.start = start
        self.since = time.time() if since is None else since

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.time() - self.since)


class Hooks:
    """An HTTP door at which vendors' callbacks are read and taken in."""

    def __init__(self) -> None:
        self.take: Callable[[str, Request], None] = lambda name, request: None
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path, _, query = self.path.partition("?")
                given = dict(part.partition("=")[::2] for part in query.split("&") if part)
                headers = {name.lower(): value for name, value in self.headers.items()}
                door.take(path.strip("/").rpartition("/")[2], Request("POST", given, headers, body, "127.0.0.1"))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def shorten_horizon(channels: Channels, settings: PushSettings) -> None:
    """Let the vendors' "not found" count as proof after the settings' horizon."""
    for sender in (*channels.gateways.values(), *(one for name, one in channels.senders.items() if name != "sms")):
        sender.limits = replace(  # type: ignore[misc]
            sender.limits, unknown_horizon=timedelta(seconds=settings.unknown_horizon))


class House:
    """Simulators, senders and receivers around one database."""

    def __init__(self, database: Database, keyring: Keyring, clock: RunningClock, vendors: Running, hooks: Hooks,
                 settings: PushSettings) -> None:
        self.database, self.keyring, self.clock, self.vendors = database, keyring, clock, vendors
        self.settings = settings
        self.failed: list[BaseException] = []
        self.channels: Channels = open_channels(vendors.config, database, keyring, clock)
        shorten_horizon(self.channels, settings)
        hooks.take = self.take

    def take(self, name: str, request: Request) -> None:
        received = self.channels.receivers[name].receive(replace(request, at=self.clock.now()))
        receipts.take(self.database, self.keyring, received.receipts, self.clock.now())

    @contextmanager
    def worker(self, broker: Broker | None = None, rates: Rates | None = None) -> Iterator[None]:
        """A worker beside the test; its failure is the test's."""
        stop, failed = threading.Event(), self.failed

        def work() -> None:
            try:
                run_worker(self.database, self.keyring, self.channels.senders, Network(loopback_only), broker or open_broker(None),
                           self.clock, self.settings, stop, rates)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(SECONDS)
        assert not failed, failed
        if thread.is_alive():
            faulthandler.dump_traceback()
            raise AssertionError("the worker does not end; where it stands is above")

    def states(self, dispatch: int) -> dict[str, int]:
        with self.database.reading() as session:
            return {str(state): count for state, count in session.execute(
                select(Delivery.state, func.count()).where(Delivery.dispatch_id == dispatch).group_by(Delivery.state))}

    def until(self, is_so: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Wait for something to come about."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            assert not self.failed, self.failed
            if is_so():
                return
            time.sleep(0.05)
        raise AssertionError(f"never came about: {what if isinstance(what, str) else what()}")

    def until_states(self, dispatch: int, **wanted: int) -> None:
        self.until(lambda: self.states(dispatch) == wanted, lambda: f"{wanted}, but {self.states(dispatch)}")

    def taken(self) -> dict[str, int]:
        """How often each address was taken by a vendor."""
        counted: dict[str, int] = {}
        for call in self.vendors.ledger.calls:
            for address in call.addresses:
                counted[address] = counted.get(address, 0) + 1
        return counted


@contextmanager
def house_around(database: Database, keyring: Keyring, start: datetime, settings: PushSettings,
                 changes: dict[str, str] | None = None) -> Iterator[House]:
    clock, hooks = RunningClock(start), Hooks()
    try:
        with start_simulators(hooks=f"{hooks.address}/hooks", clock=clock, changes=changes) as vendors:
            yield House(database, keyring, clock, vendors, hooks, settings)
    finally:
        hooks.close()
