"""The way in and out."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel.audit import SYSTEM
from kernel.database import Database
from tests.web.staff.office import COUNTY, NOW, PASSWORD, Clerk, Office, words_of
from web.staff import account_acts, accounts, passwords
from web.staff.accounts import AccountRefused
from web.staff.models import Role, StaffAccount


def at_the_door(desk: Office) -> Clerk:
    return Clerk(desk.app.test_client())


def test_a_right_name_and_password_open_the_desk(desk: Office) -> None:
    clerk = at_the_door(desk)
    assert clerk.send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD}).location == "/staff/"
    assert "等我办" in clerk.page("/staff/")


@pytest.mark.parametrize(("name", "password"), [("马编辑", "wrong password"), ("没有这个人", PASSWORD)])
def test_a_wrong_pair_is_told_the_same_whichever_is_wrong(desk: Office, name: str, password: str) -> None:
    answer = at_the_door(desk).send("/staff/sign-in", {"name": name, "password": password})
    assert answer.status_code == 400
    assert "账号或密码不对" in answer.text


def test_an_empty_form_says_what_is_missing(desk: Office) -> None:
    answer = at_the_door(desk).send("/staff/sign-in", {"name": "", "password": ""})
    assert "有 2 处要改" in answer.text
    assert 'href="#password"' in answer.text


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/ask", "/staff/\\evil.example", "javascript:0"])
def test_signing_in_never_leads_out_of_the_console(desk: Office, path: str) -> None:
    answer = at_the_door(desk).send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD, "next": path})
    assert answer.location == "/staff/"


def test_signing_out_ends_the_session(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    clerk.send("/staff/sign-out", {}, form_at="/staff/")
    assert clerk.get("/staff/").status_code == 302


def test_a_closed_account_is_out_at_once(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    with desk.database.writing() as session:
        account_acts.close(session, "马编辑", NOW, SYSTEM)
    assert clerk.get("/staff/").status_code == 302


def test_a_session_ends_after_eight_hours_however_busy_it_was(desk: Office) -> None:
    opened = desk.house.clock.now()
    clerk = at_the_door(desk)
    clerk.send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD})
    desk.house.clock.set(opened + timedelta(hours=7, minutes=59))  # type: ignore[attr-defined]
    assert clerk.get("/staff/").status_code == 200
    desk.house.clock.set(opened + timedelta(hours=8, minutes=1))  # type: ignore[attr-defined]
    assert clerk.get("/staff/").status_code == 302


def test_a_name_nobody_has_takes_the_work_of_a_password_too(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(passwords.PasswordHasher, "hash", lambda _self, password: made.append(password) or "")
    at_the_door(desk).send("/staff/sign-in", {"name": "没有这个人", "password": PASSWORD})
    assert made == [PASSWORD]


def wrong_tries(clerk: Clerk, times: int, name: str = "马编辑") -> list[str]:
    return [words_of(clerk.send("/staff/sign-in", {"name": name, "password": "a guess"}).text).replace(name, "") for _ in range(times)]


def test_a_locked_account_is_told_what_a_name_nobody_has_is_told(desk: Office) -> None:
    assert set(wrong_tries(at_the_door(desk), 7)) == set(wrong_tries(at_the_door(desk), 7, "没有这个人"))
    answer = at_the_door(desk).send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD})
    assert "正锁着" in words_of(answer.text)


def test_strangers_who_type_wrong_passwords_lock_nobody_out_of_their_own_browser(desk: Office) -> None:
    own = at_the_door(desk)
    own.send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD})
    own.send("/staff/sign-out", {}, form_at="/staff/")
    wrong_tries(at_the_door(desk), 5)
    assert at_the_door(desk).send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD}).status_code == 400
    assert own.send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD}).location == "/staff/"


def test_a_known_browser_has_five_tries_and_is_known_to_its_own_account_alone(desk: Office) -> None:
    own = at_the_door(desk)
    own.send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD})
    own.send("/staff/sign-out", {}, form_at="/staff/")
    wrong_tries(own, 5)
    assert own.send("/staff/sign-in", {"name": "马编辑", "password": PASSWORD}).status_code == 400
    wrong_tries(own, 5, "祁坐席")
    assert own.send("/staff/sign-in", {"name": "祁坐席", "password": PASSWORD}).status_code == 400


def test_of_wrong_passwords_that_come_at_once_each_counts(both_databases: Database) -> None:
    with both_databases.writing() as session:
        accounts.add(session, "甲编辑", [Role.EDITOR], COUNTY, PASSWORD, NOW, SYSTEM)

    def guess() -> None:
        with contextlib.suppress(AccountRefused), both_databases.writing() as session:
            accounts.sign_in(session, "甲编辑", "a guess", NOW)

    threads = [threading.Thread(target=guess) for _ in range(accounts.TRIES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with both_databases.reading() as session:
        found = session.scalars(select(StaffAccount)).one()
    assert (found.failed_signins, found.locked_until) == (accounts.TRIES, NOW + accounts.LOCKED_FOR)
