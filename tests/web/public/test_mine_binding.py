"""Becoming known on the web: a number, a code on the telephone, and one's own page; nothing told to a stranger."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from channels.simulators.running import Running, start_simulators
from kernel.audit import AuditEntry
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Contact, Resident
from tests.web.public import own, sample
from tests.web.public.reading import words_of

PHONE, UNKNOWN = "19906400131", "19906400139"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def vendors(clock: SetClock) -> Iterator[Running]:
    with start_simulators(clock=clock) as running:
        yield running


@pytest.fixture
def site(database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path, vendors: Running) -> Flask:
    return sample.open_site(database, keyring, clock, tmp_path, vendors.config)


@pytest.fixture
def browser(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def wang(database: Database, keyring: Keyring, clock: SetClock) -> int:
    return own.resident(database, keyring, "王家", "王秀英", PHONE, clock.now(), birth_date=date(1960, 3, 1))


def posted(browser: FlaskClient, path: str, **form: str) -> str:
    """What is read after a form was sent with its token and the answer followed."""
    token = TOKEN.search(browser.get("/me").get_data(as_text=True))
    assert token is not None
    answer = browser.post(path, data={"csrf_token": token[1], **form}, follow_redirects=True)
    return words_of(answer.get_data(as_text=True))


def code_on(vendors: Running, phone: str, after: int = 0, seconds: float = 10.0) -> str:
    """The six digits of the newest text message on a telephone; empty when none arrives."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = vendors.inbox.since(after, address=phone)
        if found:
            digits = re.search(r"验证码(\d{6})，5分钟内有效", found[-1]["text"])
            assert digits is not None
            return digits[1]
        time.sleep(0.02)
    return ""


def test_a_code_on_the_telephone_opens_ones_own_page(
        browser: FlaskClient, vendors: Running, database: Database, wang: int) -> None:
    assert "会收到短信" in posted(browser, "/me/phone", phone="199 0640 0131")
    assert "您好，王*英" in posted(browser, "/me/code", code=code_on(vendors, PHONE))
    with database.reading() as session:
        assert session.scalars(select(Contact.verified).where(Contact.resident_id == wang)).one()
        told = session.scalars(select(AuditEntry).where(AuditEntry.act == "resident.bound")).one()
        assert told.subject == "resident:王家-1"
    assert "发验证码" in posted(browser, "/me/leave")


def test_an_unknown_number_reads_the_very_same_page_and_no_message_leaves(
        site: Flask, vendors: Running, wang: int) -> None:
    known, stranger = site.test_client(), site.test_client()
    assert posted(known, "/me/phone", phone=PHONE) == posted(stranger, "/me/phone", phone=UNKNOWN)
    assert code_on(vendors, PHONE)
    assert vendors.inbox.since(0, address=UNKNOWN) == []
    assert posted(known, "/me/code", code="1") == posted(stranger, "/me/code", code="1")
    assert posted(site.test_client(), "/me/phone", phone=PHONE) == posted(site.test_client(), "/me/phone", phone=UNKNOWN)


def test_a_wrong_code_says_what_to_do_and_five_end_it(browser: FlaskClient, wang: int) -> None:
    posted(browser, "/me/phone", phone=PHONE)
    for _ in range(4):
        assert "验证码不对" in posted(browser, "/me/code", code="12")
    assert "请重新要一个" in posted(browser, "/me/code", code="12")


def test_a_familys_telephone_asks_which_of_them_one_is_and_whoever_planted_its_cookie_is_not_asked(
        site: Flask, browser: FlaskClient, vendors: Running, database: Database, keyring: Keyring, clock: SetClock, wang: int) -> None:
    with database.writing() as session:
        home = session.get_one(Resident, wang).household_id
        husband = Resident(reference="王家-2", household_id=home, name=keyring.encrypt("李大山", "name"),
                           name_index=keyring.index("李大山", "name"), updated_at=clock.now())
        session.add(husband)
        session.flush()
        session.add(Contact(resident_id=husband.id, channel="sms", address=keyring.encrypt(PHONE, "phone"),
                            address_index=keyring.index(PHONE, "phone"), created_at=clock.now()))
        number = husband.id
    posted(browser, "/me/phone", phone=PHONE)
    planted = browser.get_cookie("proof")
    asked = posted(browser, "/me/code", code=code_on(vendors, PHONE))
    assert "您是哪一位" in asked
    assert planted is not None
    thief = site.test_client()
    thief.set_cookie("proof", planted.value)
    assert "您好" not in posted(thief, "/me/who", who=str(number))
    assert "王*英 李*山" in asked
    assert "没有选" in posted(browser, "/me/who")
    assert "您好，李*山" in posted(browser, "/me/who", who=str(number))


def test_a_number_of_many_households_reads_the_same_and_points_to_the_village_office(
        browser: FlaskClient, vendors: Running, database: Database, wang: int) -> None:
    with database.writing() as session:
        session.scalars(select(Contact)).one().shared = True
    told = posted(browser, "/me/phone", phone=PHONE)
    assert "一个号登记了好几户，也收不到" in told
    assert "带身份证到村委会核对" in told
    assert code_on(vendors, PHONE, seconds=0.3) == ""


def test_a_number_that_was_retired_meanwhile_lets_nobody_in(
        browser: FlaskClient, vendors: Running, database: Database, clock: SetClock, wang: int) -> None:
    posted(browser, "/me/phone", phone=PHONE)
    code = code_on(vendors, PHONE)
    with database.writing() as session:
        session.scalars(select(Contact)).one().retired_at = clock.now()
    assert "现在不能用这个号码核对" in posted(browser, "/me/code", code=code)


def test_a_form_without_its_token_is_refused(browser: FlaskClient, wang: int) -> None:
    assert browser.post("/me/phone", data={"phone": PHONE}).status_code == 400


def test_the_page_says_so_where_no_codes_can_be_sent(
        database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    page = words_of(sample.open_site(database, keyring, clock, tmp_path).test_client().get("/me").get_data(as_text=True))
    assert "验证码短信还没有开通，先到村委会核对" in page


def test_another_code_is_to_be_had_after_a_minute(browser: FlaskClient, vendors: Running, clock: SetClock, wang: int) -> None:
    posted(browser, "/me/phone", phone=PHONE)
    code_on(vendors, PHONE)
    assert "发验证码" in posted(browser, "/me/again")
    assert "请等一分钟" in posted(browser, "/me/phone", phone=PHONE)
    clock.advance(timedelta(minutes=1))
    last = vendors.inbox.last
    assert "会收到短信" in posted(browser, "/me/phone", phone=PHONE)
    assert "您好" in posted(browser, "/me/code", code=code_on(vendors, PHONE, after=last))
