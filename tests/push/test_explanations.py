"""Why somebody did or did not get a message: told for each case, in words, with no number in clear."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.messages import Receipt, ReceiptKind
from channels.registry import Channels
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.consent import refuse
from profiles.models import Household, HouseholdCrop
from push import dispatches, explanations, receipts
from push.explanations import Explanation, Result
from push.failures import Refused
from push.models import Attempt, Delivery, Dispatch, ReceiptEntry
from push.planning import Word
from push.settings import PushSettings
from push.settling import Answered, settle
from push.states import DeliveryState
from push.visits import Why, ask_for
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone

FIRST, SECOND = "a" * 26, "b" * 26


@pytest.fixture
def sent(both_databases: Database, county: County, channels: Channels, keyring: Keyring, clock: SetClock) -> Database:
    """A push to whoever grows corn: 王家 by WeChat, 李家 by telephone; 陈家 is unknown, 赵家 grows none, 马家 refused."""
    wang = county.family("王家")
    head = county.member(wang, "王建国", head=True)
    county.contact(county.member(wang, "王小梅", migrant=True), phone(11))
    county.contact(head, phone(1))
    county.contact(head, "openid-wang", channel="wechat", verified=True)
    county.household_with_phone("李家", phone(2))
    county.household_with_phone("陈家", phone(3), corn=None)
    county.household_with_phone("赵家", phone(4), corn=1)
    county.household_with_phone("马家", phone(5))
    county.household_with_phone("远家", phone(6), division="640425101200")
    refuse(county.session, keyring.index(phone(5), "phone"), "", "", "sms", clock.now())
    approve_notice(county.session, clock.now(), divisions=[offices.TOWNSHIP], topic="培训", kind="notice")
    county.session.commit()
    dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=PushSettings())
    return both_databases


def explained(database: Database, keyring: Keyring, clock: SetClock, reference: str) -> Explanation:
    with database.reading() as session:
        return explanations.explain(session, keyring, 1, reference, clock.now())


def delivery_of(database: Database, household: str) -> Delivery:
    with database.reading() as session:
        return session.scalars(select(Delivery).join(Household, Household.id == Delivery.household_id)
                               .where(Household.reference == household).order_by(Delivery.id.desc())).first()  # type: ignore[return-value]


def called(database: Database, clock: SetClock, attempt: str, household: str, word: Word, **more: Any) -> None:
    """One call that carried a household's message, and what was answered two seconds later."""
    one = delivery_of(database, household)
    with database.writing() as session:
        session.add(Attempt(id=attempt, batch_id=1, dispatch_id=1, channel=one.channel, gateway="aliyun", state="open",
                            first_id=one.id, last_id=one.id, size=1, started_at=clock.now(), **more))
        session.execute(update(Delivery).where(Delivery.id == one.id).values(
            state="sending", attempt_id=attempt, tries=Delivery.tries + 1))
    clock.advance(timedelta(seconds=2))
    with database.writing() as session:
        settle(session, [Answered(attempt, 1, 1, {one.id: word})], clock.now())


def kinds(found: Explanation) -> list[str]:
    return [step.what.value for step in found.traced[0].steps]


def test_the_contact_that_was_chosen_is_told_with_the_reason(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    found = explained(sent, keyring, clock, "王家/王建国")
    assert [(way.channel, way.is_chosen) for way in found.ways] == [("wechat", True), ("sms", False), ("sms", False)]
    assert "走的是这条信息排在前面的通道" in found.why_chosen
    assert "在外务工" in found.ways[2].marks
    assert (found.result, found.audience.answer) == (Result.WAITING, "yes")
    assert "玉米 5 亩" in found.audience.because[0].words


def test_nothing_shows_a_number_in_clear(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    told = json.dumps(explained(sent, keyring, clock, "王家").as_json(), ensure_ascii=False)
    assert phone(1) not in told
    assert "139****0001" in told
    assert "openid-wang" not in told
    assert "王建国" not in told


@pytest.mark.parametrize(("household", "verdict", "words"), [
    ("陈家", "unknown", "资料不全"), ("赵家", "no", "不符合推送范围"), ("远家", "yes", "不住在推送范围内")])
def test_who_was_not_on_the_list_is_told_why(
        sent: Database, keyring: Keyring, clock: SetClock, household: str, verdict: str, words: str) -> None:
    found = explained(sent, keyring, clock, household)
    assert (found.result, found.audience.answer, found.traced) == (Result.OUTSIDE, verdict, ())
    assert words in found.words
    assert bool(found.audience.ask) is (verdict == "unknown")


def test_a_household_that_had_left_the_register_is_said_to_have_left(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        session.execute(update(Household).where(Household.reference == "远家").values(
            left_at=clock.now() - timedelta(days=3), division=offices.TOWNSHIP + "200"))
    found = explained(sent, keyring, clock, "远家")
    assert (found.result, found.words) == (Result.OUTSIDE, "不在名单里：这户11月20日起不在册。")


def test_what_waits_for_its_hour_says_so_and_what_was_cancelled_was_never_released(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        session.execute(update(Dispatch).values(released_at=None, release_at=clock.now() + timedelta(days=1)))
    waiting = explained(sent, keyring, clock, "李家")
    assert "等到11月24日 " in waiting.words
    with sent.writing() as session:
        dispatches.stop(session, 1, SENDER, clock.now())
    for found in (waiting, explained(sent, keyring, clock, "李家")):
        assert "released" not in kinds(found)


def test_what_a_pause_keeps_back_says_so(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        dispatches.pause(session, 1, SENDER, clock.now())
    assert "推送暂停着" in explained(sent, keyring, clock, "李家").words


def test_a_refusal_is_told_with_its_day_and_door(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    found = explained(sent, keyring, clock, "马家")
    assert found.result is Result.SKIPPED
    assert "本人不愿接收" in found.words
    assert found.wishes == ("11月23日经短信说过不再接收（各通道、各主题）",)
    assert found.ways[0].barred == "本人不愿接收"


def test_what_changed_since_is_told_beside_todays_verdict(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    clock.advance(timedelta(days=1))
    with sent.writing() as session:
        home = session.scalars(select(Household).where(Household.reference == "李家")).one()
        session.execute(update(HouseholdCrop).where(HouseholdCrop.household_id == home.id).values(mu=1.0))
        home.updated_at = clock.now()
    found = explained(sent, keyring, clock, "李家")
    assert (found.result, found.audience.answer) == (Result.WAITING, "no")
    assert "11月24日改过登记资料" in found.audience.since[0]


def test_each_call_stands_with_its_time_and_the_vendors_words(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    throttled = Word(DeliveryState.PLANNED, "", clock.now() + timedelta(minutes=1), code="LIMIT", words="触发分钟级流控")
    called(sent, clock, FIRST, "李家", throttled)
    assert explained(sent, keyring, clock, "李家").traced[0].steps[-1].what == "deferred"
    clock.advance(timedelta(minutes=2))
    called(sent, clock, SECOND, "李家", Word(DeliveryState.ACCEPTED, vendor_reference="900"))
    found = explained(sent, keyring, clock, "李家")
    assert kinds(found) == ["planned", "called", "answered", "called", "answered"]
    steps = found.traced[0].steps
    assert steps[2].said == "LIMIT　触发分钟级流控"
    assert steps[4].words == "平台收下"
    assert found.result is Result.SUBMITTED


def test_a_lost_call_says_that_it_is_asked_about_and_not_repeated(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    called(sent, clock, FIRST, "李家", Word(DeliveryState.UNKNOWN, words="等了 15 秒没有回答"), asked=2)
    found = explained(sent, keyring, clock, "李家")
    assert found.result is Result.UNKNOWN
    lost = found.traced[0].steps[-1]
    assert (lost.what, lost.said) == ("lost", "等了 15 秒没有回答")
    assert "查询 2 次" in lost.words
    assert "不重发" in lost.words


def test_a_failed_channel_is_followed_to_the_next_and_to_its_receipt(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    called(sent, clock, FIRST, "王家", Word(DeliveryState.FAILED, "recipient_gone", code="43004", words="需要接收者关注"))
    called(sent, clock, SECOND, "王家", Word(DeliveryState.ACCEPTED))
    one = delivery_of(sent, "王家")
    with sent.writing() as session:
        session.add(ReceiptEntry(channel="sms", key="k", kind="delivered", received_at=clock.now(), delivery_id=one.id,
                                 code="DELIVRD"))
        session.execute(update(Delivery).where(Delivery.id == one.id).values(state="delivered"))
    found = explained(sent, keyring, clock, "王家/王建国")
    assert found.result is Result.REACHED
    assert kinds(found) == ["planned", "called", "answered", "settled", "fallback"]
    assert [step.what.value for step in found.traced[1].steps] == ["planned", "called", "answered", "receipt"]
    assert "改走短信" in found.traced[1].steps[0].words


def test_what_arrived_tells_when_and_in_which_words(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    called(sent, clock, FIRST, "王家", Word(DeliveryState.ACCEPTED))
    clock.advance(timedelta(minutes=3))
    receipts.take(sent, keyring, [Receipt("wechat", ReceiptKind.DELIVERED, "k", attempt=FIRST, address="openid-wang", code="success",
                                          words="已展示")], clock.now())
    found = explained(sent, keyring, clock, "王家/王建国")
    assert found.result is Result.REACHED
    last = found.traced[0].steps[-1]
    assert (last.what.value, last.at, last.words, last.said) == ("receipt", clock.now(), "已到手机", "success　已展示")


def test_a_correction_is_told_beside_what_it_corrects(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        session.execute(update(Delivery).values(state="delivered", settled_at=clock.now()))
        first = session.get_one(Dispatch, 1)
        session.add(Dispatch(id=2, notice_id=2, notice_reference="PY-2", digest="d", purpose="correction", state="finished",
                             content={}, channels=["sms"], divisions=[], sent_by="赵静", corrects=1,
                             created_at=clock.now(), release_at=clock.now()))
        session.flush()
        session.add(Delivery(dispatch_id=2, household_id=delivery_of(sent, "李家").household_id, channel="sms", state="accepted"))
        assert first.corrects is None
    assert [step.words for step in explained(sent, keyring, clock, "李家").corrections] == ["推送任务 2 更正：已提交"]


def test_an_erased_contact_is_not_guessed_at(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with sent.writing() as session:
        session.execute(update(Delivery).values(state="delivered", contact_id=None, address_index=None))
    assert explained(sent, keyring, clock, "李家").why_chosen == "当时用的联系方式已按规定删除。"


def test_a_visit_is_told_with_where_it_stands(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    home = delivery_of(sent, "李家").household_id
    with sent.writing() as session:
        ask_for(session, 1, select(Household.id).where(Household.id == home), Why.NOT_REACHED, clock.now())
    assert explained(sent, keyring, clock, "李家").visit == "11月23日列入入户名单（消息没有送到，请当面告知）：待入户"
    assert explained(sent, keyring, clock, "王家").visit == ""


def test_a_stranger_is_refused_with_the_cure(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    with pytest.raises(Refused, match="没有编号为“谁家”"):
        explained(sent, keyring, clock, "谁家")
    with sent.reading() as session, pytest.raises(Refused, match="推送任务"):
        explanations.explain(session, keyring, 9, "王家", clock.now())
