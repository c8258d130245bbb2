"""An office turns its keys: as processes, killed in the middle, with the doctor watching."""

from __future__ import annotations

import base64
import csv
import io
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, ZHIDA, Office

pytestmark = pytest.mark.timeout(600)
OLD, NEW = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
PEOPLE = 5_000


def told_of_keys(office: Office) -> list[str]:
    return [one["level"] for one in office.zhida("doctor")["findings"] if "密钥" in one["what"]]


def import_people(office: Office, folder: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["户编号", "村代码", "姓名", "联系电话"])
    writer.writerows((f"H{number}", "640425100200", f"王{number}", f"199{number:08d}") for number in range(PEOPLE))
    path = folder / "people.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    assert office.zhida("profiles", "import", str(path))["residents"] == PEOPLE


def test_keys_are_turned_by_a_command_that_may_be_killed(office: Office, tmp_path: Path) -> None:
    office.environment["DATA_KEY"] = OLD
    office.zhida("divisions", "import", str(ROOT / "web" / "demo" / "data" / "divisions-pengyang.csv"))
    import_people(office, tmp_path)
    assert told_of_keys(office) == []
    office.environment["DATA_KEY"] = f"{NEW},{OLD}"
    assert told_of_keys(office) == ["warning"]
    refused = office.zhida("profiles", "import", str(tmp_path / "people.csv"), expect=1)
    assert "zhida keys rotate" in refused["error"]

    killed = subprocess.Popen([ZHIDA, "keys", "rotate"], env=office.environment, cwd=office.folder, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with sqlite3.connect(office.folder / "zhida.db", timeout=30) as database:
            if (database.execute("SELECT max(changed) FROM key_turn_steps").fetchone()[0] or 0) > 400:
                break
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait(20) == -signal.SIGKILL
    half = office.zhida("keys", "status")
    assert half["stale"] > 0
    assert half["removable"] == []

    done = office.zhida("keys", "rotate")
    assert done["finished"]
    assert done["changed"]["contacts.address"] == PEOPLE
    assert list(done["in_use"]) == [done["current"]]
    assert len(done["removable"]) == 1
    assert told_of_keys(office) == ["note"]
    office.environment["DATA_KEY"] = NEW
    assert told_of_keys(office) == []
    again = office.zhida("profiles", "import", str(tmp_path / "people.csv"))
    assert (again["created"], again["updated"]) == (0, 0)
    office.environment["DATA_KEY"] = OLD
    findings = office.zhida("doctor", expect=1)["findings"]
    assert next(one["level"] for one in findings if "密钥" in one["what"]) == "error"
