"""Planning a dispatch over a million residents, against one raw INSERT … SELECT of the same audience and contact join.

Both are taken in turn, and the ratio is the median over the pairs. Seconds on the wall swing with the machine's neighbours,
processor seconds (of this process, or of PostgreSQL's backend) less so: both ratios are printed, with their least and most.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from statistics import median
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
ROUNDS = 7
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
CONDITION = parse({"fact": "household.kind", "in": ["一般农户"]}, REGISTER)
DIVISIONS = ("6404",)
PUSH = (Dispatch, Batch, Attempt, Delivery, ReceiptEntry)


def measure(count: int = HOUSEHOLDS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Seconds and ratio on both databases, over some rounds taken turn by turn after one for warming up."""
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
    _timed(database, _raw)
    pairs = [(_timed(database, _raw), _timed(database, _ours)) for _ in range(rounds)]
    made, plain = pairs[0][1][2], pairs[0][0][2]
    figures: dict[str, Any] = {"residents": _count(database, Resident), "deliveries": made, "raw_deliveries": plain, "rounds": rounds}
    for place, name in enumerate(("", "processor_")):
        ratios = sorted(ours[place] / raw[place] for raw, ours in pairs)
        figures |= {f"raw_{name}seconds": round(median(raw[place] for raw, _ in pairs), 2),
                    f"planned_{name}seconds": round(median(ours[place] for _, ours in pairs), 2),
                    f"{name}ratio_to_raw": round(median(ratios), 2),
                    f"{name}ratios": [round(ratios[0], 2), round(ratios[-1], 2)]}
    return figures | {"deliveries_per_second": round(made / median(ours[0] for _, ours in pairs))}


def _count(database: Database, model: Any) -> int:
    with database.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {model.__tablename__}")).scalar_one())


def _backend(session: Session) -> int | None:
    """Whoever runs a session's statements: PostgreSQL's process, none but this one on SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _processor(backend: int | None) -> float:
    """Processor seconds of a backend, or of this process."""
    if backend is None:
        return time.process_time()
    times = Path(f"/proc/{backend}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
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
        backend = _backend(session)
        spent, began = _processor(backend), time.perf_counter()
        made = work(session)
        session.commit()
        seconds = time.perf_counter() - began
        return seconds, _processor(backend) - spent, made


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
