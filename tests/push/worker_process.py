"""A worker as a process of its own, to be killed: `python -m tests.push.worker_process` with its orders as JSON on stdin."""

from __future__ import annotations

import base64
import json
import signal
import sys
import threading
from datetime import datetime

from channels.registry import open_channels
from channels.simulators.identity import demo_config
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from kernel.queue import open_broker
from push.settings import PushSettings
from push.worker import run_worker
from tests.push.running import RunningClock, shorten_horizon


def main() -> None:
    orders = json.load(sys.stdin)
    database, keyring = Database(orders["database"]), Keyring([base64.b64decode(orders["key"])])
    clock = RunningClock(datetime.fromisoformat(orders["start"]), orders["since"])
    settings = PushSettings(**orders["settings"])
    channels = open_channels(demo_config(orders["vendors"], orders["changes"]), database, keyring, clock)
    shorten_horizon(channels, settings)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    run_worker(database, keyring, channels.senders, Network(loopback_only), open_broker(None), clock, settings, stop)


if __name__ == "__main__":
    main()
