"""Whose room is whose, and that nobody finds a page that no room leads to."""

from __future__ import annotations

import re

import pytest

from tests.web.staff.office import Office
from web.staff.menu import ROOMS

ROOMS_OF = {
    "马编辑": {"工作台", "信息发布", "定向推送", "知识库", "农户信息", "资金项目", "二维码", "台账统计"},
    "杨初审": {"工作台", "信息发布", "知识库", "农户信息", "资金项目", "台账统计"},
    "赵推送": {"工作台", "信息发布", "定向推送", "农户信息", "资金项目", "台账统计"},
    "祁坐席": {"工作台", "留言办理", "知识库", "农户信息"},
    "韩村干": {"工作台", "村里的事", "农户信息", "二维码"},
    "石管理": {room.name for room in ROOMS},
}


@pytest.mark.parametrize("name", ROOMS_OF)
def test_the_rail_shows_the_rooms_one_may_enter_and_no_other(desk: Office, name: str) -> None:
    rail = desk.clerk(name).get("/staff/").text.split('<nav class="rail"')[1].split("</nav>")[0]
    assert {room.name for room in ROOMS if f">{room.name}<" in rail} == ROOMS_OF[name]


@pytest.mark.parametrize("room", [room for room in ROOMS if room.roles], ids=lambda room: room.name)
def test_a_room_is_shut_to_whoever_lacks_its_roles(desk: Office, room) -> None:  # type: ignore[no-untyped-def]
    for name, rooms in ROOMS_OF.items():
        path = room.path
        answer = desk.clerk(name).get(path) if name in ("韩村干", "祁坐席", "石管理") else None
        if answer is not None:
            assert (answer.status_code in (200, 302)) == (room.name in rooms), (name, path)


def test_every_page_without_a_parameter_opens_for_an_administrator(desk: Office) -> None:
    clerk = desk.clerk("石管理")
    for rule in desk.app.url_map.iter_rules():
        if rule.rule.startswith("/staff") and not rule.arguments and "GET" in (rule.methods or ()):
            assert clerk.get(rule.rule).status_code in (200, 302, 403), rule.rule


def test_every_page_lies_in_a_room_of_the_rail(desk: Office) -> None:
    paths = [rule.rule for rule in desk.app.url_map.iter_rules() if rule.rule.startswith("/staff")]
    alone = {"/staff/", "/staff/sign-in", "/staff/sign-out", "/staff/account"}
    homes = tuple(room.path for room in ROOMS if room.path != "/staff/")
    assert [path for path in paths if path not in alone and not path.startswith(homes)] == []


def test_a_stranger_is_asked_to_sign_in_and_led_back(desk: Office) -> None:
    answer = desk.app.test_client().get("/staff/notices?state=draft")
    assert answer.status_code == 302
    assert "next=/staff/notices" in answer.location


def test_a_form_without_its_token_does_nothing(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    answer = clerk.client.post("/staff/notices/of/PY-2026-018/submit", data={})
    assert answer.status_code == 400
    assert "草稿" in clerk.page("/staff/notices/of/PY-2026-018")


@pytest.mark.parametrize(("path", "form"), [
    ("/staff/households/of/H-WANG/wishes", {"wish": "all", "door": "hotline", "reason": "代办一下"}),
    ("/staff/households/of/H-WANG/changes/died", {"day": "2026-11-01"}),
    ("/staff/households/of/H-WANG/answers/1", {"act": "take"}),
    ("/staff/households/doubles/1-2", {"decision": "first"}),
    ("/staff/households/requests/AAAAAA", {"act": "done", "answer": "删了"}),
    ("/staff/households/import", {}),
    ("/staff/households/import/token", {"act": "import"}),
])
def test_an_administrator_looks_at_the_register_and_writes_nothing_in_it(desk: Office, path: str, form: dict[str, str]) -> None:
    answer = desk.clerk("石管理").send(path, form, form_at="/staff/households")
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/staff/", "/me", "/me/data.json", "/me/nothing", "/api/v1/households/imports/x"])
def test_no_cache_keeps_what_is_somebodys_own(desk: Office, path: str) -> None:
    assert desk.clerk("马编辑").get(path).headers["Cache-Control"] == "no-store"


def test_an_account_that_counts_the_register_without_end_is_held_and_nobody_else(desk: Office) -> None:
    one, other = desk.clerk("马编辑"), desk.clerk("别乡编辑")
    token = re.search(r'name="csrf_token" value="([^"]+)"', one.get("/staff/households").text)
    assert token is not None
    answers = [one.client.post("/staff/households/find", data={"csrf_token": token[1]}).status_code for _ in range(61)]
    assert (answers[0], answers[-1]) == (302, 429)
    assert other.send("/staff/households/find", {}, form_at="/staff/households").status_code == 302


@pytest.mark.parametrize(("path", "code", "words"), [
    ("/staff/nothing", 404, "请从菜单里重新找"), ("/staff/households/of/H-NONE", 404, "没有户编号为“H-NONE”的户"),
    ("/staff/village", 403, "请系统管理员给账号加上相应角色")])
def test_what_is_not_found_or_shut_leaves_a_clerk_among_the_rooms(desk: Office, path: str, code: int, words: str) -> None:
    answer = desk.clerk("安审计").get(path)
    assert (answer.status_code, words in answer.text) == (code, True)
    assert '<nav class="rail"' in answer.text
    assert "找一找" not in answer.text


def test_a_stranger_who_mistypes_an_address_of_the_console_sees_no_room(desk: Office) -> None:
    answer = desk.app.test_client().get("/staff/nothing")
    assert answer.status_code == 404
    assert '<nav class="rail"' not in answer.text
    assert 'href="/staff/"' in answer.text


def test_an_auditor_is_led_to_what_there_is_to_look_through(desk: Office) -> None:
    page = desk.clerk("安审计").get("/staff/").text
    assert "审计只看不办" in page
    assert 'href="/staff/system/looks"' in page
    assert "文件废止时在下面登记" not in desk.clerk("安审计").page("/staff/knowledge/documents")


@pytest.mark.parametrize("path", ["/staff/households/changes/", "/staff/households/doubles/1-"])
def test_a_number_no_row_can_have_is_not_found(desk: Office, path: str) -> None:
    assert desk.clerk("马编辑").get(path + "9" * 30).status_code == 404
