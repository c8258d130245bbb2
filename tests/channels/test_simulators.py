"""The simulated vendors: their post, their switches, their telephones, and the process they run in."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from datetime import timedelta

import pytest

from channels.contract import Request
from channels.messages import IncomingKind, ReceiptKind, Reply
from channels.registry import Channels
from channels.simulators.running import Running
from kernel.clock import SetClock
from kernel.http import Network
from tests.channels.calling import HookCalls, call, eventually, run
from tests.servers import free_port, wait_for_port

WANG = "13900000001"


def asked(running_or_address: Running | str, path: str, data: object | None = None) -> dict:
    address = running_or_address if isinstance(running_or_address, str) else running_or_address.address
    body = None if data is None else json.dumps(data).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{address}{path}", body), timeout=10) as answer:
        return json.loads(answer.read())


def receipts(channels: Channels, hooks: HookCalls, name: str) -> list:
    return [receipt for request in hooks.of(name) for receipt in channels.receivers[name].receive(request).receipts]


def test_receipts_come_back_in_lists_and_match_the_attempt(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    one = call(clock, *(f"139{number:08d}" for number in range(100)))
    run(network, lambda client: channels.senders["sms"].send(client, one))
    assert eventually(lambda: len(receipts(channels, hooks, "aliyun")) == 100)
    got = receipts(channels, hooks, "aliyun")
    assert {receipt.attempt for receipt in got} == {one.attempt}
    assert {receipt.kind for receipt in got} == {ReceiptKind.DELIVERED}
    assert all(len(request.body) < 64 * 1024 for request in hooks.of("aliyun"))


def test_tencents_reports_name_the_serial_numbers_of_the_sending(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    outcomes = run(network, lambda client: channels.gateways["tencent"].send(client, call(clock, WANG, "13900000002")))
    assert eventually(lambda: len(receipts(channels, hooks, "tencent")) == 2)
    assert {receipt.vendor_reference for receipt in receipts(channels, hooks, "tencent")} == {
        outcome.vendor_reference for outcome in outcomes}


def test_the_fate_of_a_template_message_comes_back_encrypted(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    (outcome,) = run(network, lambda client: channels.senders["wechat"].send(client, call(clock, "o-wang-0001")))
    assert eventually(lambda: len(hooks.of("wechat")) == 1)
    assert b"o-wang-0001" not in hooks.of("wechat")[0].body
    (receipt,) = receipts(channels, hooks, "wechat")
    assert (receipt.kind, receipt.vendor_reference) == (ReceiptKind.DELIVERED, outcome.vendor_reference)


def test_receipts_can_come_twice_early_mixed_up_late_or_never(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    habits = simulators.faults.receipts
    habits.duplicate, habits.early, habits.out_of_order = 1.0, True, True
    one = call(clock, *(f"139{number:08d}" for number in range(50)))
    run(network, lambda client: channels.senders["sms"].send(client, one))
    got = receipts(channels, hooks, "aliyun")
    assert len(got) == 100  # already here when the answer came
    assert set(Counter((receipt.key, receipt.address) for receipt in got).values()) == {2}
    assert [receipt.address for receipt in got[:50]] != sorted(receipt.address for receipt in got[:50])
    hooks.requests.clear()
    simulators.faults.clear()
    simulators.faults.receipts.lose = 1.0
    run(network, lambda client: channels.senders["sms"].send(client, call(clock, WANG)))
    assert simulators.wait_for_receipts()
    assert hooks.requests == []


def test_chosen_numbers_never_get_their_message(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    simulators.faults.receipts.codes[WANG] = "MI:0073"
    run(network, lambda client: channels.senders["sms"].send(client, call(clock, WANG, "13900000002")))
    assert eventually(lambda: len(receipts(channels, hooks, "aliyun")) == 2)
    assert {(receipt.address, receipt.kind, receipt.recipient_gone) for receipt in receipts(channels, hooks, "aliyun")} == {
        (WANG, ReceiptKind.FAILED, True), ("13900000002", ReceiptKind.DELIVERED, False)}


def test_a_refused_receipt_is_brought_again(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    statuses = iter([503, 200])
    hooks.answer = lambda name, request: (next(statuses), b"")
    run(network, lambda client: channels.senders["sms"].send(client, call(clock, WANG)))
    assert eventually(lambda: len(hooks.of("aliyun")) == 2)
    first, second = receipts(channels, hooks, "aliyun")
    assert first.key == second.key


def test_a_typed_text_reaches_our_hook_and_the_passive_reply_reaches_the_screen(
    channels: Channels, simulators: Running, hooks: HookCalls
) -> None:
    receiver = channels.receivers["wechat"]
    heard = []

    def answer(name: str, request: Request) -> tuple[int, bytes]:
        received = receiver.receive(request)
        heard.extend(received.incoming)
        return 200, receiver.acknowledge(received, [Reply("请选择：", ("缴费", "报销"))]).body

    hooks.answer = answer
    said = asked(simulators, "/phones/say", {"channel": "wechat", "address": "o-wang-0001", "text": "医保]]>怎么交"})
    assert said == {"status": 200, "replies": ["请选择：\n1. 缴费\n2. 报销"]}
    assert [(one.kind, one.text) for one in heard] == [(IncomingKind.TEXT, "医保]]>怎么交")]
    inbox = asked(simulators, "/phones/inbox?since=0")
    assert [(one["direction"], one["address"]) for one in inbox["messages"]] == [("out", "o-wang-0001"), ("in", "o-wang-0001")]
    assert asked(simulators, f"/phones/inbox?since={inbox['last']}")["messages"] == []


def test_the_first_scan_follows_and_the_next_scans(channels: Channels, simulators: Running, hooks: HookCalls) -> None:
    for _ in range(2):
        assert asked(simulators, "/phones/scan", {"address": "o-li-0002", "scene": "v640425100201"})["status"] == 200
    asked(simulators, "/phones/leave", {"address": "o-li-0002"})
    heard = [said for request in hooks.of("wechat") for said in channels.receivers["wechat"].receive(request).incoming]
    assert [(said.kind, said.scene) for said in heard] == [
        (IncomingKind.FOLLOW, "v640425100201"), (IncomingKind.SCAN, "v640425100201"), (IncomingKind.UNFOLLOW, None)]


def test_a_text_message_written_back_is_a_sms_up(channels: Channels, simulators: Running, hooks: HookCalls) -> None:
    asked(simulators, "/phones/say", {"channel": "sms", "address": WANG, "text": "R"})
    (said,) = channels.receivers["aliyun"].receive(hooks.of("aliyun")[0]).incoming
    assert (said.address, said.text) == (WANG, "R")


def test_switches_and_books_are_reached_over_http_too(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    asked(simulators, "/control/faults", {"rules": [{"fault": "status", "value": 503, "times": 1}], "receipts": {"lose": 1}})
    one = call(clock, WANG)
    for _ in range(2):
        run(network, lambda client: channels.senders["sms"].send(client, one))
    assert asked(simulators, "/control/figures")["requests"] == {"aliyun": 2}
    books = asked(simulators, "/control/ledger")
    assert [(vendor, attempt, addresses) for vendor, attempt, _, addresses in books["taken"]] == [("aliyun", one.attempt, [WANG])]
    assert asked(simulators, f"/control/ledger?since={books['next']}")["taken"] == []
    asked(simulators, "/control/reset", {})
    assert asked(simulators, "/control/figures")["calls"] == 0


def test_a_clock_that_is_wrong_is_refused_as_the_vendor_refuses_it(
    channels: Channels, network: Network, simulators: Running, database, keyring
) -> None:
    from channels.registry import open_channels

    slow = SetClock(simulators.simulators.world.clock.now() - timedelta(minutes=20))
    ours = open_channels(simulators.config, database, keyring, slow)
    for name, code in (("aliyun", "InvalidTimeStamp.Expired"), ("tencent", "AuthFailure.SignatureExpire")):
        (outcome,) = run(network, lambda client, name=name: ours.gateways[name].send(client, call(slow, WANG)))
        assert (outcome.kind.value, outcome.code) == ("misconfigured", code)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_process_of_the_demo_starts_answers_and_ends_when_told(sign: int) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "channels.simulators", "--port", str(port), "--hooks", "http://127.0.0.1:9/hooks"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_for_port(port, process)
        assert asked(f"http://127.0.0.1:{port}", "/phones/inbox") == {"last": 0, "messages": []}
        process.send_signal(sign)
        output, _ = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0
    assert not re.search(rb"Traceback", output)
