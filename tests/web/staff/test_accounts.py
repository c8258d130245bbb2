"""What an administrator does to the accounts of others, and may not do."""

from __future__ import annotations

import re

import pytest

from tests.web.staff.office import BAIYANG, COUNTY, OTHER, PASSWORD, YAOHE, Clerk, Office, words_of

OF = "/staff/system/accounts/of/"


def given_in(page: str) -> str:
    """The one-time password that a page shows."""
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page)
    assert found is not None
    return found[0]


def at_the_door(desk: Office, name: str, password: str) -> int:
    return Clerk(desk.app.test_client()).send("/staff/sign-in", {"name": name, "password": password}).status_code


def test_other_roles_and_another_area_count_at_once_and_stand_in_the_trail(desk: Office) -> None:
    clerk, admin = desk.clerk("祁坐席"), desk.clerk("石管理")
    answer = admin.send(f"{OF}祁坐席/change", {"roles": ["agent", "sender"], "division": BAIYANG})
    assert answer.status_code == 302
    assert "热线坐席 管理范围：白阳镇" in clerk.page("/staff/").replace("推送、", "")
    assert clerk.get("/staff/push").status_code == 200
    page = desk.clerk("安审计").page(f"{OF}祁坐席")
    assert "改账号，石管理 角色：热线坐席 → 推送、热线坐席 管理范围：彭阳县 → 白阳镇" in page
    assert "改账号 账号 祁坐席" in admin.page("/staff/system/trail")


def test_saving_a_form_as_it_stands_changes_nothing_and_leaves_no_trace(desk: Office) -> None:
    admin = desk.clerk("石管理")
    admin.send(f"{OF}韩村干/change", {"roles": ["cadre"], "division": BAIYANG, "village": YAOHE})
    page = admin.page(f"{OF}韩村干")
    assert "没有改动" in page
    assert "改账号，" not in page


def test_a_form_shows_the_village_that_an_account_is_for(desk: Office) -> None:
    page = desk.clerk("石管理").get(f"{OF}韩村干/change").text
    assert f'value="{YAOHE}"' in page
    assert re.search(rf'value="{BAIYANG}" selected', page)


def test_what_is_missing_is_told_at_its_field(desk: Office) -> None:
    answer = desk.clerk("石管理").send(f"{OF}祁坐席/change", {"division": "110000"})
    assert answer.status_code == 400
    assert "请至少选一个角色" in answer.text
    assert "只能选您自己管理范围内的地方" in answer.text


def test_a_forgotten_password_is_replaced_by_a_one_time_one_that_is_shown_once(desk: Office) -> None:
    admin = desk.clerk("石管理")
    assert "请先确认是本人来要的" in admin.page(f"{OF}马编辑/password")
    shown = admin.send(f"{OF}马编辑/password", {})
    given = given_in(shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    assert at_the_door(desk, "马编辑", PASSWORD) == 400
    assert at_the_door(desk, "马编辑", given) == 302
    assert given not in admin.page(f"{OF}马编辑")


def test_an_account_is_closed_and_its_person_comes_back_with_a_new_password(desk: Office) -> None:
    admin = desk.clerk("石管理")
    admin.send(f"{OF}祁坐席/close", {})
    assert at_the_door(desk, "祁坐席", PASSWORD) == 400
    assert "停用账号 账号 祁坐席" in admin.page("/staff/system/trail")
    assert "请先启用" in words_of(admin.get(f"{OF}祁坐席/password").text)
    given = given_in(admin.send(f"{OF}祁坐席/open", {}).text)
    assert at_the_door(desk, "祁坐席", PASSWORD) == 400
    assert at_the_door(desk, "祁坐席", given) == 302
    assert "启用账号 账号 祁坐席" in admin.page("/staff/system/trail")


@pytest.mark.parametrize("act", ["change", "password", "close", "open"])
def test_nobody_does_it_to_the_own_account(desk: Office, act: str) -> None:
    admin = desk.clerk("石管理")
    answer = admin.send(f"{OF}石管理/{act}", {"roles": ["editor"], "division": COUNTY}, form_at="/staff/")
    assert answer.status_code == 409
    assert "请另一位管理员来改" in words_of(answer.text)
    assert "管理员 管理范围：彭阳县" in admin.page("/staff/")


def test_the_last_administrator_of_an_area_stays_one(desk: Office) -> None:
    admin = desk.clerk("石管理")
    made = admin.send("/staff/system/accounts/new", {"name": "镇管理", "roles": ["administrator"], "division": OTHER})
    own = Clerk(desk.app.test_client())
    own.send("/staff/sign-in", {"name": "镇管理", "password": given_in(made.text)})
    own.send("/staff/account", {"new": "green grass of home", "again": "green grass of home"})
    assert own.get(f"{OF}石管理").status_code == 404
    made = admin.send("/staff/system/accounts/new", {"name": "县管理", "roles": ["administrator"], "division": COUNTY})
    assert admin.send(f"{OF}县管理/change", {"roles": ["editor"], "division": COUNTY}).status_code == 302
    assert admin.send(f"{OF}镇管理/close", {}).status_code == 302
    assert "已停用" in admin.page(f"{OF}镇管理")


def test_an_administrator_of_a_township_gives_no_more_than_the_township(desk: Office) -> None:
    admin = desk.clerk("石管理")
    admin.send(f"{OF}别乡编辑/change", {"roles": ["editor", "administrator"], "division": OTHER})
    below = desk.clerk("别乡编辑")
    assert below.send(f"{OF}别乡坐席/change", {"roles": ["agent"], "division": COUNTY}).status_code == 400
    assert below.send(f"{OF}马编辑/password", {}, form_at="/staff/").status_code == 404
    assert below.send(f"{OF}别乡坐席/password", {}).status_code == 200


@pytest.mark.parametrize("act", ["change", "password", "close", "open"])
def test_an_auditor_reads_an_account_and_changes_nothing(desk: Office, act: str) -> None:
    auditor = desk.clerk("安审计")
    assert "改角色和范围" not in auditor.page(f"{OF}马编辑")
    assert auditor.send(f"{OF}马编辑/{act}", {"roles": ["editor"], "division": COUNTY}, form_at="/staff/").status_code == 403


def test_whoever_wrote_a_text_does_not_review_it_with_a_new_role_either(desk: Office) -> None:
    roles = ["editor", "first_reviewer", "second_reviewer", "signer"]
    desk.clerk("石管理").send(f"{OF}马编辑/change", {"roles": roles, "division": COUNTY})
    answer = desk.clerk("马编辑").send("/staff/notices/of/PY-2026-019/review", {"act": "approve", "decision": "approve"},
                                    form_at="/staff/notices/of/PY-2026-019")
    assert "不能自己做初审" in words_of(answer.text)


@pytest.mark.parametrize(("name", "words"), [
    ("马编辑/password", "不能有斜杠"), ("..", "也不能只有点"), ("长" * 41, "最多 40 个字"), ("马 编辑", "看上去一样"), ("马编辑", "已经有了"),
])
def test_a_name_that_leads_to_another_page_or_looks_like_a_colleagues_is_refused(desk: Office, name: str, words: str) -> None:
    answer = desk.clerk("石管理").send("/staff/system/accounts/new", {"name": name, "roles": ["editor"], "division": BAIYANG})
    assert answer.status_code == 400
    assert words in words_of(answer.text)


def test_full_width_letters_and_capitals_make_no_other_account(desk: Office) -> None:
    admin = desk.clerk("石管理")
    for name, status in (("wang1", 200), ("ＷＡＮＧ１", 400), ("Wang1", 400)):
        form = {"name": name, "roles": ["editor"], "division": BAIYANG}
        assert admin.send("/staff/system/accounts/new", form).status_code == status
