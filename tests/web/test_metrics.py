"""What a monitor reads: the state of the sending, at the same cost however much was sent, naming nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import event

from kernel.clock import SetClock
from kernel.database import Database
from push import tallies
from push.models import Attempt, Batch, Delivery, Dispatch, GatewayAside, ReceiptEntry
from push.settings import PushSettings
from push.tallies import Counter, Pulse
from web.metrics import Figures

FIRST, SECOND = "a" * 26, "b" * 26
MANUAL = Path(__file__).parents[2] / "docs" / "monitoring.md"


@pytest.fixture
def at_work(both_databases: Database, clock: SetClock) -> Database:
    """A dispatch of four that runs: two arrived, one unknown for ten minutes, one waits for a worker since one minute."""
    now = clock.now()
    with both_databases.writing() as session:
        session.add(Dispatch(
            id=1, notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="running", sent_by="赵静",
            content={"sms": {"parts": 2}}, channels=["sms"], divisions=[], created_at=now - timedelta(minutes=20),
            release_at=now - timedelta(minutes=20)))
        for state, attempt in (("delivered", FIRST), ("accepted", FIRST), ("unknown", SECOND), ("planned", None)):
            session.add(Delivery(dispatch_id=1, household_id=1, channel="sms", state=state, attempt_id=attempt))
        for number, state, minutes in ((FIRST, "lost", 19), (SECOND, "lost", 10)):
            session.add(Attempt(id=number, batch_id=1, dispatch_id=1, channel="sms", gateway="aliyun", state=state, first_id=1,
                                last_id=4, size=2, started_at=now - timedelta(minutes=minutes)))
        session.add(Batch(dispatch_id=1, channel="sms", state="due", due_at=now - timedelta(minutes=1), first_id=1, last_id=4))
        session.add(ReceiptEntry(channel="sms", key="k", kind="delivered", received_at=now, recipient_gone=False))
        session.add(GatewayAside(gateway="tencent", purpose="notice", code="X", words="签名不对", since=now))
    return both_databases


def scrape(database: Database, clock: SetClock) -> dict[str, float]:
    registry = CollectorRegistry()
    with database.reading() as session:
        registry.register(Figures(session, PushSettings.model_validate({}), clock.now()))
        text = generate_latest(registry).decode()
    return {name: float(value) for name, value in re.findall(r"^(\S+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)}


def test_what_is_sent_waits_and_is_unknown_is_told(at_work: Database, clock: SetClock) -> None:
    Counter(at_work, clock).look()
    clock.advance(timedelta(seconds=7))
    told = scrape(at_work, clock)
    expected: dict[str, Any] = {
        'zhida_dispatches{state="running"}': 1, "zhida_dispatches_held": 0,
        'zhida_deliveries{channel="sms",gateway="aliyun",reason="",state="delivered"}': 1,
        'zhida_deliveries{channel="sms",gateway="",reason="",state="planned"}': 1,
        'zhida_calls{channel="sms",gateway="aliyun",state="lost"}': 2,
        'zhida_message_parts_paid{gateway="aliyun"}': 4, 'zhida_cost_yuan{gateway="aliyun"}': 0.18,
        'zhida_release_to_first_call_seconds_bucket{le="60.0"}': 1, 'zhida_release_to_first_call_seconds_bucket{le="30.0"}': 0,
        "zhida_release_to_first_call_seconds_count": 1, "zhida_release_to_first_call_seconds_sum": 60,
        "zhida_batches_open": 1, "zhida_oldest_due_batch_seconds": 67, "zhida_calls_unknown": 1, "zhida_oldest_unknown_seconds": 607,
        "zhida_receipts_unmatched": 1, 'zhida_gateway_aside{gateway="tencent",purpose="notice"}': 1,
        "zhida_clock_age_seconds": 7, "zhida_count_age_seconds": 7}
    assert {name: told.get(name) for name in expected} == expected


def test_of_a_sheaf_each_call_of_unknown_fate_is_counted(at_work: Database, clock: SetClock) -> None:
    sheaf = "c" * 26
    with at_work.writing() as session:
        for state in ("unknown", "accepted", "unknown", "unknown"):
            session.add(Delivery(dispatch_id=1, household_id=1, channel="wechat", state=state, attempt_id=sheaf))
        session.add(Attempt(id=sheaf, batch_id=2, dispatch_id=1, channel="wechat", gateway="wechat", state="lost", first_id=5, last_id=8,
                            size=4, calls=4, started_at=clock.now() - timedelta(minutes=1)))
    Counter(at_work, clock).look()
    assert scrape(at_work, clock)["zhida_calls_unknown"] == 1 + 3


def test_an_idle_house_tells_noughts_and_that_no_clock_ran(both_databases: Database, clock: SetClock) -> None:
    told = scrape(both_databases, clock)
    assert told["zhida_clock_age_seconds"] == -1
    assert told["zhida_oldest_due_batch_seconds"] == told["zhida_calls_unknown"] == told['zhida_dispatches{state="running"}'] == 0


def test_a_scrape_never_counts_every_delivery(at_work: Database, clock: SetClock) -> None:
    Counter(at_work, clock).look()
    asked: list[str] = []
    event.listen(at_work.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    scrape(at_work, clock)
    about = [one for one in asked if "deliveries" in one]
    assert len(asked) > 5
    assert all("deliveries.id BETWEEN attempts.first_id AND attempts.last_id" in one for one in about)
    assert len(about) == 1


def test_a_dispatch_nobody_touches_any_more_costs_nothing(at_work: Database, clock: SetClock) -> None:
    with at_work.writing() as session:
        one = session.get_one(Dispatch, 1)
        one.state, one.finished_at = "finished", clock.now() - timedelta(days=60)  # type: ignore[assignment]
    Counter(at_work, clock).look()
    with at_work.reading() as session:
        assert tallies.due(session, clock.now() + timedelta(days=400)) == []
        assert session.get_one(Pulse, "clock").at == clock.now()


def test_every_figure_stands_in_the_manual(at_work: Database, clock: SetClock) -> None:
    Counter(at_work, clock).look()
    names = {re.sub(r"(_bucket|_count|_sum)?(\{.*)?$", "", name) for name in scrape(at_work, clock)}
    manual = MANUAL.read_text(encoding="utf-8")
    assert {name for name in names if f"`{name}" not in manual} == set()
    assert set(re.findall(r"`(zhida_[a-z_]+)", manual)) <= names
