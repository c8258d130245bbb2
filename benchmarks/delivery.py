"""Messages a second through `zhida worker`, each call settled, against a bare client loop to the same simulator.

SMS goes by the bulk wire (100 numbers a call), WeChat by one request a message. The worker and the simulators are
processes of their own; the bare loop makes the very same signed requests and keeps no books.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import func, insert, select

from channels.contract import Sender
from channels.messages import Call, Content, Message, Purpose
from channels.simulators.identity import demo_config, demo_environment
from kernel.http import Network, loopback_only
from kernel.ids import sortable_id
from profiles.contacts import purpose_of
from profiles.models import Contact, Household, HouseholdCrop, Resident
from push import dispatches
from push.models import Attempt, Delivery
from push.states import DeliveryState
from tests.houses import build, sqlite_url
from tests.notices import offices
from tests.push import county
from tests.push.running import Hooks
from tests.servers import free_port, wait_for_port
from web.house import House

SMS, CARDS = 30_000, 6_000
PATIENCE = 120.0


def measure() -> dict[str, Any]:
    """Both wires: messages a second of both, and their ratio."""
    return {"sms_bulk": _wire("sms", SMS), "wechat_single": _wire("wechat", CARDS)}


def _wire(channel: str, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, _simulators() as address:
        folder = Path(name)
        house = build(sqlite_url(folder), demo_config(address), simulators_url=address)
        bare = uvloop.run(_bare(house.channels.senders[channel], channel, count))
        ours = _through_the_worker(house, folder, address, channel, count)
        house.database.close()
    return {"messages": count, "worker_per_second": round(count / ours), "bare_per_second": round(count / bare),
            "ratio": round(bare / ours, 2)}


@contextmanager
def _simulators() -> Iterator[str]:
    hooks, port = Hooks(), free_port()
    program = [sys.executable, "-m", "channels.simulators", "--port", str(port), "--hooks", f"{hooks.address}", "--failing", "0"]
    process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        hooks.close()


async def _bare(sender: Sender, channel: str, count: int) -> float:
    """Seconds of a loop that sends everything and writes nothing down."""
    content = Content(Purpose.NOTICE, "", {"title": "玉米补贴开始登记", "deadline": "12月25日前", "where": "村委会", "phone": "0954-7000102"})
    size = sender.limits.bulk
    messages = [Message(number, _address(channel, number), content) for number in range(count)]
    waiting = [messages[start:start + size] for start in range(0, count, size)]
    now = datetime.now().astimezone()

    async def work() -> None:
        while waiting:
            await sender.send(client, Call(sortable_id(), tuple(waiting.pop()), now))

    async with Network(loopback_only).open(sender.limits.in_flight) as client:
        await sender.send(client, Call(sortable_id(), tuple(messages[:1]), now))  # the token and the lines are open
        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(sender.limits.in_flight)))
        return time.perf_counter() - began


def _through_the_worker(house: House, folder: Path, address: str, channel: str, count: int) -> float:
    """Seconds from the first call to the last settled answer."""
    _fill(house, channel, count)
    now = house.clock.now()
    with house.database.writing() as session:
        county.approve_notice(session, now, channels=[channel])
    dispatches.send(house.database, house.channels, reference=county.REFERENCE, actor=county.SENDER, now=now,
                    settings=house.settings.push)
    environment = {**os.environ, **demo_environment(address), "DATABASE_URL": sqlite_url(folder), "SIMULATE": "1",
                   "QUIET_HOURS": "", "SIMULATORS_URL": address}
    worker = subprocess.Popen([Path(sys.executable).with_name("zhida"), "worker"], env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_until_settled(house, count)
    finally:
        worker.terminate()
        worker.wait(30)
    with house.database.reading() as session:
        first, last = session.execute(select(func.min(Attempt.started_at), func.max(Attempt.answered_at))).one()
    return float((last - first).total_seconds())


def _wait_until_settled(house: House, count: int) -> None:
    until = time.monotonic() + PATIENCE
    done = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
    while time.monotonic() < until:
        with house.database.reading() as session:
            if session.scalar(select(func.count()).where(Delivery.state.in_(done))) == count:
                return
        time.sleep(0.3)
    raise RuntimeError(f"not all of {count} messages were settled within {PATIENCE:.0f} s")


def _fill(house: House, channel: str, count: int) -> None:
    """Households of one resident with one address each, all growing corn."""
    now, keyring, purpose = house.clock.now(), house.keyring, purpose_of(channel)
    with house.database.writing() as session:
        offices.found_places(session)
        name = keyring.encrypt("王某", "name")
        session.execute(insert(Household), [
            {"id": number, "reference": f"B{number}", "division": county.VILLAGE, "kinds_known": True, "crops_known": True,
             "livestock_known": True, "roster_complete": True, "source": "bench", "updated_at": now}
            for number in range(1, count + 1)])
        session.execute(insert(HouseholdCrop), [{"household_id": number, "name": "玉米", "mu": 5.0} for number in range(1, count + 1)])
        session.execute(insert(Resident), [
            {"id": number, "reference": f"r{number}", "household_id": number, "name": name, "name_index": b"0" * 16,
             "is_head": True, "standing": "present", "updated_at": now} for number in range(1, count + 1)])
        session.execute(insert(Contact), [
            {"resident_id": number, "channel": channel, "address": keyring.encrypt(_address(channel, number), purpose),
             "address_index": keyring.index(_address(channel, number), purpose), "created_at": now,
             "verified": channel == "wechat"} for number in range(1, count + 1)])


def _address(channel: str, number: int) -> str:
    return f"199{number:08d}" if channel == "sms" else f"o-bench-{number}"
