"""Messages through `zhida worker`, each call settled, against bare loops and other shapes; on SQLite and PostgreSQL.

SMS goes by the bulk wire (100 numbers a call), WeChat by one request a message. Workers, site, database and vendors are
processes of their own on the same two cores; beside each figure stand the processor microseconds a message of each, which
swing less with the machine's neighbours than seconds do. Every part can be measured alone: `python -m benchmarks
delivery.bulk`, `.long`, `.single`, `.workers`, `.memory`, `.release`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.bare import SAID, bare_seconds, bare_seconds_with_building
from benchmarks.processor import Meter, resident_megabytes
from benchmarks.queue_tasks import seconds_with_a_task_each
from benchmarks.stage import Stage, address, staged, vendors_at
from channels.registry import open_channels
from channels.simulators.identity import demo_config
from push.models import Attempt, Delivery
from tests.servers import free_port, start_redis, wait_for_port

SMS, CARDS, TASKS, EACH, PACE = 30_000, 6_000, 1_500, 60_000, 4_000
WHILE_RECEIPTS_COME, LONG, PROMPT = 90_000, 300_000, 10_000
ROUNDS, ROUNDS_OF_CARDS = 5, 9
DATABASES = ("sqlite", "postgresql")


def measure(only: str = "") -> dict[str, Any]:
    """Every part, or the one that is named."""
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "bulk": bulk, "long": long, "single": single, "workers": workers, "memory": memory, "release": release}
    return {name: part() for name, part in parts.items() if only in ("", name)}


def bulk(count: int = SMS, rounds: int = ROUNDS) -> dict[str, Any]:
    """SMS by the bulk wire with every receipt taken in by a running site, turn by turn with the bare loop."""
    return {kind: _against_bare(kind, "sms", count, rounds, receipts=True) for kind in DATABASES}


def long(count: int = WHILE_RECEIPTS_COME, rounds: int = ROUNDS) -> dict[str, Any]:
    """The same on PostgreSQL for so long that receipts come all the while, not mostly when everything is sent."""
    return _against_bare("postgresql", "sms", count, rounds, receipts=True)


def single(count: int = CARDS, rounds: int = ROUNDS_OF_CARDS) -> dict[str, Any]:
    """Template messages, one request each; and as one queue task a message, on PostgreSQL and Redis."""
    found = {kind: _against_bare(kind, "wechat", count, rounds, receipts=False) for kind in DATABASES}
    with _folder() as folder, staged(folder, "postgresql", "wechat", TASKS, receipts=False) as stage, \
            start_redis(_made(folder / "queue")) as redis:
        dispatch, card = stage.release("wechat"), stage.house.settings.channels.wechat.templates[SAID.purpose]
        sent, seconds = seconds_with_a_task_each(
            stage.house, redis, stage.vendors, dispatch, {"template_id": card.vendor_id, "data": card.data(SAID)})
    rate = sent / seconds
    found["one_queue_task_a_message"] = {
        "messages": sent, "per_second": round(rate), "ours_to_it_on_postgresql": round(found["postgresql"]["worker_per_second"] / rate, 1)}
    return found


def workers(each: int = EACH) -> dict[str, Any]:
    """One, two and four worker processes on one dispatch: PostgreSQL, Redis, a clock; processor microseconds a message.

    As quick as they can, where one alone keeps both cores busy and more take them from each other; and with the gateway's rate
    at PACE for each, so that cores are free: what more workers cost each other by sharing the rows shows there.
    """
    return {"as_quick_as_they_can": _by_workers(each, 0), f"at_{PACE}_a_second_each": _by_workers(each, PACE)}


def _by_workers(each: int, pace: int) -> dict[str, Any]:
    found = {}
    for count in (1, 2, 4):
        settings = {"ALIYUN_SMS_PER_SECOND": str(pace * count)} if pace else {}
        with _folder() as folder, staged(folder, "postgresql", "sms", each, receipts=False, redis=True, **settings) as stage:
            stage.work(count)
            figures = _sent(stage, "sms", each)
            found[str(count)] = {"worker_per_second": round(each / figures["seconds"]), "microseconds": figures["microseconds"]}
    first = found["1"]["microseconds"]["worker"]
    for one in found.values():
        one["worker_seconds_a_message_to_those_of_one"] = round(one["microseconds"]["worker"] / first, 2)
    return found


def memory(count: int = LONG) -> dict[str, Any]:
    """What a worker holds while it sends a long dispatch, looked at every half second; and what that takes on the disk."""
    with _folder() as folder, staged(folder, "sqlite", "sms", count, receipts=False) as stage:
        stage.work()
        before, size = stage.meter.spent(), _size(folder)
        dispatch, samples = stage.release("sms"), []
        while stage.is_open(dispatch):
            samples.append(resident_megabytes(stage.workers[0]))
            time.sleep(0.5)
        half = len(samples) // 2
        return {"messages": count, "megabytes_at_most": round(max(samples)),
                "median_of_first_half": round(statistics.median(samples[:half])),
                "median_of_second_half": round(statistics.median(samples[half:])),
                "worker_per_second": round(count / stage.seconds(dispatch)),
                "microseconds": _microseconds(stage.meter.since(before), count),
                "disk_bytes_a_message": round((_size(folder) - size) / count)}


def release(count: int = PROMPT) -> dict[str, Any]:
    """From the return of the release to the first call and to nineteen of twenty answers, with a worker that was idle."""
    found = {}
    for kind in DATABASES:
        with _folder() as folder, staged(folder, kind, "sms", count, receipts=False, redis=kind == "postgresql") as stage:
            stage.work()
            dispatch, released = stage.release("sms"), stage.house.clock.now()
            stage.wait_until_sent(dispatch)
            with stage.house.database.reading() as session:
                first = session.scalar(select(func.min(Attempt.started_at)).where(Attempt.dispatch_id == dispatch))
                settled = session.scalars(select(Delivery.settled_at).where(Delivery.dispatch_id == dispatch).order_by(
                    Delivery.settled_at).offset(count * 19 // 20).limit(1)).one()
            if first is None or settled is None:
                raise RuntimeError("nothing was sent")
            found[kind] = {"messages": count, "first_call_after_seconds": round((first - released).total_seconds(), 2),
                           "nineteen_of_twenty_after_seconds": round((settled - released).total_seconds(), 2)}
    return found


def _against_bare(kind: str, channel: str, count: int, rounds: int, *, receipts: bool) -> dict[str, Any]:
    """Both turn by turn, so that the machine's mood meets both; the medians, and the spread of the ratios.

    A dispatch before them is not counted: the first of a worker's life builds its statements and meets tables nobody has counted.
    """
    to = [address(channel, number) for number in range(1, count + 1)]
    bare, building, ours = [], [], []
    with _folder() as folder, _loop_vendors(receipts=receipts) as others, staged(
            folder, kind, channel, count, receipts=receipts) as stage:
        stage.work()
        sender = open_channels(demo_config(others), stage.house.database, stage.house.keyring, stage.house.clock).senders[channel]
        found_first = _sent(stage, channel, count, receipts=receipts)
        for _ in range(rounds):
            bare.append(bare_seconds(sender, to))
            building.append(bare_seconds_with_building(sender, to))
            ours.append(_sent(stage, channel, count, receipts=receipts))
    seconds = statistics.median(one["seconds"] for one in ours)
    middle = min(ours, key=lambda one: abs(one["seconds"] - seconds))
    found = {"messages": count, "rounds": rounds, "worker_per_second": round(count / seconds),
             "first_of_a_worker_per_second": round(count / found_first["seconds"]),
             "best_worker_per_second": round(count / min(one["seconds"] for one in ours)),
             "bare_per_second": round(count / statistics.median(building)),
             "ratio": round(statistics.median(_ratios(building, ours)), 2), "ratios": _ratios(building, ours),
             "bare_made_beforehand_per_second": round(count / statistics.median(bare)),
             "ratio_to_made_beforehand": round(statistics.median(_ratios(bare, ours)), 2), "microseconds": middle["microseconds"]}
    if receipts:
        found["per_second_until_every_receipt"] = round(count / middle["seconds_until_receipts"])
    return found


def _ratios(plain: list[float], ours: list[dict[str, Any]]) -> list[float]:
    return [round(one / mine["seconds"], 2) for one, mine in zip(plain, ours, strict=True)]


def _sent(stage: Stage, channel: str, count: int, *, receipts: bool = False) -> dict[str, Any]:
    """Release one dispatch and wait for its end; every message must have been taken."""
    before, began = stage.meter.spent(), time.perf_counter()
    dispatch = stage.release(channel)
    stage.wait_until_sent(dispatch)
    found: dict[str, Any] = {"seconds": stage.seconds(dispatch)}
    if receipts:
        stage.wait_for_receipts()
        found["seconds_until_receipts"] = time.perf_counter() - began
    found["microseconds"] = _microseconds(stage.meter.since(before), count)
    states = stage.states(dispatch)
    if states != {"delivered" if receipts else "accepted": count}:
        raise RuntimeError(f"not every message was sent: {states}")
    return found


def _microseconds(seconds: dict[str, float], count: int) -> dict[str, float]:
    return {role: round(one * 1e6 / count, 1) for role, one in seconds.items()}


@contextmanager
def _loop_vendors(*, receipts: bool) -> Iterator[str]:
    """Vendors for the bare loop, whose receipts go to a door that forgets them."""
    port = free_port()
    door = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", str(port)])
    try:
        wait_for_port(port, door)
        with vendors_at(f"http://127.0.0.1:{port}/hooks" if receipts else "", Meter()) as vendors:
            yield vendors
    finally:
        door.terminate()
        door.wait(10)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _size(folder: Path) -> int:
    """Bytes of the database file and its log."""
    return sum(path.stat().st_size for path in folder.glob("zhida.db*"))
