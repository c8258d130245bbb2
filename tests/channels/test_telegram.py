"""Telegram: an update read from webhook or poll, an answer in place, and an account that obeys its pauses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from channels.contract import Request
from channels.exchange import Said
from channels.failures import CallbackRefused, OutcomeKind
from channels.messages import Content, Incoming, IncomingKind, Message, Purpose, Reply
from channels.registry import Channels
from channels.simulators.running import Running
from channels.telegram.polling import Gone, Receive, run_poller
from channels.telegram.receiver import TelegramReceiver
from channels.telegram.sender import judge
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
    ({"text": "/latest"}, IncomingKind.CLICK, "", "latest"),
    ({"text": "/help@zhida_bot"}, IncomingKind.CLICK, "", "help"),
    ({"text": "/no_such_command x"}, IncomingKind.CLICK, "", "help"),
    ({"sticker": {"emoji": "👍"}}, IncomingKind.IMAGE, "", None),
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
    shown = Reply("请选：", ("缴费", "报销"))
    answer = json.loads(receiver.acknowledge(received, [shown]).body)
    assert answer == {"method": "sendMessage", "chat_id": CHAT, "text": "请选：", "reply_markup": {"inline_keyboard": [
        [{"text": "缴费", "callback_data": f"1.{shown.mark}"}], [{"text": "报销", "callback_data": f"2.{shown.mark}"}]]}}


def test_a_pressed_button_is_set_free_and_its_words_go_by_themselves(receiver: TelegramReceiver) -> None:
    update_ = {"update_id": 92, "callback_query": {"id": "4711", "data": "2.0a1b2c3d", "message": {"chat": {"id": CHAT, "type": "private"}}}}
    received = receiver.receive(posted(update_))
    assert [(said.kind, said.text, said.mark) for said in received.incoming] == [(IncomingKind.TEXT, "2", "0a1b2c3d")]
    assert not received.in_place
    assert json.loads(receiver.acknowledge(received, []).body) == {"method": "answerCallbackQuery", "callback_query_id": "4711"}


def test_a_command_in_a_group_is_asked_to_come_alone_and_other_talk_is_left_alone(receiver: TelegramReceiver) -> None:
    group = {"id": -100, "type": "supergroup"}
    asked = receiver.receive(posted(update(text="/help", chat=group))).response
    assert asked is not None
    assert json.loads(asked.body)["chat_id"] == -100
    assert "私下问我" in json.loads(asked.body)["text"]
    quiet = receiver.receive(posted(update(text="今天天气好", chat=group))).response
    assert quiet is not None
    assert quiet.body == b"{}"


def test_a_chat_of_an_impossible_number_is_taken_quietly(receiver: TelegramReceiver) -> None:
    for number in (10**30, True, -(2**60)):
        assert receiver.receive(posted(update(text="x", chat={"id": number, "type": "private"}))).incoming == ()


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


@pytest.mark.parametrize(("code", "words", "kind"), [
    (403, "Forbidden: user is deactivated", OutcomeKind.RECIPIENT_GONE), (400, "Bad Request: chat not found", OutcomeKind.RECIPIENT_GONE),
    (400, "Bad Request: message is too long", OutcomeKind.REFUSED), (401, "Unauthorized", OutcomeKind.MISCONFIGURED)])
def test_only_a_chat_that_is_no_more_is_written_to_no_more(code: int, words: str, kind: OutcomeKind) -> None:
    assert judge(Said(code, {"ok": False, "error_code": code, "description": words})).kind is kind


@contextmanager
def polling(simulators: Running, channels: Channels, clock: SetClock, receive: Receive, gone: Gone) -> Iterator[None]:
    stop = threading.Event()
    poller = threading.Thread(target=run_poller, daemon=True, args=(
        simulators.config.telegram, receive, channels.talkers["telegram"], clock, stop, Network(loopback_only, timeout=5), gone))
    poller.start()
    try:
        yield
    finally:
        stop.set()
        poller.join(20)
    assert not poller.is_alive()


def answered(simulators: Running) -> list[str]:
    return [str(one["text"]) for one in simulators.inbox.since(0) if one["direction"] == "in"]


def test_the_poller_hears_a_question_answers_it_with_buttons_and_hears_the_button(
    simulators: Running, channels: Channels, clock: SetClock
) -> None:
    heard: list[Incoming] = []

    def receive(incoming: Incoming, now: object) -> list[Reply]:
        heard.append(incoming)
        return [Reply("每人 400 元。", ("怎么交",))]

    vendor = simulators.simulators.telegram
    with polling(simulators, channels, clock, receive, lambda incoming, outcome: None):
        vendor.say(CHAT, "医保多少钱")
        assert eventually(lambda: len(answered(simulators)) == 1, 20)
        pressed = vendor.press(CHAT, "1")
        assert eventually(lambda: len(answered(simulators)) == 2, 20)
    assert [(said.text, said.address) for said in heard] == [("医保多少钱", str(CHAT)), ("1", str(CHAT))]
    assert answered(simulators)[0] == "每人 400 元。"
    assert vendor.keyboards[CHAT] == {"inline_keyboard": [[{"text": "怎么交", "callback_data": f"1.{Reply('每人 400 元。', ('怎么交',)).mark}"}]]}
    assert vendor.freed == [pressed]


def test_the_poller_tells_of_who_blocked_the_bot(simulators: Running, channels: Channels, clock: SetClock) -> None:
    left: list[str] = []
    simulators.simulators.telegram.blocked.add(CHAT)
    with polling(simulators, channels, clock, lambda incoming, now: [Reply("好")], lambda incoming, outcome: left.append(incoming.address)):
        simulators.simulators.telegram.say(CHAT, "医保多少钱")
        assert eventually(lambda: left == [str(CHAT)], 20)


def test_the_poller_idles_without_a_token(clock: SetClock) -> None:
    stop = threading.Event()
    poller = threading.Thread(target=run_poller, args=(TelegramSettings.model_validate({"telegram_token": ""}),
                                                       lambda incoming, now: [], None, clock, stop))
    poller.start()
    assert poller.is_alive()
    stop.set()
    poller.join(5)
    assert not poller.is_alive()
