"""A county's table brought by a program, its worker killed again and again: it goes in once, whole, and the register is right."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import Office
from web.demo.households import invented_rows

DIVISIONS = Path(__file__).resolve().parents[2] / "web" / "demo" / "data" / "divisions-pengyang.csv"
HOUSEHOLDS = 4_000
PATIENCE = 120
BOUNDARY = "----zhida"
pytestmark = pytest.mark.timeout(600)  # three workers, each a process of its own


def table() -> tuple[bytes, int]:
    """A table of the county's villages, and how many rows it has."""
    with DIVISIONS.open(encoding="utf-8") as file:
        villages = [(row["code"], row["name"]) for row in csv.DictReader(file) if len(row["code"]) == 12]
    rows = list(invented_rows(villages, HOUSEHOLDS))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(), len(rows)


def call(address: str, key: str, content: bytes | None = None) -> dict[str, Any]:
    """One call with the key; a table goes along as a form sends it."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"})
    if content is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="county.csv"\r\n\r\n'
        request.data = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        request.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        told: dict[str, Any] = json.loads(answer.read())
    return told


def wait(job: Callable[[], dict[str, Any]], is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        told = job()
        if is_so(told):
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def ask(office: Office, query: str) -> Any:
    with sqlite3.connect(office.folder / "zhida.db") as connection:
        return connection.execute(query).fetchone()[0]


def let_the_lease_run_out(office: Office) -> None:
    """As if it were later: a table that was read whole is its worker's for ten minutes."""
    with sqlite3.connect(office.folder / "zhida.db", timeout=60) as connection:
        connection.execute("UPDATE import_jobs SET lease_until = made_at WHERE lease_until IS NOT NULL")


def test_a_table_whose_worker_is_killed_goes_in_once_and_whole(office: Office) -> None:
    office.zhida("divisions", "import", str(DIVISIONS))
    office.zhida("staff", "add", "马编辑", "--role", "editor", "--division", "640425", given="correct horse battery\n")
    key = office.zhida("staff", "token", "马编辑", "--label", "县数据平台")["token"]
    content, rows = table()
    address = call(f"{office.site}/api/v1/households/imports", key, content)["address"]

    def job() -> dict[str, Any]:
        return call(address, key)

    for tries, moment in enumerate((lambda told: told["state"] == "running", lambda told: told["progress"]["done"] > 0), start=1):
        worker = office.start("worker")
        wait(job, lambda told, tries=tries, moment=moment: moment(told) and ask(office, "SELECT tries FROM import_jobs") == tries)
        worker.kill()
        worker.wait(10)
        assert ask(office, "SELECT count(*) FROM households") in (0, HOUSEHOLDS)
        assert ask(office, "SELECT count(*) FROM residents") in (0, rows)
        let_the_lease_run_out(office)
    office.start("worker")
    told = wait(job, lambda told: told["state"] not in ("waiting", "running"))
    assert (told["state"], told["report"]["read"], told["report"]["households"]) == ("done", rows, HOUSEHOLDS), told
    assert ask(office, "SELECT count(*) FROM households") == HOUSEHOLDS
    assert ask(office, "SELECT count(*) FROM residents") == rows == told["report"]["created"]
    assert ask(office, "SELECT count(*) FROM import_runs WHERE kind = 'households'") == 1
    assert ask(office, "SELECT content IS NULL FROM import_jobs") == 1
