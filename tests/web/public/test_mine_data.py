"""One's own data on one's own page: what is held, a copy, and asking to have it corrected or erased."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.access import SELF, AccessEntry, Look
from profiles.data_requests import DataRequest, RequestKind
from profiles.models import Contact
from tests.web.public import own, sample
from tests.web.public.reading import words_of

PHONE = "19906400131"


@pytest.fixture
def site(database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> Flask:
    return sample.open_site(database, keyring, clock, tmp_path)


@pytest.fixture
def wang(site: Flask, database: Database, keyring: Keyring, clock: SetClock) -> FlaskClient:
    """王秀英, let in."""
    browser = site.test_client()
    number = own.resident(database, keyring, "王家", "王秀英", PHONE, clock.now(), birth_date=date(1960, 3, 1),
                          id_number=keyring.encrypt("999999196003010021", "id_number"))
    own.enter(site, browser, number)
    return browser


def send(browser: FlaskClient, **form: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/me").get_data(as_text=True))
    assert token is not None
    return browser.post("/me/data/ask", data={"csrf_token": token.group(1), **form})


def test_the_page_says_what_is_held_kind_by_kind(wang: FlaskClient) -> None:
    page = words_of(wang.get("/me").get_data(as_text=True))
    assert "联系方式 1 条" in page
    assert "名册上的您 1 条" in page


def test_everything_can_be_read_and_taken_along_and_the_look_is_on_record(wang: FlaskClient, database: Database) -> None:
    page = wang.get("/me/data")
    assert page.headers["Cache-Control"] == "no-store"
    words = words_of(page.get_data(as_text=True))
    assert "王秀英" in words
    assert PHONE in words
    assert "999999196003010021" not in words
    answer = wang.get("/me/data.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    told = json.loads(answer.get_data(as_text=True))
    assert told["内容"]["名册上的您"][0]["姓名"] == "王秀英"
    assert told["内容"]["名册上的您"][0]["证件号码"].startswith("999999**")
    with database.reading() as session:
        assert [(one.actor, one.look) for one in session.scalars(select(AccessEntry))] == [(SELF, Look.OWN)] * 3


def test_opening_the_own_page_is_a_look_of_ones_own_once_a_session(wang: FlaskClient, database: Database) -> None:
    for _ in range(3):
        assert wang.get("/me").status_code == 200
    with database.reading() as session:
        (entry,) = session.scalars(select(AccessEntry)).all()
    assert (entry.actor, entry.look, entry.subject != "", entry.household_id is not None) == (SELF, Look.OWN, True, True)


def test_a_stranger_gets_neither_page_nor_file(site: Flask, wang: FlaskClient) -> None:
    for path in ("/me/data", "/me/data.json"):
        answer = site.test_client().get(path)
        assert answer.status_code == 303
        assert "王秀英" not in answer.get_data(as_text=True)


def test_a_correction_is_asked_for_once_and_shows_until_when(wang: FlaskClient, database: Database, keyring: Keyring) -> None:
    assert "申请已收到" in words_of(send(wang, kind="correct", words="出生日期应为1961年").get_data(as_text=True))
    send(wang, kind="correct", words="再说一遍")
    with database.reading() as session:
        (one,) = session.scalars(select(DataRequest)).all()
    assert one.kind == RequestKind.CORRECT
    assert one.text is not None
    assert keyring.decrypt(one.text, "data_request") == "出生日期应为1961年"
    assert f"更正申请 {one.number}：待办理" in words_of(wang.get("/me").get_data(as_text=True))


def test_a_correction_without_words_says_what_to_write(wang: FlaskClient) -> None:
    answer = send(wang, kind="correct", words=" ")
    assert answer.status_code == 400
    assert "请写明哪一项不对" in words_of(answer.get_data(as_text=True))


def test_an_erasure_shows_first_what_goes_and_what_the_law_keeps(wang: FlaskClient, database: Database) -> None:
    page = words_of(send(wang, kind="erase").get_data(as_text=True))
    assert "联系方式 1 条" in page
    assert "农户名册是主管部门依法建立的台账" in page
    with database.reading() as session:
        assert session.scalar(select(func.count(DataRequest.id))) == 0
        assert session.scalar(select(func.count(Contact.id))) == 1
    assert "删除申请已收到" in words_of(send(wang, kind="erase", confirmed="yes").get_data(as_text=True))
    with database.reading() as session:
        assert session.scalar(select(func.count(Contact.id))) == 1
        assert session.scalars(select(DataRequest)).one().kind == RequestKind.ERASE
