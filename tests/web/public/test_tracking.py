"""查留言: anybody sees where a number stands, only the asker what was answered; guessing is stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel import knocks
from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import casework, consultations, tracking
from knowledge.tracking import Opened
from tests.schema import found
from tests.web.public import own, sample
from tests.web.public.reading import in_order, words_of
from web.public import guessing

AGENT = Actor("祁坐席")
ANSWER = "下月 10 日前补发到一卡通，问 0954-7000108。"


@pytest.fixture
def own_county(tmp_path: Path, noon: SetClock) -> Iterator[Database]:
    opened = found(f"sqlite:///{tmp_path / 'zhida.db'}")
    yield opened
    opened.close()


@pytest.fixture
def desk(own_county: Database, noon: SetClock, tmp_path: Path) -> Flask:
    return sample.open_site(own_county, Keyring([b"k" * 32]), SetClock(noon.now()), tmp_path)


def asked(browser: FlaskClient) -> tuple[str, str]:
    """A question handed to people in the web talk; its number and what opens the answer."""
    browser.post("/ask", data={"words": "我家低保怎么没有到账"})
    words = words_of(browser.post("/ask", data={"words": "人工"}).text)
    number, secret = re.findall(r"编号 (\w{6})，查询码 (\d{6})", words)[0]
    return str(number), str(secret)


def answered(desk: Flask, number: str) -> None:
    house = desk.extensions["zhida"]
    with house.database.writing() as session:
        casework.pass_on(session, number, "县民政局", "", "王家低保归民政局管", AGENT, house.clock.now())
        consultations.answer(session, number, ANSWER, AGENT, house.clock.now())


def send(browser: FlaskClient, **fields: str) -> str:
    shown = browser.get(f"/cases?number={fields['number']}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token is not None
    return words_of(browser.post("/cases", data={"csrf_token": token[1], **fields}).text)


def test_a_number_shows_the_steps_and_nothing_that_was_asked_or_answered(desk: Flask) -> None:
    number, _ = asked(desk.test_client())
    stranger = desk.test_client()
    assert in_order(words_of(stranger.get(f"/cases?number={number.lower()}").text), number, "已受理", "前答复", "还到这里看", "查询码", "收到")
    answered(desk, number)
    page = words_of(stranger.get(f"/cases?number={number}").text)
    assert in_order(page, "已答复", "县民政局", "查询码", "转给县民政局")
    for secret in ("低保", "到账", "补发", "王家", "祁坐席"):
        assert secret not in page


def test_who_asked_in_this_talk_reads_the_answer_at_once(desk: Flask) -> None:
    browser = desk.test_client()
    number, _ = asked(browser)
    answered(desk, number)
    assert "补发到一卡通" in words_of(browser.get(f"/cases?number={number}").text)
    chat = words_of(browser.post("/ask", data={"words": number}).text)
    assert "补发到一卡通" in chat
    strange_chat = words_of(desk.test_client().post("/ask", data={"words": number}).text)
    assert "补发" not in strange_chat
    assert "看答复、说满意不满意，在这里" in strange_chat


def test_number_and_secret_open_the_answer_from_anywhere(desk: Flask) -> None:
    number, secret = asked(desk.test_client())
    answered(desk, number)
    stranger = desk.test_client()
    assert "查询码不对" in send(stranger, number=number, secret="000000" if secret != "000000" else "111111")
    page = send(stranger, number=number, secret=f" {secret[:3]} {secret[3:]} ")
    assert in_order(page, "补发到一卡通", "答得怎么样", "满意", "不满意")


def test_who_is_not_content_is_asked_why_and_has_it_done_again(desk: Flask) -> None:
    number, secret = asked(desk.test_client())
    answered(desk, number)
    browser = desk.test_client()
    assert in_order(send(browser, number=number, secret=secret, act="rate", rating="bad"), "对不起", "哪里没答好")
    assert "请写一句" in send(browser, number=number, secret=secret, act="reopen", reason=" ")
    assert "重新办，11月30日前答复您" in send(browser, number=number, secret=secret, act="reopen", reason="没说哪个月")
    page = words_of(browser.get(f"/cases?number={number}").text)
    assert in_order(page, "已转办", "按要求重新办")
    assert "没说哪个月" not in page


def test_nobody_rates_what_is_not_theirs(desk: Flask) -> None:
    number, _ = asked(desk.test_client())
    answered(desk, number)
    assert "查询码不对" in send(desk.test_client(), number=number, act="rate", rating="bad")
    with desk.extensions["zhida"].database.reading() as session:
        case = consultations.found(session, number)
    assert case is not None
    assert case.rating is None


def test_after_five_wrong_secrets_none_is_taken_for_an_hour(own_county: Database, keyring: Keyring, clock: SetClock) -> None:
    with own_county.writing() as session:
        taken = consultations.take(session, keyring, "web", "", "", "路灯坏了", clock.now())
    wrong = "000000" if taken.secret != "000000" else "111111"
    tried = []
    for secret in (*[wrong] * 5, taken.secret):
        with own_county.writing() as session:
            tried.append(tracking.open_with(session, keyring, taken.number, secret, clock.now()))
    assert tried == [Opened.WRONG] * 5 + [Opened.LOCKED]
    with own_county.writing() as session:
        later = clock.now() + timedelta(minutes=61)
        assert tracking.open_with(session, keyring, taken.number, taken.secret, later) is Opened.YES


def test_whoever_asked_sees_their_own_though_somebody_behind_the_same_address_guessed(desk: Flask) -> None:
    asker, guesser = desk.test_client(), desk.test_client()
    number, _ = asked(asker)
    with desk.test_request_context("/cases", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(guessing.MOST):
            guessing.missed()
    assert guesser.get(f"/cases?number={number}").status_code == 429
    assert number in words_of(asker.get(f"/cases?number={number}").text)
    assert number in words_of(asker.post("/ask", data={"words": number}).text)


def test_guessing_numbers_ends_with_a_polite_page_on_every_door_that_takes_them(desk: Flask) -> None:
    browser = desk.test_client()
    for _ in range(guessing.MOST // 2):
        assert browser.get("/cases?number=222ZZZ").status_code == 400
        assert browser.post("/ask", data={"words": "222ZZZ"}).status_code == 200
    for page in (browser.get("/cases?number=222ZZZ"), browser.post("/ask", data={"words": "222ZZZ"})):
        assert page.status_code == 429
        assert "请过一小时再试，或拨 12345" in words_of(page.text)
    assert browser.post("/ask", data={"words": "医保怎么交"}).status_code == 200
    assert desk.test_client().get("/cases?number=222ZZZ", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 400


def test_knocks_are_counted_together_and_end_with_the_hour(both_databases: Database, clock: SetClock) -> None:
    for _ in range(3):
        with both_databases.writing() as session:
            knocks.note(session, "cases", "a", clock.now())
    with both_databases.reading() as session:
        assert knocks.times(session, "cases", "a", clock.now()) == 3
        assert knocks.times(session, "cases", "b", clock.now()) == 0
        assert knocks.times(session, "cases", "a", clock.now() + timedelta(hours=1)) == 0


def test_a_bound_resident_rates_their_own_and_nobody_elses(desk: Flask) -> None:
    house = desk.extensions["zhida"]
    now = house.clock.now()
    wang = own.resident(house.database, house.keyring, "H-WANG", "王建国", "13900000001", now)
    numbers = {}
    with house.database.writing() as session:
        for phone in ("13900000001", "13900000002"):
            numbers[phone] = consultations.take(session, house.keyring, "sms", phone, "", "低保怎么没有到账", now).number
            consultations.answer(session, numbers[phone], ANSWER, AGENT, now)
    browser = desk.test_client()
    own.enter(desk, browser, wang)
    page = browser.get("/me").text
    assert "答得怎么样" in words_of(page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "rating": "good"}
    assert "没有这个编号的留言" in words_of(browser.post("/me/cases", data={**form, "number": numbers["13900000002"]}).text)
    assert in_order(words_of(browser.post("/me/cases", data={**form, "number": numbers["13900000001"]}).text), "谢谢", "您的评价：满意")
