"""Our SMPP against somebody else's: the server of the npm package `smpp` 0.5.1.

By hand, for it needs Node and the package: `npm install --prefix FOLDER smpp@0.5.1`, then
`python -m tests.peers.smpp_npm FOLDER`. Ends with "all is well" or an AssertionError.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from channels.contract import Received
from channels.failures import OutcomeKind
from channels.messages import ReceiptKind
from channels.registry import open_channels
from channels.simulators.identity import demo_config
from kernel.clock import SystemClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from tests.channels.calling import call, content, eventually
from tests.servers import free_port

SCRIPT = Path(__file__).with_name("smpp_server.js")


def main(folder: str) -> None:
    port = free_port()
    server = subprocess.Popen(["node", str(SCRIPT), str(port)], stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "NODE_PATH": f"{folder}/node_modules"})
    assert server.stdout is not None
    try:
        assert json.loads(server.stdout.readline()) == {"listening": True}
        _talk(port)
        lines = []
        while not lines or lines[-1] != {"unbound": True}:
            lines.append(json.loads(server.stdout.readline()))
    finally:
        server.terminate()
        server.wait(10)
    heard = [line for line in lines if "text" in line]
    assert [(one["to"], one["from"], one["coding"], one["wants"]) for one in heard] == [("8613900000001", "10690002", 8, 1)] * 3
    assert heard[0]["text"].startswith("【彭阳县政务公开】玉米种植补贴开始申报。")
    assert (heard[1]["text"] + heard[2]["text"]).startswith("【彭阳县政务公开】" + LONG)
    assert (heard[1]["text"] + heard[2]["text"]).endswith("可拨12345核实。")
    assert [line["thanked"] for line in lines if "thanked" in line] == [0] * 3
    print("all is well")  # noqa: T201


LONG = "玉米种植补贴开始申报，请带身份证和土地承包合同到便民服务中心"


def _talk(port: int) -> None:
    clock, got = SystemClock(), []
    config = demo_config(f"http://127.0.0.1:{port}", {"SMS_GATEWAYS": "smpp", "SMPP_ANSWER_SECONDS": "5"})
    channels = open_channels(config, Database("sqlite://"), Keyring([secrets.token_bytes(32)]), clock)

    def take(gateway: str, received: Received) -> None:
        got.extend([*received.receipts, *received.incoming])

    line, sender = channels.lines["smpp"], channels.gateways["smpp"]
    line.hand_to(take)
    line.open(Network(loopback_only))

    async def send() -> None:
        async with Network(loopback_only).open(2) as client:
            for title in ("玉米种植补贴开始申报", LONG):
                outcomes = await sender.send(client, call(clock, "13900000001", said=content(title=title)))  # type: ignore[arg-type]
                assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED]

    asyncio.run(send())
    # A report for the short one, one for the long one when both its parts are told, and a person's words.
    assert eventually(lambda: len(got) == 3), got
    assert [one.kind for one in got if hasattr(one, "vendor_reference")] == [ReceiptKind.DELIVERED] * 2
    assert [one.text for one in got if hasattr(one, "text")] == ["医保怎么交"]
    line.close()


if __name__ == "__main__":
    main(sys.argv[1])
