"""What followers allow: one consent for one message, the windows of 客服消息, and a token nobody forces too often."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from channels.contract import Received
from channels.failures import FateKind, Outcome, OutcomeKind
from channels.messages import Content, Incoming, IncomingKind, Message, Purpose, ReceiptKind
from channels.registry import Channels, open_channels
from channels.simulators.running import Running, start_simulators
from channels.wechat import openings
from channels.wechat.models import AccessToken, Opening
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from tests.channels.calling import HookCalls, call, content, eventually, run
from tests.channels.fixtures import ALL, Opens

WANG, LI, TEMPLATE = "o-wang-0001", "o-li-0002", "subscription-1"
BY_CONSENT = {**ALL, "WECHAT_TEMPLATE_NOTICE": "", "WECHAT_SUBSCRIPTION_TEMPLATE": TEMPLATE}


@pytest.fixture
def simulators(hooks: HookCalls, clock: SetClock):
    """An account without template messages."""
    with start_simulators(hooks=hooks.address, clock=clock, changes=BY_CONSENT) as running:
        running.simulators.wechat.desk.is_strict = True
        yield running


@pytest.fixture
def channels(simulators: Running, opens: Opens) -> Channels:
    return opens(simulators.address, BY_CONSENT)


def heard(channels: Channels, hooks: HookCalls, count: int) -> list[Received]:
    """What the platform brought, as the hook would take it in."""
    assert eventually(lambda: len(hooks.of("wechat")) >= count)
    received = [channels.receivers["wechat"].receive(request) for request in hooks.of("wechat")]
    assert channels.openings is not None
    for one in received:
        channels.openings.take(one.consents)
    return received


def send(channels: Channels, network: Network, clock: SetClock, address: str = WANG) -> Outcome:
    return run(network, lambda client: channels.senders["wechat"].send(client, call(clock, address)))[0]


def said(channels: Channels, network: Network, address: str = WANG) -> Outcome:
    message = Message(0, address, Content(Purpose.CONSULTATION, "医保缴到12月31日。"))
    return run(network, lambda client: channels.talkers["wechat"].say(client, message))


def did(channels: Channels, clock: SetClock, kind: IncomingKind, address: str = WANG) -> None:
    assert channels.openings is not None
    channels.openings.note(Incoming("wechat", address, "k", kind, "医保", at=clock.now()), clock.now())


def test_one_consent_carries_one_message_and_its_fate_comes_by_its_number(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    assert send(channels, network, clock).code == "no_opening"
    simulators.call(lambda: simulators.simulators.wechat.desk.consent(WANG, TEMPLATE))
    (received,) = heard(channels, hooks, 1)
    assert [(one.template, one.is_given) for one in received.consents] == [(TEMPLATE, True)]
    first = send(channels, network, clock)
    assert first.kind is OutcomeKind.ACCEPTED
    second = send(channels, network, clock)
    assert (second.kind, second.code) == (OutcomeKind.REFUSED, "no_opening")
    assert simulators.ledger.addresses("wechat") == {WANG: 1}
    (receipt,) = [one for received in heard(channels, hooks, 2) for one in received.receipts]
    assert (receipt.kind, receipt.vendor_reference, receipt.address) == (ReceiptKind.DELIVERED, first.vendor_reference, WANG)


def test_the_same_event_brought_again_is_no_second_consent(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls, database: Database
) -> None:
    simulators.call(lambda: simulators.simulators.wechat.desk.consent(WANG, TEMPLATE))
    heard(channels, hooks, 1)
    heard(channels, hooks, 1)
    with database.reading() as session:
        assert [row.left for row in session.query(Opening)] == [1]
        assert WANG.encode() not in session.query(Opening).one().address


def test_a_no_ends_what_was_left_and_43101_does_too(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    desk = simulators.simulators.wechat.desk
    simulators.call(lambda: desk.consent(WANG, TEMPLATE))
    heard(channels, hooks, 1)
    clock.advance(timedelta(seconds=5))
    simulators.call(lambda: desk.consent(WANG, TEMPLATE, is_given=False))
    heard(channels, hooks, 2)
    assert send(channels, network, clock).code == "no_opening"
    for _ in range(2):
        clock.advance(timedelta(seconds=5))
        simulators.call(lambda: desk.consent(LI, TEMPLATE))
    heard(channels, hooks, 4)
    desk._consents.clear()  # used up elsewhere
    assert send(channels, network, clock, LI).code == "43101"
    assert send(channels, network, clock, LI).code == "no_opening"


@pytest.mark.parametrize(("fault", "value"), [("errcode", "45009"), ("errcode", "48001"), ("status", 429)])
def test_a_consent_is_given_back_when_the_message_surely_did_not_leave(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls, fault: str, value: object
) -> None:
    simulators.call(lambda: simulators.simulators.wechat.desk.consent(WANG, TEMPLATE))
    heard(channels, hooks, 1)
    simulators.faults.add(fault, value, vendor="wechat", times=1)
    assert send(channels, network, clock).kind in (OutcomeKind.THROTTLED, OutcomeKind.MISCONFIGURED)
    assert send(channels, network, clock).kind is OutcomeKind.ACCEPTED


def test_a_subscription_message_without_an_answer_is_never_repeated(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls
) -> None:
    simulators.call(lambda: simulators.simulators.wechat.desk.consent(WANG, TEMPLATE))
    heard(channels, hooks, 1)
    simulators.faults.add("lose_answer", vendor="wechat", times=1)
    one = call(clock, WANG)
    (outcome,) = run(network, lambda client: channels.senders["wechat"].send(client, one))
    assert outcome.kind is OutcomeKind.UNKNOWN
    (fate,) = run(network, lambda client: channels.senders["wechat"].ask_fate(client, one))
    assert fate.kind is FateKind.NO_ANSWER
    assert send(channels, network, clock).code == "no_opening"  # it may have arrived: its consent is used up
    assert simulators.ledger.addresses("wechat") == {WANG: 1}
    assert not channels.senders["wechat"].limits.can_ask_fate


def test_two_processes_never_spend_one_consent_twice(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, hooks: HookCalls, both_databases: Database,
    keyring: Keyring,
) -> None:
    two = [open_channels(simulators.config, both_databases, keyring, clock) for _ in range(2)]
    simulators.call(lambda: simulators.simulators.wechat.desk.consent(WANG, TEMPLATE))
    assert eventually(lambda: len(hooks.of("wechat")) == 1)
    (request,) = hooks.of("wechat")
    assert two[0].openings is not None
    two[0].openings.take(two[0].receivers["wechat"].receive(request).consents)

    async def all_at_once(client: Any) -> list[Outcome]:
        calls = (two[number % 2].senders["wechat"].send(client, call(clock, WANG)) for number in range(10))
        return [outcome for outcomes in await asyncio.gather(*calls) for outcome in outcomes]

    outcomes = run(network, all_at_once)
    assert sorted(outcome.kind.value for outcome in outcomes) == ["accepted", *["refused"] * 9]
    assert simulators.ledger.addresses("wechat") == {WANG: 1}


def test_without_a_consent_an_open_window_carries_the_notice(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    did(channels, clock, IncomingKind.TEXT)
    simulators.simulators.wechat.desk.hear(WANG)
    message = call(clock, WANG, said=Content(Purpose.NOTICE, "玉米补贴开始申报", content().variables))
    (outcome,) = run(network, lambda client: channels.senders["wechat"].send(client, message))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert simulators.inbox.since(0)[-1]["text"] == "玉米补贴开始申报"


def test_five_messages_in_48_hours_after_words_and_none_later(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    did(channels, clock, IncomingKind.TEXT)
    simulators.simulators.wechat.desk.hear(WANG)
    assert [said(channels, network).kind for _ in range(5)] == [OutcomeKind.ACCEPTED] * 5
    before = simulators.ledger.requests["wechat"]
    assert said(channels, network).code == "window_closed"
    assert simulators.ledger.requests["wechat"] == before
    did(channels, clock, IncomingKind.TEXT)  # the same second: the platform's own repetition opens nothing
    assert said(channels, network).code == "window_closed"
    clock.advance(timedelta(hours=1))
    did(channels, clock, IncomingKind.VOICE)
    simulators.simulators.wechat.desk.hear(WANG)
    assert said(channels, network).kind is OutcomeKind.ACCEPTED
    clock.advance(timedelta(hours=48))
    assert said(channels, network).code == "window_closed"


def test_three_messages_in_a_minute_after_an_act(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    did(channels, clock, IncomingKind.SCAN)
    simulators.simulators.wechat.desk.hear(WANG, hours=1 / 60, messages=3)
    assert [said(channels, network).kind for _ in range(3)] == [OutcomeKind.ACCEPTED] * 3
    assert said(channels, network).code == "window_closed"


def test_the_window_that_closes_first_is_used_first(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, database: Database
) -> None:
    did(channels, clock, IncomingKind.TEXT)
    did(channels, clock, IncomingKind.SCAN)
    simulators.simulators.wechat.desk.hear(WANG)
    assert [said(channels, network).kind for _ in range(4)] == [OutcomeKind.ACCEPTED] * 4
    with database.reading() as session:
        assert {row.kind: row.left for row in session.query(Opening)} == {openings.Kind.ACT: 0, openings.Kind.TALK: 4}


@pytest.mark.parametrize("code", ["45015", "45047"])
def test_the_platform_counts_better_than_we_do(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, code: str
) -> None:
    assert said(channels, network).code == "45015"  # nothing known here: the platform is asked
    did(channels, clock, IncomingKind.TEXT)
    simulators.faults.add("errcode", code, vendor="wechat", times=1)
    simulators.simulators.wechat.desk.hear(WANG)
    assert said(channels, network).code == code
    assert said(channels, network).code == "window_closed"


def test_who_leaves_closes_everything(channels: Channels, clock: SetClock, database: Database) -> None:
    did(channels, clock, IncomingKind.TEXT)
    did(channels, clock, IncomingKind.TEXT, LI)
    did(channels, clock, IncomingKind.UNFOLLOW)
    with database.reading() as session:
        assert session.query(Opening).count() == 1


def test_the_planner_sees_in_sql_who_may_be_written_to(
    channels: Channels, clock: SetClock, both_databases: Database, keyring: Keyring, simulators: Running
) -> None:
    from sqlalchemy import literal, select

    book = openings.Openings(both_databases, keyring, simulators.config.wechat)
    book.note(Incoming("wechat", WANG, "k", IncomingKind.TEXT, at=clock.now()), clock.now())
    for address, hours, expected in ((WANG, 1, True), (WANG, 49, False), (LI, 1, False)):
        index = literal(keyring.index(address, openings.PURPOSE))
        with both_databases.reading() as session:
            found = session.scalar(select(1).where(
                openings.may_write(index, TEMPLATE, clock.now() + timedelta(hours=hours))))
        assert (found == 1) is expected


def test_forced_refreshes_stay_under_the_days_figure_over_all_processes(
    simulators: Running, both_databases: Database, keyring: Keyring, clock: SetClock, network: Network
) -> None:
    config = simulators.config
    processes = [open_channels(config, both_databases, keyring, clock) for _ in range(2)]
    platform = simulators.simulators.wechat
    for number in range(24):
        run(network, lambda client, one=processes[number % 2]: one.senders["wechat"]._tokens.present(client))
        with both_databases.reading() as session:
            row = session.query(AccessToken).one()
        for one in processes:
            run(network, lambda client, one=one: refreshed(one, client))
        assert row.forced <= 20
    assert platform.tokens_made <= 21
    with both_databases.reading() as session:
        assert session.query(AccessToken).one().forced == 20
    clock.advance(timedelta(days=1))
    assert run(network, lambda client: refreshed(processes[0], client))


async def refreshed(channels: Channels, client: Any) -> str | None:
    """Say that the present token was refused, as a persistent 40001 does; None when no other can be had."""
    from channels.wechat.token import TokenMissing

    tokens = channels.senders["wechat"]._tokens
    try:
        return await tokens.renew(client, await tokens.present(client))
    except TokenMissing:
        return None
