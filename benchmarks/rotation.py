"""Turning the keys of a register on SQLite: `python -m benchmarks rotation`, 100,000 residents with a telephone each.

What it finds is told for a million by proportion: the work goes row by row, but what no longer fits into memory may take longer.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from kernel import rotation
from kernel.clock import CHINA, SetClock
from kernel.crypto import Keyring
from kernel.database import Base, Database
from profiles.models import Contact, Household, Resident
from tests.schema import load_models
from web.sealed import SEALED

RESIDENTS = 100_000
HOME_OF = 4
AT_ONCE = 5_000
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)


def measure(residents: int = RESIDENTS) -> dict[str, Any]:
    """Fill a register under one key, turn it to another, and tell the seconds."""
    load_models()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'zhida.db'}")
        Base.metadata.create_all(database.engine)
        old, new = secrets.token_bytes(32), secrets.token_bytes(32)
        fill(database, Keyring([old]), residents)
        began = time.perf_counter()
        turned = rotation.rotate(database, Keyring([new, old]), SEALED, SetClock(NOW))
        seconds = time.perf_counter() - began
        database.close()
    rows = sum(turned.changed.values())
    return {"residents": residents, "values": rows, "finished": turned.is_finished, "seconds": round(seconds, 1),
            "values_per_second": round(rows / seconds), "minutes_for_1000000_by_proportion": round(seconds / residents * 1e6 / 60, 1)}


def fill(database: Database, keyring: Keyring, residents: int) -> None:
    """Invented people, four to a household, each with a telephone."""
    with database.writing() as session:
        homes = [{"id": number, "reference": f"H{number}", "division": "640425100201", "updated_at": NOW,
                  "head_name": keyring.encrypt(f"王{number}", "name"), "head_name_index": keyring.index(f"王{number}", "name"),
                  "source": "import"} for number in range(1, residents // HOME_OF + 1)]
        session.execute(insert(Household), homes)
    for start in range(1, residents + 1, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, residents + 1))
        with database.writing() as session:
            session.execute(insert(Resident), [_person(keyring, number, residents) for number in numbers])
            session.execute(insert(Contact), [_contact(keyring, number) for number in numbers])


def _person(keyring: Keyring, number: int, residents: int) -> dict[str, Any]:
    name, document = f"王{number}", f"99999919{number:010d}"
    return {"id": number, "reference": f"R{number}", "household_id": min((number - 1) // HOME_OF + 1, residents // HOME_OF),
            "name": keyring.encrypt(name, "name"), "name_index": keyring.index(name, "name"), "updated_at": NOW, "source": "import",
            "id_number": keyring.encrypt(document, "id_number"), "id_index": keyring.index(document, "id_number")}


def _contact(keyring: Keyring, number: int) -> dict[str, Any]:
    phone = f"199{number:08d}"
    return {"id": number, "resident_id": number, "channel": "sms", "address": keyring.encrypt(phone, "phone"),
            "address_index": keyring.index(phone, "phone"), "source": "import", "created_at": NOW}

