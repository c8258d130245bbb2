"""A site in a process of its own under fuzzed callbacks: `python -m tests.fuzzed_site COUNT SEED FOLDER VENDORS` prints one JSON object.

Every file, connection and process that Python opens is watched by an audit hook from the warming on; a hook cannot be taken
back, so this process does nothing else.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from channels.simulators.identity import demo_config
from kernel.clock import SystemClock
from kernel.logs import start_logging
from tests.fuzzing import ENCODINGS, TELEGRAM_SECRET, Blow, Fuzz
from tests.houses import build, sqlite_url
from web.app import create_app

WARMING = 150
WATCHED = frozenset({"open", "socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn",
                     "ftplib.connect", "urllib.Request", "shutil.copyfile", "os.remove", "os.rename", "os.mkdir", "ctypes.dlopen"})
PAGE = 4096


class Watch:
    """What was opened besides the database and the vendors' one address."""

    def __init__(self, vendors: str, folder: Path) -> None:
        """Nothing is watched before `begin`."""
        self.found: Counter[str] = Counter()
        self._vendors = urlsplit(vendors).port
        self._folder = str(folder)
        self._is_on = False
        sys.addaudithook(self._heard)

    def begin(self) -> None:
        """From now on."""
        self._is_on = True

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        if not self._is_on or event not in WATCHED or self._is_allowed(event, given):
            return
        self.found[f"{event} {str(given[:2])[:120]}"] += 1

    def _is_allowed(self, event: str, given: tuple[Any, ...]) -> bool:
        if event == "socket.connect":
            return isinstance(given[1], tuple) and given[1][:2] == ("127.0.0.1", self._vendors)
        return event == "open" and str(given[0]).startswith((self._folder, "/proc/self/statm"))


def struck(client: FlaskClient, blow: Blow) -> int:
    """The status that a blow is answered with."""
    return client.open(f"/hooks/{blow.path}", method=blow.method, data=blow.body, headers=blow.headers).status_code


def megabytes() -> float:
    """What this process holds in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6


def run(count: int, seed: int, folder: Path, vendors: str) -> dict[str, Any]:
    """Strike the hooks so often, and say what came of it."""
    config = demo_config(vendors, {"TELEGRAM_TOKEN": "1:fuzz", "TELEGRAM_WEBHOOK_SECRET": TELEGRAM_SECRET})
    house = build(sqlite_url(folder), config, simulators_url=vendors)
    house.library.prepare()
    app = create_app(house)
    client = app.test_client()
    fuzz, watch = Fuzz(config.wechat, SystemClock().now, seed), Watch(vendors, folder)
    for blow in fuzz.blows(WARMING):
        struck(client, blow)
    for name in ENCODINGS:
        "".encode(name)  # for the blows' own sake: Python reads a codec from a file when it is first used
    time.sleep(1.0)
    watch.begin()
    statuses: Counter[str] = Counter()
    broken: list[str] = []
    sizes, slowest, begun = [megabytes()], 0.0, time.process_time()
    for number, blow in enumerate(fuzz.blows(count), 1):
        started = time.process_time()
        status = struck(client, blow)
        slowest = max(slowest, time.process_time() - started)
        statuses[f"{status // 100}xx"] += 1
        if status >= 500:
            broken.append(f"{number}: {blow.kind} {status}")
        if number % max(1, count // 4) == 0:
            sizes.append(megabytes())
    return {"callbacks": count, "seed": seed, "statuses": dict(sorted(statuses.items())), "broken": broken[:20],
            "opened": dict(watch.found), "megabytes": [round(size, 1) for size in sizes],
            "processor_milliseconds_a_callback": round(1000 * (time.process_time() - begun) / count, 2),
            "slowest_processor_seconds": round(slowest, 2)}


if __name__ == "__main__":
    start_logging()
    logging.getLogger().setLevel(logging.ERROR)
    told = run(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()
