"""Our bot against somebody else's Bot API: the npm package `telegram-test-api` 4.2.1.

By hand, for it needs Node and the package: `npm install --prefix FOLDER telegram-test-api@4.2.1`, then
`python -m tests.peers.telegram_npm FOLDER`. Ends with "all is well" or an AssertionError.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from channels.failures import OutcomeKind
from channels.messages import Content, Incoming, Message, Purpose, Reply
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from channels.telegram.polling import run_poller
from kernel.clock import SystemClock
from kernel.crypto import Keyring
from kernel.database import Base, Database
from kernel.http import Network, loopback_only
from tests.channels.calling import eventually
from tests.schema import load_models
from tests.servers import free_port

SCRIPT = Path(__file__).with_name("telegram_server.js")
TOKEN, CHAT = "700:peer", "700123"


def main(folder: str) -> None:
    port = free_port()
    server = subprocess.Popen(["node", str(SCRIPT), str(port), TOKEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "NODE_PATH": f"{folder}/node_modules"})
    assert server.stdout is not None
    try:
        assert json.loads(server.stdout.readline()) == {"listening": True}
        with tempfile.TemporaryDirectory() as place:
            _talk(port, server, Path(place))
    finally:
        server.terminate()
        server.wait(10)
    print("all is well")  # noqa: T201


def _talk(port: int, server: subprocess.Popen[str], place: Path) -> None:
    load_models()
    database, clock = Database(f"sqlite:///{place / 'peer.db'}"), SystemClock()
    Base.metadata.create_all(database.engine)
    config = demo_config(f"http://127.0.0.1:{port}", {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": f"http://127.0.0.1:{port}"})
    channels = open_channels(config, database, Keyring([secrets.token_bytes(32)]), clock)
    heard: list[Incoming] = []

    def receive(incoming: Incoming, now: datetime) -> Sequence[Reply]:
        heard.append(incoming)
        assert channels.subscribers is not None
        said = channels.subscribers.note(incoming, now)
        return [said or Reply("医保每人 400 元。", ("怎么交",))]

    stop = threading.Event()
    talker: Any = channels.talkers["telegram"]
    poller = threading.Thread(target=run_poller, args=(config.telegram, receive, talker, clock, stop, Network(loopback_only)))
    poller.start()
    try:
        _ask(server, "医保多少钱", "医保每人 400 元。")
        _ask(server, "/subscribe", "已订阅。县里公开发布的信息会发到这里，人人看到的都一样，不含个人情况。不想再收，请发 /stop。")
        assert eventually(lambda: len(heard) == 2)
        assert [(one.address, one.text) for one in heard] == [(CHAT, "医保多少钱"), (CHAT, "订阅")]
        assert channels.subscribers is not None
        assert channels.subscribers.count() == 1
        asyncio.run(_say(channels, "全县停水通知。" + "长" * 5000))
        told = [_line(server), _line(server)]
        assert "".join(told) == "全县停水通知。" + "长" * 5000
        assert max(map(len, told)) <= 4096
    finally:
        stop.set()
        poller.join(15)
        database.close()


def _ask(server: subprocess.Popen[str], text: str, answer: str) -> None:
    assert server.stdin is not None
    server.stdin.write(f"{text}\n")
    server.stdin.flush()
    assert _line(server) == answer


def _line(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    said = json.loads(server.stdout.readline())
    assert said["chat"] == CHAT
    return str(said["text"])


async def _say(channels: Channels, text: str) -> None:
    async with Network(loopback_only).open(2) as client:
        outcome = await channels.talkers["telegram"].say(client, Message(1, CHAT, Content(Purpose.NOTICE, text)))
    assert outcome.kind is OutcomeKind.ACCEPTED, outcome


if __name__ == "__main__":
    main(sys.argv[1])
