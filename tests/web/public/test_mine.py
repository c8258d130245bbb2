"""One's own page: nothing without a proof, everything of one's own with it, and no longer than it holds."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles import contacts
from profiles.models import Contact, Household, Resident, Standing
from tests.web.public import own, sample
from tests.web.public.reading import words_of

PHONE = "19906400131"


@pytest.fixture
def site(database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> Flask:
    return sample.open_site(database, keyring, clock, tmp_path)


@pytest.fixture
def browser(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def wang(database: Database, keyring: Keyring, clock: SetClock) -> int:
    return own.resident(database, keyring, "王家", "王秀英", PHONE, clock.now(), birth_date=date(1960, 3, 1))


def page_of(browser: FlaskClient) -> str:
    return words_of(browser.get("/me").get_data(as_text=True))


def test_nothing_is_shown_before_the_person_is_known(browser: FlaskClient, wang: int) -> None:
    assert "王" not in page_of(browser)


def test_a_proved_resident_is_greeted_by_masked_name_and_no_cache_keeps_it(
        site: Flask, browser: FlaskClient, wang: int) -> None:
    own.enter(site, browser, wang)
    answer = browser.get("/me")
    assert "您好，王*英" in words_of(answer.get_data(as_text=True))
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_says_nothing_of_the_person(site: Flask, browser: FlaskClient, wang: int) -> None:
    own.enter(site, browser, wang)
    cookie = browser.get_cookie("me")
    assert cookie is not None
    assert len(cookie.value.split(".")[0]) >= 43
    assert all(told not in cookie.value for told in ("王", PHONE, "1-1"))


def test_half_an_hour_without_a_look_ends_it_and_a_look_begins_it_anew(
        site: Flask, browser: FlaskClient, wang: int, clock: SetClock) -> None:
    own.enter(site, browser, wang)
    for _ in range(3):
        clock.advance(timedelta(minutes=25))
        assert "您好" in page_of(browser)
    clock.advance(timedelta(minutes=31))
    assert "您好" not in page_of(browser)


def test_leaving_ends_it_also_for_a_copy_of_the_cookie(site: Flask, browser: FlaskClient, wang: int) -> None:
    own.enter(site, browser, wang)
    cookie = browser.get_cookie("me")
    assert cookie is not None
    site.config["WTF_CSRF_ENABLED"] = False
    browser.post("/me/leave")
    browser.set_cookie("me", cookie.value)
    assert "您好" not in page_of(browser)


@pytest.mark.parametrize("end", ["died", "left", "retired", "shared"])
def test_a_proof_that_does_not_hold_any_more_ends_it(
        site: Flask, browser: FlaskClient, database: Database, wang: int, clock: SetClock, end: str) -> None:
    own.enter(site, browser, wang)
    assert "您好" in page_of(browser)
    with database.writing() as session:
        resident = session.get_one(Resident, wang)
        contact = session.get_one(Contact, contacts.contacts_of(session, wang)[0].id)
        if end == "died":
            resident.standing = Standing.DIED
        elif end == "left":
            session.get_one(Household, resident.household_id).left_at = clock.now()
        elif end == "retired":
            contact.retired_at = clock.now()
        else:
            contact.shared = True
    assert "您好" not in page_of(browser)


def test_a_cookie_that_we_did_not_sign_is_no_session(browser: FlaskClient, wang: int) -> None:
    browser.set_cookie("me", "made-up.signature")
    assert "您好" not in page_of(browser)
