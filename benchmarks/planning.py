"""Planning a dispatch over a million residents, against one raw INSERT … SELECT of the same audience and contact join.

Seconds on the wall swing with the machine's neighbours; processor seconds (of this process, or of PostgreSQL's backend)
do not, so both ratios are printed.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import and_, case, delete, insert, literal, select, text, true
from sqlalchemy.orm import Session, aliased

from benchmarks import households
from channels.messages import Purpose
from kernel.clock import CHINA
from kernel.database import Base, Database
from profiles.facts import REGISTER
from profiles.models import Contact, Household, Refusal, Resident, Standing
from profiles.targeting.clauses import surely
from profiles.targeting.parsing import parse
from push import layout
from push.audience import Audience
from push.models import Attempt, Batch, Delivery, Dispatch, ReceiptEntry
from push.settings import PushSettings
from tests.servers import start_postgres

HOUSEHOLDS = 310_000
ROUNDS = 5
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
CONDITION = parse({"fact": "household.kind", "in": ["一般农户"]}, REGISTER)
DIVISIONS = ("6404",)
PUSH = (Dispatch, Batch, Attempt, Delivery, ReceiptEntry)


def measure(count: int = HOUSEHOLDS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Seconds and ratio on both databases; the best of some rounds taken turn by turn."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        server = stack.enter_context(start_postgres(_folder(folder / "postgres")))
        for kind, url in (("sqlite", f"sqlite:///{folder / 'zhida.db'}"), ("postgresql", f"{server}/postgres")):
            database = Database(url)
            fill(database, count)
            figures[kind] = _compare(database, rounds)
            database.close()
    return figures


def fill(database: Database, count: int) -> None:
    """Households, members and their telephones: nearly every head has one, every third other member too."""
    households.fill(database, count)
    tables = [Base.metadata.tables[model.__tablename__] for model in (Contact, Refusal, *PUSH)]
    Base.metadata.drop_all(database.engine, tables=tables)
    Base.metadata.create_all(database.engine, tables=tables)
    is_sqlite = database.is_sqlite
    index = "randomblob(16)" if is_sqlite else "substr(sha256(CAST(CAST(id AS text) AS bytea)), 1, 16)"
    address = "randomblob(44)" if is_sqlite else "decode(repeat('ab', 44), 'hex')"
    with database.writing() as session:
        # Nobody heads a household before being grown up.
        session.execute(text("UPDATE residents SET birth_date = '1971-03-01' WHERE is_head AND birth_date > '2000-01-01'"))
        session.execute(text(
            "INSERT INTO contacts (resident_id, channel, address, address_index, verified, preferred, shared, source, created_at) "
            f"SELECT id, 'sms', {address}, {index}, 1 = 0, 1 = 0, 1 = 0, 'import', '2026-11-01 00:00:00' FROM residents "
            "WHERE (is_head AND id % 50 <> 0) OR id % 3 = 0"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if is_sqlite else "VACUUM ANALYZE"))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _compare(database: Database, rounds: int) -> dict[str, Any]:
    raw, ours = [], []
    for _ in range(rounds):
        raw.append(_timed(database, _raw))
        ours.append(_timed(database, _ours))
    plain, planned = min(one[0] for one in raw), min(one[0] for one in ours)
    plain_cpu, planned_cpu = min(one[1] for one in raw), min(one[1] for one in ours)
    return {"residents": _count(database, Resident), "deliveries": ours[0][2], "raw_deliveries": raw[0][2],
            "raw_seconds": round(plain, 2), "planned_seconds": round(planned, 2),
            "raw_processor_seconds": round(plain_cpu, 2), "planned_processor_seconds": round(planned_cpu, 2),
            "deliveries_per_second": round(ours[0][2] / planned), "ratio_to_raw": round(planned / plain, 2),
            "ratio_to_raw_processor": round(planned_cpu / plain_cpu, 2)}


def _count(database: Database, model: Any) -> int:
    with database.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {model.__tablename__}")).scalar_one())


def _processor(session: Session) -> float:
    """Processor seconds of whoever runs the statements: this process, or PostgreSQL's backend."""
    if session.get_bind().dialect.name == "sqlite":
        return time.process_time()
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    times = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def _timed(database: Database, work: Any) -> tuple[float, float, int]:
    """Seconds on the wall and of the processor, commit included, and deliveries planned."""
    with database.writing() as session:
        for model in PUSH:
            session.execute(delete(model))
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM deliveries"))
            connection.execute(text("CHECKPOINT"))
    with database.writing() as session:
        spent, began = _processor(session), time.perf_counter()
        made = work(session)
        session.commit()
        seconds = time.perf_counter() - began
        return seconds, _processor(session) - spent, made


def _dispatch(session: Session) -> Dispatch:
    dispatch = Dispatch(
        notice_id=1, notice_reference="B-1", digest="b", purpose=Purpose.NOTICE.value, state="planned", content={},
        channels=["sms"], divisions=["6404"], sent_by="bench", created_at=NOW, release_at=NOW)
    session.add(dispatch)
    session.flush()
    return dispatch


def _ours(session: Session) -> int:
    dispatch = _dispatch(session)
    whom = Audience(CONDITION, DIVISIONS, ("sms",), "种植", NOW.date())
    return layout.write_audience(session, dispatch, whom, PushSettings()).planned


def _raw(session: Session) -> int:
    """The heads' telephones of the same households; written so that SQLite joins in its fastest order, too."""
    dispatch = _dispatch(session)
    head, contact = aliased(Resident), aliased(Contact)
    audience, by_phone = surely(CONDITION, DIVISIONS, NOW.date()), contact.channel == "sms"
    if session.get_bind().dialect.name == "sqlite":
        # By the index of divisions or of channels it would take five to ten times as long.
        audience = and_(surely(CONDITION, (), NOW.date()), (Household.division + "").between("6404", "640499999999"))
        by_phone = case((contact.channel == "sms", 1)).is_not(None)
    rows = (
        select(literal(dispatch.id), Household.id, head.id, contact.id, contact.channel, contact.address_index,
               literal("planned"), literal(""))
        .select_from(Household).join(head, true()).join(contact, true())
        .where(audience, and_(
            head.household_id == Household.id, head.is_head, head.standing == Standing.PRESENT),
            contact.resident_id == head.id, contact.retired_at.is_(None), by_phone))
    columns = ["dispatch_id", "household_id", "resident_id", "contact_id", "channel", "address_index", "state", "reason"]
    result = session.execute(insert(Delivery).from_select(columns, rows), execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]
