"""A worker with its carrier's lines, to be killed: `python -m tests.push.line_process` with its orders as JSON on stdin."""

from __future__ import annotations

import base64
import json
import signal
import sys
import threading
from datetime import datetime

from channels.contract import Received
from channels.registry import open_channels
from channels.simulators.identity import demo_config
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from kernel.logs import start_logging
from kernel.queue import open_broker
from push import receipts
from push.settings import PushSettings
from push.worker import run_worker
from tests.push.running import RunningClock


def main() -> None:
    start_logging()  # to stderr: stdout says when this is ready
    orders = json.load(sys.stdin)
    database, keyring = Database(orders["database"]), Keyring([base64.b64decode(orders["key"])])
    clock = RunningClock(datetime.fromisoformat(orders["start"]), orders["since"])
    channels = open_channels(demo_config(orders["vendors"], orders["changes"]), database, keyring, clock)

    def take(gateway: str, received: Received) -> None:
        receipts.take(database, keyring, received.receipts, clock.now())

    for line in channels.lines.values():
        line.hand_to(take)
        line.open(Network(loopback_only))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    run_worker(database, keyring, channels.senders, Network(loopback_only), open_broker(None), clock,
               PushSettings(**orders["settings"]), stop)
    for line in channels.lines.values():
        line.close()


if __name__ == "__main__":
    main()
