"""Twenty thousand messages while everything goes wrong; then the vendors' ledger is laid beside ours.

Workers are killed at random moments (SIGKILL), Redis is emptied, PostgreSQL is felled and put up again, the vendors cut lines,
lose answers, answer late, half or with 429 and 503, bring receipts twice, mixed up or never. `python -m benchmarks chaos`
prints what became of every message: lost, twice, and each one nobody knows about.
"""

from __future__ import annotations

import base64
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import redis as redis_client
from sqlalchemy import create_engine, text

from benchmarks.chaos_county import fill, release
from benchmarks.chaos_ledger import compare, settled_share
from channels.simulators.identity import demo_config, demo_environment
from tests.houses import build, sqlite_url
from tests.servers import PostgresServer, free_port, start_redis, wait_for_port
from web.house import House

CHANNELS = {"aliyun": "sms", "wechat": "wechat"}
MESSAGES, KILLS, WORKERS = 20_000, 24, 2
PATIENCE = 420.0
LEASE, HORIZON = 10, 30
SETTINGS = {"LEASE": str(LEASE), "UNKNOWN_HORIZON": str(HORIZON), "BATCH_SIZE": "500", "QUIET_HOURS": "",
            "ALIYUN_SMS_BULK": "20", "ALIYUN_SMS_IN_FLIGHT": "8", "WECHAT_IN_FLIGHT": "8", "SMS_GATEWAYS": "aliyun"}
RULES = [
    {"fault": "lose_answer", "share": 0.03}, {"fault": "cut", "share": 0.02}, {"fault": "drop", "share": 0.02},
    {"fault": "status", "value": "503", "share": 0.02}, {"fault": "status", "value": "429", "share": 0.01},
    {"fault": "status_after", "value": "500", "share": 0.02}, {"fault": "garble", "share": 0.01},
    {"fault": "late", "value": "18", "share": 0.004}, {"fault": "slow", "value": "0.2", "share": 0.3},
]
RECEIPTS = {"delay": 0.5, "duplicate": 0.1, "lose": 0.1, "out_of_order": True, "failing": 0.02}


def measure() -> dict[str, Any]:
    """The same misfortunes over PostgreSQL with Redis, and over SQLite without."""
    return {"postgresql": run("postgresql"), "sqlite": run("sqlite")}


def run(database: str, messages: int = MESSAGES, kills: int = KILLS, seed: int = 4) -> dict[str, Any]:
    """One run; gives the comparison of the books and what was done to the house."""
    with ExitStack() as stack:
        # One no other user may not enter: PostgreSQL runs as somebody else.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhida-chaos-")))
        folder.chmod(0o755)
        scene = stack.enter_context(_scene(folder, database))
        fill(scene.house, messages)
        number = release(scene.house)
        began = time.monotonic()
        _disturb(scene, messages, kills, random.Random(seed))
        is_settled = _calm_down(scene, number)
        seconds = time.monotonic() - began
        books = compare(scene.house, number, _taken(scene))
    print(books.words)
    return {"messages": messages, "seconds": round(seconds), "done": dict(scene.done), "came_to_rest": is_settled, **books.figures}


@dataclass
class Scene:
    """The house as processes, and what has been done to it."""

    house: House
    vendors: str
    environment: dict[str, str]
    log: Path
    postgres: PostgresServer | None = None
    redis: str | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    others: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def hire(self) -> None:
        """One more worker."""
        self.workers.append(_process(["worker"], self.environment, self.log))

    def kill(self, draws: random.Random) -> None:
        """End one at a random moment without a word, and hire another."""
        _kill(self.workers.pop(draws.randrange(len(self.workers))))
        self.done["workers killed"] += 1
        self.hire()

    def kill_other(self, name: str) -> None:
        """End the site (which takes the receipts) or the clock without a word, and start it again."""
        if name in self.others:
            _kill(self.others[name])
            self.done[f"{name} killed"] += 1
            self.others[name] = _process([name], self.environment, self.log)

    def fell_database(self) -> None:
        """End PostgreSQL as a crash does, and put it up again after a second."""
        if self.postgres is not None:
            self.postgres.end(signal.SIGQUIT)
            time.sleep(1)
            self.postgres.start()
            self.done["database felled"] += 1

    def empty_queue(self) -> None:
        """Take away everything Redis holds."""
        if self.redis is not None:
            redis_client.Redis.from_url(self.redis).flushall()
            self.done["queue emptied"] += 1


@contextmanager
def _scene(folder: Path, database: str) -> Iterator[Scene]:
    with ExitStack() as stack:
        postgres: PostgresServer | None = None
        redis: str | None = None
        storage: dict[str, str] = {}
        url = sqlite_url(folder)
        if database == "postgresql":
            (folder / "postgres").mkdir()
            postgres = PostgresServer(folder / "postgres", durable=True)
            postgres.start()
            stack.callback(postgres.end)
            url = f"{postgres.address}/chaos"
            _create(postgres.address)
            (folder / "redis").mkdir()
            redis = stack.enter_context(start_redis(folder / "redis"))
            storage = {"data_key": _key(), "secret_key": _key(), "redis_url": redis}
        port, log = free_port(), folder / "log.txt"
        vendors = stack.enter_context(_running([sys.executable, "-m", "channels.simulators", "--hooks",
                                                f"http://127.0.0.1:{port}/hooks", "--failing", "0"], {}, log))
        house = build(url, demo_config(vendors, SETTINGS), simulators_url=vendors, **storage)
        stack.callback(house.database.close)
        environment = {**demo_environment(vendors), **SETTINGS, **{name.upper(): value for name, value in storage.items()},
                       "DATABASE_URL": url, "SIMULATE": "force", "SIMULATORS_URL": vendors, "COUNTY": "640425",
                       "PUBLIC_URL": "http://zhida.test", "PORT": str(port)}
        scene = Scene(house, vendors, environment, log, postgres, redis)
        stack.callback(lambda: _end(scene.workers))
        stack.callback(lambda: _end(list(scene.others.values())))
        scene.others.update({name: _process([name], environment, log) for name in (("serve", "clock") if redis else ("serve",))})
        wait_for_port(port, scene.others["serve"])
        for _ in range(WORKERS):
            scene.hire()
        yield scene


def _disturb(scene: Scene, messages: int, kills: int, draws: random.Random) -> None:
    """Spread the misfortunes over the run: each comes when so many messages are in the vendors' books."""
    _control(scene, "faults", {"rules": RULES, "receipts": RECEIPTS})
    acts: list[Callable[[random.Random], None]] = [
        *[scene.kill] * kills, *[lambda _: scene.fell_database()] * 2, *[lambda _: scene.empty_queue()] * 4,
        lambda _: scene.kill_other("serve"), lambda _: scene.kill_other("clock")]
    draws.shuffle(acts)
    until = time.monotonic() + PATIENCE
    for place, act in enumerate(acts):
        wanted = (place + draws.random()) / len(acts) * messages * 0.95
        while _control(scene, "state")["messages"] < wanted and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(draws.random() * 0.3)
        act(draws)


def _calm_down(scene: Scene, number: int) -> bool:
    """Wait until nothing waits any more, with the vendors well again; whether that came about."""
    _control(scene, "faults", {"clear": True})
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if settled_share(scene.house, number) >= 1:
            break
        time.sleep(1)
    while time.monotonic() < until and not _control(scene, "state")["idle"]:
        time.sleep(0.5)
    time.sleep(2)
    return settled_share(scene.house, number) >= 1


def _taken(scene: Scene) -> list[tuple[str, str, list[str]]]:
    """What the vendors' books hold: channel, our attempt, addresses."""
    rows, since = [], 0
    while True:
        answer = _control(scene, f"ledger?since={since}")
        rows += [(CHANNELS[vendor], attempt, addresses) for vendor, attempt, _, addresses in answer["taken"]]
        if answer["next"] == since:
            return rows
        since = answer["next"]


def _control(scene: Scene, act: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{scene.vendors}/control/{act}", data), timeout=60) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _create(address: str) -> None:
    admin = create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE chaos"))
    admin.dispose()


@contextmanager
def _running(program: list[str], environment: dict[str, str], log: Path) -> Iterator[str]:
    port = free_port()
    with log.open("ab") as said:
        process = subprocess.Popen([*program, "--port", str(port)], env={**os.environ, **environment}, stdout=said, stderr=said)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        _end([process])


def _process(words: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as said:
        return subprocess.Popen([Path(sys.executable).with_name("zhida"), *words], env={**os.environ, **environment},
                                stdout=said, stderr=said, start_new_session=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it and whatever it started: the site's own children would else go on answering."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
