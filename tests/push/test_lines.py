"""A dispatch over a carrier's line: carriers that fall over, workers that are killed; nothing twice, nothing lost from sight."""

from __future__ import annotations

import base64
import json
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network, loopback_only
from push import receipts
from push.models import Delivery
from push.settings import PushSettings
from tests.push.county import County, phone
from tests.push.running import House, house_around
from tests.push.test_delivery import people, release, state_of

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = PushSettings(batch_size=100, lease=1.5, unknown_horizon=2, quiet_hours="")
each_gateway = pytest.mark.parametrize("gateway", ["cmpp", "smpp"])
on_sqlite = pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)


def changes(gateway: str, answer_seconds: int = 4) -> dict[str, str]:
    return {"SMS_GATEWAYS": gateway, f"{gateway.upper()}_ANSWER_SECONDS": str(answer_seconds), f"{gateway.upper()}_WINDOW": "8"}


@pytest.fixture
def key() -> bytes:
    return secrets.token_bytes(32)


@pytest.fixture
def keyring(key: bytes) -> Keyring:
    return Keyring([key])


@contextmanager
def lines_open(house: House) -> Iterator[None]:
    for line in house.channels.lines.values():
        line.hand_to(lambda gateway, received: receipts.take(house.database, house.keyring, received.receipts, house.clock.now()))
        line.open(Network(loopback_only))
    try:
        yield
    finally:
        for line in house.channels.lines.values():
            line.close()


@contextmanager
def process(house: House, key: bytes, gateway: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process; killed without a word at the end."""
    orders = {
        "database": house.database.url.render_as_string(hide_password=False), "key": base64.b64encode(key).decode(),
        "start": house.clock.start.isoformat(), "since": house.clock.since, "vendors": house.vendors.address,
        "settings": SETTINGS.model_dump(), "changes": changes(gateway),
    }
    worker = subprocess.Popen([sys.executable, "-m", "tests.push.line_process"], cwd=ROOT, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(json.dumps(orders).encode())
    worker.stdin.close()
    assert worker.stdout.readline() == b"ready\n"
    try:
        yield worker
    finally:
        worker.kill()
        worker.stdout.close()
        worker.wait(10)


def told(house: House, dispatch: int) -> dict[str, str]:
    """The state of every family's delivery, by telephone."""
    numbers = {index: phone(number) for number in range(1, 1001) for index in [house.keyring.index(phone(number), "phone")]}
    with house.database.reading() as session:
        return {numbers[bytes(index)]: str(state) for index, state in session.execute(
            select(Delivery.address_index, Delivery.state).where(Delivery.dispatch_id == dispatch))}


def balanced(house: House, dispatch: int, families: int) -> dict[str, str]:
    """Our books and the carrier's: nobody twice, nobody arrived whom the carrier did not take, nobody out of sight."""
    states, taken = told(house, dispatch), house.taken()
    assert set(taken.values()) <= {1}
    assert set(states) == {phone(number) for number in range(1, families + 1)}
    assert set(states.values()) <= {"delivered", "accepted", "unknown"}, house.states(dispatch)
    assert {number for number, state in states.items() if state in ("delivered", "accepted")} <= set(taken)
    assert {number for number in states if number not in taken} <= {number for number, state in states.items() if state == "unknown"}
    return states


@each_gateway
def test_every_family_gets_its_message_once_and_the_reports_come_back(
        gateway: str, both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    with house_around(both_databases, keyring, clock.now(), SETTINGS, changes(gateway, 30)) as house, lines_open(house):
        people(county, 95)
        number = release(house, county)
        with house.worker():
            house.until_states(number, delivered=95)
            house.until(lambda: state_of(house, number) == "finished", "finished")
        assert house.taken() == {phone(family): 1 for family in range(1, 96)}


@each_gateway
@on_sqlite
def test_a_carrier_that_falls_over_in_mid_run_costs_nobody_a_message_and_gives_nobody_two(
        gateway: str, both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    families = 200
    with house_around(both_databases, keyring, clock.now(), SETTINGS, changes(gateway)) as house, lines_open(house):
        house.vendors.faults.add("slow", 0.02, vendor=gateway, share=0.3)
        house.vendors.faults.add("lose_answer", vendor=gateway, share=0.01)
        carrier = house.vendors.simulators.lines[gateway]
        people(county, families)
        number = release(house, county)
        with house.worker():
            for _ in range(2):
                before = house.vendors.ledger.messages
                house.until(lambda before=before: house.vendors.ledger.messages > before + 30
                            or state_of(house, number) == "finished", "the worker sends")
                house.vendors.call(lambda: carrier.restart(0.2))
            house.until(lambda: state_of(house, number) == "finished", lambda: str(house.states(number)))
            house.vendors.wait_for_receipts()
        states = balanced(house, number, families)
        # Reports settle what the carrier took before it fell over; only what it never took stays unknown.
        assert {one for one, state in states.items() if state == "unknown"} == set(states) - set(house.taken())


@pytest.mark.parametrize(("gateway", "both_databases"), [("cmpp", "sqlite"), ("smpp", "postgresql")],
                         indirect=["both_databases"])
def test_workers_killed_at_any_moment_repeat_nothing_and_leave_a_list(
        gateway: str, both_databases: Database, county: County, keyring: Keyring, clock: SetClock, key: bytes) -> None:
    draws, families, kills = random.Random(4), 200, 3
    with house_around(both_databases, keyring, clock.now(), SETTINGS, changes(gateway)) as house:
        house.vendors.faults.add("slow", 0.03, vendor=gateway, share=0.3)
        people(county, families)
        number = release(house, county, short_text="补贴登记")
        for _ in range(kills):
            before = house.vendors.ledger.messages
            with process(house, key, gateway):
                house.until(lambda before=before: house.vendors.ledger.messages > before, "the worker sends")
                time.sleep(draws.random() * 0.3)
        with process(house, key, gateway):
            house.until(lambda: state_of(house, number) == "finished", lambda: str(house.states(number)))
            house.vendors.wait_for_receipts()
        states = balanced(house, number, families)
        # What the carrier took is told by its reports, whoever was killed; what it never took stays on the list.
        assert {one for one, state in states.items() if state == "unknown"} == set(states) - set(house.taken())
        assert list(states.values()).count("unknown") <= kills * 2 * 8


@on_sqlite
def test_a_part_of_a_long_message_proves_nothing_to_a_worker_that_did_not_send_it(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, key: bytes) -> None:
    with house_around(both_databases, keyring, clock.now(), SETTINGS, changes("cmpp")) as house:
        # The first part is taken, its answer is slow, and the worker is killed before the second.
        house.vendors.faults.add("slow", 5, vendor="cmpp")
        house.vendors.faults.receipts.delay = 1.0
        people(county, 3)
        number = release(house, county, title="玉米良种补贴开始申报，请带身份证和土地承包合同到便民服务中心", short_text="")
        with process(house, key, "cmpp"):
            house.until(lambda: house.vendors.ledger.requests["cmpp"] == 3, "the first parts leave")
        house.vendors.faults.clear()
        with process(house, key, "cmpp"):
            house.until(lambda: state_of(house, number) == "finished", lambda: str(house.states(number)))
            assert house.vendors.wait_for_receipts()
        assert house.states(number) == {"unknown": 3}
        assert house.taken() == {}
