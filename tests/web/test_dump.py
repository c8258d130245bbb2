"""A stolen copy of the database tells nobody: every table and every byte is searched for the people who were put in."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import logging
import re
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import MetaData, select
from werkzeug.serving import make_server

from channels.messages import Incoming, IncomingKind
from channels.simulators.identity import demo_config
from channels.simulators.running import Running, start_simulators
from kernel.audit import Actor
from kernel.database import Database
from kernel.logs import start_logging
from knowledge import consultations
from knowledge.models import Consultation
from notices import drafts, lifecycle
from profiles import contacts
from profiles.divisions import import_divisions
from profiles.intake.households import import_households
from profiles.models import Division, Resident
from push import dispatches
from push.worker import run_worker
from tests import houses
from tests.servers import free_port
from web.app import create_app
from web.demo.households import HEADERS, invented_rows
from web.house import House
from web.staff import accounts
from web.staff.models import Role

ROOT = Path(__file__).resolve().parents[2]
COUNTY = "640425"
ROWS = 400
LOADER = Actor("装载", frozenset({"editor", "sender", "administrator"}), COUNTY)
PEOPLE = tuple(Actor(name, frozenset({role}), COUNTY) for name, role in (
    ("编辑", "editor"), ("初审", "first_reviewer"), ("复审", "second_reviewer"), ("签发", "signer"), ("推送", "sender")))
# Somebody in no register, who tells the bot everything.
STRANGER = {"name": "麻胜男", "phone": "19900001234", "id": "999999198803070023", "openid": "o-stranger-77"}
TOLD = f"我叫{STRANGER['name']}，身份证{STRANGER['id']}，电话{STRANGER['phone']}，我家的地被淹了谁来管"


@dataclass(frozen=True)
class Known:
    """Everybody whose data went in, by what must not be found."""

    phones: frozenset[str]
    documents: frozenset[str]
    openids: frozenset[str]
    names: frozenset[str]

    def all(self) -> frozenset[str]:
        return self.phones | self.documents | self.openids | self.names


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return houses.sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_ready_url")


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the processes log, as it would reach the machine's journal."""
    root, written = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", written)
    start_logging()
    yield written
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@contextmanager
def running(database_url: str, folder: Path, cipher: str) -> Iterator[tuple[House, Running]]:
    """A whole house on the wire: site, simulated vendors, worker."""
    port = free_port()
    with start_simulators(hooks=f"http://127.0.0.1:{port}/hooks") as simulators:
        house = houses.build(database_url, demo_config(simulators.address), simulators_url=simulators.address,
                             cipher=cipher, data_key=base64.b64encode(b"k" * 32).decode(), secret_key="s" * 32)
        server = make_server("127.0.0.1", port, create_app(house), threaded=True)
        stop = threading.Event()
        worker = threading.Thread(target=run_worker, args=(
            house.database, house.keyring, house.channels.senders, house.network, house.broker, house.clock,
            house.settings.push, stop))
        site = threading.Thread(target=server.serve_forever, daemon=True)
        site.start()
        worker.start()
        try:
            yield house, simulators
        finally:
            stop.set()
            worker.join()
            server.shutdown()
            site.join()
            server.server_close()
            house.database.close()


def fill(house: House) -> Known:
    """A register with a spoilt row, people bound by WeChat, staff."""
    now = house.clock.now()
    import_divisions(house.database, (ROOT / "web/demo/data/divisions-pengyang.csv").read_bytes(), now, LOADER)
    with house.database.reading() as session:
        villages = session.execute(select(Division.code, Division.name).where(Division.code.like("640425100___")).order_by(
            Division.code)).all()
    rows: list[dict[str, Any]] = [dict(row) for row, _ in zip(invented_rows([tuple(one) for one in villages]), range(ROWS),
                                                              strict=False)]
    spoilt = {**rows[-1], "姓名": STRANGER["name"], "证件号码": STRANGER["id"][:-1] + "0", "联系电话": STRANGER["phone"] + "1"}
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADERS)
    writer.writeheader()
    writer.writerows([*rows, spoilt])
    import_households(house.database, house.keyring, text.getvalue().encode(), "农户.csv", now=now, actor=LOADER)
    openids = set()
    with house.database.writing() as session:
        for person in session.scalars(select(Resident).where(Resident.is_head)).all():
            openid = f"o-Wx{person.id:04d}-head"
            openids.add(openid)
            contacts.bind(session, house.keyring, person.id, "wechat", openid, now)
        for name, role in (("村干部", Role.CADRE), ("坐席", Role.AGENT)):
            accounts.add(session, name, (role,), COUNTY, "correct horse battery", now, LOADER)
    return Known(
        frozenset(row["联系电话"] for row in rows if row["联系电话"]) | {STRANGER["phone"]},
        frozenset(row["证件号码"] for row in rows if row["证件号码"]) | {STRANGER["id"]},
        frozenset(openids) | {STRANGER["openid"]}, frozenset(row["姓名"] for row in rows) | {STRANGER["name"]})


def dispatch(house: House, simulators: Running) -> None:
    """A notice through its reviews and out to the telephones, receipts included."""
    drafts.import_notices(house.database, (ROOT / "docs/samples/notice.jsonl").read_bytes(), house.clock.now(), PEOPLE[0],
                          forms=house.forms)
    with house.database.writing() as session:
        lifecycle.submit(session, "SAMPLE-001", PEOPLE[0], house.clock.now(), forms=house.forms)
        for reviewer in PEOPLE[1:4]:
            lifecycle.approve(session, "SAMPLE-001", reviewer, house.clock.now())
        lifecycle.publish(session, "SAMPLE-001", PEOPLE[0], house.clock.now())
    planned = dispatches.send(house.database, house.channels, reference="SAMPLE-001", actor=PEOPLE[4], now=house.clock.now(),
                              settings=house.settings.push)
    assert planned.planned > 5
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with house.database.reading() as session:
            status = dispatches.status(session, planned.dispatch, house.settings.push)
        if not any(status.deliveries.get(state, 0) for state in ("planned", "sending", "unknown", "accepted")):
            break
        time.sleep(0.2)
    assert status.deliveries.get("delivered", 0) > 5
    assert simulators.wait_for_receipts()


def talk(house: House, simulators: Running, known: Known) -> None:
    """Questions, consultations and refusals by every door, with everything in them that people do write."""
    phone = min(known.phones)
    for channel, address in (("wechat", STRANGER["openid"]), ("sms", phone)):
        for words in (TOLD, "人工", TOLD, "退订"):
            said = json.dumps({"channel": channel, "address": address, "text": words}).encode()
            request = urllib.request.Request(f"{simulators.address}/phones/say", said, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=30) as response:
                response.read()
    for words in (TOLD, "人工", TOLD):
        house.reception.receive(Incoming(channel="web", address="f" * 32, key=f"k{words[:2]}{time.time_ns()}",
                                         kind=IncomingKind.TEXT, text=words, at=house.clock.now()), house.clock.now())
    with house.database.writing() as session:
        case = session.scalars(select(Consultation).limit(1)).one()
        consultations.answer(session, case.number, "请到镇民政办，带上身份证。", Actor("坐席"), house.clock.now())


def look(house: House) -> None:
    """The staff look at households."""
    client = create_app(house).test_client()
    with client.session_transaction() as session:
        session.update(account="村干部", until=1 << 40, ended=0)
    for path in ("/staff/households", "/staff/households/of/PY000001", "/staff/households?reference=PY000001"):
        assert client.get(path, follow_redirects=True).status_code == 200


def dump(database: Database) -> Iterator[tuple[str, bytes]]:
    """Every value of every table that is really there, as it stands and as it reads when decoded."""
    found = MetaData()
    found.reflect(database.engine)
    with database.engine.connect() as connection:
        for table in found.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, value in row.items():
                    yield from ((f"{table.name}.{name}", form) for form in forms(value))


def forms(value: object) -> Iterator[bytes]:
    """A value as bytes, and what it decodes to."""
    if value is None or isinstance(value, bool | int | float | datetime):
        yield str(value).encode()
        return
    raw = bytes(value) if isinstance(value, bytes | memoryview) else (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)).encode()
    yield raw
    yield raw.decode("unicode_escape", "ignore").encode("utf-8", "ignore") if rb"\u" in raw else b""
    for part in re.findall(rb"[A-Za-z0-9+/_=-]{12,}", raw):
        try:
            yield base64.b64decode(part.replace(b"-", b"+").replace(b"_", b"/") + b"==")
        except (binascii.Error, ValueError):
            pass  # not base64
        if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", part):
            yield bytes.fromhex(part.decode())


def told_by(database: Database, known: Known) -> set[tuple[str, str]]:
    """Which column tells of whom."""
    wanted = re.compile(b"|".join(re.escape(one.encode()) for one in known.all()))
    return {(place, hit.group().decode()) for place, form in dump(database) for hit in wanted.finditer(form)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_a_copy_of_the_database_and_the_logs_name_nobody(
    database_url: str, tmp_path: Path, cipher: str, journal: io.StringIO
) -> None:
    with running(database_url, tmp_path, cipher) as (house, simulators):
        known = fill(house)
        dispatch(house, simulators)
        talk(house, simulators, known)
        look(house)
        assert told_by(house.database, known) == set()
    written = journal.getvalue()
    assert "worker started" in written
    assert [line for line in written.splitlines() if any(one in line for one in known.all())] == []
    for path in tmp_path.glob("zhida.db*"):
        raw = path.read_bytes()
        assert {one for one in known.all() if one.encode() in raw} == set(), path.name


def test_the_search_itself_would_find_what_is_hidden_badly() -> None:
    known = Known(frozenset({"19900001234"}), frozenset(), frozenset(), frozenset({"麻胜男"}))
    wanted = re.compile(b"|".join(re.escape(one.encode()) for one in known.all()))
    for hidden in ("电话19900001234", base64.b64encode("是麻胜男家".encode()).decode(), b"19900001234".hex(),
                   {"名": ["麻胜男"]}, json.dumps("麻胜男"), "麻胜男".encode()):
        assert any(wanted.search(form) for form in forms(hidden)), hidden
    assert not any(wanted.search(form) for form in forms(b"\x01\x02 sealed"))
