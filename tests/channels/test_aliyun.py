"""The Aliyun gateway against a vendor that checks signatures, refuses, loses answers and is asked about them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from channels.exchange import Said
from channels.failures import FateKind, OutcomeKind
from channels.messages import Call, Content, Message, Purpose
from channels.registry import Channels
from channels.simulators.running import Running
from channels.sms.gateways.aliyun.fates import asked_fates, days_to_ask
from kernel.clock import CHINA, SetClock
from kernel.http import Network
from tests.channels.calling import VARIABLES, call, content, run

WANG, LI, CHEN = "13900000001", "13900000002", "13900000003"


def send(channels: Channels, network: Network, one: Call) -> list:
    return run(network, lambda client: channels.gateways["aliyun"].send(client, one))


def fates(channels: Channels, network: Network, one: Call) -> list:
    return run(network, lambda client: channels.gateways["aliyun"].ask_fate(client, one))


def test_one_number_goes_by_send_sms_and_arrives_with_signature_and_filled_blanks(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    one = call(clock, WANG)
    (outcome,) = send(channels, network, one)
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.vendor_reference
    assert simulators.ledger.attempts == [one.attempt]
    (message,) = simulators.inbox.since(0)
    assert message["text"] == ("【彭阳县政务公开】玉米种植补贴开始申报。时间：12月31日前；地点：白阳镇便民服务中心；"
                               "电话：0954-7012345，可拨12345核实。")


def test_a_hundred_numbers_go_in_one_call_each_with_its_own_words(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    messages = tuple(Message(number, f"139{number:08d}", content(title=f"第{number}号通知")) for number in range(1, 101))
    outcomes = send(channels, network, Call("attempt-1", messages, clock.now()))
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert [outcome.reference for outcome in outcomes] == list(range(1, 101))
    assert simulators.ledger.requests["aliyun"] == 1
    assert simulators.ledger.twice() == {}
    assert "第57号通知" in simulators.inbox.since(56, 1)[0]["text"]


@pytest.mark.parametrize(("code", "kind", "wait"), [
    ("isv.BUSINESS_LIMIT_CONTROL", OutcomeKind.THROTTLED, timedelta(seconds=60)),
    ("isv.MOBILE_NUMBER_ILLEGAL", OutcomeKind.REFUSED, timedelta(0)),
    ("isv.BLACK_KEY_CONTROL_LIMIT", OutcomeKind.REFUSED, timedelta(0)),
    ("isv.AMOUNT_NOT_ENOUGH", OutcomeKind.MISCONFIGURED, timedelta(0)),
    ("isv.SMS_TEMPLATE_ILLEGAL", OutcomeKind.MISCONFIGURED, timedelta(0)),
    ("isv.SMS_SIGNATURE_ILLEGAL", OutcomeKind.MISCONFIGURED, timedelta(0)),
    ("Throttling.User", OutcomeKind.THROTTLED, timedelta(seconds=60)),
    ("isv.DAY_LIMIT_CONTROL", OutcomeKind.THROTTLED, timedelta(hours=14, minutes=1)),
    ("isp.SYSTEM_ERROR", OutcomeKind.UNKNOWN, timedelta(0)),
    ("isv.SOMETHING_NEW", OutcomeKind.REFUSED, timedelta(0)),
])
def test_an_error_inside_a_200_is_no_success(
    code: str, kind: OutcomeKind, wait: timedelta, channels: Channels, network: Network, clock: SetClock,
    simulators: Running,
) -> None:
    simulators.faults.add("errcode", code, vendor="aliyun")
    (outcome,) = send(channels, network, call(clock, WANG))
    assert (outcome.kind, outcome.code, outcome.wait) == (kind, code, wait)
    assert simulators.ledger.messages == 0


@pytest.mark.parametrize(("words", "kind", "wait"), [
    ("触发分钟级流控Permits:1", OutcomeKind.THROTTLED, timedelta(seconds=60)),
    ("触发小时级流控Permits:5", OutcomeKind.THROTTLED, timedelta(hours=1)),
    ("触发天级流控Permits:50", OutcomeKind.REFUSED, timedelta(0)),
])
def test_limits_of_a_number_are_told_apart_by_their_words(words: str, kind: OutcomeKind, wait: timedelta,
                                                          clock: SetClock) -> None:
    from channels.exchange import Said
    from channels.sms.gateways.aliyun.codes import judge

    verdict = judge(Said(200, {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": words}), 1, clock.now())
    assert (verdict.kind, verdict.wait) == (kind, wait)


def test_a_bulk_call_refused_for_one_number_asks_for_each_to_go_alone(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("errcode", "isv.BUSINESS_LIMIT_CONTROL", times=1)
    outcomes = send(channels, network, call(clock, WANG, LI))
    assert [(outcome.kind, outcome.alone) for outcome in outcomes] == [(OutcomeKind.THROTTLED, True)] * 2


def test_what_is_no_mobile_number_is_refused_without_spoiling_the_call(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    outcomes = send(channels, network, call(clock, WANG, "0954701234", LI))
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED, OutcomeKind.REFUSED, OutcomeKind.ACCEPTED]
    assert simulators.ledger.addresses() == {WANG: 1, LI: 1}


def test_a_wrong_key_is_a_matter_of_settings(database, keyring, clock: SetClock, network: Network,
                                             simulators: Running) -> None:
    from channels.registry import open_channels
    from channels.simulators.identity import demo_config

    wrong = demo_config(simulators.address, {"ALIYUN_SMS_ACCESS_KEY_SECRET": "another"})
    channels = open_channels(wrong, database, keyring, clock)
    (outcome,) = send(channels, network, call(clock, WANG))
    assert (outcome.kind, outcome.code) == (OutcomeKind.MISCONFIGURED, "SignatureDoesNotMatch")


@pytest.mark.parametrize(("fault", "value"), [("lose_answer", ""), ("cut", ""), ("garble", ""), ("status_after", 502),
                                              ("slow", 4)])
def test_a_call_whose_answer_was_lost_is_found_by_its_out_id(
    fault: str, value: object, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add(fault, value, times=1)
    one = call(clock, WANG, LI, CHEN)
    assert {outcome.kind for outcome in send(channels, network, one)} == {OutcomeKind.UNKNOWN}
    assert {fate.kind for fate in fates(channels, network, one)} == {FateKind.TAKEN}
    clock.advance(timedelta(seconds=2))
    first, *others = fates(channels, network, one)
    assert first.kind is FateKind.DELIVERED
    assert {fate.kind for fate in others} == {FateKind.TAKEN}


def test_not_found_is_proof_only_after_the_horizon(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("drop", times=1)
    one = call(clock, WANG, LI)
    assert {outcome.kind for outcome in send(channels, network, one)} == {OutcomeKind.UNKNOWN}
    assert {fate.kind for fate in fates(channels, network, one)} == {FateKind.NO_ANSWER}
    clock.advance(timedelta(seconds=121))
    assert {fate.kind for fate in fates(channels, network, one)} == {FateKind.NOT_FOUND}


def test_a_vendor_that_does_not_answer_the_question_proves_nothing(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    one = call(clock, WANG)
    clock.advance(timedelta(minutes=5))
    nobody = Network(lambda host: False)
    assert [fate.kind for fate in fates(channels, nobody, one)] == [FateKind.NO_ANSWER]


def test_one_number_that_is_not_listed_proves_nothing_while_another_of_its_call_is(clock: SetClock) -> None:
    one = call(clock, WANG, LI, CHEN)

    async def listed(asked: Mapping[str, str]) -> Said:
        lines = [{"OutId": one.attempt, "SendStatus": 3, "ErrCode": "DELIVERED"}] if asked["PhoneNumber"] == CHEN else []
        return Said(200, {"TotalCount": len(lines), "SmsSendDetailDTOs": {"SmsSendDetailDTO": lines}})

    told = asyncio.run(asked_fates(one, timedelta(seconds=1), clock.now() + timedelta(minutes=5), listed))
    assert [fate.kind for fate in told] == [FateKind.TAKEN, FateKind.TAKEN, FateKind.DELIVERED]


def test_another_call_to_the_same_number_is_not_taken_for_ours(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    send(channels, network, call(clock, WANG))
    ours = call(clock, WANG)
    clock.advance(timedelta(minutes=5))
    assert [fate.kind for fate in fates(channels, network, ours)] == [FateKind.NOT_FOUND]


def test_the_sixtieth_message_of_a_day_is_found_on_the_second_page(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    first = call(clock, WANG)
    send(channels, network, first)
    for _ in range(60):
        send(channels, network, call(clock, WANG))
    assert [fate.kind for fate in fates(channels, network, first)] == [FateKind.TAKEN]


def test_both_days_are_asked_around_midnight() -> None:
    late = datetime(2026, 11, 23, 23, 59, 50, tzinfo=CHINA)
    assert len(days_to_ask(late, late + timedelta(minutes=3))) == 2
    assert len(days_to_ask(late + timedelta(seconds=30), late + timedelta(minutes=3))) == 2
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=CHINA)
    assert len(days_to_ask(noon, noon + timedelta(minutes=3))) == 1


def test_a_call_begun_just_before_midnight_is_found_on_the_next_day(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    clock.set(datetime(2026, 11, 23, 23, 59, 59, tzinfo=CHINA))
    one = call(clock, WANG)
    clock.advance(timedelta(seconds=2))
    simulators.faults.add("lose_answer", times=1)
    send(channels, network, one)
    assert [fate.kind for fate in fates(channels, network, one)] == [FateKind.TAKEN]


def test_a_line_that_cannot_be_opened_may_be_sent_again(database, keyring, clock: SetClock, network: Network) -> None:
    from channels.registry import open_channels
    from channels.simulators.identity import demo_config
    from tests.servers import free_port

    channels = open_channels(demo_config(f"http://127.0.0.1:{free_port()}"), database, keyring, clock)
    (outcome,) = send(channels, network, call(clock, WANG))
    assert (outcome.kind, outcome.code) == (OutcomeKind.THROTTLED, "not_sent")
    assert outcome.kind.may_be_sent_again


def test_complaints_name_the_blank_and_the_cure(channels: Channels) -> None:
    sender = channels.gateways["aliyun"]
    assert sender.complaints(content()) == ()
    long, link, missing = (sender.complaints(content(**changes)) for changes in
                           ({"title": "很长" * 20}, {"where": "见pengyang.gov.cn说明"}, {"deadline": " "}))
    assert "最多 35 字" in long[0]
    assert "网址" in link[0]
    assert "没有内容" in missing[0]


def test_complaints_refuse_a_text_that_is_not_what_will_be_sent(channels: Channels) -> None:
    sender = channels.gateways["aliyun"]
    register = channels.sms_register
    assert register is not None
    good = register.templates[Purpose.NOTICE].content(VARIABLES, register.signature)
    assert sender.complaints(good) == ()
    assert "不一致" in sender.complaints(Content(Purpose.NOTICE, good.text + "！", VARIABLES))[0]


def test_free_words_are_said_in_the_blank_of_the_answer(
    channels: Channels, network: Network, simulators: Running
) -> None:
    words = "请带身份证和户口簿，到白阳镇便民服务中心三号窗口办理，周一到周五上班时间都可以，不收费。"
    message = Message(0, WANG, Content(Purpose.CONSULTATION, words))
    outcome = run(network, lambda client: channels.talkers["sms"].say(client, message))
    assert outcome.kind is OutcomeKind.ACCEPTED
    (arrived,) = simulators.inbox.since(0)
    assert arrived["text"].startswith("【彭阳县政务公开】您的咨询答复：请带身份证和户口簿，")
    assert "……。详情可拨12345" in arrived["text"]
