"""Carriers' lines on the wire: kept up, shared, thanked for only what is written down, left politely."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from channels.contract import Limits, Received
from channels.failures import Outcome, OutcomeKind
from channels.messages import Incoming, Message, Purpose, Receipt, ReceiptKind
from channels.registry import Channels
from channels.simulators.lines import Gateway
from channels.simulators.running import Running
from channels.sms.gateways.cmpp.dialect import CmppDialect
from channels.sms.lines import intake
from channels.sms.lines.opening import line_sender
from channels.sms.templates import Register
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.http import Network
from tests.channels.calling import call, content, eventually, run
from tests.channels.fixtures import Opens

WANG, LI = "13900000001", "13900000002"
LONG = {"title": "玉米种植补贴开始申报，请带身份证和土地承包合同到便民服务中心"}
each_gateway = pytest.mark.parametrize("gateway", ["cmpp", "smpp"])


@dataclass
class Desk:
    """Where everything lands that lines bring; `closed` makes it fail, as a database that is gone."""

    closed: bool = False
    refused: int = 0
    receipts: list[Receipt] = field(default_factory=list)
    incoming: list[Incoming] = field(default_factory=list)

    def take(self, gateway: str, received: Received) -> None:
        if self.closed:
            self.refused += 1
            raise OSError("nobody can write anything down")
        self.receipts.extend(received.receipts)
        self.incoming.extend(received.incoming)


@pytest.fixture
def desk(channels: Channels, network: Network) -> Iterator[Desk]:
    """Both lines open, and somebody who takes what they bring."""
    made = Desk()
    for line in channels.lines.values():
        line.hand_to(made.take)
        line.open(network)
    yield made
    for line in channels.lines.values():
        line.close()


@pytest.fixture
def carrier(gateway: str, simulators: Running) -> Gateway:
    """The other side."""
    return simulators.simulators.lines[gateway]


def send(channels: Channels, network: Network, clock: SetClock, gateway: str, *numbers: str, **changes: str) -> list[Outcome]:
    one = call(clock, *(numbers or (WANG,)), said=content(**changes))
    return list(run(network, lambda client: channels.gateways[gateway].send(client, one)))


def kinds(outcomes: list[Outcome]) -> set[OutcomeKind]:
    return {outcome.kind for outcome in outcomes}


@each_gateway
def test_one_connection_carries_every_call_and_is_left_with_a_goodbye(
        gateway: str, channels: Channels, carrier: Gateway, desk: Desk, network: Network, clock: SetClock) -> None:
    for _ in range(3):
        assert kinds(send(channels, network, clock, gateway)) == {OutcomeKind.ACCEPTED}
    assert eventually(lambda: len(desk.receipts) == 3)
    assert carrier.logins == 1
    channels.lines[gateway].close()
    assert eventually(lambda: not carrier.ports)
    assert not channels.lines[gateway].is_up


@each_gateway
def test_no_more_than_the_window_waits_for_its_answer(
        gateway: str, opens: Opens, simulators: Running, network: Network, clock: SetClock) -> None:
    channels = opens(simulators.address, {f"{gateway.upper()}_WINDOW": "2", f"{gateway.upper()}_ANSWER_SECONDS": "5"})
    simulators.faults.add("status", 500, vendor=gateway)  # silence

    async def many(client: object) -> None:
        one = replace(call(clock, WANG))
        tasks = [asyncio.ensure_future(channels.gateways[gateway].send(client, one)) for _ in range(6)]
        await asyncio.sleep(0.4)
        assert simulators.ledger.requests[gateway] == 2
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(network, many)


@each_gateway
def test_a_carrier_that_fell_over_is_dialled_again(
        gateway: str, channels: Channels, simulators: Running, carrier: Gateway, desk: Desk, network: Network,
        clock: SetClock) -> None:
    assert kinds(send(channels, network, clock, gateway)) == {OutcomeKind.ACCEPTED}
    simulators.call(lambda: carrier.restart(0.3))
    assert eventually(lambda: carrier.logins == 2)
    assert eventually(lambda: kinds(send(channels, network, clock, gateway, LI)) == {OutcomeKind.ACCEPTED})


@each_gateway
def test_while_nobody_is_there_a_message_stays_unsent(
        gateway: str, channels: Channels, simulators: Running, carrier: Gateway, desk: Desk, network: Network,
        clock: SetClock) -> None:
    assert eventually(lambda: channels.lines[gateway].is_up)
    simulators.call(lambda: carrier.restart(60))
    assert eventually(lambda: not channels.lines[gateway].is_up)
    outcomes = send(channels, network, clock, gateway)
    assert [(outcome.kind, outcome.code) for outcome in outcomes] == [(OutcomeKind.THROTTLED, "not_sent")]


@each_gateway
def test_a_wrong_password_is_a_matter_of_settings_and_says_so(
        gateway: str, opens: Opens, simulators: Running, network: Network, clock: SetClock) -> None:
    place = simulators.address.partition("://")[2]
    wrong = {"cmpp": f"cmpp://900001:wrong@{place}/?service=ZHIDA&source=10690001", "smpp": f"smpp://simsmpp:wrong@{place}/"}
    channels = opens(simulators.address, {f"{gateway.upper()}_URL": wrong[gateway]})
    outcomes = send(channels, network, clock, gateway)
    assert kinds(outcomes) == {OutcomeKind.MISCONFIGURED}
    assert "口令" in outcomes[0].words
    assert "wrong" not in repr(outcomes)


@each_gateway
def test_a_quiet_line_is_tested_three_times_and_a_dead_one_dialled_again(
        gateway: str, opens: Opens, simulators: Running, carrier: Gateway, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {f"{gateway.upper()}_LINK_TEST": "0.05", f"{gateway.upper()}_ANSWER_SECONDS": "0.1"}
    line = opens(simulators.address, changes).lines[gateway]
    line.open(network)
    assert eventually(lambda: carrier.logins == 1)
    back_after: list[int] = []
    log_in = carrier.logged_in
    monkeypatch.setattr(carrier, "logged_in", lambda port: (back_after.append(carrier.unheard), log_in(port)))
    carrier.hangs = True
    assert eventually(lambda: bool(back_after))
    assert back_after[0] == 3


@each_gateway
def test_a_long_message_leaves_in_parts_and_arrives_as_one(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    outcomes = send(channels, network, clock, gateway, **LONG)
    assert kinds(outcomes) == {OutcomeKind.ACCEPTED}
    assert simulators.ledger.requests[gateway] == 2
    assert simulators.ledger.addresses() == {WANG: 1}
    assert simulators.ledger.calls[0].blanks[0]["text"].startswith(f"【彭阳县政务公开】{LONG['title']}")
    assert eventually(lambda: [(one.kind, one.vendor_reference) for one in desk.receipts] == [
        (ReceiptKind.DELIVERED, outcomes[0].vendor_reference)])
    assert simulators.wait_for_receipts()
    assert len(desk.receipts) == 1


@each_gateway
def test_parts_of_two_long_messages_to_one_telephone_are_told_apart(
        gateway: str, channels: Channels, carrier: Gateway, desk: Desk, network: Network, clock: SetClock,
        monkeypatch: pytest.MonkeyPatch) -> None:
    headers: list[bytes] = []
    take = carrier.submitted
    monkeypatch.setattr(carrier, "submitted", lambda port, one: (headers.append(one.content[:6]), take(port, one)))
    for _ in range(2):
        assert kinds(send(channels, network, clock, gateway, **LONG)) == {OutcomeKind.ACCEPTED}
    assert len(set(headers)) == 4


@each_gateway
def test_a_long_message_cut_in_its_midst_goes_again_whole(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    simulators.faults.add("lose_answer", vendor=gateway, times=1)
    outcomes = send(channels, network, clock, gateway, **LONG)
    assert [(outcome.kind, outcome.code) for outcome in outcomes] == [(OutcomeKind.THROTTLED, "incomplete")]
    assert eventually(lambda: kinds(send(channels, network, clock, gateway, **LONG)) == {OutcomeKind.ACCEPTED})
    assert simulators.ledger.addresses() == {WANG: 1}
    assert eventually(lambda: {one.kind for one in desk.receipts} == {ReceiptKind.DELIVERED})


@each_gateway
def test_a_long_message_that_is_refused_at_its_first_part_goes_no_further(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    simulators.faults.add("errcode", {"cmpp": "9", "smpp": "0x45"}[gateway], vendor=gateway, times=1)
    assert kinds(send(channels, network, clock, gateway, **LONG)) == {OutcomeKind.REFUSED}
    assert simulators.ledger.requests[gateway] == 1


@each_gateway
def test_too_fast_is_tried_three_times_and_then_rests(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    simulators.faults.add("status", 429, vendor=gateway, times=2)
    assert kinds(send(channels, network, clock, gateway)) == {OutcomeKind.ACCEPTED}
    assert simulators.ledger.requests[gateway] == 3


@each_gateway
def test_early_repeated_and_mixed_up_reports_name_each_message_once(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    habits = simulators.faults.receipts
    habits.duplicate, habits.early, habits.out_of_order = 1.0, True, True
    one = call(clock, WANG)
    run(network, lambda client: channels.gateways[gateway].send(client, one))
    assert eventually(lambda: len(desk.receipts) == 2)
    assert len({receipt.key for receipt in desk.receipts}) == 1
    assert {(receipt.attempt, receipt.address, receipt.kind) for receipt in desk.receipts} == {
        (one.attempt, WANG, ReceiptKind.DELIVERED)}


@each_gateway
def test_a_report_settles_a_message_whose_answer_was_lost(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    simulators.faults.add("lose_answer", vendor=gateway, times=1)
    one = call(clock, WANG)
    outcomes = run(network, lambda client: channels.gateways[gateway].send(client, one))
    assert kinds(outcomes) == {OutcomeKind.UNKNOWN}
    assert eventually(lambda: [(receipt.attempt, receipt.kind) for receipt in desk.receipts] == [
        (one.attempt, ReceiptKind.DELIVERED)])


@each_gateway
def test_what_could_not_be_written_down_is_not_thanked_for_and_comes_again(
        gateway: str, channels: Channels, simulators: Running, carrier: Gateway, desk: Desk, network: Network,
        clock: SetClock) -> None:
    desk.closed = True
    assert kinds(send(channels, network, clock, gateway)) == {OutcomeKind.ACCEPTED}
    assert eventually(lambda: desk.refused > 0)
    assert not carrier.is_idle
    desk.closed = False
    assert eventually(lambda: {receipt.address for receipt in desk.receipts} == {WANG})


@each_gateway
def test_nobody_is_thanked_where_trying_to_write_it_down_has_ended(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "REST_SECONDS", ())
    desk.closed = True
    send(channels, network, clock, gateway)
    assert eventually(lambda: desk.refused == 1)
    desk.closed = False
    assert eventually(lambda: len(desk.receipts) == 1)


@each_gateway
def test_a_report_waits_for_the_next_connection(
        gateway: str, channels: Channels, simulators: Running, carrier: Gateway, desk: Desk, network: Network,
        clock: SetClock) -> None:
    simulators.faults.receipts.delay = 0.3
    assert kinds(send(channels, network, clock, gateway)) == {OutcomeKind.ACCEPTED}
    simulators.call(lambda: carrier.restart(0.5))
    assert eventually(lambda: [receipt.address for receipt in desk.receipts] == [WANG])


@each_gateway
@pytest.mark.parametrize("words", ["医保怎么交", "我家想问一下玉米种植补贴" * 8])
def test_what_a_person_writes_comes_in_as_one_message(
        gateway: str, words: str, channels: Channels, simulators: Running, carrier: Gateway, desk: Desk) -> None:
    simulators.call(lambda: carrier.say(WANG, words))
    assert eventually(lambda: [(one.channel, one.address, one.text) for one in desk.incoming] == [("sms", WANG, words)])
    assert simulators.wait_for_receipts()


@each_gateway
def test_the_same_words_twice_are_two_messages(
        gateway: str, channels: Channels, simulators: Running, carrier: Gateway, desk: Desk) -> None:
    for _ in range(2):
        simulators.call(lambda: carrier.say(WANG, "1"))
    assert eventually(lambda: len(desk.incoming) == 2)
    assert len({one.key for one in desk.incoming}) == 2


@each_gateway
def test_words_whose_thanks_were_lost_with_the_line_are_the_same_message(
        gateway: str, channels: Channels, simulators: Running, carrier: Gateway, desk: Desk) -> None:
    desk.closed = True
    simulators.call(lambda: carrier.say(WANG, "1"))
    assert eventually(lambda: desk.refused > 0), "heard, and not thanked for while it cannot be written down"
    simulators.call(lambda: carrier.restart(0.1))
    desk.closed = False
    assert eventually(lambda: len(desk.incoming) == 2), "it came again over the next connection"
    assert len({one.key for one in desk.incoming}) == 1
    simulators.call(lambda: carrier.say(WANG, "1"))
    assert eventually(lambda: len({one.key for one in desk.incoming}) == 2), "said once more on a line that lives"


@each_gateway
def test_a_line_nobody_may_open_here_sends_nothing_and_another_gateway_speaks(
        gateway: str, opens: Opens, simulators: Running, carrier: Gateway, network: Network, clock: SetClock) -> None:
    channels = opens(simulators.address, {"SMS_GATEWAYS": f"{gateway},aliyun", f"{gateway.upper()}_SITE_LINE": "false"})
    assert kinds(send(channels, network, clock, gateway)) == {OutcomeKind.MISCONFIGURED}
    assert carrier.logins == 0
    said = run(network, lambda client: channels.talkers["sms"].say(client, Message(0, WANG, content(Purpose.NOTICE))))
    assert said.kind is OutcomeKind.ACCEPTED
    assert simulators.ledger.addresses("aliyun") == {WANG: 1}


def test_a_line_that_opened_itself_closes_when_nobody_has_anything_to_say(
        simulators: Running, keyring: Keyring, network: Network, clock: SetClock) -> None:
    config, carrier = simulators.config, simulators.simulators.lines["cmpp"]
    register = Register(config.sms.sms_signature, config.sms.templates, config.cmpp.vendor_ids)
    sender = line_sender(CmppDialect(config.cmpp.account), config.cmpp.figures, register, keyring, clock, Limits(),
                         opens_itself=True, idle=0.3)
    message = Message(0, WANG, content(Purpose.NOTICE))
    for logins in (1, 2):
        assert run(network, lambda client: sender.say(client, message)).kind is OutcomeKind.ACCEPTED
        assert carrier.logins == logins
        assert eventually(lambda: not carrier.ports)
    assert simulators.ledger.messages == 2


@each_gateway
def test_callers_in_many_threads_share_the_line(
        gateway: str, channels: Channels, simulators: Running, carrier: Gateway, network: Network, clock: SetClock) -> None:
    said: list[OutcomeKind] = []
    message = Message(0, WANG, content(Purpose.NOTICE))

    def say() -> None:
        said.append(run(network, lambda client: channels.gateways[gateway].say(client, message)).kind)

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert said == [OutcomeKind.ACCEPTED] * 8
    assert carrier.logins == 1


def test_a_bad_number_in_a_bulk_is_sent_apart(
        channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    simulators.faults.add("errcode", "13", vendor="cmpp", times=1)
    outcomes = send(channels, network, clock, "cmpp", WANG, LI)
    assert [(outcome.kind, outcome.alone) for outcome in outcomes] == [(OutcomeKind.THROTTLED, True)] * 2


@pytest.mark.parametrize("gateway", ["cmpp"])
def test_a_number_that_stands_twice_in_a_bulk_is_sent_to_once(
        gateway: str, channels: Channels, simulators: Running, desk: Desk, network: Network, clock: SetClock) -> None:
    assert kinds(send(channels, network, clock, gateway, WANG, LI, WANG)) == {OutcomeKind.ACCEPTED}
    assert simulators.ledger.addresses() == {WANG: 1, LI: 1}
