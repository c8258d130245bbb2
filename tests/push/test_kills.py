"""Workers killed at any moment, before a vendor that loses answers: nothing is lost and nothing goes twice."""

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

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from push.settings import PushSettings
from tests.push.county import County, phone
from tests.push.running import House, house_around
from tests.push.test_delivery import people, release, state_of

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = PushSettings(batch_size=100, lease=1.5, unknown_horizon=2, quiet_hours="")
CHANGES = {"ALIYUN_SMS_BULK": "10", "ALIYUN_SMS_IN_FLIGHT": "4"}


@pytest.fixture
def key() -> bytes:
    return secrets.token_bytes(32)


@pytest.fixture
def keyring(key: bytes) -> Keyring:
    return Keyring([key])


@contextmanager
def process(house: House, key: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process; killed without a word at the end if it still runs."""
    orders = {
        "database": house.database.url.render_as_string(hide_password=False), "key": base64.b64encode(key).decode(),
        "start": house.clock.start.isoformat(), "since": house.clock.since, "vendors": house.vendors.address,
        "settings": SETTINGS.model_dump(), "changes": CHANGES,
    }
    worker = subprocess.Popen([sys.executable, "-m", "tests.push.worker_process"], cwd=ROOT, stdin=subprocess.PIPE,
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


def test_workers_killed_at_any_moment_lose_nothing_and_repeat_nothing(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, key: bytes) -> None:
    draws, families = random.Random(4), 600
    with house_around(both_databases, keyring, clock.now(), SETTINGS, CHANGES) as house:
        house.vendors.faults.add("slow", 0.05, vendor="aliyun", share=0.3)
        house.vendors.faults.add("lose_answer", vendor="aliyun", share=0.1)
        house.vendors.faults.add("drop", vendor="aliyun", share=0.05)
        house.vendors.faults.add("status", 503, vendor="aliyun", share=0.05)
        house.vendors.faults.receipts.lose = 0.5
        people(county, families)
        number = release(house, county)
        for _ in range(4):
            before = house.vendors.ledger.messages
            with process(house, key):
                house.until(lambda before=before: house.vendors.ledger.messages > before, "the worker sends")
                time.sleep(draws.random() * 0.3)
        with process(house, key):
            house.until(lambda: state_of(house, number) == "finished", lambda: str(house.states(number)))
            house.vendors.wait_for_receipts()
        assert house.taken() == {phone(family): 1 for family in range(1, families + 1)}
        states = house.states(number)
        assert set(states) <= {"accepted", "delivered"}, states
        assert sum(states.values()) == families


def test_a_worker_that_is_told_to_end_ends_by_itself(
        database: Database, keyring: Keyring, clock: SetClock, key: bytes) -> None:
    with house_around(database, keyring, clock.now(), SETTINGS, CHANGES) as house, process(house, key) as worker:
        time.sleep(0.3)
        assert worker.poll() is None
        worker.terminate()
        assert worker.wait(20) == 0
