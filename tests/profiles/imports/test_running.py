"""Who works on a table: one at a time, held by a lease, taken up again, and never taken in twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.facts import REGISTER
from profiles.imports import claims, jobs
from profiles.imports.jobs import Job, Order
from profiles.imports.models import Asked, ImportJob, JobState
from profiles.imports.running import Importer
from profiles.intake.households import import_households
from profiles.models import Division, Household, ImportRun

VILLAGE = "640425100200"
CLERK = Actor("马编辑", frozenset({"editor"}), "640425")
LEASE = timedelta(seconds=60)
TABLE = f"""户编号,村代码,姓名,证件号码
H-WANG,{VILLAGE},王建国,
H-LI,{VILLAGE},李秀英,12
""".encode()


@pytest.fixture
def opened(both_databases: Database, clock: SetClock) -> Database:
    with both_databases.writing() as session:
        session.add_all([Division(code="640425", name="彭阳县", parent=None),
                         Division(code="640425100", name="白阳镇", parent="640425"),
                         Division(code=VILLAGE, name="姚河村", parent="640425100")])
    return both_databases


@pytest.fixture
def importer(opened: Database, keyring: Keyring, clock: SetClock) -> Importer:
    return Importer(opened, keyring, clock, lambda: REGISTER)


def bring(database: Database, keyring: Keyring, clock: SetClock, order: Order | None = None, table: bytes = TABLE) -> str:
    with database.writing() as session:
        return jobs.bring(session, keyring, CLERK, "农户.csv", table, order or Order(Asked.IMPORT), clock.now())


def job_of(database: Database, keyring: Keyring, token: str) -> Job:
    with database.reading() as session:
        found = jobs.find(session, keyring, CLERK.name, token)
    assert found is not None
    return found


def count(database: Database, of: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(of)) or 0


def test_a_table_is_taken_in_and_its_report_kept_sealed(
    opened: Database, keyring: Keyring, clock: SetClock, importer: Importer
) -> None:
    token = bring(opened, keyring, clock)
    assert importer.look()
    job = job_of(opened, keyring, token)
    assert (job.state, job.report["households"], job.report["rejected"]) == (JobState.DONE, 1, 1)
    assert job.rejections[0].value == "12"
    with opened.reading() as session:
        row = session.scalars(select(ImportJob)).one()
    assert row.report is not None
    assert "李秀英".encode() not in row.report
    assert row.content is None


def test_two_workers_never_hold_one_table_nor_two_tables_at_once(
    opened: Database, keyring: Keyring, clock: SetClock
) -> None:
    bring(opened, keyring, clock)
    bring(opened, keyring, clock)
    with opened.reading() as session:
        first, second = session.scalars(select(ImportJob.id).order_by(ImportJob.id)).all()
    with opened.writing() as session:
        assert claims.claim(session, first, "a", clock.now(), LEASE) is not None
    with opened.writing() as session:
        assert claims.claim(session, first, "b", clock.now(), LEASE) is None
        assert claims.claim(session, second, "b", clock.now(), LEASE) is None


def test_a_table_whose_worker_fell_silent_is_taken_up_by_another(
    opened: Database, keyring: Keyring, clock: SetClock, importer: Importer
) -> None:
    token = bring(opened, keyring, clock)
    with opened.writing() as session:
        lost = claims.claim(session, 1, "a", clock.now(), LEASE)
    assert lost is not None
    assert not importer.look()
    clock.set(clock.now() + LEASE + timedelta(seconds=1))
    assert importer.look()
    assert job_of(opened, keyring, token).state is JobState.DONE
    with opened.writing() as session:
        assert not claims.settle(session, lost, {"state": JobState.FAILED})


def test_a_table_that_had_gone_in_before_its_worker_died_is_told_of_and_not_taken_in_again(
    opened: Database, keyring: Keyring, clock: SetClock, importer: Importer
) -> None:
    token = bring(opened, keyring, clock)
    with opened.writing() as session:
        lost = claims.claim(session, 1, "a", clock.now(), LEASE)
    assert lost is not None
    import_households(opened, keyring, TABLE, "农户.csv", now=lost.begun_at, actor=CLERK)
    clock.set(clock.now() + LEASE + timedelta(seconds=1))
    assert importer.look()
    job = job_of(opened, keyring, token)
    assert (job.state, job.report["created"], job.report["rejected"]) == (JobState.DONE, 1, 1)
    assert job.rejections[0].value == "12"
    assert count(opened, ImportRun) == 1


def test_a_table_that_breaks_its_worker_again_and_again_is_given_up_with_words(
    opened: Database, keyring: Keyring, clock: SetClock, importer: Importer
) -> None:
    token = bring(opened, keyring, clock)
    for _ in range(claims.MOST_TRIES):
        with opened.writing() as session:
            assert claims.claim(session, 1, "a", clock.now(), LEASE) is not None
        clock.set(clock.now() + LEASE + timedelta(seconds=1))
    assert not importer.look()
    job = job_of(opened, keyring, token)
    assert job.state is JobState.FAILED
    assert "什么也没有写入" in job.words
    with opened.writing() as session:
        assert jobs.ask_again(session, CLERK.name, token)
    assert importer.look()
    assert job_of(opened, keyring, token).state is JobState.DONE


def test_a_worker_that_is_told_to_end_leaves_the_table_to_the_next(
    opened: Database, keyring: Keyring, clock: SetClock, importer: Importer
) -> None:
    token = bring(opened, keyring, clock)
    stop = threading.Event()
    stop.set()
    assert Importer(opened, keyring, clock, lambda: REGISTER, stop).look()
    assert job_of(opened, keyring, token).state is JobState.WAITING
    assert count(opened, Household) == 0
    assert importer.look()
    assert count(opened, Household) == 1


def test_a_call_without_a_clerk_is_refused_for_missing_headings_instead_of_asked(
    opened: Database, keyring: Keyring, clock: SetClock, importer: Importer
) -> None:
    table = TABLE.replace("姓名".encode(), "人的名".encode())
    token = bring(opened, keyring, clock, Order(Asked.IMPORT, asks_headings=False), table)
    assert importer.look()
    job = job_of(opened, keyring, token)
    assert job.state is JobState.REFUSED
    assert "姓名" in job.words


def test_a_table_outside_the_own_area_is_refused_by_whoever_works_on_it(
    opened: Database, keyring: Keyring, clock: SetClock, importer: Importer
) -> None:
    stranger = Actor("别县编辑", frozenset({"editor"}), "640422")
    with opened.writing() as session:
        token = jobs.bring(session, keyring, stranger, "农户.csv", TABLE, Order(Asked.IMPORT), clock.now())
    assert importer.look()
    with opened.reading() as session:
        job = jobs.find(session, keyring, stranger.name, token)
    assert job is not None
    assert "不归您管理" in job.words
    assert count(opened, Household) == 0


def test_while_sqlite_is_locked_by_the_last_part_no_other_worker_takes_the_table(
        opened: Database, keyring: Keyring, clock: SetClock) -> None:
    token, seen, would_take = bring(opened, keyring, clock), list[timedelta](), list[bool]()
    other = Importer(opened, keyring, clock, lambda: REGISTER)

    def watch(session: Session, flush_context: object, instances: object) -> None:
        if any(isinstance(one, ImportRun) for one in session.new):
            with opened.reading() as reading:
                until = reading.scalars(select(ImportJob.lease_until)).one()
                assert until is not None
                seen.append(until - clock.now())
                later = clock.now() + timedelta(minutes=5)
                would_take.append(claims.next_due(reading, later) is not None)

    event.listen(Session, "before_flush", watch)
    try:
        assert other.look()
    finally:
        event.remove(Session, "before_flush", watch)
    is_sqlite = opened.engine.dialect.name == "sqlite"
    assert (seen[0] > timedelta(minutes=5)) == is_sqlite
    assert would_take[0] != is_sqlite
    assert job_of(opened, keyring, token).state is JobState.DONE
