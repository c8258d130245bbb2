"""Counts are kept by dispatch, renewed while they can change, and left alone afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kernel.clock import SetClock
from kernel.database import Database
from push import tallies
from push.models import Attempt, Delivery, Dispatch
from push.tallies import Counter, DispatchCount, DispatchMark, Pulse
from tests.push.county import County

FIRST, SECOND = "a" * 26, "b" * 26


@pytest.fixture
def running(both_databases: Database, county: County, clock: SetClock) -> Database:
    """A dispatch of five: three by aliyun in one call, one by tencent, one not yet."""
    now = clock.now()
    home = county.household_with_phone("王家", "13900000001")
    county.session.add(Dispatch(
        id=1, notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="running", sent_by="赵静",
        content={"sms": {"parts": 2}}, channels=["sms"], divisions=[], created_at=now, release_at=now))
    for attempt, state in ((FIRST, "delivered"), (FIRST, "accepted"), (FIRST, "failed"), (SECOND, "unknown"), (None, "planned")):
        county.session.add(Delivery(dispatch_id=1, household_id=home.id, channel="sms", state=state, attempt_id=attempt))
    for number, gateway, state, after in ((FIRST, "aliyun", "answered", 2), (SECOND, "tencent", "lost", 5)):
        county.session.add(Attempt(id=number, batch_id=1, dispatch_id=1, channel="sms", gateway=gateway, state=state,
                                   first_id=1, last_id=5, size=3, started_at=now + timedelta(seconds=after)))
    county.session.commit()
    return both_databases


def test_deliveries_are_counted_by_who_carried_them(running: Database, clock: SetClock) -> None:
    tallies.count(running, 1, clock.now())
    tallies.count(running, 1, clock.now())
    with running.reading() as session:
        rows = {(one.what, one.gateway, one.state): (one.count, one.parts) for one in session.scalars(select(DispatchCount))}
        mark = session.get_one(DispatchMark, 1)
    assert rows == {
        ("delivery", "aliyun", "delivered"): (1, 2), ("delivery", "aliyun", "accepted"): (1, 2),
        ("delivery", "aliyun", "failed"): (1, 2), ("delivery", "tencent", "unknown"): (1, 2),
        ("delivery", "", "planned"): (1, 2), ("call", "aliyun", "answered"): (1, 0), ("call", "tencent", "lost"): (1, 0)}
    assert (mark.first_call_seconds, mark.is_settled) == (2.0, False)


def test_what_runs_is_counted_again_soon_and_what_is_long_over_never(running: Database, clock: SetClock) -> None:
    counter = Counter(running, clock)
    assert counter.look() == 1
    assert counter.look() == 0
    clock.advance(timedelta(seconds=15))
    assert counter.look() == 1
    with running.writing() as session:
        session.execute(update(Dispatch).values(state="finished", finished_at=clock.now()))
    clock.advance(timedelta(hours=20))
    assert counter.look() == 1
    clock.advance(timedelta(minutes=30))
    assert counter.look() == 0
    clock.advance(timedelta(days=20))
    assert counter.look() == 1
    clock.advance(timedelta(days=200))
    assert counter.look() == 0
    with running.reading() as session:
        assert session.get_one(Pulse, "clock").at == clock.now()


def test_kept_counts_are_told_only_once_the_first_receipts_are_in(running: Database, clock: SetClock) -> None:
    with running.writing() as session:
        session.execute(update(Dispatch).values(state="finished", finished_at=clock.now()))
    tallies.count(running, 1, clock.now())
    with running.reading() as session:
        assert tallies.kept(session, session.scalars(select(Dispatch)).all()) == {}
    tallies.count(running, 1, clock.now() + timedelta(hours=2))
    with running.reading() as session:
        (told,) = tallies.kept(session, session.scalars(select(Dispatch)).all()).values()
    assert told == {"delivered": 1, "accepted": 1, "failed": 1, "unknown": 1, "planned": 1}
