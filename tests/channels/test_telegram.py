"""Telegram: an update read from webhook or poll, an answer in place, and an account that obeys its pauses."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from channels.contract import Request
from channels.failures import CallbackRefused, OutcomeKind
from channels.messages import Content, Incoming, IncomingKind, Message, Purpose, Reply
from channels.registry import Channels
from channels.simulators.running import Running
from channels.telegram.polling import run_poller
from channels.telegram.receiver import TelegramReceiver
from channels.telegram.settings import TelegramSettings
from kernel.clock import SetClock
from kernel.http import Network, loopback_only
from tests.channels.calling import eventually, run

SECRET = "webhook-secret_1"
CHAT = 700123


@pytest.fixture
def receiver() -> TelegramReceiver:
    return TelegramReceiver(TelegramSettings.model_validate({"telegram_token": "1:x", "telegram_webhook_secret": SECRET}))


def posted(update: object, secret: str = SECRET) -> Request:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return Request("POST", {}, {"x-telegram-bot-api-secret-token": secret}, body)


def update(**message: object) -> dict[str, object]:
    return {"update_id": 91, "message": {"message_id": 1, "date": 1795399200, "chat": {"id": CHAT, "type": "private"}, **message}}


@pytest.mark.parametrize(("message", "kind", "text", "scene"), [
    ({"text": "医保怎么交"}, IncomingKind.TEXT, "医保怎么交", None),
    ({"text": "/start"}, IncomingKind.FOLLOW, "", None),
    ({"text": "/start v640425100201"}, IncomingKind.FOLLOW, "", "v640425100201"),
    ({"text": "/stop"}, IncomingKind.TEXT, "退订", None),
    ({"voice": {"duration": 3}}, IncomingKind.VOICE, "", None),
    ({"photo": []}, IncomingKind.IMAGE, "", None),
    ({"location": {"latitude": 35.8, "longitude": 106.6}}, IncomingKind.LOCATION, "", None),
])
def test_an_update_is_something_a_person_did(message: dict, kind: IncomingKind, text: str, scene: str | None,
                                             receiver: TelegramReceiver) -> None:
    (said,) = receiver.receive(posted(update(**message))).incoming
    assert (said.channel, said.address, said.key) == ("telegram", str(CHAT), "telegram:91")
    assert (said.kind, said.text, said.scene) == (kind, text, scene)


@pytest.mark.parametrize("what", [
    update(text="x", chat={"id": -100, "type": "supergroup"}), {"update_id": 1}, {}, {"update_id": "x", "message": []},
    {"update_id": 1, "edited_message": {}}, {"update_id": 1, "message": {"text": "x", "chat": {"id": "y", "type": "private"}}}])
def test_groups_and_oddities_are_taken_quietly(what: dict, receiver: TelegramReceiver) -> None:
    received = receiver.receive(posted(what))
    assert received.incoming == ()
    assert received.response is not None


def test_somebody_who_blocks_the_bot_has_left(receiver: TelegramReceiver) -> None:
    blocked = {"update_id": 5, "my_chat_member": {"chat": {"id": CHAT, "type": "private"}, "date": 1,
                                                  "new_chat_member": {"status": "kicked"}}}
    assert [said.kind for said in receiver.receive(posted(blocked)).incoming] == [IncomingKind.UNFOLLOW]


@pytest.mark.parametrize("request_", [posted(update(text="x"), "wrong"), posted(update(text="x"), "密"), posted(b"{"),
                                      posted(b"[]"), posted(b"\xff"), Request("GET", {}, {}, b"")])
def test_what_is_not_telegrams_is_refused(request_: Request, receiver: TelegramReceiver) -> None:
    with pytest.raises(CallbackRefused) as refused:
        receiver.receive(request_)
    assert 400 <= refused.value.status < 500


def test_the_answer_travels_in_the_webhooks_own_answer(receiver: TelegramReceiver) -> None:
    received = receiver.receive(posted(update(text="医保")))
    answer = json.loads(receiver.acknowledge(received, [Reply("请选：", ("缴费", "报销"))]).body)
    assert answer == {"method": "sendMessage", "chat_id": CHAT, "text": "请选：\n1. 缴费\n2. 报销"}


def say(channels: Channels, network: Network, chat: int = CHAT) -> object:
    message = Message(1, str(chat), Content(Purpose.CONSULTATION, "医保缴费到12月31日。"))
    return run(network, lambda client: channels.talkers["telegram"].say(client, message))


def test_no_dispatch_goes_by_telegram(channels: Channels) -> None:
    assert "telegram" not in channels.senders
    assert any("第三十六条" in warning for warning in channels.warnings)


def test_a_429_stops_the_whole_account_for_as_long_as_it_says(
    channels: Channels, network: Network, clock: SetClock, simulators: Running
) -> None:
    simulators.faults.add("errcode", "429", times=1)
    first = say(channels, network)
    assert (first.kind, first.wait) == (OutcomeKind.THROTTLED, timedelta(seconds=7))
    before = simulators.ledger.requests["telegram"]
    clock.advance(timedelta(seconds=3))
    second = say(channels, network, 700124)
    assert (second.kind, second.wait) == (OutcomeKind.THROTTLED, timedelta(seconds=4))
    assert simulators.ledger.requests["telegram"] == before
    clock.advance(timedelta(seconds=4))
    assert say(channels, network).kind is OutcomeKind.ACCEPTED


def test_somebody_who_blocked_the_bot_is_gone(channels: Channels, network: Network, simulators: Running) -> None:
    simulators.simulators.telegram.blocked.add(CHAT)
    assert say(channels, network).kind is OutcomeKind.RECIPIENT_GONE


def test_the_poller_hears_a_question_and_answers_it(simulators: Running, clock: SetClock) -> None:
    heard: list[Incoming] = []

    def receive(incoming: Incoming, now: object) -> list[Reply]:
        heard.append(incoming)
        return [Reply("每人 400 元。", ("怎么交",))]

    stop = threading.Event()
    poller = threading.Thread(target=run_poller, daemon=True, args=(
        simulators.config.telegram, receive, clock, stop, Network(loopback_only, timeout=5)))
    poller.start()
    simulators.simulators.telegram.say(CHAT, "医保多少钱")
    answered = eventually(lambda: any(one["direction"] == "in" for one in simulators.inbox.since(0)), 15)
    stop.set()
    poller.join(15)
    assert answered
    assert not poller.is_alive()
    assert [(said.text, said.address) for said in heard] == [("医保多少钱", str(CHAT))]
    assert simulators.inbox.since(0)[-1]["text"] == "每人 400 元。\n1. 怎么交"


def test_the_poller_idles_without_a_token(clock: SetClock) -> None:
    stop = threading.Event()
    poller = threading.Thread(target=run_poller, args=(TelegramSettings.model_validate({"telegram_token": ""}),
                                                       lambda incoming, now: [], clock, stop))
    poller.start()
    assert poller.is_alive()
    stop.set()
    poller.join(5)
    assert not poller.is_alive()
