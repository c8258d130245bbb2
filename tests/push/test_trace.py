"""The life of a dispatch: released, first call, half, nearly all, receipts; by its calls and not by its deliveries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from kernel.audit import SYSTEM, Actor, record
from kernel.clock import SetClock
from kernel.database import Database
from push import dispatches, trace
from push.models import Attempt, Delivery, Dispatch, ReceiptEntry
from push.states import DispatchState
from push.trace import Step
from tests.push.county import County


@pytest.fixture
def over(both_databases: Database, county: County, clock: SetClock) -> Database:
    """Twenty calls of five, one a second from the first on, each answered half a second later; two receipts."""
    now = clock.now()
    home = county.household_with_phone("王家", "13900000001")
    county.session.add(Dispatch(
        id=1, notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="finished", sent_by="赵静", content={},
        channels=["sms"], divisions=[], created_at=now, release_at=now, released_at=now, finished_at=now + timedelta(minutes=1)))
    one = Delivery(dispatch_id=1, household_id=home.id, channel="sms", state="delivered")
    county.session.add(one)
    county.session.flush()
    for number in range(1, 21):
        at = now + timedelta(seconds=number)
        county.session.add(Attempt(id=f"{number:026d}", batch_id=1, dispatch_id=1, channel="sms", gateway="aliyun",
                                   state="answered", first_id=1, last_id=5, size=5, started_at=at,
                                   answered_at=at + timedelta(seconds=0.5)))
    for number, minutes in ((1, 2), (2, 30)):
        county.session.add(ReceiptEntry(channel="sms", key=str(number), kind="delivered", delivery_id=one.id,
                                        received_at=now + timedelta(minutes=minutes)))
    county.session.commit()
    return both_databases


def life(database: Database) -> list[Step]:
    with database.reading() as session:
        return trace.life(session, session.get_one(Dispatch, 1))


def test_a_dispatch_tells_its_life_in_order(over: Database, clock: SetClock) -> None:
    told = [(step.at - clock.now(), step.words) for step in life(over) if step.at is not None]
    assert told == [
        (timedelta(), "赵静 办理，名单已排定"), (timedelta(), "到点开始发送"),
        (timedelta(seconds=1), "第一批交给平台，放行后 1.0 秒"),
        (timedelta(seconds=10.5), "一半已交给平台，放行后 10 秒"),
        (timedelta(seconds=19.5), "95% 已交给平台，放行后 20 秒"),
        (timedelta(seconds=20.5), "最近一次平台回答，放行后 20 秒"),
        (timedelta(minutes=1), "已完成"), (timedelta(minutes=2), "收到第一张回执"), (timedelta(minutes=30), "收到最近一张回执")]


@pytest.mark.parametrize("state", [DispatchState.RUNNING, DispatchState.PAUSED, DispatchState.STOPPED])
def test_half_of_what_is_only_on_its_way_is_not_called_half(over: Database, state: DispatchState) -> None:
    with over.writing() as session:
        session.execute(update(Dispatch).values(state=state))
    told = "".join(step.words for step in life(over))
    assert "最近一次平台回答" in told
    assert "一半" not in told
    assert "95%" not in told


def test_what_arrived_tells_of_its_receipt_itself(over: Database, clock: SetClock) -> None:
    with over.writing() as session:
        session.execute(delete(ReceiptEntry).where(ReceiptEntry.key == "2"))
        session.execute(update(Delivery).values(attempt_id="1" * 26, settled_at=clock.now() + timedelta(minutes=40)))
    assert [(step.at - clock.now(), step.words) for step in life(over) if step.at is not None][-2:] == [
        (timedelta(minutes=2), "收到第一张回执"), (timedelta(minutes=40), "收到最近一张回执")]


def test_a_dispatch_that_has_not_begun_tells_only_its_plan(both_databases: Database, county: County, clock: SetClock) -> None:
    county.session.add(Dispatch(
        id=1, notice_id=1, notice_reference="PY-1", digest="d", purpose="notice", state="planned", sent_by="赵静", content={},
        channels=["sms"], divisions=[], created_at=clock.now(), release_at=clock.now() + timedelta(hours=2)))
    county.session.commit()
    assert [step.what.value for step in life(both_databases)] == ["planned", "released"]


def test_its_life_tells_who_held_it_up_and_whom_it_was_added_to(over: Database, clock: SetClock) -> None:
    acts: list[tuple[str, Actor, dict[str, object]]] = [
        ("push.pause", Actor("李停"), {}), ("push.resume", Actor("赵静"), {}), ("push.hold", SYSTEM, {"because": "信息已撤下"}),
        ("push.join", SYSTEM, {"joined": 3}), ("push.join", SYSTEM, {"joined": 0}), ("push.read", Actor("李停"), {})]
    with over.writing() as session:
        for number, (act, actor, details) in enumerate(acts):
            record(session, clock.now() + timedelta(hours=1 + number), actor, act, "dispatch:1", details)
        record(session, clock.now(), SYSTEM, "push.pause", "dispatch:11")
    assert [step.words for step in life(over)][-4:] == [
        "李停 暂停", "赵静 继续，从停下的地方接着来", "自动暂停：信息已撤下", "补发 3 条"]


def test_its_life_tells_who_stopped_it_and_no_longer_how_it_might_go_on(over: Database, clock: SetClock) -> None:
    with over.writing() as session:
        dispatch = session.get_one(Dispatch, 1)
        dispatch.state, dispatch.finished_at, dispatch.held_because = DispatchState.PAUSED, None, "处理好后点“继续”。"
    with over.writing() as session:
        dispatches.stop(session, 1, Actor("李停", frozenset({"sender"}), ""), clock.now() + timedelta(hours=1))
    assert "已停止，李停 办理" in [step.words for step in life(over)]
    with over.reading() as session:
        assert session.get_one(Dispatch, 1).held_because == ""
