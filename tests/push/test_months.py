"""Deliveries by the month on PostgreSQL, one table on SQLite: numbers, partitions, the way there and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from channels.registry import Channels
from kernel.clock import CHINA, SetClock
from kernel.database import Base, Database
from kernel.schema import downgrade, upgrade
from push import dispatches, layout, months
from push.models import Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.sweep import sweep
from tests.push.county import SENDER, County, approve_notice, phone
from tests.schema import load_models

NOVEMBER, DECEMBER = 202611 * months.BLOCK, 202612 * months.BLOCK


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


@pytest.fixture
def by_month(postgres_url: str) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    load_models()
    opened = Database(postgres_url)
    yield opened
    opened.close()


def send(database: Database, channels: Channels, clock: SetClock, reference: str) -> int:
    return dispatches.send(database, channels, reference=reference, actor=SENDER, now=clock.now(),
                           settings=PushSettings()).dispatch


def numbers(database: Database, dispatch: int) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Delivery.id).where(Delivery.dispatch_id == dispatch).order_by(Delivery.id)))


def parts(database: Database) -> dict[str, int]:
    """Rows of each partition that holds any."""
    with database.reading() as session:
        found = session.execute(text("SELECT tableoid::regclass::text, count(*) FROM deliveries GROUP BY 1"))
        return {str(name): int(count) for name, count in found}


def test_a_month_has_its_block_of_numbers() -> None:
    assert months.block(datetime(2026, 11, 30, 23, 59, tzinfo=CHINA)) == (NOVEMBER, DECEMBER)
    assert months.block(datetime(2026, 12, 1, 0, 0, tzinfo=CHINA)) == (DECEMBER, 202701 * months.BLOCK)
    assert months.partition(datetime(2026, 12, 1, tzinfo=CHINA)) == "deliveries_202612"


def test_each_month_is_numbered_and_kept_apart_on_postgresql_and_sqlite_counts_on(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    for number in (1, 2):
        approve_notice(county.session, clock.now(), f"PY-{number}", title=f"第{number}条")
    county.session.commit()
    first = send(database, channels, clock, "PY-1")
    clock.advance(timedelta(days=10))
    second = send(database, channels, clock, "PY-2")
    if database.is_sqlite:
        assert (numbers(database, first), numbers(database, second)) == ([1], [2])
        return
    assert (numbers(database, first), numbers(database, second)) == ([NOVEMBER], [DECEMBER])
    assert parts(database) == {"deliveries_202611": 1, "deliveries_202612": 1}


def test_batches_leave_out_the_gap_between_two_months(database: Database, county: County, clock: SetClock) -> None:
    dispatch = Dispatch(notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="running", content={},
                        channels=["sms"], divisions=[], sent_by="x", created_at=clock.now(), release_at=clock.now())
    county.session.add(dispatch)
    county.session.flush()
    months.turn_to(county.session, clock.now())
    with_months = not database.is_sqlite
    for moment in (clock.now(), clock.now() + timedelta(days=10)):
        months.turn_to(county.session, moment)
        for _ in range(3):
            county.session.add(Delivery(dispatch_id=dispatch.id, household_id=1, channel="sms", state="planned"))
            county.session.flush()
    first, last = (county.session.scalar(select(end(Delivery.id))) or 0 for end in (func.min, func.max))
    layout.write_batches(county.session, dispatch, ("sms",), first, last, clock.now(), 2)
    spans = [(one.last_id - one.first_id + 1, one.size) for one in county.session.scalars(select(Batch).order_by(Batch.id))]
    assert spans == ([(2, 2), (1, 1), (2, 2), (1, 1)] if with_months else [(2, 2), (2, 2), (2, 2)])


def test_a_month_made_ahead_leaves_the_numbers_where_they_are(by_month: Database, clock: SetClock) -> None:
    Base.metadata.create_all(by_month.engine)
    with by_month.writing() as session:
        months.turn_to(session, clock.now())
    assert months.make(by_month, clock.now() + timedelta(days=10))
    assert not months.make(by_month, clock.now() + timedelta(days=10))
    with by_month.writing() as session:
        months.turn_to(session, clock.now())
        session.add(Delivery(dispatch_id=1, household_id=1, channel="sms", state="planned"))
    assert parts(by_month) == {"deliveries_202611": 1}


def test_the_clock_has_the_next_month_ready(by_month: Database, clock: SetClock) -> None:
    Base.metadata.create_all(by_month.engine)
    clock.advance(timedelta(days=30))
    sweep(by_month, clock.now(), PushSettings())
    sweep(by_month, clock.now(), PushSettings())
    with by_month.reading() as session:
        ready = session.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass"))
        assert sorted(ready) == ["deliveries_202612", "deliveries_202701", "deliveries_earlier"]


def test_the_numbers_never_go_back_when_a_machines_clock_does(by_month: Database, clock: SetClock) -> None:
    Base.metadata.create_all(by_month.engine)
    for moment in (clock.now(), clock.now() - timedelta(days=40)):
        with by_month.writing() as session:
            months.turn_to(session, moment)
            session.add(Delivery(dispatch_id=1, household_id=1, channel="sms", state="planned"))
    assert parts(by_month) == {"deliveries_202611": 2}


def test_what_is_known_of_old_deliveries_goes_along_and_comes_back(by_month: Database, clock: SetClock) -> None:
    upgrade(by_month, "0019")
    with by_month.writing() as session:
        session.add(Delivery(dispatch_id=1, household_id=7, channel="sms", state="delivered"))
    upgrade(by_month)
    with by_month.writing() as session:
        months.turn_to(session, clock.now())
        session.add(Delivery(dispatch_id=2, household_id=8, channel="sms", state="planned"))
    assert parts(by_month) == {"deliveries_earlier": 1, "deliveries_202611": 1}
    downgrade(by_month, "0019")
    with by_month.reading() as session:
        kept = session.execute(select(Delivery.id, Delivery.household_id).order_by(Delivery.id)).all()
    assert [tuple(row) for row in kept] == [(1, 7), (NOVEMBER, 8)]
    assert parts(by_month) == {"deliveries": 2}
    upgrade(by_month)
    assert parts(by_month) == {"deliveries_earlier": 1, "deliveries_202611": 1}


def test_the_migrations_and_the_code_make_the_same_table_of_months(by_month: Database) -> None:
    Base.metadata.create_all(by_month.engine)
    of_the_code = _shape(by_month)
    Base.metadata.drop_all(by_month.engine)
    upgrade(by_month)
    assert _shape(by_month) == of_the_code


def _shape(database: Database) -> list[tuple[object, ...]]:
    """Columns, indexes, key and partitions of the deliveries."""
    questions = (
        "SELECT column_name, data_type, is_nullable, column_default, character_maximum_length FROM information_schema.columns"
        " WHERE table_name = 'deliveries' ORDER BY 1",
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'deliveries' ORDER BY 1",
        "SELECT pg_get_partkeydef('deliveries'::regclass)",
        "SELECT relname, pg_get_expr(relpartbound, oid), reloptions FROM pg_class WHERE relispartition AND relkind = 'r'",
        "SELECT pg_get_serial_sequence('deliveries', 'id')",
    )
    with database.engine.connect() as connection:
        return [tuple(row) for question in questions for row in connection.execute(text(question))]


def test_on_postgresql_a_message_stays_on_its_page_until_it_is_delivered(postgres: Database, clock: SetClock) -> None:
    with postgres.writing() as session:
        months.turn_to(session, clock.now())
        session.execute(text(
            "INSERT INTO deliveries (dispatch_id, household_id, resident_id, contact_id, channel, address_index, state, reason, "
            "alone, tries, vendor_code, vendor_words) SELECT 1, 100000 + i, 100000 + i, 100000 + i, 'sms', "
            "decode(repeat('ab', 16), 'hex'), 'planned', '', false, 0, '', '' FROM generate_series(1, 300) i"))
    before = pages(postgres)
    for step in ("state = 'sending', attempt_id = repeat('a', 26), tries = 1",
                 "state = 'accepted', vendor_reference = repeat('1', 20), vendor_code = 'OK', settled_at = now()",
                 "state = 'delivered', vendor_code = 'DELIVERED', vendor_words = '用户接收成功', settled_at = now()"):
        for low in (1, 101, 201):
            with postgres.writing() as session:
                session.execute(text(f"UPDATE deliveries SET {step} WHERE id BETWEEN :low AND :high"),
                                {"low": NOVEMBER + low - 1, "high": NOVEMBER + low + 98})
    assert pages(postgres) == before


def pages(database: Database) -> dict[int, str]:
    """On which page of its month each delivery lies."""
    with database.reading() as session:
        found = session.execute(text("SELECT id, split_part(ctid::text, ',', 1) FROM deliveries ORDER BY id"))
        return {int(number): str(page) for number, page in found}
