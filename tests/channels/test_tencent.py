"""The Tencent gateway against a vendor that checks signatures and answers number by number."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from channels.exchange import Said
from channels.failures import FateKind, OutcomeKind
from channels.messages import Call, Message, Purpose
from channels.registry import Channels
from channels.simulators.running import Running
from channels.sms.gateways.tencent.codes import judge_call, judge_number
from kernel.clock import SetClock
from kernel.http import Network
from tests.channels.calling import HookCalls, call, content, run
from tests.channels.fixtures import Opens

WANG, LI = "13900000001", "13900000002"


def send(channels: Channels, network: Network, one: Call) -> list:
    return run(network, lambda client: channels.gateways["tencent"].send(client, one))


def test_two_hundred_numbers_go_in_one_call_and_each_has_its_serial_number(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    one = call(clock, *(f"139{number:08d}" for number in range(200)))
    outcomes = send(channels, network, one)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert len({outcome.vendor_reference for outcome in outcomes}) == 200
    assert simulators.ledger.requests["tencent"] == 1
    assert simulators.ledger.attempts == [one.attempt]
    assert simulators.inbox.since(0, 1)[0]["text"].startswith("【彭阳县政务公开】玉米种植补贴开始申报")


def test_a_number_of_which_the_answer_says_nothing_is_unknown(
    opens: Opens, hooks: HookCalls, network: Network, clock: SetClock
) -> None:
    told = {"Response": {"SendStatusSet": [{"PhoneNumber": f"+86{WANG}", "Code": "Ok", "SerialNo": "5000:1"}]}}
    hooks.answer = lambda name, request: (200, json.dumps(told).encode())
    outcomes = send(opens(hooks.address, {}), network, call(clock, WANG, LI))
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED, OutcomeKind.UNKNOWN]


def test_what_the_vendor_approved_no_template_for_is_not_even_asked_of_it(
    opens: Opens, simulators: Running, network: Network, clock: SetClock
) -> None:
    channels = opens(simulators.address, {"TENCENT_SMS_TEMPLATE_EMERGENCY": ""})
    (outcome,) = send(channels, network, call(clock, WANG, said=content(Purpose.EMERGENCY)))
    assert (outcome.kind, outcome.code) == (OutcomeKind.MISCONFIGURED, "no_template")
    assert not simulators.ledger.requests["tencent"]


def test_messages_with_other_words_are_told_to_go_in_another_call(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    messages = (Message(1, WANG, content()), Message(2, LI, content(title="另一件事")))
    first, second = send(channels, network, Call("a", messages, clock.now()))
    assert first.kind is OutcomeKind.ACCEPTED
    assert (second.kind, second.code) == (OutcomeKind.THROTTLED, "other_text")
    assert simulators.ledger.addresses() == {WANG: 1}


def test_what_is_unknown_waits_for_the_callback(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("lose_answer", times=1)
    one = call(clock, WANG)
    assert [outcome.kind for outcome in send(channels, network, one)] == [OutcomeKind.UNKNOWN]
    assert channels.gateways["tencent"].limits.can_ask_fate is False
    asked = run(network, lambda client: channels.gateways["tencent"].ask_fate(client, one))
    assert [fate.kind for fate in asked] == [FateKind.NO_ANSWER]


@pytest.mark.parametrize(("code", "kind", "wait"), [
    ("LimitExceeded.PhoneNumberThirtySecondLimit", OutcomeKind.THROTTLED, timedelta(seconds=60)),
    ("LimitExceeded.PhoneNumberOneHourLimit", OutcomeKind.THROTTLED, timedelta(hours=1)),
    ("LimitExceeded.PhoneNumberDailyLimit", OutcomeKind.REFUSED, timedelta(0)),
    ("FailedOperation.PhoneNumberInBlacklist", OutcomeKind.REFUSED, timedelta(0)),
    ("FailedOperation.InsufficientBalanceInSmsPackage", OutcomeKind.MISCONFIGURED, timedelta(0)),
    ("FailedOperation.SignatureIncorrectOrUnapproved", OutcomeKind.MISCONFIGURED, timedelta(0)),
    ("InternalError.Timeout", OutcomeKind.UNKNOWN, timedelta(0)),
    ("", OutcomeKind.UNKNOWN, timedelta(0)),
])
def test_each_number_has_its_own_verdict(code: str, kind: OutcomeKind, wait: timedelta, clock: SetClock) -> None:
    verdict = judge_number({"Code": code, "Message": "…"}, clock.now())
    assert (verdict.kind, verdict.wait) == (kind, wait)


def test_a_call_refused_as_a_whole_speaks_for_every_number(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("errcode", "RequestLimitExceeded", times=1)
    outcomes = send(channels, network, call(clock, WANG, LI))
    assert [(outcome.kind, outcome.wait) for outcome in outcomes] == [(OutcomeKind.THROTTLED, timedelta(seconds=60))] * 2


def test_an_answer_without_a_response_is_no_answer(clock: SetClock) -> None:
    verdict = judge_call(Said(200, {"Response": "ok"}), clock.now())
    assert verdict is not None
    assert verdict.kind is OutcomeKind.UNKNOWN
