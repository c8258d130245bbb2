"""Template messages and 客服消息 against a platform that ends tokens, de-duplicates and answers 200 to everything."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.exchange import Said
from channels.failures import FateKind, Fault, OutcomeKind
from channels.messages import Call, Content, Message, Purpose
from channels.registry import Channels, open_channels
from channels.simulators.running import Running
from channels.wechat.errors import judge
from channels.wechat.shelf import TokenShelf
from channels.wechat.templates import read_fields
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.http import Network
from tests.channels.calling import HookCalls, call, content, run

WANG, LI = "o-wang-0001", "o-li-0002"


def send(channels: Channels, network: Network, one: Call) -> list:
    return run(network, lambda client: channels.senders["wechat"].send(client, one))


def test_a_template_message_arrives_with_its_fields_and_its_link(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    said = Content(Purpose.NOTICE, "", content().variables, link="https://zd.example.gov.cn/notices/PY-1")
    one = call(clock, WANG, said=said)
    (outcome,) = send(channels, network, one)
    assert outcome.kind is OutcomeKind.ACCEPTED
    (arrived,) = simulators.inbox.since(0)
    assert arrived["fields"] == [["事项", "玉米种植补贴开始申报"], ["时间", "12月31日前"], ["地点", "白阳镇便民服务中心"],
                                 ["电话", "0954-7012345"]]
    assert arrived["link"] == "https://zd.example.gov.cn/notices/PY-1"
    assert simulators.ledger.attempts == [one.attempt]


@pytest.mark.parametrize(("code", "kind"), [
    ("43004", OutcomeKind.RECIPIENT_GONE), ("40003", OutcomeKind.RECIPIENT_GONE), ("43101", OutcomeKind.REFUSED),
    ("47003", OutcomeKind.REFUSED), ("45009", OutcomeKind.THROTTLED), ("-1", OutcomeKind.THROTTLED),
    ("45011", OutcomeKind.THROTTLED), ("48001", OutcomeKind.MISCONFIGURED), ("40037", OutcomeKind.MISCONFIGURED),
    ("99999", OutcomeKind.REFUSED),
])
def test_an_errcode_inside_a_200_is_no_success(
    code: str, kind: OutcomeKind, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("errcode", code, vendor="wechat")
    (outcome,) = send(channels, network, call(clock, WANG))
    assert (outcome.kind, outcome.code) == (kind, code)


@pytest.mark.parametrize(("code", "fault"), [(-1, Fault.LINE), (45011, Fault.GATEWAY)])
def test_a_busy_moment_lets_one_message_rest_and_too_much_haste_the_whole_account(code: int, fault: Fault, clock: SetClock) -> None:
    verdict = judge(Said(200, {"errcode": code}), clock.now())
    assert (verdict.kind, verdict.fault) == (OutcomeKind.THROTTLED, fault)


def test_the_daily_quota_waits_for_the_next_day(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("errcode", "45009")
    (outcome,) = send(channels, network, call(clock, WANG))
    assert outcome.wait == timedelta(hours=14, minutes=1)


@pytest.mark.parametrize("fault", ["lose_answer", "cut", "garble", "drop"])
def test_asking_within_the_window_sends_exactly_once(
    fault: str, channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add(fault, vendor="wechat", times=1)
    one = call(clock, WANG)
    assert [outcome.kind for outcome in send(channels, network, one)] == [OutcomeKind.UNKNOWN]
    clock.advance(timedelta(minutes=8))
    (fate,) = run(network, lambda client: channels.senders["wechat"].ask_fate(client, one))
    assert fate.kind is FateKind.TAKEN
    assert fate.vendor_reference == simulators.ledger.calls[0].reference
    assert simulators.ledger.addresses() == {WANG: 1}


def test_after_the_window_only_the_receipt_can_tell(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    one = call(clock, WANG)
    clock.advance(timedelta(minutes=9, seconds=1))
    (fate,) = run(network, lambda client: channels.senders["wechat"].ask_fate(client, one))
    assert fate.kind is FateKind.NO_ANSWER
    assert simulators.ledger.messages == 0


def test_what_was_approved_with_other_fields_is_not_said_again_to_ask_about_it(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    sender = channels.senders["wechat"]
    approved = "thing1=title,thing2=deadline,thing3=where,phone_number4=phone"
    today = replace(content(), form=approved)
    assert sender.complaints(today) == ()
    one = call(clock, WANG, said=replace(today, form=approved.replace("title", "what")))
    (fate,) = run(network, lambda client: sender.ask_fate(client, one))
    assert (fate.kind, simulators.ledger.messages) == (FateKind.NO_ANSWER, 0)


def test_a_token_that_was_ended_is_renewed_once_and_the_message_goes(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    send(channels, network, call(clock, WANG))
    simulators.simulators.wechat.end_token()
    assert [outcome.kind for outcome in send(channels, network, call(clock, LI))] == [OutcomeKind.ACCEPTED]
    assert simulators.simulators.wechat.tokens_made == 2


def test_a_token_that_keeps_being_refused_is_asked_for_once_only(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    send(channels, network, call(clock, WANG))
    simulators.faults.add("errcode", "40001", vendor="wechat")
    before = simulators.ledger.requests["wechat"]
    (outcome,) = send(channels, network, call(clock, LI))
    assert (outcome.kind, outcome.code) == (OutcomeKind.MISCONFIGURED, "40001")
    # Two sends, and two calls of stable_token: the plain one, and the forced one when it repeated the refused token.
    assert simulators.ledger.requests["wechat"] - before == 4


def test_a_token_near_its_end_is_fetched_anew(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    send(channels, network, call(clock, WANG))
    clock.advance(timedelta(seconds=7200 - 299))
    send(channels, network, call(clock, LI))
    assert simulators.simulators.wechat.tokens_made == 2


def test_fifty_messages_at_once_fetch_one_token_over_two_processes(
    simulators: Running, both_databases: Database, keyring: Keyring, clock: SetClock, network: Network
) -> None:
    processes = [open_channels(simulators.config, both_databases, keyring, clock).senders["wechat"] for _ in range(2)]

    async def all_at_once(client) -> list:
        calls = (processes[number % 2].send(client, call(clock, f"o-{number}")) for number in range(50))
        return [outcome for outcomes in await asyncio.gather(*calls) for outcome in outcomes]

    outcomes = run(network, all_at_once)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert simulators.simulators.wechat.tokens_made == 1
    assert simulators.ledger.requests["wechat"] == 51


@pytest.mark.parametrize("is_ended", [True, False])
def test_two_processes_whose_token_is_refused_at_once_renew_it_once(
    simulators: Running, both_databases: Database, keyring: Keyring, clock: SetClock, network: Network, is_ended: bool
) -> None:
    """Ended by a reset of the secret; or refused and yet repeated by stable_token, which only a forced refresh ends."""
    processes = [open_channels(simulators.config, both_databases, keyring, clock).senders["wechat"] for _ in range(2)]
    for one in processes:
        run(network, lambda client, one=one: one.send(client, call(clock, WANG)))
    if is_ended:
        simulators.simulators.wechat.end_token()
    else:
        simulators.faults.add("errcode", "40001", vendor="wechat", times=20)

    async def all_at_once(client) -> list:
        calls = (processes[number % 2].send(client, call(clock, f"o-{number}")) for number in range(20))
        return [outcome for outcomes in await asyncio.gather(*calls) for outcome in outcomes]

    outcomes = run(network, all_at_once)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert simulators.simulators.wechat.tokens_made == 2


def test_the_token_is_encrypted_at_rest(
    channels: Channels, network: Network, clock: SetClock, simulators: Running, database: Database, keyring: Keyring
) -> None:
    from channels.wechat.models import AccessToken

    send(channels, network, call(clock, WANG))
    kept = TokenShelf(database, keyring, simulators.config.wechat.wechat_app_id).read()
    assert kept is not None
    with database.reading() as session:
        (row,) = session.query(AccessToken).all()
    assert row.token is not None
    assert kept.token.encode() not in row.token
    assert kept.token not in repr(kept)


def test_a_wrong_secret_is_a_matter_of_settings_and_the_lease_is_given_back(
    simulators: Running, database: Database, keyring: Keyring, clock: SetClock, network: Network
) -> None:
    from channels.simulators.identity import demo_config

    wrong = open_channels(demo_config(simulators.address, {"WECHAT_APP_SECRET": "another"}), database, keyring, clock)
    (outcome,) = send(wrong, network, call(clock, WANG))
    assert (outcome.kind, outcome.code) == (OutcomeKind.MISCONFIGURED, "40125")
    right = open_channels(simulators.config, database, keyring, clock)
    assert [outcome.kind for outcome in send(right, network, call(clock, WANG))] == [OutcomeKind.ACCEPTED]


def test_a_platform_that_cannot_be_reached_for_a_token_leaves_the_message_unsent(
    database: Database, keyring: Keyring, clock: SetClock, network: Network
) -> None:
    from channels.simulators.identity import demo_config
    from tests.servers import free_port

    channels = open_channels(demo_config(f"http://127.0.0.1:{free_port()}"), database, keyring, clock)
    (outcome,) = send(channels, network, call(clock, WANG))
    assert (outcome.kind, outcome.code) == (OutcomeKind.THROTTLED, "token_not_sent")


def test_a_message_whose_token_was_not_told_did_not_leave(
    database: Database, keyring: Keyring, clock: SetClock, network: Network, hooks: HookCalls
) -> None:
    from channels.simulators.identity import demo_config

    hooks.answer = lambda name, request: (503, b"")
    channels = open_channels(demo_config(hooks.address), database, keyring, clock)
    (outcome,) = send(channels, network, call(clock, WANG))
    assert (outcome.kind, outcome.code) == (OutcomeKind.THROTTLED, "token_http_503")


def test_somebody_who_left_is_gone(channels: Channels, network: Network, clock: SetClock, simulators: Running) -> None:
    simulators.simulators.wechat.left.add(LI)
    (outcome,) = send(channels, network, call(clock, LI))
    assert outcome.kind is OutcomeKind.RECIPIENT_GONE
    assert outcome.kind.retires_address


def test_complaints_name_the_field_and_its_rule(channels: Channels) -> None:
    sender = channels.senders["wechat"]
    assert sender.complaints(content()) == ()
    assert "最多 20 个字" in sender.complaints(content(title="一二三四五六七八九十一二三四五六七八九十一"))[0]
    assert "17 位" in sender.complaints(content(phone="请打村委会电话"))[0]
    assert "没有内容" in sender.complaints(content(where=""))[0]


def test_fields_of_a_kind_the_platform_does_not_know_are_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="不是模板字段"):
        read_fields("first=title")
    assert read_fields("thing1=title, time2=deadline") == {"thing1": "title", "time2": "deadline"}


def test_a_late_answer_is_said_as_customer_message_in_plain_characters(
    channels: Channels, network: Network, simulators: Running
) -> None:
    message = Message(0, WANG, Content(Purpose.CONSULTATION, "医保缴费：“每人400元”\n到村委会交。"))
    outcome = run(network, lambda client: channels.talkers["wechat"].say(client, message))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert simulators.inbox.since(0)[0]["text"] == "医保缴费：“每人400元”\n到村委会交。"


def test_a_customer_message_outside_its_window_is_refused(
    channels: Channels, network: Network, simulators: Running
) -> None:
    simulators.faults.add("errcode", "45015")
    message = Message(0, WANG, Content(Purpose.CONSULTATION, "好的"))
    outcome = run(network, lambda client: channels.talkers["wechat"].say(client, message))
    assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, "45015")
