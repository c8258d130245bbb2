"""What a measurement of sending needs around it: people with sealed addresses, vendors, workers and a site as processes."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from benchmarks.processor import Meter
from channels.simulators.identity import demo_config, demo_environment
from profiles.contacts import purpose_of
from push import dispatches
from push.models import Attempt, Batch, Delivery
from tests.houses import build
from tests.notices import offices
from tests.push import county
from tests.servers import free_port, start_postgres, start_redis, wait_for_port
from web.house import House

PATIENCE = 240.0
CHUNK = 20_000
BIN = Path(sys.executable).parent


@dataclass
class Stage:
    """One database with its house, the vendors' address, and the processes that were started; `meter` counts their seconds."""

    folder: Path
    house: House
    vendors: str
    environment: dict[str, str] = field(repr=False)
    meter: Meter
    stack: ExitStack
    workers: list[int] = field(default_factory=list)
    sent: int = 0

    def work(self, count: int = 1) -> None:
        """Start worker processes, and wait until each looks for work."""
        for _ in range(count):
            self.workers.append(self._start("worker", [str(BIN / "zhida"), "worker"]).pid)
        if "REDIS_URL" in self.environment:
            self._start("clock", [str(BIN / "zhida"), "clock"])
        self._wait(lambda: (self.folder / "worker.log").read_bytes().count(b"worker started") == len(self.workers), "the workers started")
        time.sleep(2.0)  # and the look that each takes at the start is over

    def release(self, channel: str) -> int:
        """Approve a new notice and release it to everybody; gives the dispatch's number."""
        now = self.house.clock.now()
        reference = f"PY-2026-{self.sent:03d}"
        self.sent += 1
        with self.house.database.writing() as session:
            county.approve_notice(session, now, reference, title=f"玉米补贴开始登记（第{self.sent}批）", channels=[channel])
        planned = dispatches.send(self.house.database, self.house.channels, reference=reference, actor=county.SENDER,
                                  now=self.house.clock.now(), settings=self.house.settings.push)
        return planned.dispatch

    def wait_until_sent(self, dispatch: int) -> None:
        """Wait until every batch of a dispatch is done; looks at the few open batches only."""
        self._wait(lambda: not self.is_open(dispatch), "every batch is done")

    def is_open(self, dispatch: int) -> bool:
        """Whether a batch of a dispatch is still to be done."""
        with self.house.database.reading() as session:
            return session.scalar(select(Batch.id).where(Batch.state != "done", Batch.dispatch_id == dispatch).limit(1)) is not None

    def wait_for_receipts(self) -> None:
        """Wait until the vendors have brought every receipt."""
        self._wait(lambda: bool(self.vendors_say()["idle"]), "every receipt was taken")

    def vendors_say(self) -> dict[str, Any]:
        """The vendors' own counts."""
        with urllib.request.urlopen(f"{self.vendors}/control/state", timeout=30) as answer:
            return dict(json.load(answer))

    def states(self, dispatch: int) -> dict[str, int]:
        """How many deliveries of a dispatch stand where."""
        with self.house.database.reading() as session:
            return {str(state): count for state, count in session.execute(select(Delivery.state, func.count()).where(
                Delivery.dispatch_id == dispatch).group_by(Delivery.state))}

    def seconds(self, dispatch: int) -> float:
        """From the first call of a dispatch to its last settled answer."""
        with self.house.database.reading() as session:
            first, last = session.execute(select(func.min(Attempt.started_at), func.max(Attempt.answered_at)).where(
                Attempt.dispatch_id == dispatch)).one()
        return float((last - first).total_seconds())

    def _wait(self, is_so: Any, what: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if is_so():
                return
            time.sleep(0.25)
        raise RuntimeError(f"not within {PATIENCE:.0f} s: {what}")

    def _start(self, role: str, program: Sequence[str]) -> subprocess.Popen[bytes]:
        log = open(self.folder / f"{role}.log", "ab")  # noqa: SIM115
        process = subprocess.Popen(program, env=self.environment, stdout=log, stderr=log)
        self.stack.callback(_end, process)
        self.meter.watch(role, process.pid)
        return process


@contextmanager
def staged(folder: Path, kind: str, channel: str, people: int, *, receipts: bool = True, redis: bool = False,
           **settings: str) -> Iterator[Stage]:
    """A house on SQLite or PostgreSQL with so many reachable people; receipts come back to a site of its own."""
    with ExitStack() as stack:
        meter, port = Meter(), free_port()
        hooks = f"http://127.0.0.1:{port}/hooks" if receipts else ""
        vendors = stack.enter_context(vendors_at(hooks, meter))
        url = stack.enter_context(_database(folder, kind, meter))
        keys = {"data_key": base64.b64encode(secrets.token_bytes(32)).decode(), "secret_key": secrets.token_hex(32)}
        environment = {**os.environ, **demo_environment(vendors), "DATABASE_URL": url, "SIMULATE": "force", "QUIET_HOURS": "",
                       "SIMULATORS_URL": vendors, "SMS_GATEWAYS": "aliyun", "DATA_KEY": keys["data_key"], "SECRET_KEY": keys["secret_key"],
                       "PORT": str(port), "COUNTY": offices.COUNTY, **settings}
        if redis:
            environment["REDIS_URL"] = stack.enter_context(start_redis(_made(folder / "redis")))
        house = build(url, demo_config(vendors, settings), simulators_url=vendors, **keys)
        stack.callback(house.database.close)
        fill(house, channel, people)
        stage = Stage(folder, house, vendors, environment, meter, stack)
        if receipts:
            site = stage._start("site", [str(BIN / "zhida"), "serve"])
            wait_for_port(port, site)
        yield stage


@contextmanager
def vendors_at(hooks: str, meter: Meter) -> Iterator[str]:
    """The simulated vendors as a process of their own."""
    port = free_port()
    program = [sys.executable, "-m", "channels.simulators", "--port", str(port), "--hooks", hooks, "--failing", "0"]
    process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        meter.watch("vendors", process.pid)
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(process)


def fill(house: House, channel: str, people: int) -> None:
    """Households of one resident with one sealed address each, all growing corn; made by the database itself."""
    database, keyring, purpose = house.database, house.keyring, purpose_of(channel)
    name, now = keyring.encrypt("王某", "name"), "2026-11-01 00:00:00"
    with database.writing() as session:
        offices.found_places(session)
        numbers = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :people) "
        for into in (
            "INSERT INTO households (id, reference, division, kinds_known, crops_known, livestock_known, roster_complete, "
            f"roster_gaps, source, updated_at) {numbers} SELECT i, 'B' || i, '{county.VILLAGE}', 1=1, 1=1, 1=1, 1=1, 0, 'b', '{now}' FROM n",
            f"INSERT INTO household_crops (household_id, name, mu) {numbers} SELECT i, '玉米', 5.0 FROM n",
            "INSERT INTO residents (id, reference, household_id, name, name_index, is_head, standing, source, updated_at) "
            f"{numbers} SELECT i, 'r' || i, i, :name, :name, 1=1, 'present', 'b', '{now}' FROM n",
        ):
            session.execute(text(into), {"people": people, **({"name": name} if ":name" in into else {})})
        for start in range(1, people + 1, CHUNK):
            rows = []
            for number in range(start, min(start + CHUNK, people + 1)):
                to = address(channel, number)
                rows.append((number, channel, keyring.encrypt(to, purpose), keyring.index(to, purpose), channel == "wechat"))
            _write_contacts(session, rows, now)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))


def address(channel: str, number: int) -> str:
    """An invented number or openid."""
    return f"199{number:08d}" if channel == "sms" else f"o-bench-{number}"


def _write_contacts(session: Any, rows: list[tuple[Any, ...]], now: str) -> None:
    columns = "resident_id, channel, address, address_index, verified, preferred, shared, source, created_at"
    raw = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "sqlite":
        raw.executemany(f"INSERT INTO contacts ({columns}) VALUES (?, ?, ?, ?, ?, 0, 0, 'b', '{now}')", rows)
        return
    with raw.cursor().copy(f"COPY contacts ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, False, False, "b", now))


@contextmanager
def _database(folder: Path, kind: str, meter: Meter) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'zhida.db'}"
        return
    folder.chmod(0o755)
    data = _made(folder / "postgres")
    with start_postgres(data) as server:
        meter.watch("database", int((data / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]))
        yield f"{server}/postgres"


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


__all__ = ["Stage", "address", "fill", "staged", "vendors_at"]
