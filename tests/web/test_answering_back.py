"""Answers go back the way the question came, once, and say honestly how far they got."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.failures import Outcome
from channels.messages import Incoming, IncomingKind, Message, Receipt, ReceiptKind
from channels.simulators.faults import Fault
from channels.simulators.running import Running, start_simulators
from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import calls, consultations, letters
from knowledge.case_models import LetterState
from knowledge.letters import Claimed, Told
from profiles import contacts
from profiles.divisions import import_divisions
from profiles.intake.households import import_households
from profiles.models import Resident
from tests import houses
from tests.web.public import own
from web import noting
from web.answering_back import AnswerPost
from web.app import create_app
from web.house import House
from web.noting import hear

YAOHE = "640425100200"
WANG, PHONE = "o-wang-1", "13900000001"
LONG_ANSWER = "补贴下月 10 日前补发到一卡通，带上身份证和户口本到镇民政办核对，问 0954-7000108。"


@pytest.fixture
def vendors() -> Iterator[Running]:
    with start_simulators() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, vendors: Running) -> Iterator[House]:
    opened = houses.build(houses.sqlite_url(tmp_path), vendors.config, simulators_url=vendors.address)
    yield opened
    opened.database.close()


def asked(house: House, channel: str, address: str, answer: str = LONG_ANSWER) -> str:
    now = house.clock.now()
    with house.database.writing() as session:
        number = consultations.take(session, house.keyring, channel, address, "", "低保怎么没有到账？", now).number
    with house.database.writing() as session:
        consultations.answer(session, number, answer, Actor("坐席"), now)
    return number


def fared(house: House, number: str) -> Told:
    with house.database.reading() as session:
        return letters.told(session, number)[0]


def received(vendors: Running, address: str) -> list[str]:
    return [str(one["text"]) for one in vendors.inbox.since(0, address=address) if one["direction"] == "in"]


def spoke(house: House, openid: str) -> None:
    """The follower said something just now, so that the platform lets one answer."""
    openings = house.channels.openings
    assert openings is not None
    openings.note(Incoming("wechat", openid, "k1", IncomingKind.TEXT, "在吗", at=house.clock.now()), house.clock.now())


def fell_silent(house: House, openid: str) -> None:
    """The follower spoke three days ago: the window is over."""
    openings = house.channels.openings
    assert openings is not None
    then = house.clock.now() - timedelta(days=3)
    openings.note(Incoming("wechat", openid, "k1", IncomingKind.TEXT, "在吗", at=then), then)


def bind(house: House) -> None:
    """王建国 is bound in WeChat, and his telephone is registered."""
    now, loader = house.clock.now(), Actor("装载", frozenset({"editor"}), "640425")
    import_divisions(house.database, f"code,name,parent\n640425,彭阳县,\n640425100,白阳镇,640425\n{YAOHE},姚河村委会,640425100\n".encode(),
                     now, loader)
    import_households(house.database, house.keyring,
                      f"户编号,村代码,户主姓名,姓名,与户主关系,联系电话\nH-WANG,{YAOHE},王建国,王建国,户主,{PHONE}\n".encode(),
                      "农户.csv", now=now, actor=loader)
    with house.database.writing() as session:
        contacts.bind(session, house.keyring, session.scalars(select(Resident.id)).one(), "wechat", WANG, now)


def test_a_follower_who_wrote_lately_reads_the_whole_answer_in_wechat(house: House, vendors: Running) -> None:
    spoke(house, WANG)
    number = asked(house, "wechat", WANG)
    assert AnswerPost(house).look()
    assert fared(house, number).state is LetterState.SENT
    assert any(LONG_ANSWER in text and number in text for text in received(vendors, WANG))
    assert not AnswerPost(house).look()


def test_after_the_window_a_bound_person_is_told_by_text_message(house: House, vendors: Running) -> None:
    bind(house)
    fell_silent(house, WANG)
    number = asked(house, "wechat", WANG)
    post = AnswerPost(house)
    assert post.look()
    assert fared(house, number).state is LetterState.WAITING
    assert post.look()
    assert (fared(house, number).state, fared(house, number).channel) == (LetterState.SENT, "sms")
    (text,) = received(vendors, PHONE)
    assert number in text
    assert "12345" in text
    assert received(vendors, WANG) == []


def test_an_answer_that_fits_a_text_message_is_sent_itself(house: House, vendors: Running) -> None:
    number = asked(house, "sms", PHONE, "下月 10 日前补发，不用来。")
    assert AnswerPost(house).look()
    assert fared(house, number).state is LetterState.SENT
    assert "下月 10 日前补发，不用来" in received(vendors, PHONE)[0]


def test_whom_nothing_reaches_finds_the_answer_waiting(house: House, vendors: Running) -> None:
    fell_silent(house, WANG)
    number = asked(house, "wechat", WANG)
    assert AnswerPost(house).look()
    told = fared(house, number)
    assert told.state is LetterState.KEPT
    assert "48 小时" in told.why
    mine, others = (house.reception.receive(Incoming("wechat", who, f"k-{who}", IncomingKind.TEXT, number), house.clock.now())[0]
                    for who in (WANG, "o-li-1"))
    assert LONG_ANSWER in mine.text
    assert LONG_ANSWER not in others.text
    assert "已答复" in others.text


def test_an_answer_that_waited_goes_out_when_the_follower_speaks_again(house: House, vendors: Running) -> None:
    fell_silent(house, WANG)
    number = asked(house, "wechat", WANG)
    clock = SetClock(house.clock.now())
    post = AnswerPost(replace(house, clock=clock))
    assert post.look()
    assert fared(house, number).state is LetterState.KEPT
    hear(house, Incoming("wechat", "o-li-1", "k8", IncomingKind.TEXT, "在吗", at=clock.now()), clock.now())
    hear(house, Incoming("wechat", WANG, "k9", IncomingKind.TEXT, "在吗", at=clock.now()), clock.now())
    clock.advance(timedelta(seconds=4))
    assert post.look()
    assert fared(house, number).state is LetterState.SENT
    (text,) = [one for one in received(vendors, WANG) if number in one]
    assert LONG_ANSWER in text
    assert "满意" in text
    hear(house, Incoming("wechat", WANG, "k10", IncomingKind.TEXT, "好的", at=clock.now()), clock.now())
    assert not post.look()


def test_who_asks_for_the_answer_by_its_number_is_not_sent_it_besides(house: House, vendors: Running) -> None:
    fell_silent(house, WANG)
    number = asked(house, "wechat", WANG)
    clock = SetClock(house.clock.now())
    post = AnswerPost(replace(house, clock=clock))
    assert post.look()
    said = hear(house, Incoming("wechat", WANG, "k9", IncomingKind.TEXT, number, at=clock.now()), clock.now())
    assert LONG_ANSWER in said[0].text
    clock.advance(timedelta(seconds=4))
    assert not post.look()
    assert fared(house, number).state is LetterState.READ


def report(house: House, name: str, kind: ReceiptKind, phone: str = PHONE) -> None:
    """The supplier says what became of a text message."""
    noting.reported(house, [Receipt("sms", kind, f"r-{kind}-{phone}-{name}", vendor_reference=name, address=phone, words="关机")],
                    house.clock.now())


def texted(house: House, vendors: Running, channel: str = "phone") -> tuple[str, str]:
    """An answer that left as a text message: its number and the supplier's name for it."""
    number = asked(house, channel, PHONE, "下月补发。")
    assert AnswerPost(house).look()
    assert fared(house, number).state is LetterState.SENT
    (sent,) = vendors.ledger.of("aliyun", PHONE)
    return number, sent.reference


def test_a_report_tells_that_the_text_message_arrived(house: House, vendors: Running) -> None:
    number, name = texted(house, vendors)
    report(house, name, ReceiptKind.DELIVERED, phone="13900000002")
    report(house, "another-name", ReceiptKind.DELIVERED)
    assert fared(house, number).state is LetterState.SENT
    report(house, name, ReceiptKind.DELIVERED)
    assert fared(house, number).state is LetterState.DELIVERED
    report(house, name, ReceiptKind.FAILED)
    assert fared(house, number).state is LetterState.DELIVERED


def test_whom_the_text_message_did_not_reach_is_called(house: House, vendors: Running) -> None:
    number, name = texted(house, vendors)
    report(house, name, ReceiptKind.FAILED)
    told = fared(house, number)
    assert (told.state, told.why) == (LetterState.TO_CALL, "短信没送到：关机")
    with house.database.reading() as session:
        assert [one.number for one in calls.to_call(session, "")] == [number]


def by_our_name(house: House, vendors: Running, kind: ReceiptKind) -> None:
    """The supplier says what became of the message, and names it as we did."""
    (sent,) = vendors.ledger.of("aliyun", PHONE)
    noting.reported(house, [Receipt("sms", kind, f"r-{kind}-{sent.attempt}", attempt=sent.attempt, address=PHONE, words="关机")],
                    house.clock.now())


@pytest.mark.parametrize(("kind", "state"), [(ReceiptKind.DELIVERED, LetterState.DELIVERED), (ReceiptKind.FAILED, LetterState.TO_CALL)])
def test_a_report_tells_of_an_answer_of_which_the_platform_said_nothing(
        house: House, vendors: Running, kind: ReceiptKind, state: LetterState) -> None:
    vendors.faults.add(Fault.LOSE_ANSWER, vendor="aliyun")
    number = asked(house, "phone", PHONE, "下月补发。")
    assert AnswerPost(house).look()
    assert fared(house, number).state is LetterState.UNKNOWN
    by_our_name(house, vendors, kind)
    assert fared(house, number).state is state


@pytest.mark.parametrize(("kind", "state"), [(ReceiptKind.DELIVERED, LetterState.DELIVERED), (ReceiptKind.FAILED, LetterState.TO_CALL)])
def test_a_report_that_comes_before_our_own_note_stands(
        house: House, vendors: Running, kind: ReceiptKind, state: LetterState) -> None:
    class Overtaken(AnswerPost):
        def _sent(self, claimed: Claimed, message: Message) -> Outcome:
            outcome = super()._sent(claimed, message)
            by_our_name(house, vendors, kind)
            return outcome

    number = asked(house, "phone", PHONE, "下月补发。")
    assert Overtaken(house).look()
    assert fared(house, number).state is state


def test_what_was_asked_on_the_web_is_read_in_its_talk_and_by_nobody_who_only_knows_the_number(house: House) -> None:
    number = asked(house, "web", "f" * 32)
    assert not AnswerPost(house).look()
    assert fared(house, number).state is LetterState.KEPT
    mine, others = (house.reception.receive(Incoming("web", who * 32, who, IncomingKind.TEXT, number), house.clock.now())[0]
                    for who in "fa")
    assert LONG_ANSWER in mine.text
    assert LONG_ANSWER not in others.text
    assert "已答复" in others.text


def test_what_the_platform_lost_is_not_sent_again(house: House, vendors: Running) -> None:
    vendors.faults.add(Fault.LOSE_ANSWER, vendor="aliyun")
    number = asked(house, "sms", PHONE, "下月补发。")
    assert AnswerPost(house).look()
    assert fared(house, number).state is LetterState.UNKNOWN
    assert not AnswerPost(house).look()
    assert len(received(vendors, PHONE)) == 1


def test_an_answer_whose_sender_was_killed_is_unknown_and_not_sent_twice(house: House, vendors: Running) -> None:
    number = asked(house, "sms", PHONE, "下月补发。")
    now = house.clock.now()
    assert letters.claim(house.database, house.keyring, now) is not None
    assert letters.claim(house.database, house.keyring, now + timedelta(seconds=30)) is None
    assert letters.claim(house.database, house.keyring, now + timedelta(seconds=180)) is None
    assert fared(house, number).state is LetterState.UNKNOWN
    assert received(vendors, PHONE) == []


def test_a_platform_that_is_too_busy_is_asked_again_until_the_window_closes(house: House, vendors: Running) -> None:
    vendors.faults.add(Fault.ERRCODE, 45009, vendor="wechat")
    spoke(house, WANG)
    number = asked(house, "wechat", WANG)
    clock = SetClock(house.clock.now())
    post = AnswerPost(replace(house, clock=clock))
    tries = 0
    while post.look():
        tries += 1
        clock.advance(timedelta(hours=25))
    assert tries == 3
    assert fared(house, number).state is LetterState.KEPT


def test_only_one_of_two_workers_takes_an_answer(both_databases: Database, keyring: Keyring, clock: SetClock) -> None:
    with both_databases.writing() as session:
        number = consultations.take(session, keyring, "sms", PHONE, "", "低保怎么没有到账？", clock.now()).number
        consultations.answer(session, number, "下月补发。", Actor("坐席"), clock.now())
    took = [letters.claim(both_databases, keyring, clock.now()) for _ in range(2)]
    assert [one is not None for one in took] == [True, False]


def test_a_bound_person_reads_the_answer_among_their_own_matters(house: House) -> None:
    bind(house)
    asked(house, "wechat", WANG)
    asked(house, "wechat", "o-li-1", "李家的答复。")
    app = create_app(house)
    visitor = app.test_client()
    with house.database.reading() as session:
        wang = session.scalars(select(Resident.id)).one()
    own.enter(app, visitor, wang)
    page = visitor.get("/me").text
    assert "您问过的" in page
    assert "补发到一卡通" in page
    assert "李家的答复" not in page
