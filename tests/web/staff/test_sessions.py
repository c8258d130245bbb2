"""When a session ends, one's own password, and one-time passwords."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.audit import SYSTEM, AuditEntry
from tests.schema import found
from tests.web.staff.office import COUNTY, NOW, PASSWORD, YAOHE, Clerk, Office, words_of
from web.staff import account_acts, accounts, kept, tokens
from web.staff.accounts import AccountRefused
from web.staff.models import Role

OWN, IN, OUT = "/staff/account", "/staff/sign-in", "/staff/sign-out"
BETTER = "green grass of home"


def signed_in(desk: Office, name: str = "马编辑", password: str = PASSWORD) -> Clerk:
    """Somebody who came in through the form."""
    clerk = Clerk(desk.app.test_client())
    assert clerk.send(IN, {"name": name, "password": password}).status_code == 302
    return clerk


def copied(desk: Office, clerk: Clerk) -> Clerk:
    """Somebody else's browser with the same cookie."""
    thief = Clerk(desk.app.test_client())
    cookie = clerk.client.get_cookie("zhida")
    assert cookie is not None
    thief.client.set_cookie("zhida", cookie.value)
    assert thief.get("/staff/").status_code == 200
    return thief


def reset(desk: Office, name: str = "马编辑") -> str:
    with desk.database.writing() as session:
        return account_acts.reset(session, name, desk.house.clock.now(), SYSTEM)


def test_a_copied_cookie_opens_nothing_after_its_owner_signed_out(desk: Office) -> None:
    clerk = signed_in(desk)
    thief = copied(desk, clerk)
    answer = clerk.send(OUT, {}, form_at="/staff/")
    assert "其他电脑和手机上的登录也一起结束了" in words_of(clerk.get(answer.location).text)
    assert thief.get("/staff/").status_code == 302
    assert signed_in(desk).get("/staff/").status_code == 200


def test_looking_leaves_the_cookie_alone_so_that_a_look_under_way_takes_back_no_word_on_what_was_saved(desk: Office) -> None:
    clerk = signed_in(desk)
    clerk.get("/staff/households/trial")
    assert "Set-Cookie" not in clerk.get("/staff/households/trial").headers
    assert "Set-Cookie" not in clerk.send("/staff/notices/count", {"audience": "everybody"}, form_at="/staff/households/trial").headers


def test_a_copied_cookie_opens_nothing_after_the_password_was_changed_and_the_owner_stays(desk: Office) -> None:
    clerk = signed_in(desk)
    thief = copied(desk, clerk)
    answer = clerk.send(OWN, {"old": PASSWORD, "new": BETTER, "again": BETTER})
    assert answer.location == OWN
    assert "密码已经改好" in clerk.page(OWN)
    assert thief.get("/staff/").status_code == 302
    assert signed_in(desk, password=BETTER).get("/staff/").status_code == 200


def test_a_copied_cookie_does_not_come_back_with_a_closed_account_that_is_opened_again(desk: Office) -> None:
    thief = copied(desk, signed_in(desk))
    with desk.database.writing() as session:
        account_acts.close(session, "马编辑", NOW, SYSTEM)
    assert thief.get("/staff/").status_code == 302
    with desk.database.writing() as session:
        account_acts.reopen(session, "马编辑", NOW, SYSTEM)
    assert thief.get("/staff/").status_code == 302


def test_a_cookie_from_before_sessions_could_be_ended_opens_nothing(desk: Office) -> None:
    clerk = Clerk(desk.app.test_client())
    with clerk.client.session_transaction() as session:
        session.update(account="马编辑", until=1 << 40)
    assert clerk.get("/staff/").status_code == 302


def test_whoever_signs_in_after_leaving_through_the_way_out_is_not_led_out_again(desk: Office) -> None:
    answer = Clerk(desk.app.test_client()).send(IN, {"name": "马编辑", "password": PASSWORD, "next": OUT})
    assert answer.location == "/staff/"


@pytest.mark.parametrize(("form", "words"), [
    ({"old": "", "new": "", "again": ""}, "有 2 处要改"),
    ({"old": "not this one", "new": BETTER, "again": BETTER}, "现在的密码不对"),
    ({"old": PASSWORD, "new": BETTER, "again": BETTER + "!"}, "两遍新密码不一样"),
    ({"old": PASSWORD, "new": "short", "again": "short"}, "至少 8 位"),
    ({"old": PASSWORD, "new": "19700501", "again": "19700501"}, "密码全是数字"),
    ({"old": PASSWORD, "new": "我是马编辑123", "again": "我是马编辑123"}, "密码里有账号名"),
    ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "新密码和现在的一样"),
    ({"old": PASSWORD, "new": "x" * 201, "again": "x" * 201}, "最多 200 位"),
])
def test_a_password_that_will_not_do_is_told_at_its_field_and_nothing_changes(desk: Office, form: dict[str, str], words: str) -> None:
    clerk = desk.clerk("马编辑")
    answer = clerk.send(OWN, form)
    assert answer.status_code == 400
    assert words in words_of(answer.text)
    assert "bad-field" in answer.text
    signed_in(desk)


def test_the_rules_stand_on_the_page_before_anything_is_typed(desk: Office) -> None:
    page = desk.clerk("马编辑").page(OWN)
    assert "至少 8 位" in page
    assert "不能全是数字" in page


def test_who_guesses_the_present_password_at_an_open_desk_is_locked_out_of_it(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    for _ in range(5):
        clerk.send(OWN, {"old": "a guess of mine", "new": BETTER, "again": BETTER})
    assert "账号锁到 10:15" in words_of(clerk.send(OWN, {"old": PASSWORD, "new": BETTER, "again": BETTER}).text)


def test_the_own_page_shows_when_one_signed_in_and_after_how_many_wrong_tries(desk: Office) -> None:
    door = Clerk(desk.app.test_client())
    door.send(IN, {"name": "马编辑", "password": "wrong one"})
    shown = re_signed(desk).page(OWN)
    assert "11月23日 10:00 10.3.4.5 1 次" in shown
    assert "添加账号，装载" in shown


def re_signed(desk: Office) -> Clerk:
    """In through the form, from an address of the office's network."""
    clerk = Clerk(desk.app.test_client())
    clerk.client.environ_base["REMOTE_ADDR"] = "10.3.4.5"
    clerk.send(IN, {"name": "马编辑", "password": PASSWORD})
    return clerk


def test_a_one_time_password_opens_nothing_until_an_own_one_is_chosen(desk: Office) -> None:
    clerk = signed_in(desk, password=f" {reset(desk).lower()} ")
    assert clerk.get("/staff/notices").location == OWN
    assert "请先换成自己的密码" in clerk.page(OWN)
    assert "信息发布" not in clerk.page(OWN)
    assert clerk.send(OWN, {"new": BETTER, "again": BETTER}).location == "/staff/"
    assert "密码已经改好" in clerk.page("/staff/")
    assert signed_in(desk, password=BETTER).get("/staff/").status_code == 200


def test_a_one_time_password_is_not_kept_for_good(desk: Office) -> None:
    given = reset(desk)
    clerk = signed_in(desk, password=given)
    assert "新密码和现在的一样" in words_of(clerk.send(OWN, {"new": given.lower(), "again": given.lower()}).text)


def test_who_has_a_one_time_password_may_leave(desk: Office) -> None:
    clerk = signed_in(desk, password=reset(desk))
    assert clerk.send(OUT, {}, form_at=OWN).location == IN


def test_a_one_time_password_ends_after_a_week_and_says_so(desk: Office) -> None:
    given = reset(desk)
    desk.house.clock.set(NOW + timedelta(days=7))  # type: ignore[attr-defined]
    answer = Clerk(desk.app.test_client()).send(IN, {"name": "马编辑", "password": given})
    assert "一次性密码已经过期" in words_of(answer.text)


def test_a_reset_ends_every_session_and_unlocks(desk: Office) -> None:
    clerk = signed_in(desk)
    door = Clerk(desk.app.test_client())
    for _ in range(5):
        door.send(IN, {"name": "马编辑", "password": "wrong one"})
    given = reset(desk)
    assert clerk.get("/staff/").status_code == 302
    assert signed_in(desk, password=given).get(OWN).status_code == 200


def test_keys_of_programs_end_with_their_account_and_do_not_come_back(desk: Office) -> None:
    with desk.database.writing() as session:
        _, key = tokens.make(session, "马编辑", "县平台", NOW, SYSTEM)
    with desk.database.writing() as session:
        account_acts.close(session, "马编辑", NOW, SYSTEM)
        account_acts.reopen(session, "马编辑", NOW, SYSTEM)
    with desk.database.reading() as session:
        assert tokens.actor_of(session, key, NOW) is None


def test_no_password_stands_in_the_trail(desk: Office) -> None:
    given = reset(desk)
    signed_in(desk, password=given).send(OWN, {"new": BETTER, "again": BETTER})
    with desk.database.reading() as session:
        told = [(one.act, str(one.details)) for one in session.scalars(select(AuditEntry).where(AuditEntry.subject == "staff:马编辑"))]
    assert [act for act, _ in told][-3:] == ["重设密码", "登录", "改自己的密码"]
    assert not any(given in details or BETTER in details for _, details in told)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_of_two_administrators_who_close_each_other_one_stays(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'zhida.db'}" if backend == "sqlite" else request.getfixturevalue("postgres_ready_url")
    database = found(url)
    names = ("甲管理", "乙管理")
    with database.writing() as session:
        for name in names:
            accounts.add(session, name, [Role.ADMINISTRATOR], COUNTY, PASSWORD, NOW, SYSTEM)
        accounts.add(session, "村管理", [Role.ADMINISTRATOR], YAOHE, PASSWORD, NOW, SYSTEM)
    together, refused = threading.Barrier(2), list[str]()

    def close(name: str) -> None:
        together.wait(10)
        try:
            with database.writing() as session:
                account_acts.close(session, name, NOW, SYSTEM)
        except AccountRefused as refusal:
            refused.append(refusal.words)

    threads = [threading.Thread(target=close, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.reading() as session:
        assert sum(accounts.actor(session, name) is not None for name in names) == 1
    assert len(refused) == 1
    assert "最后一位管理员" in refused[0]
    database.close()


def test_a_session_opened_with_a_one_time_password_chooses_nothing_once_that_is_over(desk: Office) -> None:
    given = reset(desk)
    desk.house.clock.set(NOW + timedelta(days=6, hours=23))  # type: ignore[attr-defined]
    clerk = signed_in(desk, password=given)
    desk.house.clock.set(NOW + timedelta(days=7, minutes=1))  # type: ignore[attr-defined]
    answer = clerk.send(OWN, {"new": BETTER, "again": BETTER})
    assert answer.status_code == 400
    assert "一次性密码已经过期" in words_of(answer.text)


def test_a_page_opened_before_the_password_was_reset_chooses_no_password_without_proof(desk: Office) -> None:
    with desk.database.reading() as session:
        by = accounts.actor(session, "马编辑")
    assert by is not None
    reset(desk)
    with pytest.raises(AccountRefused, match="刚才已经换过"), desk.database.writing() as session:
        accounts.choose_password(session, by, "anything", BETTER, NOW)


def test_only_a_long_form_of_our_own_waits_behind_the_way_in(desk: Office) -> None:
    host, words = {"Origin": "http://localhost"}, {"title": "写到一半", "csrf_token": "old"}
    asked = desk.app.test_client().post("/staff/notices/new", data=words, headers=host)
    assert (asked.status_code, "写到一半" in asked.text, ">old<" in asked.text) == (400, True, False)
    for path, headers in (("/staff/notices/new", {"Origin": "https://example.org"}), ("/staff/notices/new", {}),
                          ("/staff/push/of/PY-2026-006/confirm", host), (OWN, host)):
        asked = desk.app.test_client().post(path, data=words, headers=headers)
        assert (asked.status_code, "写到一半" in asked.text) == (302, False), path


def test_nothing_is_kept_for_a_page_that_is_no_long_form(desk: Office) -> None:
    clerk = Clerk(desk.app.test_client())
    for path, line in (("/staff/push/of/PY-2026-006/confirm", '[["a", "b"]]'), ("/staff/notices/new", "[[1]]"),
                       ("/staff/notices/new", "["), ("//example.org/", '[["a", "b"]]')):
        answer = clerk.send(IN, {"name": "马编辑", "password": PASSWORD, "next": path, "kept": line}, form_at=IN)
        assert answer.status_code == 302, path
        clerk.send(OUT, {}, form_at="/staff/")


def test_every_long_form_that_is_kept_stands_somewhere(desk: Office) -> None:
    posted = {rule.endpoint for rule in desk.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert posted >= kept.LONG_FORMS
