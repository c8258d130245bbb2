"""Coverage and arrival by place and kind: who counts as covered, who is to be gone to, what is unclear, what it cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kernel.clock import SetClock
from kernel.database import Database
from profiles.models import Household, HouseholdKind
from push import coverage
from push.models import Attempt, Delivery, Dispatch
from push.settings import PushSettings
from tests.notices import offices
from tests.push.county import VILLAGE, County

NEXT = f"{offices.TOWNSHIP}202"
BEYOND = "640425101200"
ATTEMPT = "a" * 26


@pytest.fixture
def pushed(both_databases: Database, county: County, clock: SetClock) -> Database:
    """A push with every outcome, over two townships."""
    now = clock.now()
    county.session.add(Dispatch(
        id=1, notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="running", sent_by="赵静",
        content={"sms": {"parts": 2}, "wechat": {"parts": 0}}, channels=["wechat", "sms"], divisions=[], created_at=now, release_at=now))
    for name, village, *messages in (
            ("王家", VILLAGE, ("sms", "delivered", "", b"w")), ("李家", VILLAGE, ("sms", "accepted", "", b"l")),
            ("陈家", VILLAGE, ("sms", "skipped", "shared", b"w")), ("赵家", VILLAGE, ("sms", "skipped", "shared", b"z")),
            ("孙家", VILLAGE, ("sms", "failed", "not_delivered", b"z")), ("马家", VILLAGE, ("", "skipped", "no_contact", None)),
            ("周家", NEXT, ("wechat", "failed", "recipient_gone", b"o"), ("sms", "delivered", "", b"t")),
            ("吴家", NEXT, ("sms", "skipped", "refused", b"u")), ("郑家", NEXT, ("sms", "unknown", "", b"v")),
            ("冯家", BEYOND, ("sms", "planned", "", b"x")), ("褚家", BEYOND, ("sms", "skipped", "already_sent", b"y")),
            ("卫家", BEYOND, ("sms", "failed", "vendor_refused", b"q"))):
        home = county.family(name, division=village)
        county.session.add_all(HouseholdKind(household_id=home.id, kind=kind) for kind in {"王家": ("低保户", "脱贫户"), "李家": ("脱贫户",)}.get(name, ()))
        for channel, state, reason, number in messages:
            add(county, home, channel, state, reason, number)
    county.session.flush()
    county.session.add(Attempt(id=ATTEMPT, batch_id=1, dispatch_id=1, channel="sms", gateway="aliyun", state="lost", first_id=1,
                               last_id=99, size=9, started_at=now - timedelta(minutes=5), ask_at=now, asked=3))
    county.session.commit()
    return both_databases


def add(county: County, home: Household, channel: str, state: str, reason: str, number: bytes | None) -> None:
    is_called = state in ("delivered", "accepted", "unknown", "failed")
    county.session.add(Delivery(dispatch_id=1, household_id=home.id, channel=channel, state=state, reason=reason,
                                address_index=number, attempt_id=ATTEMPT if is_called and channel == "sms" else None))
    county.session.flush()


def one(database: Database) -> Dispatch:
    with database.reading() as session:
        return session.get_one(Dispatch, 1)


def counts(share: coverage.Share) -> tuple[int, ...]:
    return share.audience, share.covered, share.waiting, share.submitted, share.arrived, share.missed


def test_the_whole_is_the_sum_of_townships_and_villages(pushed: Database) -> None:
    with pushed.reading() as session:
        whole, townships, villages = coverage.by_place(session, one(pushed))
    assert counts(whole) == (12, 5, 2, 4, 2, 4)
    assert {share.name: counts(share) for share in townships} == {"白阳镇": (9, 4, 1, 4, 2, 3), "王洼镇": (3, 1, 1, 0, 0, 1)}
    assert counts(villages[0]) == (6, 3, 0, 3, 1, 3)
    assert whole.coverage == pytest.approx(5 / 12)
    assert whole.arrival == 0.5


def test_a_household_of_two_kinds_counts_in_both(pushed: Database) -> None:
    with pushed.reading() as session:
        shares = {share.name: counts(share)[:2] for share in coverage.by_kind(session, one(pushed))}
    assert shares == {"没有登记户类型": (10, 3), "脱贫户": (2, 2), "低保户": (1, 1)}


@pytest.mark.parametrize(("place", "names"), [
    ("", ["赵家", "孙家", "马家", "卫家"]), (VILLAGE, ["赵家", "孙家", "马家"]), (NEXT, []), ("640425101", ["卫家"])])
def test_those_to_be_gone_to_are_whom_nothing_reached_and_nothing_will(pushed: Database, place: str, names: list[str]) -> None:
    with pushed.reading() as session:
        found = session.scalars(select(Household.reference).where(Household.id.in_(coverage.missed(one(pushed), place)))
                                .order_by(Household.id)).all()
    assert list(found) == names


def test_why_households_were_missed_is_told_by_village(pushed: Database) -> None:
    with pushed.reading() as session:
        told = sorted(coverage.missed_by_reason(session, one(pushed)))
    assert told == [(VILLAGE, "no_contact", 1), (VILLAGE, "not_delivered", 1), (VILLAGE, "shared", 1), (BEYOND, "vendor_refused", 1)]


def test_each_gateway_tells_what_it_carried_and_cost(pushed: Database) -> None:
    with pushed.reading() as session:
        (line,) = coverage.spent(session, one(pushed), PushSettings())
    assert (line.channel, line.gateway, line.taken, line.arrived, line.unknown, line.parts, line.cost) == (
        "sms", "aliyun", 3, 2, 1, 6, 0.27)


def test_each_unclear_message_tells_since_when_and_what_is_waited_for(pushed: Database, clock: SetClock) -> None:
    with pushed.reading() as session:
        (line,) = coverage.unclear(session, 1, 0, 10)
        assert coverage.unclear_count(session, 1) == 1
    assert (line.household, line.gateway, clock.now() - line.since) == ("郑家", "aliyun", timedelta(minutes=5))
    assert line.waits_for == "已查询 3 次，11月23日 10:00 再向平台查询"


def test_where_residents_are_written_to_each_counts_for_one(pushed: Database, clock: SetClock) -> None:
    more: dict[str, Any] = {"dispatch_id": 2, "household_id": 1, "channel": "sms"}
    with pushed.writing() as session:
        session.add(Dispatch(id=2, notice_id=1, notice_reference="PY-2", digest="d", purpose="notice", state="running", to="residents",
                             sent_by="赵静", content={}, channels=["sms"], divisions=[], created_at=clock.now(), release_at=clock.now()))
        session.add_all([Delivery(resident_id=1, state="delivered", **more), Delivery(resident_id=2, state="skipped", reason="no_contact", **more)])
    with pushed.reading() as session:
        whole, _, _ = coverage.by_place(session, session.get_one(Dispatch, 2))
        assert (whole.audience, whole.covered, whole.missed) == (2, 1, 1)
        assert session.scalars(coverage.missed(session.get_one(Dispatch, 2))).all() == [1]
