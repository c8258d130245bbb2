"""One's own page and the order of notices: what is remembered with portraits on, and nothing with portraits off."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Household, Resident
from profiles.portraits.models import PlainOrder, PortraitSignal
from profiles.portraits.settings import PortraitSettings
from tests.web.public import own, sample
from tests.web.public.reading import words_of

ON = PortraitSettings(portraits="on", portraits_assessment="姚政办〔2026〕9号")
CORN, HOUSES = "PY-2026-001", "PY-2026-016"
OFF = PortraitSettings(portraits="", portraits_assessment="")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PERSON = {"User-Agent": "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"}


@pytest.fixture
def wang(database: Database, keyring: Keyring, clock: SetClock) -> int:
    """王秀英, in a village of thirty; the sample county round her."""
    sample.fill(database, clock)
    number = own.resident(database, keyring, "王家", "王秀英", "19906400131", clock.now(), birth_date=date(1960, 3, 1))
    _neighbours(database, clock, 29)
    return number


def _neighbours(database: Database, clock: SetClock, count: int) -> None:
    with database.writing() as session:
        for one in range(count):
            home = Household(reference=f"邻居{one}", division=own.VILLAGE, updated_at=clock.now())
            session.add(home)
            session.flush()
            session.add(Resident(reference=f"邻居{one}-1", household_id=home.id, name=b"x", name_index=b"0" * 16,
                                 birth_date=date(1980, 1, 1), updated_at=clock.now()))


def opened(database: Database, keyring: Keyring, clock: SetClock, folder: Path, portraits: PortraitSettings) -> Flask:
    return sample.open_site(database, keyring, clock, folder, portraits=portraits)


@pytest.fixture
def browser(database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path, wang: int) -> FlaskClient:
    """Her browser, with portraits on."""
    site = opened(database, keyring, clock, tmp_path, ON)
    client = site.test_client()
    own.enter(site, client, wang)
    return client


def kept(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(kind, channel) for kind, channel in session.execute(
            select(PortraitSignal.kind, PortraitSignal.channel).order_by(PortraitSignal.id))]


def posted(browser: FlaskClient, path: str, **form: str) -> str:
    token = TOKEN.search(browser.get("/me").get_data(as_text=True))
    assert token is not None
    return words_of(browser.post(path, data={"csrf_token": token[1], **form}, follow_redirects=True).get_data(as_text=True))


def test_a_bound_resident_who_opens_a_notice_is_remembered_once_and_how(
        browser: FlaskClient, database: Database, clock: SetClock) -> None:
    browser.get(f"/notices/{CORN}", headers=PERSON)
    browser.get(f"/notices/{CORN}", headers=PERSON)
    assert kept(database) == [("opened", "web")]
    browser.get(f"/notices/{CORN}", headers={**PERSON, "Referer": "http://localhost/q/abcdefghijklmnop"})
    browser.get(f"/notices/{CORN}", headers={**PERSON, "Referer": "http://localhost/me"})
    assert kept(database) == [("opened", "web"), ("scanned", "board"), ("clicked", "web")]
    clock.advance(timedelta(minutes=5))
    assert "看过、问过信息 3 次" in words_of(browser.get("/me").get_data(as_text=True))


def test_with_portraits_off_there_is_no_row_and_the_plain_order(
        database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path, wang: int) -> None:
    site = opened(database, keyring, clock, tmp_path, OFF)
    browser = site.test_client()
    own.enter(site, browser, wang)
    browser.get(f"/notices/{CORN}", headers=PERSON)
    page = words_of(browser.get("/me").get_data(as_text=True))
    assert kept(database) == []
    assert "最近公开" in page
    assert "按发布时间排" in page
    assert "信息怎么排" not in page


def test_nobody_else_is_remembered(browser: FlaskClient, database: Database) -> None:
    stranger = browser.application.test_client()
    stranger.get(f"/notices/{CORN}", headers=PERSON)
    browser.get(f"/notices/{CORN}", headers={"User-Agent": "curl/8.0 bot"})
    assert kept(database) == []


def test_a_notice_whose_condition_tells_of_hardship_leaves_no_trace(browser: FlaskClient, database: Database) -> None:
    browser.get(f"/notices/{HOUSES}", headers=PERSON)
    assert kept(database) == []


def test_the_plain_order_is_one_button_and_forgets_at_once(browser: FlaskClient, database: Database, wang: int) -> None:
    browser.get(f"/notices/{CORN}", headers=PERSON)
    assert "以前记下的都删了" in posted(browser, "/me/order", order="plain")
    assert kept(database) == []
    browser.get(f"/notices/{CORN}", headers=PERSON)
    assert kept(database) == []
    with database.reading() as session:
        assert session.get(PlainOrder, wang) is not None
    assert "以后按您常看的内容排" in posted(browser, "/me/order", order="personal")
    with database.reading() as session:
        assert session.get(PlainOrder, wang) is None


def test_what_is_remembered_is_deleted_by_one_button(browser: FlaskClient, database: Database) -> None:
    browser.get(f"/notices/{CORN}", headers=PERSON)
    assert "记下的都删了" in posted(browser, "/me/order/forget")
    assert kept(database) == []


def test_a_form_that_chooses_nothing_is_told_so(browser: FlaskClient) -> None:
    assert "没有选怎么排" in posted(browser, "/me/order", order="")


def test_a_resident_of_a_small_village_is_not_remembered(
        database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    sample.fill(database, clock)
    number = own.resident(database, keyring, "王家", "王秀英", "19906400131", clock.now(), birth_date=date(1960, 3, 1))
    _neighbours(database, clock, 18)
    site = opened(database, keyring, clock, tmp_path, ON)
    browser = site.test_client()
    own.enter(site, browser, number)
    browser.get(f"/notices/{CORN}", headers=PERSON)
    assert kept(database) == []
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PortraitSignal)) == 0
