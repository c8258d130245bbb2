"""Simulated vendors, and a hook that keeps what they bring."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from channels.contract import Request
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from channels.simulators.running import Running, start_simulators
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from tests.channels.calling import HookCalls


@pytest.fixture
def hooks() -> Iterator[HookCalls]:
    """A web server in place of our own, on /hooks."""
    calls = HookCalls()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            name = path.rpartition("/")[2]
            request = Request("POST", dict(parse_qsl(query)), {k.lower(): v for k, v in self.headers.items()}, body,
                              self.client_address[0])
            calls.requests.append((name, request))
            status, answer = calls.answer(name, request)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    calls.address = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    yield calls
    server.shutdown()
    server.server_close()
    thread.join(5)


# Every gateway, and lines that are as impatient as the network.
ALL = {
    "TELEGRAM_TOKEN": "1:simulated", "SMS_GATEWAYS": "aliyun,tencent,cmpp,smpp", "CMPP_BULK": "3",
    "CMPP_ANSWER_SECONDS": "0.8", "SMPP_ANSWER_SECONDS": "0.8",
}
Opens = Callable[[str, dict[str, str]], Channels]


@pytest.fixture
def opens(database: Database, keyring: Keyring, clock: SetClock) -> Iterator[Opens]:
    """Opens channels that talk to an address, with changed settings; their lines are closed at the end."""
    opened: list[Channels] = []

    def open_there(address: str, changes: dict[str, str]) -> Channels:
        opened.append(open_channels(demo_config(address, {**ALL, **changes}), database, keyring, clock))
        return opened[-1]

    yield open_there
    for channels in opened:
        for line in channels.lines.values():
            line.close()


@pytest.fixture
def simulators(hooks: HookCalls, clock: SetClock) -> Iterator[Running]:
    """All vendors on one port, bringing their callbacks to `hooks`."""
    with start_simulators(hooks=hooks.address, clock=clock, changes=ALL) as running:
        yield running


@pytest.fixture
def channels(simulators: Running, opens: Opens) -> Channels:
    """Our channels, talking to the simulators."""
    return opens(simulators.address, {})


@pytest.fixture
def network() -> Network:
    """Loopback only, and impatient."""
    return Network(loopback_only, timeout=2.5)


@pytest.fixture
def unplugged(database: Database, keyring: Keyring, clock: SetClock) -> Channels:
    """Our channels with nobody at the other end, for what receives only."""
    return open_channels(demo_config("http://127.0.0.1:9"), database, keyring, clock)
